"""The parts of the Review page: one case with the reads and model outputs that a person may see.

What may be seen is decided in `reader_study`.
"""
