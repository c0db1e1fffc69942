"""Which cases a reader reads: all, or those assigned before their first read."""

import pytest

from reader_study.study.errors import NotAllowed
from tests.support.small_study import KEY, lock_all, lock_next

CASES = ("a", "b", "c", "d")


@pytest.fixture
def store(new_store):
    """An unaided study of four cases and two readers."""
    return new_store(cases=CASES)


def order(store, reader: str) -> list[str]:
    """A reader's cases in their order."""
    return [step.case_key for step in store.worklist(KEY, reader).steps]


def test_a_reader_reads_the_assigned_cases_in_the_order_they_had_and_others_all(store):
    before = order(store, "ana")
    store.assign(KEY, "ana", ["d", "b"])
    assert order(store, "ana") == [case for case in before if case in ("b", "d")]
    assert sorted(order(store, "ben")) == list(CASES)
    lock_all(store, "ana")
    assert {stored.read.case for stored in store.reads(KEY, "ana")} == {"b", "d"}


def test_where_no_case_is_named_the_reader_reads_all_again(store):
    before = order(store, "ana")
    store.assign(KEY, "ana", ["a"])
    store.assign(KEY, "ana", [])
    assert order(store, "ana") == before
    assert [entry.details["cases"] for entry in store.audit(KEY) if entry.action == "cases_assigned"] == [["a"], []]


def test_after_the_first_read_nothing_is_assigned(store):
    lock_next(store, "ana")
    with pytest.raises(NotAllowed, match="ana has locked reads: expected cases to be assigned before the first"):
        store.assign(KEY, "ana", ["a"])


def test_only_cases_of_the_study_are_assigned(store):
    with pytest.raises(ValueError, match="e is not a case of study small: nothing was assigned"):
        store.assign(KEY, "ana", ["a", "e"])
    assert sorted(order(store, "ana")) == list(CASES)
