"""The commands of `python -m ich_model`: they parse arguments, read files, call one function and write its result.

No computation belongs here: each command's work is available from Python too.
"""
