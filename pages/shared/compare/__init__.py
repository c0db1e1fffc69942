"""The parts of the Compare page: filters, sections, tables as the screen shows them, and what can be downloaded.

The tables themselves come from `reader_study.statistics`, figures from `reader_study.figures`.
"""
