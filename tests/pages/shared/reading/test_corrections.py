"""The route of corrections: a reader's own locked reads, checked like a lock, once."""

import pytest

from pages.shared.reading import desk
from reader_study.study.read import Step
from tests.support import app_study
from tests.support.app_study import KEY
from tests.support.desk_client import ALL_ANSWERS, DeskClient
from tests.support.small_study import lock_next


def correct(ana, step, **more):
    """The answer to a correction of a step."""
    sent = {"reader": ana.reader, "answers": ALL_ANSWERS | {"prognosis": "good", "p_poor": "20"},
            "reason": "misread the side"} | more
    return ana.ask("POST", desk.step_address(KEY, step, "correction"), sent)


@pytest.fixture
def corrected(store):
    """Ana with a locked read in a study that allows corrections, and its step."""
    app_study.redefine(store, design=app_study.Design.UNAIDED_ONLY, corrections=True)
    token = app_study.reader()
    return DeskClient(token), lock_next(store, "Ana")


def test_a_correction_is_kept_beside_the_read_with_its_reason_and_once(store, corrected):
    ana, step = corrected
    assert [correct(ana, step).status_code for _ in range(2)] == [200, 200]
    (stored,) = store.reads(KEY)
    assert (stored.read.answers.get("prognosis"), stored.final.get("prognosis")) == ("poor", "good")
    assert [one.reason for one in stored.corrections] == ["misread the side"]


def test_a_correction_is_checked_like_a_lock(store, corrected):
    ana, step = corrected
    assert correct(ana, step, reason="  ").json()["missing"] == {"reason": "Say why you correct this read."}
    assert correct(ana, step, answers={}).json()["missing"]["gcs"] == "Choose one."
    assert correct(ana, Step("case-009", step.condition)).status_code == 404
    assert correct(ana, store.worklist(KEY, "Ana").next_step).status_code == 404
    assert store.reads(KEY)[0].corrections == ()


def test_a_correction_that_the_study_does_not_allow_says_why(store, corrected):
    ana, step = corrected
    store.set_closed(KEY)
    answer = correct(ana, step)
    assert (answer.status_code, answer.json()["why"]) == (409, "refused")
    assert "is closed" in answer.json()["sentence"]


def test_nobody_corrects_anothers_read(store, corrected):
    _ana, step = corrected
    assert correct(DeskClient(app_study.reader("Ben")), step).status_code == 404
    assert correct(DeskClient(app_study.coordinator()), step).status_code == 404


def test_nobody_corrects_who_has_signed_in_since_their_form_was_shown(store, corrected):
    ana, step = corrected
    ben = DeskClient(app_study.reader("Ben"))
    while step not in store.worklist(KEY, "Ben").locked:
        lock_next(store, "Ben")
    ben.reader = ana.reader
    assert correct(ben, step).status_code == 404
    assert [stored.corrections for stored in store.reads(KEY)] == [()] * len(store.reads(KEY))


def test_a_reason_is_kept_as_every_database_can_hold_it(store, corrected):
    ana, step = corrected
    assert correct(ana, step, reason="the\0 side").status_code == 200
    assert store.reads(KEY)[0].corrections[0].reason == "the side"
