"""Schema upgrades: the revision of a database, and its way to the newest: a backup, then all migrations or none."""

import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from sqlalchemy import Connection, inspect, make_url, text

from reader_study.store import dump
from reader_study.store.database import Database

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""All schema revisions, oldest first, as the modules in `migrations/versions` name them."""
NEWEST = REVISIONS[-1]
FIRST_RELEASE = REVISIONS[0]  # its databases hold no revision: it knew no Alembic
SCRIPTS = Path(__file__).resolve().parents[1] / "migrations"
VERSION_TABLE = "alembic_version"

_one_at_a_time = Lock()  # Alembic's operations belong to a process, not to a thread


def revision_of(connection: Connection) -> str | None:
    """The revision of a database's schema; None where it holds no study database yet."""
    found = inspect(connection).get_table_names()
    if VERSION_TABLE in found:
        revision: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
        return revision
    return FIRST_RELEASE if "meta" in found else None


def migrate(connection: Connection, *, to: str = NEWEST) -> None:
    """Run the migrations from the database's revision to another, inside the caller's transaction."""
    from alembic.migration import MigrationContext  # takes a moment: only a new or an old database needs it
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    with _one_at_a_time:
        scripts, context = ScriptDirectory(str(SCRIPTS)), MigrationContext.configure(connection)
        now = revision_of(connection)
        if now is not None:
            context.stamp(scripts, now)
        steps = [] if now == to else list(scripts.iterate_revisions(to, now or "base"))
        with Operations.context(context):
            for step in reversed(steps):
                step.module.upgrade()
                context.stamp(scripts, step.revision)


def check_revision(revision: str | None, noun: str) -> None:
    """ValueError unless this release can bring a schema revision to the newest."""
    if revision not in (None, *REVISIONS):
        raise ValueError(f"{noun} has schema revision {revision}, this release knows up to {NEWEST}: "
                         "open it with the release that wrote it, or a newer one")


def bring_up_to_date(database: Database, *, backups: Path | None) -> None:
    """Make the tables of an empty database, or upgrade an older one after writing its backup into a folder."""
    with database.reading() as connection:
        if revision_of(connection) == NEWEST:
            return
    with database.starting() as connection:
        revision = revision_of(connection)  # again: another copy may have been here meanwhile
        check_revision(revision, "the study database")
        if revision not in (None, NEWEST):
            _back_up(connection, revision, backups)
        migrate(connection)


def _back_up(connection: Connection, revision: str, folder: Path | None) -> None:
    if folder is None:
        raise ValueError(f"the study database has schema revision {revision}, expected {NEWEST}: name a folder for "
                         "its backup, then it is upgraded")
    now = datetime.now(UTC)
    file = folder / f"study-revision-{revision}-{now:%Y%m%dT%H%M%S%fZ}.zip"
    with dump.new_zip(file) as archive:
        dump.write(connection, archive, revision=revision, made_at=now)


def folder_beside(url: str) -> Path | None:
    """The folder of a SQLite file; None for a server and for a database in memory."""
    database = make_url(url).database
    if make_url(url).get_backend_name() != "sqlite" or not database or database == ":memory:":
        return None
    return Path(os.path.abspath(database)).parent
