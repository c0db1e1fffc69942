"""The Read page: a read from its first answer to its lock, for any study's questions, and what is said around it."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ich_model import software
from pages.shared import resources
from reader_study import accounts, reading_tab, sittings
from reader_study.definition import Fact, When
from reader_study.design import Design, Study
from reader_study.questions import STANDARD, Choice, Question, QuestionKind
from reader_study.reads import Condition, Step
from reader_study.schema import study as study_table
from reader_study.store import Store
from tests import app_study
from tests.app_pages import press, sent, without_failure
from tests.app_study import KEY, WEIGHTS
from tests.small_study import lock_all, lock_next, read_of

ALL_KINDS = (
    Question(key="side", text="Side", kind=QuestionKind.CHOICES, choices=(
        Choice("left", "Left", "Q"), Choice("right", "Right", "A"), Choice("middle", "Middle", "M"))),
    Question(key="shift_mm", text="Midline shift", kind=QuestionKind.NUMBER, low=0, high=30, unit="mm", letter="Z"),
    STANDARD["confidence"], STANDARD["quality"],
    Question(key="why", text="Why", kind=QuestionKind.TEXT, required=False, letter="Y"),
)


def answer(page: AppTest, percent: int = 80, call: str = "Poor") -> AppTest:
    """The form with every question of the default study answered."""
    for label in (call, "Severe (GCS 3–8)", "Under 80 years"):
        page = press(page, label)
    return without_failure(page.number_input[0].set_value(percent).run())


def redefine(store: Store, **changes: Any) -> Study:
    """The study with another definition."""
    kept = {"title": "A study", "seed": 1, "demo": True, "design": Design.SEQUENTIAL}
    new = Study(key=KEY, **kept | changes)
    store.update_study(new)
    return new


def set_time(store: Store, **times: Any) -> None:
    """The study with other times of its life."""
    with store.writing() as connection:
        connection.execute(study_table.update().where(study_table.c.key == KEY).values(**times))


def test_reading_opens_the_first_case_at_once(opened, store):
    page = opened()
    case = store.worklist(KEY, "Ana").next_step.case_key
    assert f"data/{KEY}/{case}/volume" in sent(page)
    assert "1 of 4" in sent(page)


def test_nothing_of_the_model_or_the_truth_is_sent_before_the_unaided_lock(opened, store):
    app_study.write_scan()
    page = opened()
    for telling in (WEIGHTS, "/map/", "guided_grad_cam", "ord_gcs_bin_age", "0.80", "79.9", "Reference"):
        whole = re.compile(r"(?<![\d.])" + re.escape(telling))  # a clock's 1230.80 tells nothing
        assert not whole.search(sent(page))
        assert not whole.search(repr(page.session_state.to_dict()))


def test_the_following_case_is_named_for_its_volume_alone(opened, store):
    steps = [step.case_key for step in store.worklist(KEY, app_study.reader() and "Ana").steps]
    later = next(key for key in steps if key != steps[0])
    told = sent(opened(accounts.sign_in(store, "Ana", app_study.PASSWORD)))
    assert f"data/{KEY}/{later}/volume" in told
    assert {part.split("\\")[0].split('"')[0] for part in told.split(f"data/{KEY}/{later}/")[1:]} == {"volume"}


def test_answers_are_kept_as_they_are_given_and_shown_on_return(opened, store):
    token = app_study.reader()
    page = press(opened(token), "Poor")
    without_failure(page.number_input[0].set_value(70).run())
    again = opened(token)
    assert again.number_input[0].value == 70
    step = store.worklist(KEY, "Ana").next_step
    assert store.draft(KEY, "Ana", step).answers == {"prognosis": "poor", "p_poor": 70}


def test_open_questions_are_named_beside_their_field_and_nothing_is_locked(opened, store):
    page = press(opened(), "Lock read")
    assert "Choose good or poor." in sent(page)
    assert "Enter a whole number from 0 to 100." in sent(page)
    assert store.reads(KEY) == []


def test_a_whole_read_is_locked_and_the_aided_one_follows_with_map_and_earlier_answers(opened, store):
    app_study.write_scan("case-001")
    app_study.write_scan("case-002")
    page = press(answer(opened()), "Lock read")
    stored = store.reads(KEY)[0].read
    assert tuple(map(stored.answers.get, ("prognosis", "p_poor", "gcs"))) == ("poor", 80, "severe")
    assert stored.shown == {}
    assert f"data/{KEY}/{stored.case}/map/{WEIGHTS}/guided_grad_cam/prognosis" in sent(page)
    assert "unaided: Poor" in sent(page)


@pytest.mark.parametrize("kept", [{"state": {}}, [1], "all"])
def test_an_aided_read_begins_afresh_where_the_browser_kept_nothing_of_use(opened, store, kept):
    token = app_study.reader()
    step = store.worklist(KEY, "Ana").next_step
    store.start_read(KEY, "Ana", step)
    store.lock_read(replace(read_of("Ana", step), viewing={"kept": kept}))
    assert "aided read" in sent(opened(token))


def test_a_case_that_a_worklist_names_and_the_study_lacks_is_said(store):
    with pytest.raises(KeyError, match="worklist names case case-404, expected a case of the study; restore"):
        resources.case_of(KEY, Step("case-404", Condition.UNAIDED))


def test_a_change_against_the_unaided_read_is_explicit(opened, store):
    token = app_study.reader()
    lock_next(store, "Ana")  # poor
    assert "Poor → Good" in sent(press(opened(token), "Good"))
    assert "unaided: Poor, kept" in sent(press(opened(token), "Poor"))


def test_an_aided_read_keeps_what_was_shown(opened, store):
    token = app_study.reader()
    lock_next(store, "Ana")
    press(answer(opened(token)), "Lock read")
    read = store.reads(KEY)[1].read
    assert read.shown["weights_id"] == WEIGHTS
    assert read.viewing["app_version"] == software.app_version()


def test_after_signing_out_in_another_tab_an_open_form_keeps_and_locks_nothing(opened, store):
    token = app_study.reader()
    page = answer(opened(token))
    accounts.sign_out(store, token)
    press(page, "Lock read")
    assert store.reads(KEY) == []


@pytest.mark.parametrize(("call", "percent"), [("Poor", 30), ("Good", 51)])
def test_a_contradiction_is_asked_about_once(opened, store, call, percent):
    page = press(answer(opened(), percent, call), "Lock read")
    assert "lock again to keep both" in sent(page)
    assert store.reads(KEY) == []
    press(page, "Lock read")
    assert len(store.reads(KEY)) == 1


def test_an_answer_given_again_as_it_was_leaves_the_question_standing(opened, store):
    page = press(answer(opened(), 30, "Poor"), "Lock read")
    page = press(page, "Poor")  # as a field does whose value comes in after the press
    assert "lock again to keep both" in sent(page)
    press(page, "Lock read")
    assert len(store.reads(KEY)) == 1


@pytest.mark.parametrize(("call", "percent"), [("Poor", 50), ("Good", 50)])
def test_one_half_contradicts_neither_call(opened, store, call, percent):
    press(answer(opened(), percent, call), "Lock read")
    assert len(store.reads(KEY)) == 1


def test_the_form_asks_any_kind_of_question_and_stores_its_codes(opened, store):
    redefine(store, questions=ALL_KINDS)
    page = opened()
    for label in ("Right", "Left", "Limited"):
        page = press(page, label)
    page.number_input[0].set_value(4.5)
    page.radio[0].set_value(4)
    page.text_area[0].set_value("swelling")
    press(without_failure(page.run()), "Lock read")
    assert store.reads(KEY)[0].read.answers.values == {
        "side": ["left", "right"], "shift_mm": 4.5, "confidence": 4, "quality": "limited", "why": "swelling"}


def test_a_round_button_is_locked_as_it_stands_where_its_change_never_arrived(opened, store):
    redefine(store, questions=(STANDARD["confidence"],))
    page = opened()
    page.radio[0].set_value(4)
    page = without_failure(page.run())
    newest = sittings.newest(store, KEY, "Ana").name
    reading_tab.keep(store, KEY, "Ana", store.worklist(KEY, "Ana").next_step, answers={"confidence": 2}, sitting=newest)
    press(page, "Lock read")
    assert store.reads(KEY)[0].read.answers.values == {"confidence": 4}


def test_a_second_press_takes_one_of_several_choices_back(opened, store):
    redefine(store, questions=ALL_KINDS)
    press(press(press(opened(), "Right"), "Left"), "Right")
    assert store.draft(KEY, "Ana", store.worklist(KEY, "Ana").next_step).answers == {"side": ["left"]}


def test_of_a_case_that_cannot_be_read_nothing_else_is_asked(opened, store):
    redefine(store, questions=ALL_KINDS)
    press(press(opened(), "Cannot be read"), "Lock read")
    assert store.reads(KEY)[0].read.answers.values == {"quality": "unreadable", "why": ""}


def test_clinical_data_stand_where_the_study_shows_them_and_with_the_read(opened, store):
    redefine(store, clinical={Fact.AGE: When.AIDED, Fact.GCS: When.ALWAYS})
    token = app_study.reader()
    step = store.worklist(KEY, "Ana").next_step
    truth = app_study.TRUTHS[step.case_key]
    page = opened(token)
    assert f"GCS {truth.gcs}" in sent(page)
    assert f"{truth.age:g} years" not in sent(page)
    page = press(answer(page), "Lock read")
    assert f"{truth.age:g} years" in sent(page)
    assert store.reads(KEY)[0].read.viewing["clinical"] == {"gcs": truth.gcs}


def test_a_training_case_is_marked_and_shows_its_reference_standard_only_after_the_lock(opened, store):
    redefine(store, design=Design.UNAIDED_ONLY, training=("case-002",))
    page = opened()
    assert ">Training<" in sent(page)
    assert "Reference standard" not in sent(page)
    page = press(answer(page), "Lock read")
    assert "Reference standard: GCS 15, 79.9 years." in sent(page)
    assert "case-001" in sent(press(page, "Go on"))


def test_where_cases_come_twice_none_is_named(opened, store):
    redefine(store, design=Design.CROSSOVER)
    page = opened()
    assert '"label": "read 1"' in sent(page).replace("\\", "")
    assert "unaided read" in sent(page) or "aided read" in sent(page)
    assert not any("case-00" in element.value for element in page.markdown)


@pytest.mark.parametrize(("times", "said"), [
    ({"opened_at": None}, "being prepared"), ({"closed": True}, "is closed"), ({"deadline": True}, "The deadline"),
])
def test_a_study_that_takes_no_reads_says_why_in_a_sentence(opened, store, times, said):
    past = store.now() - timedelta(days=1)
    set_time(store, **{{"closed": "closed_at"}.get(name, name): value and past for name, value in times.items()})
    page = opened()
    assert said in page.info[0].value
    assert "/volume" not in sent(page)


def test_a_washout_says_when_the_second_session_opens(opened, store):
    redefine(store, design=Design.CROSSOVER, washout_days=14)
    token = app_study.reader()
    for _ in range(2):
        lock_next(store, "Ana")
    day = (store.now() + timedelta(days=14)).strftime("%d %B %Y")
    assert day in opened(token).info[0].value


def test_a_pause_closes_the_scan_until_the_reader_goes_on(opened):
    page = press(opened(), "Pause")
    assert "/volume" not in sent(page)
    assert "/volume" in sent(press(page, "Go on"))


def test_a_correction_is_made_from_the_list_of_own_reads_with_a_reason(opened, store):
    redefine(store, design=Design.UNAIDED_ONLY, corrections=True)
    token = app_study.reader()
    lock_next(store, "Ana")
    page = opened(token, file="welcome.py")
    page = without_failure(page.selectbox[0].select_index(0).run())
    page = press(press(page, "Good"), "Add the correction")
    assert "Say why you correct this read." in sent(page)
    page.text_area[-1].set_value("misread the side")
    press(page, "Add the correction")
    (stored,) = store.reads(KEY)
    assert (stored.read.answers.get("prognosis"), stored.final.get("prognosis")) == ("poor", "good")
    assert stored.corrections[0].reason == "misread the side"


def test_without_corrections_the_list_of_own_reads_only_shows_them(opened, store):
    token = app_study.reader()
    lock_all(store, "Ana")
    page = opened(token, file="welcome.py")
    assert len(page.dataframe[0].value) == 4
    assert len(page.selectbox) == 0
