"""How work is queued and spread: a first-come, first-served queue in one process, Dask over several.

What the work is, its callers say.
"""
