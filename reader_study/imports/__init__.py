"""Cases on their way into a study: found, checked and de-identified in staging, then committed all at once.

Reading a scan file is `ich_model.scans`; rows of cases are written by `store`.
"""
