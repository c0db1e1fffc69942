"""Restoring a PostgreSQL database after a test: its schema is compared, and its rows are restored."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

SCHEMA = """
SELECT md5(string_agg(part, ';' ORDER BY part)) FROM (
    SELECT format('%s %s', relkind, relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s.%s %s %s', attrelid::regclass, attname, atttypid::regtype, attnotnull)
        FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid IN (
            SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r')
    UNION ALL SELECT format('%s %s', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
) AS parts (part)
"""
"""A hash of everything in the schema that a test could change: relations, columns, triggers, functions, constraints."""

OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
SEQUENCES = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
LONGEST_WAIT = "SET lock_timeout = '5s'"


@dataclass(frozen=True)
class Content:
    """The content of a new database: its schema's hash and the rows that the migrations insert."""

    schema: str
    rows: dict[str, list[dict[str, Any]]]  # by table; empty tables are omitted

    @classmethod
    def of(cls, url: str) -> Self:
        """The content of a database."""
        with _connected(url) as connection:
            rows = {name: [dict(row) for row in connection.execute(text(f'SELECT * FROM "{name}"')).mappings()]
                    for name in _tables(connection)}
            return cls(_schema(connection), {name: found for name, found in rows.items() if found})

    def restore(self, url: str) -> bool:
        """Restores this content and ends other connections; False where the schema was changed or a lock is held."""
        try:
            with _connected(url) as connection:
                connection.execute(text(LONGEST_WAIT))
                connection.execute(text(f"{OTHERS} pg_backend_pid()"))
                if _schema(connection) != self.schema:
                    return False
                connection.execute(text("SET session_replication_role = replica"))  # no trigger, no foreign key
                for name in _tables(connection):
                    connection.execute(text(f'DELETE FROM "{name}"'))
                for name, rows in self.rows.items():
                    names = list(rows[0])
                    connection.execute(text(f'INSERT INTO "{name}" ({", ".join(names)}) '
                                            f'VALUES ({", ".join(f":{each}" for each in names)})'), rows)
                connection.execute(text(SEQUENCES))
                return True
        except OperationalError:  # another connection holds a lock, or the database does not exist
            return False


def _connected(url: str) -> AbstractContextManager[Connection]:
    return create_engine(url, poolclass=NullPool).begin()


def _tables(connection: Connection) -> list[str]:
    found = connection.execute(text("SELECT relname FROM pg_class WHERE relkind = 'r' "
                                    "AND relnamespace = 'public'::regnamespace")).scalars()
    return list(found)


def _schema(connection: Connection) -> str:
    schema: str = connection.execute(text(SCHEMA)).scalar_one()
    return schema
