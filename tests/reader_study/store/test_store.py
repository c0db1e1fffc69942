"""The store: what it keeps, what it refuses, and that nothing is lost when many write at once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from reader_study.access import accounts
from reader_study.access.accounts import AccountRefused
from reader_study.store import audit
from reader_study.store.store import Store
from reader_study.study.design import AlreadyRead, Design, NotAllowed, Role, Study, StudyFrozen, Truth
from reader_study.study.read import Condition, Step
from tests.support.small_study import (
    CASES,
    KEY,
    SHOWN,
    TRUTHS,
    lock_all,
    lock_next,
    prediction_of,
    read_of,
    small_case,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def store(new_store):
    """An unaided study of two cases and two readers."""
    return new_store()


@pytest.fixture
def sequential(new_store):
    """A sequential study of two cases and two readers."""
    return new_store(design=Design.SEQUENTIAL)


def test_definitions_cases_and_predictions_come_back_as_they_were(store):
    store.set_truths(KEY, TRUTHS)
    store.add_prediction(KEY, prediction_of(CASES[0]))
    with closing(Store(store.url)) as again:
        assert [study.key for study in again.studies()] == [KEY]
        assert again.cases(KEY) == [small_case(key) for key in CASES]
        assert again.truths(KEY) == TRUTHS
        assert again.predictions(KEY, CASES[0]) == [prediction_of(CASES[0])] == again.predictions(KEY)


def test_what_is_not_there(store):
    assert store.case(KEY, "case-999") is None
    for ask in (store.study, store.state, store.set_unlocked):
        with pytest.raises(ValueError, match="no study 'nope' here"):
            ask("nope")
    with pytest.raises(ValueError, match="case-999 is not a case of study small"):
        store.set_truth(KEY, "case-999", Truth(1, 3, 50))
    with pytest.raises(ValueError, match="case-999 is not a case of study small"):
        store.add_prediction(KEY, prediction_of("case-999"))


def test_keys_and_predictions_are_there_once(store):
    store.add_prediction(KEY, prediction_of(CASES[0]))
    with pytest.raises(ValueError, match="study small exists already"):
        store.create_study(Study(key=KEY, title="Again", seed=2))
    with pytest.raises(ValueError, match="case-001 is already a case of study small"):
        store.add_case(KEY, small_case(CASES[0]))
    with pytest.raises(ValueError, match="case-001 has already a prediction of ord_gcs_bin_age 0123456789ab"):
        store.add_prediction(KEY, prediction_of(CASES[0], p_poor=0.1))


def test_cases_come_in_all_or_none(store):
    with pytest.raises(ValueError, match="case-001 is already a case"):
        store.add_cases(KEY, [small_case("case-003"), small_case("case-001")])
    assert [case.key for case in store.cases(KEY)] == list(CASES)


def test_a_read_freezes_the_cases_and_unlocking_the_truth(store):
    lock_next(store, "ana")
    with pytest.raises(StudyFrozen, match="study small holds reads"):
        store.add_case(KEY, small_case("case-003"))
    store.set_truths(KEY, TRUTHS)
    store.set_unlocked(KEY)
    with pytest.raises(StudyFrozen, match="study small is unlocked"):
        store.set_truth(KEY, CASES[0], Truth(0, 3, 50))


def test_the_life_of_a_study_is_audited_once(store):
    assert (store.state(KEY).closed, store.state(KEY).unlocked) == (False, False)
    for _ in range(2):
        store.set_closed(KEY)
        store.set_unlocked(KEY)
    assert (store.state(KEY).closed, store.state(KEY).unlocked) == (True, True)
    assert [entry.action for entry in store.audit(KEY)[-2:]] == ["study_closed", "study_unlocked"]


def test_a_reader_cannot_unlock_or_close(store):
    for change in (store.set_unlocked, store.set_closed):
        with pytest.raises(NotAllowed, match="ana is not a coordinator of study small"):
            change(KEY, by="ana")
    assert not store.state(KEY).unlocked


def test_a_locked_read_holds_answers_times_and_position(store):
    step = store.worklist(KEY, "ana").next_step
    opened = store.start_read(KEY, "ana", step)
    store.now.forward(seconds=45)
    assert store.start_read(KEY, "ana", step) == opened
    locked = store.lock_read(read_of("ANA", step))
    assert (locked.read.reader, locked.position, locked.wall_seconds) == ("ana", 0, 45.0)
    assert store.reads(KEY) == store.reads(KEY, "Ana") == [locked]
    assert store.reads(KEY, "ben") == []


def test_a_read_is_locked_once(store):
    step = lock_next(store, "ana")
    with pytest.raises(AlreadyRead, match="unaided by ana is already locked"):
        store.lock_read(read_of("ana", step))
    with pytest.raises(AlreadyRead, match="unaided by ana is already locked"):
        store.start_read(KEY, "ana", step)
    assert len(store.reads(KEY)) == 1


def test_only_the_next_step_is_locked(sequential):
    first, second = (step.case_key for step in sequential.worklist(KEY, "ana").steps[::2])
    sequential.start_read(KEY, "ana", Step(first, Condition.UNAIDED))
    for early in (Step(first, Condition.AIDED), Step(second, Condition.UNAIDED)):
        with pytest.raises(NotAllowed, match=f"comes later: expected {first} unaided first"):
            sequential.lock_read(read_of("ana", early))
        with pytest.raises(NotAllowed, match=f"comes later: expected {first} unaided first"):
            sequential.start_read(KEY, "ana", early)


def test_a_read_needs_its_opening(store):
    with pytest.raises(NotAllowed, match="was never opened by ana"):
        store.lock_read(read_of("ana", store.worklist(KEY, "ana").next_step))


def test_only_readers_of_the_study_read(store):
    with pytest.raises(NotAllowed, match="eve is not a reader of study small"):
        store.lock_read(read_of("eve", Step(CASES[0], Condition.UNAIDED)))


def test_a_closed_study_takes_no_read(store):
    step = store.worklist(KEY, "ana").next_step
    store.start_read(KEY, "ana", step)
    store.set_closed(KEY)
    with pytest.raises(NotAllowed, match="study small is closed"):
        store.lock_read(read_of("ana", step))


def test_an_aided_read_keeps_what_was_shown(sequential):
    lock_next(sequential, "ana")
    assert lock_next(sequential, "ana").condition is Condition.AIDED
    assert [stored.read.shown for stored in sequential.reads(KEY)] == [{}, SHOWN]


def test_a_draft_is_replaced_kept_and_gone_with_the_lock(store):
    step = store.worklist(KEY, "ana").next_step
    assert store.draft(KEY, "ana", step) is None
    for comment in ("a", "ab"):
        store.save_draft(KEY, "ana", step, {"comment": comment, "gcs": None}, seconds=3)
    assert store.draft(KEY, "Ana", step).answers == {"comment": "ab", "gcs": None}
    assert store.draft(KEY, "ben", step) is None
    lock_next(store, "ana")
    assert store.draft(KEY, "ana", step) is None
    with pytest.raises(AlreadyRead, match="is already locked: nothing was kept"):
        store.save_draft(KEY, "ana", step, {"comment": "abc"}, seconds=4)


def test_a_read_and_its_audit_entry_are_stored_together_or_not_at_all(store, monkeypatch):
    step = store.worklist(KEY, "ana").next_step
    store.start_read(KEY, "ana", step)
    monkeypatch.setattr(audit, "digest", lambda values: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        store.lock_read(read_of("ana", step))
    assert store.reads(KEY) == []


def test_eight_readers_at_once_lose_nothing(new_store):
    readers = tuple(f"reader {number}" for number in range(8))
    store = new_store(readers=readers, cases=("a", "b", "c", "d"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda reader: lock_all(store, reader), readers))
    assert len({(stored.read.reader, stored.read.case) for stored in store.reads(KEY)}) == 32
    assert [entry.sequence for entry in store.audit(KEY)] == list(range(1, len(store.audit(KEY)) + 1))
    assert store.verify() is None


def test_eight_locks_of_one_read_store_one(store):
    step = store.worklist(KEY, "ana").next_step
    store.start_read(KEY, "ana", step)

    def lock(_number: int) -> str:
        try:
            return store.lock_read(read_of("ana", step)).read.case
        except AlreadyRead:
            return "already"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lock, range(8))) == ["already"] * 7 + [step.case_key]


def test_two_who_take_one_name_at_once_get_it_once(store):
    def take(_number: int) -> bool:
        try:
            accounts.invite(store, KEY, "cem", role=Role.COORDINATOR if _number % 2 else Role.READER)
        except AccountRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, range(8)))
    assert [person.username for person in store.people(KEY)] == ["ana", "ben", "cem"]


def test_a_draft_saved_while_its_read_is_locked_is_kept_before_or_not_at_all(store):
    step = store.worklist(KEY, "ana").next_step
    store.start_read(KEY, "ana", step)

    def act(number: int) -> None:
        try:
            if number == 4:
                store.lock_read(read_of("ana", step))
            else:
                store.save_draft(KEY, "ana", step, {"comment": str(number)}, seconds=1)
        except AlreadyRead:
            return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(8)))
    assert store.draft(KEY, "ana", step) is None


def test_a_killed_server_loses_no_locked_read(new_database):
    url = new_database()
    program = ("from tests.support.small_study import *; "
               f"store = store_at({url!r}, cases=tuple(f'c{{i}}' for i in range(500)))\n"
               "while True: print(lock_next(store, 'ana').case_key, flush=True)")
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        told = [server.stdout.readline().strip() for _ in range(10)]
        server.kill()
        told += server.stdout.read().split()
    with closing(Store(url)) as store:
        kept = [stored.read.case for stored in store.reads(KEY)]
        assert kept[: len(told)] == told
        assert store.verify() is None
