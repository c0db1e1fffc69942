"""How a study database is created, guarded and connected to. Only here does anything name SQLite or PostgreSQL.

A locked read and an audit entry are never changed or deleted, also not by a statement that goes past this code: the
tables' triggers refuse it.
"""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, select

from reader_study.schema import APPEND_ONLY, meta, metadata

SCHEMA_VERSION = "1"
BUSY_TIMEOUT_MS = 30_000  # how long a SQLite writer waits for another one
SQLITE_SETTINGS = (
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    "journal_mode = WAL",
    "synchronous = FULL",  # a locked read survives a power cut
    "foreign_keys = ON",
    "recursive_triggers = ON",  # else INSERT OR REPLACE deletes past the triggers
)
REFUSALS = {
    "sqlite": (
        """CREATE TRIGGER {table}_no_update BEFORE UPDATE ON "{table}"
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
        """CREATE TRIGGER {table}_no_delete BEFORE DELETE ON "{table}"
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$""",
        """CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON "{table}"
        FOR EACH ROW EXECUTE FUNCTION {table}_append_only()""",
        """CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON "{table}"
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()""",
    ),
}
"""The statements that make a table append-only, by dialect."""


def connect_to(url: str) -> Engine:
    """An engine whose connections are durable and whose transactions begin when they are told to."""
    kind = make_url(url).get_backend_name()
    if kind not in REFUSALS:
        raise ValueError(f"database {kind}: expected one of {', '.join(REFUSALS)}")
    try:
        engine = create_engine(url)
    except ModuleNotFoundError as error:
        raise ValueError(f"database {kind}: its driver {error.name} is not installed, add it to .venv") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins no transaction: `_begin_sqlite` does, and knows which kind
    for setting in SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can fail at once; one that will write says so.
    will_write = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if will_write else "BEGIN")


def create(connection: Connection, *, first_audit_head: str) -> None:
    """Create the tables of a new database; ValueError where there is one of another version."""
    if not inspect(connection).has_table(meta.name):
        metadata.create_all(connection)
        for table in APPEND_ONLY:
            for statement in REFUSALS[connection.dialect.name]:
                connection.exec_driver_sql(statement.format(table=table.name))
        connection.execute(meta.insert(), [{"key": "schema_version", "value": SCHEMA_VERSION},
                                           {"key": "audit_head", "value": first_audit_head}])
    found = connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
    if found != SCHEMA_VERSION:
        raise ValueError(f"the study database has schema version {found}, expected {SCHEMA_VERSION}: "
                         "open it with the release that wrote it")
