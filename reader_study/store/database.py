"""Connections to a study database in SQLite or PostgreSQL: durable, with transactions that say what they will do.

What the two have in common is in `schema`; how a database becomes one of the newest schema is in `upgrade`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from ich_model.jobs.queue import FairQueue

KINDS = ("sqlite", "postgresql")
BUSY_TIMEOUT_MS = 30_000  # how long a SQLite writer waits for one in another process
SQLITE_SETTINGS = (
    f"busy_timeout = {BUSY_TIMEOUT_MS}",
    "journal_mode = WAL",
    "synchronous = FULL",  # a locked read survives a power cut
    "foreign_keys = ON",
    "recursive_triggers = ON",  # else INSERT OR REPLACE deletes past the triggers
    "secure_delete = ON",  # what is deleted is overwritten: a person's name is gone from the file
)
DURABLE = """SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'"""
ONE_COPY_STARTS = 4_204_773_131  # PostgreSQL's number for the lock under which one copy makes or upgrades the schema


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


def connect_to(url: str) -> Engine:
    """An engine with durable connections and transactions that are begun explicitly.

    Raises:
        ValueError: for another kind of database, or where its driver is missing.
    """
    kind = make_url(url).get_backend_name()
    if kind not in KINDS:
        raise ValueError(f"database {kind}: expected one of {', '.join(KINDS)}")
    try:
        engine = create_engine(url, pool_pre_ping=kind == "postgresql")  # that server may have been restarted
    except ModuleNotFoundError as error:
        raise ValueError(f"database {kind}: its driver {error.name} is not installed, add it to .venv") from error
    if kind == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _set_up_postgresql)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins no transaction: `_begin_sqlite` does, and knows which kind
    for setting in SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can fail at once; one that will write says so.
    will_write = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if will_write else "BEGIN")


def _set_up_postgresql(connection: Any, _record: Any) -> None:
    connection.execute(DURABLE)  # a locked read survives a power cut, also where the server is set otherwise
    connection.commit()


class Database:
    """A study database by SQLAlchemy URL, and the three kinds of transaction there are."""

    def __init__(self, url: str) -> None:
        self._engine = connect_to(url)
        self.is_sqlite = self._engine.dialect.name == "sqlite"
        self._queue = FairQueue()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A transaction that reads the database as it is now to its end, while others write."""
        with self.reading() as connection:
            if not self.is_sqlite:  # whose transactions all are snapshots
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self, *, in_turn: bool = False) -> Iterator[Connection]:
        """A transaction that writes: committed at the end, undone when anything in it fails.

        SQLite has one writer at a time, and its own way of waiting polls, and can miss its turn for long: writers of
        this process wait here instead. `in_turn` makes them do so for PostgreSQL too, where the wait would otherwise
        take place in the database and keep a connection from those who only read.
        """
        turn = self._queue.turn() if in_turn or self.is_sqlite else nullcontext()
        with turn, self._engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    @contextmanager
    def starting(self) -> Iterator[Connection]:
        """A writing transaction that one copy of the app has at a time, to make or to upgrade the schema."""
        with self.writing() as connection:
            if not self.is_sqlite:  # whose writers queue anyway
                connection.execute(text(f"SELECT pg_advisory_xact_lock({ONE_COPY_STARTS})"))
            yield connection

    def scrub(self) -> None:
        """Take what was deleted out of SQLite's write-ahead log too; PostgreSQL does so by itself, later."""
        if self.is_sqlite:
            raw = self._engine.raw_connection()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.close()
