"""The order of a reader's steps: the stated rules, and what never changes it."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from reader_study.study.definition import Design, Study
from reader_study.study.errors import AlreadyRead, NotAllowed
from reader_study.study.read import Condition, Step
from reader_study.study.worklist import FIRST, SECOND, TRAINING, check_step, reading_order, worklist

CASES = tuple(f"case-{number:03d}" for number in range(1, 21))
UNAIDED = Study(key="one", title="Unaided", seed=7)
SEQUENTIAL = Study(key="two", title="Sequential", seed=7, design=Design.SEQUENTIAL)
CROSSOVER = Study(key="three", title="Crossover", seed=7, design=Design.CROSSOVER, washout_days=28)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def steps_of(study: Study, reader: str = "ana", number: int = 0, cases=CASES) -> tuple[Step, ...]:
    return worklist(study, reader, number, cases, ()).steps


def with_changes(study: Study, **changes) -> Study:
    return Study(**{**vars(study), **changes})


def test_sequential_reads_a_case_unaided_then_aided_before_the_next():
    order = reading_order(SEQUENTIAL, "ana", CASES)
    assert [(step.case_key, step.condition.value) for step in steps_of(SEQUENTIAL)[:4]] == [
        (order[0], "unaided"), (order[0], "aided"), (order[1], "unaided"), (order[1], "aided")
    ]


def test_next_step_is_the_first_that_is_not_locked():
    first, second, *_ = steps_of(SEQUENTIAL)
    assert worklist(SEQUENTIAL, "ana", 0, CASES, {first}).next_step == second


def test_a_worklist_counts_itself():
    steps = worklist(UNAIDED, "ana", 0, CASES[:2], {steps_of(UNAIDED, cases=CASES[:2])[0]})
    assert (steps.done, steps.total, steps.complete) == (1, 2, False)
    assert worklist(UNAIDED, "ana", 0, CASES[:2], steps.steps).complete


def test_nothing_to_read_is_not_complete():
    assert not worklist(UNAIDED, "ana", 0, (), ()).complete


def test_only_the_next_step_may_be_taken():
    first, second, third, *_ = steps_of(SEQUENTIAL)
    steps = worklist(SEQUENTIAL, "ana", 0, CASES, {first})
    assert check_step(steps, second, "ana") == 1
    with pytest.raises(AlreadyRead, match=f"{first.case_key} unaided by ana is already locked"):
        check_step(steps, first, "ana")
    with pytest.raises(NotAllowed, match=f"{third.case_key} unaided by ana comes later: expected {first.case_key} aid"):
        check_step(steps, third, "ana")
    with pytest.raises(NotAllowed, match="c unaided by ana is not a read of this study"):
        check_step(steps, Step("c", Condition.UNAIDED), "ana")


@pytest.mark.parametrize("number", range(4))
def test_a_crossover_reads_each_case_once_in_each_session_in_the_two_conditions(number):
    steps = worklist(CROSSOVER, "ana", number, CASES, ())
    first, second = ([step for step, session in zip(steps.steps, steps.sessions, strict=True) if session == wanted]
                     for wanted in (FIRST, SECOND))
    assert sorted(step.case_key for step in first) == sorted(step.case_key for step in second) == list(CASES)
    assert {step.case_key: step.condition for step in first}.items().isdisjoint(
        {step.case_key: step.condition for step in second}.items())
    assert sum(step.condition is Condition.AIDED for step in first) == len(CASES) // 2


def test_the_two_readers_of_a_pair_have_opposite_halves_aided_first():
    even, odd = ({step.case_key for step in steps_of(CROSSOVER, reader, number)[: len(CASES)]
                  if step.condition is Condition.AIDED} for reader, number in (("ana", 2), ("ben", 3)))
    assert even.isdisjoint(odd)
    assert even | odd == set(CASES)


def test_the_halves_are_by_the_stated_rule():
    halves = sorted(CASES, key=lambda case: sha256(f"7|pair|1|{case}".encode()).digest())
    aided = {step.case_key for step in steps_of(CROSSOVER, "ana", 2)[:20] if step.condition is Condition.AIDED}
    assert aided == set(halves[:10])


def test_the_second_session_waits_for_the_washout():
    first_session = steps_of(CROSSOVER)[:20]
    before, after = (worklist(CROSSOVER, "ana", 0, CASES, first_session, session_ended_at=NOON, now=NOON + passed)
                     for passed in (timedelta(days=27, hours=23), timedelta(days=28)))
    assert (before.next_step, before.waits_until) == (None, NOON + timedelta(days=28))
    assert not before.complete
    assert after.next_step == steps_of(CROSSOVER)[20]
    with pytest.raises(NotAllowed, match="the washout lasts until 2026-03-29 12:00 UTC"):
        check_step(before, steps_of(CROSSOVER)[20], "ana")


def test_training_cases_come_first_and_in_the_studys_order():
    study = with_changes(SEQUENTIAL, training=("case-009", "case-002"))
    steps = worklist(study, "ana", 0, CASES, ())
    assert [(step.case_key, step.condition.value) for step in steps.steps[:4]] == [
        ("case-009", "unaided"), ("case-009", "aided"), ("case-002", "unaided"), ("case-002", "aided")]
    assert steps.sessions[:5] == (TRAINING,) * 4 + (FIRST,)
    assert steps.total == 2 * len(CASES)


@pytest.mark.parametrize("study", [UNAIDED, SEQUENTIAL, CROSSOVER])
@pytest.mark.parametrize("n_cases", [5, 20])
def test_a_repeat_stands_half_the_list_after_its_first_reading(study, n_cases):
    steps = worklist(with_changes(study, repeat_share=0.2), "ana", 0, CASES[:n_cases], ())
    repeats = [step for step in steps.steps if step.repeat]
    assert len(repeats) == (n_cases // 5) * (2 if study is CROSSOVER else 1)
    for again in repeats:
        first = Step(again.case_key, again.condition)
        between = steps.steps[steps.steps.index(first) + 1 : steps.steps.index(again)]
        assert len({step.case_key for step in between} - {again.case_key}) >= n_cases // 2
        assert steps.session_of(first) == steps.session_of(again)


def test_a_repeat_is_of_the_first_condition_only():
    steps = steps_of(with_changes(SEQUENTIAL, repeat_share=0.5))
    assert {step.condition for step in steps if step.repeat} == {Condition.UNAIDED}
    assert sum(step.repeat for step in steps) == len(CASES) // 2


def test_orders_differ_between_readers_but_not_by_how_cases_were_added():
    assert steps_of(CROSSOVER, cases=CASES[::-1]) == steps_of(CROSSOVER)
    assert steps_of(SEQUENTIAL, "ben") != steps_of(SEQUENTIAL)


def test_another_case_leaves_the_others_in_their_order():
    longer = steps_of(SEQUENTIAL, cases=(*CASES, "case-999"))
    assert tuple(step for step in longer if step.case_key != "case-999") == steps_of(SEQUENTIAL)
