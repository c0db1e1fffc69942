"""Questions: what they take, what is missing, and that no key of the keyboard means two things."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from reader_study.study import questions
from reader_study.study.definition import Study
from reader_study.study.questions import STANDARD, Choice, Question, QuestionKind

KEYS_JS = Path(__file__).resolve().parents[3] / "pages" / "shared" / "viewer" / "tools" / "keys.js"
COMPLETE = {"prognosis": "poor", "p_poor": 70, "gcs": "severe", "age": "under_80"}
SHIFT = Question(key="shift", text="Midline shift", kind="number", low=0, high=30, unit="mm", letter="Alt+S")
SIGNS = Question(key="signs", text="Signs", kind="choices",
                 choices=(Choice("spot", "Spot sign", "A"), Choice("swirl", "Swirl sign", "Q")))


def test_the_viewers_letters_are_those_of_its_keyboard_table():
    listed = re.findall(r'keys: \["([a-z])"\]', KEYS_JS.read_text(encoding="utf-8"))
    assert {letter.upper() for letter in listed} == questions.VIEWER_LETTERS


def test_all_standard_questions_stand_on_one_form():
    questions.check_questions(list(STANDARD.values()))


@pytest.mark.parametrize(("listed", "sentence"), [
    ([replace(SHIFT, letter="F")], "the key F is the viewer's own, expected another or Alt\\+F"),
    ([SHIFT, SHIFT], "key shift stands twice"),
    ([SIGNS, replace(SHIFT, letter="A")], "the key A stands on two answers"),
    ([replace(STANDARD["p_poor"], high=10)], "question p_poor: expected its standard answers"),
    ([STANDARD["comment"]], "expected at least one choice or number"),
])
def test_questions_that_cannot_stand_on_one_form_are_refused(listed, sentence):
    with pytest.raises(ValueError, match=sentence):
        questions.check_questions(listed)


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"key": "Midline"}, "key: expected 1 to 40 of a-z, 0-9 and _"),
    ({"text": " "}, "text: expected 1 to 200 characters"),
    ({"letter": "1"}, "letter '1': expected A to Z"),
    ({"low": 30.0}, "expected low under high, got 30 and 30"),
    ({"choices": (Choice("a", "A"), Choice("b", "B"))}, "expected no choices, got a, b"),
    ({"kind": "choice"}, "expected two or more choices, each with its own code, got none"),
])
def test_a_question_that_makes_no_sense_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(SHIFT, **changes)


@pytest.mark.parametrize(("question", "right", "wrong", "sentence"), [
    (SHIFT, 0, 31, "shift: expected a number from 0 to 30, got 31"),
    (SHIFT, 2.5, float("nan"), "shift: expected a number from 0 to 30, got nan"),
    (SIGNS, ["swirl", "spot"], ["spot", "spot"], "signs: expected some of spot, swirl"),
    (SIGNS, ["spot"], "spot", "signs: expected some of spot, swirl, got 'spot'"),
    (STANDARD["p_poor"], 0, 0.5, "p_poor: expected a whole number from 0 to 100, got 0.5"),
    (STANDARD["quality"], "limited", "bad", "quality: expected one of good, limited, unreadable, got 'bad'"),
])
def test_answers_are_on_the_scale_of_their_question(question, right, wrong, sentence):
    question.check(right)
    with pytest.raises(ValueError, match=sentence):
        question.check(wrong)


def test_a_complete_draft_misses_nothing():
    assert questions.missing(questions.DEFAULT, COMPLETE) == {}


def test_each_open_or_wrong_answer_has_its_sentence():
    assert questions.missing(questions.DEFAULT, {"p_poor": 101, "gcs": ""}) == {
        "prognosis": "Choose good or poor.", "p_poor": "Enter a whole number from 0 to 100.",
        "gcs": "Choose one.", "age": "Choose under 80 years or 80 years or more.",
    }


def test_of_a_case_that_cannot_be_read_nothing_else_is_required():
    listed = list(STANDARD.values())
    assert questions.missing(listed, {"quality": "unreadable"}) == {}
    assert set(questions.missing(listed, {"quality": "good"})) == {"prognosis", "p_poor", "confidence", "gcs", "age"}


@pytest.mark.parametrize(("call", "percent", "asked"), [
    ("poor", 49, True), ("poor", 50, False), ("good", 51, True), ("good", 50, False), ("poor", None, False),
    (None, 80, False),
])
def test_a_contradiction_is_asked_about(call, percent, asked):
    assert (questions.contradiction({"prognosis": call, "p_poor": percent}) is not None) == asked


@pytest.mark.parametrize(("question", "answer", "text"), [
    (SHIFT, 3.5, "3.5 mm"), (SIGNS, ["swirl", "spot"], "Swirl sign; Spot sign"),
    (STANDARD["gcs"], "severe", "Severe (GCS 3–8)"), (STANDARD["comment"], "seen", "seen"), (SHIFT, None, ""),
])
def test_answers_have_words(question, answer, text):
    assert question.text_of(answer) == text


def test_a_stored_definition_without_questions_asks_the_default_ones():
    assert Study(key="old", title="Old", seed=1).questions == questions.DEFAULT
    assert [question.key for question in questions.DEFAULT] == ["prognosis", "p_poor", "gcs", "age", "comment"]
    assert {question.kind for question in questions.DEFAULT} == {
        QuestionKind.CHOICE, QuestionKind.NUMBER, QuestionKind.TEXT}
