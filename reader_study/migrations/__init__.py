"""Alembic's migrations of a study database, one module a schema revision.

`store.upgrade` runs them; none is edited once it is released. The present schema is in `store.schema`.
"""
