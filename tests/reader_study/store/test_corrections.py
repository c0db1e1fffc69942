"""What is kept beside a locked read: how it was looked at, its corrections, and that none of it changes unseen."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from reader_study.study.design import Design
from reader_study.study.errors import NotAllowed
from reader_study.study.questions import STANDARD
from reader_study.study.read import Answers, Read, Step
from tests.support.small_study import ANSWERS, KEY, changed, lock_next, read_of, without_triggers


def test_answers_are_checked_against_the_studys_own_questions(new_store):
    store = new_store()
    changed(store, questions=(STANDARD["prognosis"], STANDARD["quality"]))
    step = store.worklist(KEY, "ana").next_step
    store.start_read(KEY, "ana", step)
    with pytest.raises(ValueError, match="answers: expected only prognosis, quality, got age"):
        store.lock_read(read_of("ana", step))
    with pytest.raises(ValueError, match="prognosis: expected one of good, poor, got None"):
        store.lock_read(read_of("ana", step, answers=Answers(quality="good")))
    store.lock_read(read_of("ana", step, answers=Answers(quality="unreadable")))
    assert store.reads(KEY)[0].final.values == {"quality": "unreadable"}


def test_how_a_case_was_looked_at_is_kept_with_the_draft_and_the_read(new_store):
    store = new_store()
    step = store.worklist(KEY, "ana").next_step
    viewing = {"slices_visited": 12, "presets": ["brain"], "measurements": [{"kind": "ruler", "mm": 12.5}]}
    store.save_draft(KEY, "ana", step, {"gcs": "mild"}, seconds=3, viewing=viewing)
    store.save_draft(KEY, "ana", step, {"gcs": "severe"}, seconds=4)
    assert store.draft(KEY, "ana", step).viewing == viewing
    store.start_read(KEY, "ana", step)
    store.lock_read(Read(**vars(read_of("ana", step)) | {"viewing": viewing}))
    assert store.reads(KEY)[0].read.viewing == viewing
    assert store.verify() is None


BETTER = Answers(**ANSWERS.values | {"prognosis": "good", "p_poor": 20})


def test_a_correction_is_a_new_entry_and_the_read_stays(new_store):
    store = new_store()
    changed(store, corrections=True)
    step = lock_next(store, "ana")
    corrected = store.correct_read(KEY, "ana", step, BETTER, "Pressed the wrong letter")
    assert (corrected.read.answers, corrected.final) == (ANSWERS, BETTER)
    store.correct_read(KEY, "ana", step, ANSWERS, "It was right")
    assert [given.reason for given in store.reads(KEY)[0].corrections] == ["Pressed the wrong letter", "It was right"]
    assert store.reads(KEY)[0].final == ANSWERS
    assert [entry.action for entry in store.audit(KEY)].count("read_corrected") == 2
    assert store.verify() is None


def test_corrections_are_refused_where_they_could_be_biased(new_store):
    store = new_store(design=Design.SEQUENTIAL)
    unaided = lock_next(store, "ana")
    with pytest.raises(NotAllowed, match="study small allows no corrections"):
        store.correct_read(KEY, "ana", unaided, BETTER, "Why not")
    store = new_store(design=Design.SEQUENTIAL)
    with store.writing() as connection:  # as if the study had always allowed them
        connection.execute(text("UPDATE study SET definition = REPLACE(CAST(definition AS TEXT), "
                                "'\"corrections\": false', '\"corrections\": true')"
                                + ("" if store.is_sqlite else "::json")))
    unaided = lock_next(store, "ana")
    with pytest.raises(NotAllowed, match="the model's output was open after this unaided read, so it stands"):
        store.correct_read(KEY, "ana", unaided, BETTER, "I changed my mind")
    aided = lock_next(store, "ana")
    with pytest.raises(ValueError, match="reason: expected 1 to 2000 characters, got 0"):
        store.correct_read(KEY, "ana", aided, BETTER, "  ")
    with pytest.raises(NotAllowed, match="aided by ben is not locked: there is no read to correct"):
        store.correct_read(KEY, "ben", aided, BETTER, "Not mine")
    store.correct_read(KEY, "ana", aided, BETTER, "A slip")
    store.set_closed(KEY)
    with pytest.raises(NotAllowed, match="study small is closed"):
        store.correct_read(KEY, "ana", aided, BETTER, "Too late")


def test_a_read_stands_once_its_repeat_was_opened(new_store):
    store = new_store(cases=tuple(f"case-{number:03d}" for number in range(1, 5)))
    changed(store, corrections=True, repeat_share=0.25)
    repeat = next(step for step in store.worklist(KEY, "ana").steps if step.repeat)
    first = Step(repeat.case_key, repeat.condition)
    while store.worklist(KEY, "ana").next_step != repeat:
        lock_next(store, "ana")
    store.correct_read(KEY, "ana", first, BETTER, "A slip")
    store.start_read(KEY, "ana", repeat)
    with pytest.raises(NotAllowed, match="a later read of the case was opened since, so this one stands"):
        store.correct_read(KEY, "ana", first, ANSWERS, "To agree with myself")


@pytest.mark.parametrize(("statement", "name"), [
    ("UPDATE correction SET reason = 'forged'", "correction 1"), ("DELETE FROM correction", "correction 1"),
    ("UPDATE threshold SET value = 0.9", "threshold 1"), ("UPDATE read SET viewing = NULL", "read 1"),
])
def test_what_is_kept_beside_a_read_cannot_be_changed_unseen(new_store, statement, name):
    store = new_store()
    changed(store, corrections=True)
    store.record_threshold(KEY, "Model", 0.4)
    store.correct_read(KEY, "ana", lock_next(store, "ana"), BETTER, "A slip")
    with pytest.raises(DBAPIError, match="is append-only"), store.writing() as connection:
        connection.execute(text(statement))
    with store.writing() as connection, without_triggers(connection):
        connection.execute(text(statement))
    assert store.verify().name == name
