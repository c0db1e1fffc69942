"""New databases for tests, of both kinds: a SQLite file, or a database on a PostgreSQL server, quick to make."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from benchmarks import postgresql
from reader_study.store import Store

SERVER_VARIABLE = "ICH_TEST_POSTGRES"
MISSING = (f"PostgreSQL is not installed and {SERVER_VARIABLE} names no server: the store was tested on SQLite ONLY. "
           "`apt-get install postgresql` brings what the tests start")
KINDS = ("sqlite", "postgresql")
skipped: list[str] = []
"""Why PostgreSQL was left out, for the end of the report."""

NewDatabase = Callable[..., str]
"""`new_database()` gives the URL of a database with an empty study schema; `new_database(empty=True)` without one."""


@dataclass(frozen=True)
class Databases:
    """Makes databases of one kind, and drops them."""

    new: NewDatabase
    drop: Callable[[str], None]


@contextmanager
def sqlite_files(folder: Path) -> Iterator[Databases]:
    """SQLite files, copied from one with the schema in it."""
    template = folder / "template.db"
    Store(f"sqlite:///{template}").close()

    def new(*, empty: bool = False) -> str:
        file = folder / f"{secrets.token_hex(4)}.db"
        if not empty:
            shutil.copy(template, file)
        return f"sqlite:///{file}"

    yield Databases(new, drop=lambda url: None)  # pytest clears the folder


@contextmanager
def postgresql_databases() -> Iterator[Databases]:
    """Databases on the server that is named or can be started, copied from one with the schema in it."""
    with ExitStack() as stack:
        url = os.environ.get(SERVER_VARIABLE)
        if not url:
            if postgresql.binaries() is None:
                _leave_out()
            url = stack.enter_context(postgresql.running(settings=postgresql.QUICK)).url("postgres")
        server = make_url(url)
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        stack.callback(admin.dispose)

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
        yield Databases(lambda *, empty=False: make("template0" if empty else make_url(template).database), drop)


def _leave_out() -> None:
    if os.environ.get("REQUIRE_POSTGRES"):
        pytest.fail(MISSING)
    skipped.append(MISSING)
    pytest.skip(MISSING)
