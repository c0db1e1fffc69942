"""What leaves a study: ratings, tables, methods text, checklists, report, archive, with where each came from.

Numbers are made in `statistics`, drawings in `figures`.
"""
