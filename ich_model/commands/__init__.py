"""The commands of `python -m ich_model`: they read arguments and files, call one function and write what it gives.

No computing lies here: what a command does can be done from Python too.
"""
