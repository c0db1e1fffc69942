"""The tabs of the Coordinate page: cases, design, readers, progress, results, audit trail.

What a coordinator's buttons do is in `reader_study`; here it is asked for and shown.
"""
