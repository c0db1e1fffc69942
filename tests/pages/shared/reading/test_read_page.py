"""The reading desk: what a reader is told of their next read, for any study's questions, and why there is none."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ich_model import software
from pages.shared import resources
from reader_study.access import accounts
from reader_study.store.schema import prediction as prediction_table
from reader_study.store.schema import read as read_table
from reader_study.store.schema import study as study_table
from reader_study.store.store import Store
from reader_study.study.definition import Fact, When
from reader_study.study.design import Design
from reader_study.study.questions import STANDARD, Choice, Question, QuestionKind
from reader_study.study.read import Condition, Step
from tests.support import app_study
from tests.support.app_pages import sent, without_failure
from tests.support.app_study import KEY, WEIGHTS, redefine
from tests.support.desk_client import ALL_ANSWERS, DeskClient
from tests.support.small_study import lock_all, lock_next, read_of, without_triggers

ALL_KINDS = (
    Question(key="side", text="Side", kind=QuestionKind.CHOICES, choices=(
        Choice("left", "Left", "Q"), Choice("right", "Right", "A"), Choice("middle", "Middle", "M"))),
    Question(key="shift_mm", text="Midline shift", kind=QuestionKind.NUMBER, low=0, high=30, unit="mm", letter="Z"),
    STANDARD["confidence"], STANDARD["quality"],
    Question(key="why", text="Why", kind=QuestionKind.TEXT, required=False, letter="Y"),
)


@pytest.fixture
def sit(store):
    """Lets the new reader Ana, or the holder of a cookie, sit down."""
    return lambda token=None: DeskClient(token or app_study.reader()).sit_down()


def answered(client: DeskClient) -> DeskClient:
    """The form with every question of the default study answered."""
    client.answers |= ALL_ANSWERS
    return client


def told(client: DeskClient) -> str:
    """All that the desk tells the browser."""
    return json.dumps(client.told, ensure_ascii=False)


def set_time(store: Store, **times: Any) -> None:
    """The study with other times of its life."""
    with store.writing() as connection:
        connection.execute(study_table.update().where(study_table.c.key == KEY).values(**times))


def test_the_page_only_says_where_the_desk_asks(opened):
    page = sent(opened())
    assert f"data/{KEY}/desk" in page
    assert "case-00" not in page


def test_reading_opens_the_first_case_at_once(sit, store):
    client = sit()
    assert client.told["scan"]["url"] == f"data/{KEY}/{store.worklist(KEY, 'Ana').next_step.case_key}/volume"
    assert client.told["heading"]["place"] == "1 of 4"


def test_nothing_of_the_model_or_the_truth_is_told_before_the_unaided_lock(sit):
    app_study.write_scan()
    client = sit()
    answers = [client.answer(prognosis="poor"), client.lock()]
    for text in (told(client), *(answer.text for answer in answers)):
        for telling in (WEIGHTS, "/map/", "guided_grad_cam", "ord_gcs_bin_age", "0.80", "79.9", "Reference"):
            assert not re.search(r"(?<![\d.])" + re.escape(telling), text)  # a clock's 1230.80 tells nothing


def test_the_following_case_is_named_for_its_volume_alone(sit, store):
    client = sit()
    steps = [step.case_key for step in store.worklist(KEY, "Ana").steps]
    later = next(key for key in steps if key != steps[0])
    assert f"data/{KEY}/{later}/volume" in told(client)
    assert {part.split('"')[0] for part in told(client).split(f"data/{KEY}/{later}/")[1:]} == {"volume"}


def test_answers_are_kept_as_they_are_given_and_shown_on_return(sit, store):
    client = sit()
    client.answer(prognosis="poor", p_poor="70")
    assert client.sit_down().answers["p_poor"] == "70"
    assert store.draft(KEY, "Ana", store.worklist(KEY, "Ana").next_step).answers == {"prognosis": "poor", "p_poor": 70}


def test_the_aided_read_follows_with_map_model_and_earlier_answers(sit, store):
    app_study.write_scan("case-001")
    app_study.write_scan("case-002")
    client = answered(sit())
    client.lock()
    stored = store.reads(KEY)[0].read
    assert stored.shown == {}
    assert f"data/{KEY}/{stored.case}/map/{WEIGHTS}/guided_grad_cam/prognosis" in told(client)
    assert [question["before"] for question in client.told["form"]["questions"]] == [
        "poor", "80", "severe", "under_80", ""]
    assert client.told["form"]["questions"][0]["model"] == [["good 0.20", False], ["poor 0.80", True]]
    assert client.answers["prognosis"] is None


def test_the_viewer_goes_on_in_the_aided_read_where_the_unaided_one_left_it(sit):
    client = answered(sit())
    client.lock()
    assert client.told["scan"]["kept"]["state"]["at"] == [1, 2, 3]
    assert "reading" not in client.told["scan"]["kept"]


@pytest.mark.parametrize("kept", [{"state": {}}, [1], "all", {"size": 1, "state": "x" * 300_000}])
def test_a_read_that_an_older_release_stored_with_anything_opens_again_and_begins_afresh(sit, store, kept):
    token = app_study.reader()
    step = store.worklist(KEY, "Ana").next_step
    store.start_read(KEY, "Ana", step)
    store.lock_read(replace(read_of("Ana", step), viewing={"kept": "small"}))
    with store.writing() as connection, without_triggers(connection):
        connection.execute(read_table.update().values(viewing={"kept": kept}))
    client = sit(token)
    assert (client.told["heading"]["condition"], client.told["scan"]["kept"]) == ("aided read", None)


def test_a_draft_that_an_older_release_stored_with_anything_opens_again(sit, store):
    token = app_study.reader()
    step = store.worklist(KEY, "Ana").next_step
    odd = {"kept": {"state": [1]}, "measurements": "all"}
    store.save_draft(KEY, "Ana", step, {"p_poor": 7}, seconds=3, viewing=odd)
    client = sit(token)
    assert (client.answers["p_poor"], client.told["scan"]["kept"]) == ("7", None)


def test_a_case_that_a_worklist_names_and_the_study_lacks_is_said(store):
    with pytest.raises(KeyError, match="worklist names case case-404, expected a case of the study; restore"):
        resources.case_of(KEY, Step("case-404", Condition.UNAIDED))


def test_an_aided_read_keeps_what_was_shown(sit, store):
    token = app_study.reader()
    lock_next(store, "Ana")
    answered(sit(token)).lock()
    read = store.reads(KEY)[1].read
    assert (read.shown["weights_id"], read.shown["map_seconds"]) == (WEIGHTS, 2.0)
    assert read.viewing["app_version"] == software.app_version()


def test_the_form_asks_any_kind_of_question_and_stores_its_codes(sit, store):
    redefine(store, questions=ALL_KINDS)
    client = sit()
    assert [question["kind"] for question in client.told["form"]["questions"]] == [
        "choices", "number", "steps", "choice", "text"]
    client.lock(answers={"side": ["left", "right"], "shift_mm": "4,5", "confidence": "4", "quality": "limited",
                         "why": "swelling"})
    assert store.reads(KEY)[0].read.answers.values == {
        "side": ["left", "right"], "shift_mm": 4.5, "confidence": 4, "quality": "limited", "why": "swelling"}


def test_of_a_case_that_cannot_be_read_nothing_else_is_asked(sit, store):
    redefine(store, questions=ALL_KINDS)
    sit().lock(answers={"quality": "unreadable"})
    assert store.reads(KEY)[0].read.answers.values == {"quality": "unreadable", "why": ""}


def test_clinical_data_stand_where_the_study_shows_them_and_with_the_read(sit, store):
    redefine(store, clinical={Fact.AGE: When.AIDED, Fact.GCS: When.ALWAYS})
    token = app_study.reader()
    truth = app_study.TRUTHS[store.worklist(KEY, "Ana").next_step.case_key]
    client = answered(sit(token))
    assert client.told["clinical"] == [f"GCS {truth.gcs}"]
    client.lock()
    assert f"{truth.age:g} years" in client.told["clinical"]
    assert store.reads(KEY)[0].read.viewing["clinical"] == {"gcs": truth.gcs}


def test_a_training_case_is_marked_and_shows_its_reference_standard_only_after_the_lock(sit, store):
    redefine(store, design=Design.UNAIDED_ONLY, training=("case-002",))
    client = answered(sit())
    assert client.told["heading"]["training"]
    assert "Reference standard" not in told(client)
    client.lock()
    assert client.told["state"] == "feedback"
    assert client.told["truth"] == "Reference standard: GCS 15, 79.9 years."
    assert client.told["rows"][0] == {"question": "Prognosis", "right": "Good", "given": "you: Poor"}
    assert "case-001" in client.sit_down().step


def test_where_cases_come_twice_none_is_named(sit, store):
    redefine(store, design=Design.CROSSOVER)
    client = sit()
    assert (client.told["scan"]["label"], client.told["heading"]["case"]) == ("read 1", "")


@pytest.mark.parametrize(("times", "said"), [
    ({"opened_at": None}, "being prepared"), ({"closed": True}, "is closed"), ({"deadline": True}, "The deadline"),
])
def test_a_study_that_takes_no_reads_says_why_in_a_sentence(sit, store, times, said):
    past = store.now() - timedelta(days=1)
    set_time(store, **{{"closed": "closed_at"}.get(name, name): value and past for name, value in times.items()})
    client = sit()
    assert (client.told["state"], said in client.told["message"]) == ("message", True)
    assert "/volume" not in told(client)


def test_a_study_that_closes_under_an_open_form_takes_nothing_more_and_says_so(sit, store):
    client = answered(sit())
    client.save()
    store.set_closed(KEY)
    assert [client.save().status_code, client.lock().status_code] == [404, 404]
    assert "is closed" in client.sit_down().told["message"]
    assert store.reads(KEY) == []


def test_a_washout_says_when_the_second_session_opens(sit, store):
    redefine(store, design=Design.CROSSOVER, washout_days=14)
    token = app_study.reader()
    for _ in range(2):
        lock_next(store, "Ana")
    day = (store.now() + timedelta(days=14)).strftime("%d %B %Y")
    assert day in sit(token).told["message"]


def test_a_case_without_the_models_output_is_said_and_not_opened(sit, store):
    token = app_study.reader()
    lock_next(store, "Ana")
    with store.writing() as connection:
        connection.execute(prediction_table.delete())
    assert "The model has not been run on this case yet" in sit(token).told["message"]


def test_a_damaged_scan_of_the_case_after_keeps_no_lock_from_its_answer(sit, store):
    for case in app_study.CASES:
        app_study.write_scan(case)
    client = answered(sit())
    later = client.told["next"]["case"]
    resources.workspace().volume_path(KEY, later).write_bytes(b"damaged")
    assert client.lock().status_code == 200
    assert client.told["next"]["case"] == later


def test_a_correction_begins_with_the_answers_that_count_now(opened, store):
    redefine(store, design=Design.UNAIDED_ONLY, corrections=True)
    token = app_study.reader()
    step = lock_next(store, "Ana")
    page = opened(token, file="welcome.py")
    page = without_failure(page.selectbox[0].select_index(0).run())
    assert f"data/{KEY}/{step.case_key}/correction/unaided/0" in sent(page)
    assert "haematoma, left" in sent(page)


def test_without_corrections_the_list_of_own_reads_only_shows_them(opened, store):
    token = app_study.reader()
    lock_all(store, "Ana")
    page = opened(token, file="welcome.py")
    assert len(page.dataframe[0].value) == 4
    assert len(page.selectbox) == 0


def test_another_reader_at_the_same_browser_is_told_their_own_read_alone(sit, store):
    sit().answer(comment="her own words")
    token = app_study.reader("Ben")
    assert "her own words" not in told(sit(token))
    assert accounts.person(store, token).username == "Ben"
