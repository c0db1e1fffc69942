"""Performance of one rater or of a pair of them against the reference standard, also by subgroups of cases.

Generalising to other readers is `multi_reader`.
"""
