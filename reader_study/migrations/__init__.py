"""Alembic's migrations of a study database, one module a schema revision; `upgrading` runs them. None is edited."""
