"""Alembic's migrations of a study database, one module a schema revision; `store.upgrade` runs them. None is edited."""
