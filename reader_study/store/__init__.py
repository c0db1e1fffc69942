"""The database of studies: schema, upgrades, queries, drafts, audit trail, backup, and where the files lie.

Rules are in `study`: the store obeys them in one transaction with what it writes.
"""
