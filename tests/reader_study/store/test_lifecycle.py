"""The life of a study, what may change when, and what is kept beside its reads; on both databases."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from reader_study.access import accounts, permissions
from reader_study.store import schema
from reader_study.store.audit import BrokenEntry
from reader_study.store.store import Store
from reader_study.study.definition import Design, Fact, Study, When
from reader_study.study.design import Role, Truth
from reader_study.study.errors import NotAllowed, StudyFrozen
from reader_study.study.read import Condition, Step
from tests.support.small_study import (
    CASES,
    KEY,
    TRUTHS,
    changed,
    lock_all,
    lock_next,
    open_as_is,
    prediction_of,
    read_of,
    small_case,
)

MANY = tuple(f"case-{number:03d}" for number in range(1, 9))


@pytest.fixture
def draft(new_store):
    """A study of two cases and two readers that is not open yet, and its coordinator boss."""
    store = new_store()
    with store.writing() as connection:
        connection.execute(text("UPDATE study SET opened_at = NULL"))
    accounts.invite(store, KEY, "boss", role=Role.COORDINATOR)
    return store


def test_a_draft_takes_no_read_and_shows_no_scan(draft):
    step = draft.worklist(KEY, "ana").next_step
    ana = next(person for person in draft.people(KEY) if person.username == "ana")
    with pytest.raises(NotAllowed, match="study small is not open yet"):
        draft.start_read(KEY, "ana", step)
    assert not permissions.may_open(draft, ana, KEY, step.case_key)
    draft.open_study(KEY, by="boss")
    assert permissions.may_open(draft, ana, KEY, step.case_key)
    lock_next(draft, "ana")


def test_a_study_opens_once(draft):
    for _ in range(2):
        draft.open_study(KEY)
    assert [entry.action for entry in draft.audit(KEY)].count("study_opened") == 1
    assert draft.state(KEY).name == "open"


def test_a_time_of_opening_that_is_put_back_is_found(draft):
    draft.open_study(KEY)
    assert draft.verify() is None
    with draft.writing() as connection:
        connection.execute(schema.study.update().values(opened_at=draft.now() - timedelta(days=1)))
    assert draft.verify() == BrokenEntry("study small", "its opened_at is not as it was recorded")


def test_each_reason_why_a_study_cannot_open_is_said(draft):
    changed(draft, design=Design.SEQUENTIAL, training=("case-999", CASES[1]), repeat_share=0.2,
            clinical={Fact.SEX: When.ALWAYS})
    draft.add_prediction(KEY, prediction_of(CASES[0]))
    assert draft.why_not_open(KEY) == [
        "Training case case-999 is not a case of the study: import it, or leave it out.",
        "Training case case-002 has no reference standard to show: record it.",
        "Repeats need at least 4 cases, there are 1.",
        "1 of 2 cases have no output of the model, first case-002: run it on them.",
        "Sex is to be shown, but 2 of 2 cases have none, first case-001: record it.",
    ]
    with pytest.raises(NotAllowed, match=r"study small cannot open yet\. Training case case-999"):
        draft.open_study(KEY)


def test_with_two_models_a_study_has_to_say_which_it_shows(draft):
    changed(draft, design=Design.SEQUENTIAL)
    for case in CASES:
        for weights_id in ("aa", "bb"):
            draft.add_prediction(KEY, prediction_of(case, weights_id=weights_id))
    assert draft.why_not_open(KEY) == ["Several models have been run: say in the design which one the readers see."]
    changed(draft, variant="ord_gcs_bin_age", weights_id="bb")
    assert draft.why_not_open(KEY) == []


def test_the_first_read_freezes_the_definition(draft):
    changed(draft, title="Another title")
    draft.open_study(KEY)
    lock_next(draft, "ana")
    with pytest.raises(StudyFrozen, match="study small holds reads: its definition cannot change"):
        changed(draft, seed=2)
    assert (draft.study(KEY).title, draft.study(KEY).seed) == ("Another title", 1)


def test_a_change_of_the_definition_stands_in_the_trail(draft):
    new = changed(draft, title="Another title")
    entry = draft.audit(KEY)[-1]
    assert (entry.action, Study(**entry.details["definition"])) == ("study_changed", new)
    changed(draft, title="Another title")
    assert draft.audit(KEY)[-1] == entry


def test_only_a_coordinator_changes_the_life_of_a_study(draft):
    acts = [lambda by: draft.update_study(replace(draft.study(KEY), title="Mine"), by=by),
            lambda by: draft.open_study(KEY, by=by), lambda by: draft.set_deadline(KEY, None, by=by),
            lambda by: draft.record_threshold(KEY, "Model", 0.4, by=by),
            lambda by: draft.assign(KEY, "ana", [CASES[0]], by=by)]
    for act in acts:
        with pytest.raises(NotAllowed, match="ana is not a coordinator of study small"):
            act("ana")
        act("boss")
        assert draft.audit(KEY)[-1].actor == "boss"


def after_deadline(store: Store) -> Step:
    """A step that a reader opened before the deadline, which has passed."""
    step = store.worklist(KEY, "ana").next_step
    store.start_read(KEY, "ana", step)
    store.set_deadline(KEY, store.now() + timedelta(hours=1))
    store.now.forward(hours=2)
    return step


def test_after_the_deadline_no_read_comes_in_until_it_is_extended(new_store):
    store = new_store()
    step = after_deadline(store)
    with pytest.raises(NotAllowed, match="has passed its deadline, 2026-01-01 01:00 UTC: ask its coordinator"):
        store.lock_read(read_of("ana", step))
    store.set_deadline(KEY, store.now() + timedelta(hours=1))
    store.lock_read(read_of("ana", step))
    store.set_closed(KEY)
    with pytest.raises(NotAllowed, match="study small is closed: its deadline cannot move"):
        store.set_deadline(KEY, None)


def test_what_is_entered_after_the_deadline_is_kept_for_when_it_is_extended(new_store):
    store = new_store()
    step = after_deadline(store)
    store.save_draft(KEY, "ana", step, {"comment": "typed too late"}, seconds=1)
    assert store.draft(KEY, "ana", step).answers == {"comment": "typed too late"}
    store.set_closed(KEY)
    with pytest.raises(NotAllowed, match="study small is closed"):
        store.save_draft(KEY, "ana", step, {"comment": "later still"}, seconds=1)


def test_a_threshold_stands_with_its_time_once_recorded(new_store):
    store = new_store()
    store.record_threshold(KEY, "Model", 0.4)
    known = store.thresholds(KEY)
    assert [(one.rater, one.value, one.recorded_at) for one in known] == [("Model", 0.4, store.now())]
    with pytest.raises(NotAllowed, match="threshold of Model: it is recorded already"):
        store.record_threshold(KEY, "Model", 0.5)
    with pytest.raises(ValueError, match=r"threshold of Other: expected 0 to 1, got 1\.5"):
        store.record_threshold(KEY, "Other", 1.5)
    store.set_unlocked(KEY)
    with pytest.raises(NotAllowed, match="is unlocked: expected thresholds to be recorded before"):
        store.record_threshold(KEY, "Other", 0.5)
    assert store.thresholds(KEY) == known


def test_a_reader_reads_the_assigned_cases_only(new_store):
    store = new_store(cases=MANY)
    store.assign(KEY, "ana", MANY[:3])
    assert {step.case_key for step in store.worklist(KEY, "ana").steps} == set(MANY[:3])
    assert {step.case_key for step in store.worklist(KEY, "ben").steps} == set(MANY)
    ana = next(person for person in store.people(KEY) if person.username == "ana")
    assert not permissions.may_open(store, ana, KEY, MANY[5])
    lock_next(store, "ana")
    with pytest.raises(NotAllowed, match="ana has locked reads: expected cases to be assigned before"):
        store.assign(KEY, "ana", [])


def test_a_case_for_someone_else_moves_nothing(new_store):
    store = new_store(cases=MANY)
    store.assign(KEY, "ana", MANY)
    before = store.worklist(KEY, "ana").steps
    store.add_case(KEY, small_case("case-999"))
    accounts.add_simulated(store, KEY, "cem")
    assert store.worklist(KEY, "ana").steps == before
    assert Step("case-999", Condition.UNAIDED) in store.worklist(KEY, "ben").steps


def test_scans_open_up_to_the_case_after_the_next(new_store):
    store = new_store(cases=MANY)
    ana = next(person for person in store.people(KEY) if person.username == "ana")
    order = [step.case_key for step in store.worklist(KEY, "ana").steps]
    assert [permissions.may_open(store, ana, KEY, case) for case in order] == [True] * 2 + [False] * 6
    lock_next(store, "ana")
    assert [permissions.may_open(store, ana, KEY, case) for case in order] == [True] * 3 + [False] * 5


def crossover(new_store, **changes) -> Store:
    """A crossover of eight cases with predictions, open."""
    store = new_store(design=Design.CROSSOVER, cases=MANY)
    changed(store, **changes)
    for case in MANY:
        store.add_prediction(KEY, prediction_of(case))
    return store


def test_a_crossover_keeps_its_washout(new_store):
    store = crossover(new_store, washout_days=28)
    while store.worklist(KEY, "ana").next_step:
        lock_next(store, "ana")
    assert (store.worklist(KEY, "ana").done, store.worklist(KEY, "ana").complete) == (8, False)
    with pytest.raises(NotAllowed, match="the washout lasts until 2026-01-29 00:00 UTC"):
        store.start_read(KEY, "ana", store.worklist(KEY, "ana").first_open)
    store.now.forward(days=28)
    lock_all(store, "ana")
    assert store.worklist(KEY, "ana").complete


def test_in_a_crossover_the_model_is_open_in_the_aided_read_and_when_the_case_is_done(new_store):
    store = crossover(new_store)
    ana = next(person for person in store.people(KEY) if person.username == "ana")
    while step := store.worklist(KEY, "ana").next_step:
        seen = {case for case in MANY if permissions.may_see_model_output(store, ana, KEY, case)}
        done = {case for case in MANY if store.worklist(KEY, "ana").case_is_done(case)}
        assert seen == done | ({step.case_key} if step.condition is Condition.AIDED else set())
        lock_next(store, "ana")


def test_a_repeat_closes_the_model_again(new_store):
    store = new_store(design=Design.SEQUENTIAL, cases=MANY)
    changed(store, repeat_share=0.5)
    ana = next(person for person in store.people(KEY) if person.username == "ana")
    repeated = next(step.case_key for step in store.worklist(KEY, "ana").steps if step.repeat)
    while (step := store.worklist(KEY, "ana").next_step) != Step(repeated, Condition.UNAIDED, 1):
        lock_next(store, "ana")
        if (step.case_key, step.condition) == (repeated, Condition.AIDED):
            assert not permissions.may_see_model_output(store, ana, KEY, repeated)
    lock_next(store, "ana")
    assert permissions.may_see_model_output(store, ana, KEY, repeated)


def test_training_shows_its_truth_after_the_last_read_of_the_case_only(new_store):
    store = new_store(design=Design.SEQUENTIAL)
    store.set_truths(KEY, TRUTHS)
    changed(store, training=(CASES[0],))
    for _ in range(2):
        with pytest.raises(NotAllowed, match="case-001: its reference standard is not open to ana"):
            store.feedback(KEY, "ana", CASES[0])
        lock_next(store, "ana")
    assert store.feedback(KEY, "ana", CASES[0]) == TRUTHS[CASES[0]]
    lock_all(store, "ana")
    with pytest.raises(NotAllowed, match="case-002: its reference standard is not open to ana"):
        store.feedback(KEY, "ana", CASES[1])


def test_clinical_data_show_in_the_next_step_and_as_the_design_says(new_store):
    store = new_store(design=Design.SEQUENTIAL)
    store.set_truths(KEY, {case: Truth(1, 8, 70, sex="female", volume_ml=12.5) for case in CASES})
    changed(store, clinical={Fact.AGE: When.ALWAYS, Fact.SEX: When.AIDED, Fact.GCS: When.NEVER})
    unaided, aided, later, _ = store.worklist(KEY, "ana").steps
    assert store.clinical_shown(KEY, "ana", unaided) == {Fact.AGE: 70}
    assert store.clinical_shown(KEY, "ana", aided) == store.clinical_shown(KEY, "ana", later) == {}
    lock_next(store, "ana")
    assert store.clinical_shown(KEY, "ana", aided) == {Fact.AGE: 70, Fact.SEX: "female"}
    assert store.truths(KEY)[CASES[0]].volume_ml == 12.5


def test_a_study_of_an_older_release_is_open(new_database):
    with closing(Store(new_database())) as store:
        store.create_study(Study(key=KEY, title="T", seed=1))
        assert store.state(KEY).name == "draft"
        open_as_is(store)
        assert store.state(KEY).name == "open"
