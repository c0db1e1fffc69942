"""From an empty database, and from the oldest released schema with data in it, to the newest; and what is refused."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError

from reader_study.access import accounts, profiles
from reader_study.access.profiles import Profile
from reader_study.store import dump, schema, upgrade
from reader_study.store.database import Database
from reader_study.store.store import Store
from reader_study.study import questions
from reader_study.study.errors import NotAllowed
from tests.support.small_study import ANSWERS, KEY, TRUTHS, Clock, lock_next, prediction_of

ROOT = Path(__file__).resolve().parents[3]
FIRST_RELEASE = json.loads((ROOT / "tests" / "support" / "revision_1.json").read_text(encoding="utf-8"))
"""All rows of a study that the first release wrote: reads of two readers, one draft, one invitation, two sessions."""


def write_first_release(url: str) -> None:
    """A database as the first release left it: its tables by revision 1, its rows, and no word of Alembic."""
    with closing(Database(url)) as database, database.starting() as connection:
        upgrade.migrate(connection, to="0001")
        connection.execute(text("DELETE FROM meta"))
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if rows := FIRST_RELEASE.get(table.name):
                connection.execute(table.insert(), rows)
                dump.go_on_counting(connection, table)
        connection.execute(text("DROP TABLE alembic_version"))


@pytest.fixture
def old(new_database, tmp_path):
    """A database of the first release, opened by this one."""
    write_first_release(url := new_database(empty=True))
    with closing(Store(url, clock=Clock(), backups=tmp_path)) as store:
        yield store


def test_reads_and_trail_of_the_first_release_come_through(old):
    reads = old.reads(KEY)
    assert [(read.number, read.read.reader, read.read.answers.comment) for read in reads] == [
        (row["id"], "ana" if row["account_id"] == 1 else "Cem Öz", row["answers"]["comment"])
        for row in FIRST_RELEASE["read"]
    ]
    assert [entry.hash for entry in old.audit(KEY)] == [row["hash"] for row in FIRST_RELEASE["audit"]]
    assert old.verify() is None


def test_everything_else_of_the_first_release_comes_through(old):
    assert (old.truths(KEY), old.predictions(KEY)) == (TRUTHS, [prediction_of("case-001")])
    step = old.worklist(KEY, "Cem Öz").next_step
    assert old.draft(KEY, "Cem Öz", step).answers == {"comment": "not yet"}
    assert accounts.sign_in(old, "cem öz", "correct horse")


def test_the_triggers_still_refuse_after_an_upgrade(old):
    for statement in ("UPDATE read SET seconds = 1", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="is append-only"), old.writing() as connection:
            connection.execute(text(statement))


def test_an_upgraded_study_goes_on(old):
    lock_next(old, "Cem Öz")
    profiles.record(old, KEY, "ana", Profile(specialty="Radiology", board_certified=True, years_experience=3,
                                             institution_code="A"))
    assert len(old.reads(KEY)) == len(FIRST_RELEASE["read"]) + 1
    assert old.verify() is None


def test_an_upgraded_study_is_open_asks_as_before_and_takes_what_is_new(old):
    assert (old.study(KEY).questions, old.state(KEY).opened) == (questions.DEFAULT, True)
    old.record_threshold(KEY, "ana", 0.6)
    step = old.worklist(KEY, "ana").steps[0]
    with pytest.raises(NotAllowed, match="study small allows no corrections"):
        old.correct_read(KEY, "ana", step, ANSWERS, "a slip of the hand")
    assert old.verify() is None


def test_an_upgrade_leaves_one_backup_and_happens_once(old, tmp_path):
    Store(old.url, backups=tmp_path).close()
    assert [file.name.partition("-2")[0] for file in tmp_path.glob("*.zip")] == ["study-revision-0001"]


def test_without_a_folder_for_the_backup_nothing_is_upgraded(new_database, monkeypatch):
    write_first_release(url := new_database(empty=True))
    monkeypatch.setattr(upgrade, "folder_beside", lambda url: None)
    with pytest.raises(ValueError, match="has schema revision 0001, expected 0006: name a folder"):
        Store(url)
    with closing(Database(url)) as database, database.reading() as connection:
        assert upgrade.revision_of(connection) == "0001"


def test_an_upgrade_that_fails_changes_nothing(new_database, tmp_path):
    write_first_release(url := new_database(empty=True))
    with closing(Database(url)) as database, database.writing() as connection:
        connection.execute(text("ALTER TABLE account ADD COLUMN forgotten_at VARCHAR(32)"))  # the upgrade adds it too
    with pytest.raises(DBAPIError, match="forgotten_at"):
        Store(url, backups=tmp_path)
    with closing(Database(url)) as database, database.reading() as connection:
        assert upgrade.revision_of(connection) == "0001"
        assert not connection.dialect.has_table(connection, "reader_profile")


def test_a_newer_database_is_not_touched(new_database, tmp_path):
    url = new_database()
    with closing(Database(url)) as database, database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    with pytest.raises(ValueError, match="has schema revision 0099, this release knows up to 0006: open it with"):
        Store(url, backups=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_backup_of_a_sqlite_database_lies_beside_it(tmp_path):
    write_first_release(f"sqlite:///{tmp_path / 'study.db'}")
    Store(f"sqlite:///{tmp_path / 'study.db'}").close()
    assert len(list(tmp_path.glob("study-revision-0001-*.zip"))) == 1


def test_the_migrations_make_the_schema_that_the_code_expects(new_database):
    with closing(Database(new_database())) as database, database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []


def test_the_listed_revisions_are_the_migrations():
    scripts = ScriptDirectory(str(upgrade.SCRIPTS))
    assert tuple(step.revision for step in scripts.walk_revisions())[::-1] == upgrade.REVISIONS


def test_copies_that_start_at_once_make_one_database(new_database):
    url = new_database(empty=True)
    program = ("import sys; from reader_study.store.store import Store; sys.stdin.read(1); "
               f"print(Store({url!r}).studies())")
    copies = [subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for copy in copies:
        copy.stdin.write("!")
        copy.stdin.flush()
    assert [copy.communicate() for copy in copies] == [("[]\n", "")] * 3
