"""The audit trail: whatever is changed behind the store's back is found and named."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from reader_study.store import audit, schema
from reader_study.store.store import Store
from tests.support.small_study import ANSWERS, KEY, lock_all, lock_next, small_store, without_triggers


@pytest.fixture
def store(new_store):
    """An unaided study of two cases and two readers."""
    return new_store()


def test_entries_say_who_did_what(store):
    step = lock_next(store, "ana")
    last = store.audit(KEY)[-1]
    assert (last.actor, last.action, last.details["case"]) == ("ana", "read_locked", step.case_key)
    assert store.audit(KEY)[0].actor == "system"
    assert store.audit("other") == []


def test_an_untouched_trail_is_whole(store):
    lock_all(store, "ana")
    assert store.verify() is None


@pytest.mark.parametrize(("old", "new", "name"), [  # SQLite keeps a study in a file that any program can edit
    (b"study_created", b"study_createD", "audit entry 1"),
    (ANSWERS.comment.encode(), ANSWERS.comment.encode().replace(b"left", b"lefT"), "read 1"),
    (b'"read_sha256": "', b'"read_sha256"; "', r"audit entry \d+"),
])
def test_one_changed_byte_in_the_file_is_found(tmp_path, old, new, name):
    store = small_store(tmp_path)
    lock_next(store, "ana")
    store.close()
    file = tmp_path / "study.db"
    content = file.read_bytes()
    assert sum(a != b for a, b in zip(old, new, strict=True)) == 1
    assert old in content
    file.write_bytes(content.replace(old, new, 1))
    broken = store.verify()
    assert broken is not None
    assert re.fullmatch(name, broken.name)


@pytest.mark.parametrize(("statement", "name", "reason"), [
    ("UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE sequence = 2", "audit entry 2", "its hash"),
    ("DELETE FROM audit WHERE sequence = 2", "audit entry 2", "it is missing"),
    ("DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)", "audit entry 7", "recorded head"),
    ("UPDATE audit SET action = 'study_createD' WHERE sequence = 1", "audit entry 1", "its hash"),
    ("UPDATE read SET seconds = 29", "read 1", "not as it was locked"),
    ("UPDATE read SET answers = replace(CAST(answers AS TEXT), 'left', 'lefT'){as_json}", "read 1", "as it was locked"),
    ("DELETE FROM read", "read 1", "it is missing"),
    ("UPDATE study SET definition = replace(CAST(definition AS TEXT), '\"seed\": 1', '\"seed\": 2'){as_json}",
     "study small", "definition is not as it was recorded"),
    ("UPDATE study SET closed_at = '2020-01-01T00:00:00.000000+00:00'", "study small", "its closed_at is not"),
    ("UPDATE study SET deadline = NULL", "study small", "its deadline is not"),
    ("DELETE FROM meta WHERE key = 'audit_head'", "audit trail", "its recorded head is missing"),
    ("UPDATE meta SET value = 'gone' WHERE key = 'audit_head'", "audit trail", "its recorded head is missing"),
])
def test_tampering_past_the_triggers_is_found(store, statement, name, reason):
    lock_next(store, "ana")
    store.set_deadline(KEY, datetime(2030, 1, 1, tzinfo=UTC))
    with store.writing() as connection, without_triggers(connection):
        connection.execute(text(statement.format(as_json="" if store.is_sqlite else "::json")))
    broken = store.verify()
    assert broken.name == name
    assert reason in broken.reason


def test_nothing_is_appended_to_a_trail_that_has_lost_its_head(store):
    with store.writing() as connection:
        connection.execute(text("DELETE FROM meta WHERE key = 'audit_head'"))
    with pytest.raises(ValueError, match="audit trail: its recorded head was changed: expected PLACE:HASH, got none"):
        lock_next(store, "ana")


def test_a_trail_written_anew_is_whole_but_has_lost_the_noted_hash(store):
    lock_next(store, "ana")
    place, noted = store.head()
    lock_next(store, "ana")
    assert store.place_of(noted) == place
    rewrite(store, "ben")
    assert store.verify() is None
    assert store.place_of(noted) is None


def rewrite(store: Store, forged_reader: str) -> None:
    """What a person with all rights on the database can do: give the first read to another, and chain all anew."""
    entries = store.audit(KEY)
    with store.writing() as connection, without_triggers(connection):
        other = connection.scalar(select(schema.account.c.id).where(schema.account.c.username == forged_reader))
        connection.execute(schema.read.update().where(schema.read.c.id == 1).values(account_id=other))
        digests = {row.id: audit.row_digest(row._asdict()) for row in connection.execute(select(schema.read))}
        rows = connection.execute(select(schema.audit).order_by(schema.audit.c.sequence)).all()
        connection.execute(schema.audit.delete())
        connection.execute(schema.meta.update().values(value=f"0:{audit.FIRST_HASH}"))
        for row in rows:
            details = row.details | ({"read_sha256": digests[row.details["read"]]} if "read" in row.details else {})
            audit.append(connection, at=row.at, action=row.action, study_key=row.study_key,
                         account_id=row.account_id, **details)
    assert len(store.audit(KEY)) == len(entries)
