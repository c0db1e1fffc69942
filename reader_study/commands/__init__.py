"""The commands of `python -m reader_study` that are longer than a few lines: they parse, call and print.

What they do lies in the other packages.
"""
