"""One byte changed in the database's file, by any program that can open files, is found and named by `verify`."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from reader_study.__main__ import main
from reader_study.store.store import Store
from reader_study.study.design import Design
from reader_study.study.read import Answers
from tests.support.small_study import ANSWERS, KEY, lock_all, small_store

TRIED = 30  # bytes of each text: each costs a walk through the trail
TEXTS = {
    "read": ("case_key", "condition", "answers", "shown", "viewing", "started_at", "locked_at"),
    "correction": ("answers", "reason", "corrected_at"),
    "threshold": ("rater", "recorded_at"),
    "study": ("definition",),
    "audit": ("at", "study_key", "action", "details", "previous_hash", "hash"),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The database of a study that both readers have read, with a correction and a threshold."""
    folder = tmp_path_factory.mktemp("tampered")
    with closing(small_store(folder, design=Design.SEQUENTIAL, corrections=True)) as store:
        lock_all(store, "ana")
        lock_all(store, "ben")
        last_step = store.worklist(KEY, "ben").steps[-1]
        store.correct_read(KEY, "ben", last_step, Answers(**ANSWERS.values | {"p_poor": 75}), "a slip of the hand")
        store.record_threshold(KEY, "ben", 0.6)
    return folder / "study.db"


def last(file: Path, table: str, column: str) -> tuple[int, bytes]:
    """The number (a study's key) of a table's last row, and the text in one of its columns."""
    number = {"audit": "sequence", "study": "key"}.get(table, "id")
    with closing(sqlite3.connect(file)) as connection:
        connection.text_factory = bytes
        return connection.execute(f"SELECT {number}, {column} FROM {table} ORDER BY {number} DESC").fetchone()


def change(file: Path, place: int) -> None:
    """Change one bit of one byte."""
    with file.open("r+b") as opened:
        opened.seek(place)
        old = opened.read(1)
        opened.seek(place)
        opened.write(bytes([old[0] ^ 1]))


def places(file: Path, table: str, column: str) -> range:
    """Where in the file the last row's text lies: of all places that hold it, the one whose change changes the row."""
    content, (_number, text) = file.read_bytes(), last(file, table, column)
    place = content.find(text)
    while place >= 0:
        change(file, place)
        found = last(file, table, column)[1]
        change(file, place)
        if found != text:
            return range(place, place + len(text))
        place = content.find(text, place + 1)
    raise AssertionError(f"{table}.{column}: {text!r} was not found in the file")


@pytest.mark.parametrize(("table", "column"), [(table, column) for table, columns in TEXTS.items()
                                               for column in columns])
def test_any_byte_of_a_record_that_changes_is_found_and_named(file, table, column):
    number, _text = last(file, table, column)
    names = {"audit": {f"audit entry {number}"}, "study": {f"study {KEY}", "study 1"}}  # by key; undecoded by place
    missed = []
    found = places(file, table, column)
    for place in found[:: len(found) // TRIED + 1]:
        change(file, place)
        with closing(Store(f"sqlite:///{file}")) as store:
            broken = store.verify()
        change(file, place)
        if broken is None or broken.name not in names.get(table, {f"{table} {number}"}):
            missed.append((place, broken))
    assert missed == []


def test_the_command_names_a_trail_that_has_lost_its_head(tmp_path, monkeypatch, capsys):
    with closing(small_store(tmp_path)), closing(sqlite3.connect(tmp_path / "study.db")) as connection, connection:
        connection.execute("DELETE FROM meta WHERE key = 'audit_head'")
    monkeypatch.setenv("ICH_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("ICH_DATABASE_URL", raising=False)
    assert main(["verify"]) == 2
    assert capsys.readouterr().err == "audit trail: its recorded head is missing or changed\n"


def test_the_command_names_what_is_broken(file, monkeypatch, capsys):
    monkeypatch.setenv("ICH_WORKSPACE", str(file.parent))
    monkeypatch.delenv("ICH_DATABASE_URL", raising=False)
    (place, *_) = places(file, "read", "answers")
    change(file, place)
    assert main(["verify"]) == 2
    change(file, place)
    assert capsys.readouterr().err == "read 8: its content cannot be decoded\n"
    assert main(["verify"]) == 0
