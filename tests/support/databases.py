"""New databases for tests, copied from templates: SQLite files, or databases on a PostgreSQL server."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine, make_url, text

from benchmarks import postgresql
from reader_study.store.store import Store
from tests.support import postgresql_schema

SERVER_VARIABLE = "ICH_TEST_POSTGRES"
MISSING = (f"PostgreSQL is not installed and {SERVER_VARIABLE} names no server: the store was tested on SQLite ONLY. "
           "`apt-get install postgresql` brings what the tests start")
KINDS = ("sqlite", "postgresql")
skipped: list[str] = []
"""Why PostgreSQL tests were skipped, for the end of the report."""

NewDatabase = Callable[..., str]
"""`new_database()` returns the URL of a database with the schema and no rows; `new_database(empty=True)` without it."""


@dataclass(frozen=True)
class Databases:
    """Creates databases of one kind, and releases them after a test."""

    new: NewDatabase
    drop: Callable[[str], None]


@cache
def sqlite_template() -> bytes:
    """A SQLite file with the schema, created once per process because the migrations take longer than most tests."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "template.db"
        Store(f"sqlite:///{file}").close()
        return file.read_bytes()


def sqlite_file(file: Path) -> str:
    """The URL of a new SQLite file with the schema."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(sqlite_template())
    return f"sqlite:///{file}"


@contextmanager
def sqlite_files(folder: Path) -> Iterator[Databases]:
    """SQLite files in a folder, by default with the schema."""
    def new(*, empty: bool = False) -> str:
        file = folder / f"{secrets.token_hex(4)}.db"
        return f"sqlite:///{file}" if empty else sqlite_file(file)

    yield Databases(new, drop=lambda url: None)  # pytest clears the folder


@contextmanager
def postgresql_databases() -> Iterator[Databases]:
    """Databases on the configured or a temporary server, copied from a template with the schema.

    Copying takes the server longer than most tests, so a database with an unchanged schema is emptied and reused.
    """
    with ExitStack() as stack:
        url = os.environ.get(SERVER_VARIABLE)
        if not url:
            if postgresql.binaries() is None:
                _leave_out()
            url = stack.enter_context(postgresql.running(settings=postgresql.QUICK)).url("postgres")
        server = make_url(url)
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        stack.callback(admin.dispose)
        emptied: list[str] = []

        def make(template: str) -> str:
            url = server.set(database=f"ich_test_{secrets.token_hex(6)}")
            with admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {url.database} TEMPLATE {template}"))
            return url.render_as_string(hide_password=False)

        def drop(url: str) -> None:
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {make_url(url).database} WITH (FORCE)"))

        template = make("template0")
        stack.callback(drop, template)
        Store(template).close()
        name = str(make_url(template).database)
        wanted = postgresql_schema.Content.of(template)

        def new(*, empty: bool = False) -> str:
            if empty:
                return make("template0")
            return emptied.pop() if emptied else make(name)

        def give_back(url: str) -> None:
            if wanted.restore(url):
                emptied.append(url)
            else:
                drop(url)

        yield Databases(new, give_back)
        for url in emptied:
            drop(url)


def _leave_out() -> None:
    if os.environ.get("REQUIRE_POSTGRES"):
        pytest.fail(MISSING)
    skipped.append(MISSING)
    pytest.skip(MISSING)
