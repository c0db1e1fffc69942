"""The audit trail: whatever is changed behind the store's back is found and named."""

import re

import pytest
from sqlalchemy import text

from tests.small_study import ANSWERS, KEY, lock_all, lock_next, small_store


@pytest.fixture
def store(tmp_path):
    """An unaided study of two cases and two readers."""
    return small_store(tmp_path)


def test_entries_say_who_did_what(store):
    step = lock_next(store, "ana")
    last = store.audit(KEY)[-1]
    assert (last.actor, last.action, last.details["case"]) == ("ana", "read_locked", step.case_key)
    assert store.audit(KEY)[0].actor == "system"
    assert store.audit("other") == []


def test_an_untouched_trail_is_whole(store):
    lock_all(store, "ana")
    assert store.verify() is None


@pytest.mark.parametrize(("old", "new", "name"), [
    (b"study_created", b"study_createD", "audit entry 1"),
    (ANSWERS.comment.encode(), ANSWERS.comment.encode().replace(b"left", b"lefT"), "read 1"),
    (b'"read_sha256": "', b'"read_sha256"; "', r"audit entry \d+"),
])
def test_one_changed_byte_in_the_file_is_found(store, tmp_path, old, new, name):
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
    ("DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)", "audit entry 6", "recorded head"),
    ("UPDATE read SET seconds = 29", "read 1", "not as it was locked"),
    ("DELETE FROM read", "read 1", "it is missing"),
])
def test_tampering_past_the_triggers_is_found(store, statement, name, reason):
    lock_next(store, "ana")
    with store.writing() as connection:
        for trigger in ("read_no_update", "read_no_delete", "audit_no_update", "audit_no_delete"):
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text(statement))
    broken = store.verify()
    assert broken.name == name
    assert reason in broken.reason
