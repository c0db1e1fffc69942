"""What the database itself promises, whatever the code above it does."""

from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from reader_study.store import database, read_queries
from tests.support.small_study import ANSWERS, KEY, lock_next, small_store

APPEND_ONLY = {  # table -> a change that anyone could wish to make
    "read": "seconds = 1", "audit": "action = 'nothing'", "correction": "reason = ''", "threshold": "value = 0.1",
}
FORBIDDEN = {
    "sqlite": ("UPDATE {table} SET {change}", "DELETE FROM {table}",
               "INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
    "postgresql": ("UPDATE {table} SET {change}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE",
                   "TRUNCATE study CASCADE"),
}


def test_the_database_itself_only_appends(new_store):
    store = new_store(corrections=True)
    step = lock_next(store, "ana")
    store.correct_read(KEY, "ana", step, ANSWERS, "again")
    store.record_threshold(KEY, "ana", 0.6)
    before = store.reads(KEY), store.thresholds(KEY), store.audit(KEY)
    for table, change in APPEND_ONLY.items():
        for statement in FORBIDDEN["sqlite" if store.is_sqlite else "postgresql"]:
            with pytest.raises(DBAPIError, match="is append-only"), store.writing() as connection:
                connection.execute(text(statement.format(table=table, change=change)))
    assert (store.reads(KEY), store.thresholds(KEY), store.audit(KEY)) == before


def test_every_connection_is_durable(new_store):
    store, asked = new_store(), "SHOW synchronous_commit"  # the tests' own server says "off"
    with store.reading() as connection:
        if store.is_sqlite:
            names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
            assert found == ["wal", 2, 1, 1, 30_000]
        else:
            assert connection.scalar(text(asked)) == "on"


def test_a_snapshot_does_not_see_what_is_written_meanwhile(new_store):
    store, count = new_store(), text("SELECT count(*) FROM read")
    with store.snapshot() as connection:
        assert connection.scalar(count) == 0
        lock_next(store, "ana")
        assert connection.scalar(count) == 0
    with store.snapshot() as connection:
        assert connection.scalar(count) == 1


def test_a_row_that_points_nowhere_is_refused(new_store):
    row = "INSERT INTO truth (study_key, case_key, poor, gcs, age) VALUES ('small', 'case-999', 1, 3, 50)"
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"), new_store().writing() as connection:
        connection.execute(text(row))


def test_only_two_databases_are_taken():
    assert set(database.KINDS) == set(read_queries.INSERT)
    with pytest.raises(ValueError, match="database mssql: expected one of sqlite, postgresql"):
        database.connect_to("mssql+pyodbc://host/study")
    with pytest.raises(ValueError, match="database postgresql: its driver pg8000 is not installed"):
        database.connect_to("postgresql+pg8000://host/study")


def test_what_is_deleted_is_gone_from_the_file(tmp_path):
    with closing(small_store(tmp_path)) as store:
        with store.writing() as connection:
            connection.execute(text("UPDATE account SET display_name = 'x' WHERE username = 'ana'"))
        store.save_draft(KEY, "ben", store.worklist(KEY, "ben").next_step, {"comment": "Marmelade"}, seconds=1)
        with store.writing() as connection:
            connection.execute(text("DELETE FROM draft"))
        store.scrub()
        assert all(b"Marmelade" not in file.read_bytes() for file in tmp_path.iterdir())
