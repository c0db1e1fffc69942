"""What a form may send as answers: one check for drafts, locks and corrections."""

import pytest

from reader_study.study.questions import STANDARD, Choice, Question, QuestionKind
from reader_study.study.read import Answers
from reader_study.study.validation import check, kept_and_changed

ASKED = tuple(STANDARD[key] for key in ("prognosis", "p_poor", "confidence", "comment"))
SIDES = Question(key="side", text="Side", kind=QuestionKind.CHOICES,
                 choices=(Choice("left", "Left"), Choice("right", "Right")))
SHIFT = Question(key="shift", text="Shift", kind=QuestionKind.NUMBER, low=0, required=False)


@pytest.mark.parametrize(("typed", "stored"), [
    ("70", 70), (" 70 ", 70), ("70.0", 70), ("70,0", 70), (70.0, 70), (70, 70), ("+7", 7), ("101", 101), ("7.5", 7.5),
    ("7-", "7-"), ("1e3", "1e3"), (".", "."),
])
def test_a_number_is_read_as_it_was_typed_and_stays_text_where_it_is_none(typed, stored):
    kept = check(ASKED, {"p_poor": typed}).draft["p_poor"]
    assert (kept, type(kept)) == (stored, type(stored))


def test_what_is_not_on_its_scale_stays_in_the_draft_and_is_named():
    checked = check(ASKED, {"p_poor": "101", "confidence": "x", "prognosis": "poor"})
    assert set(checked.wrong) == {"p_poor", "confidence"}
    assert checked.draft == {"p_poor": 101, "confidence": "x", "prognosis": "poor"}


def test_a_number_that_need_not_be_given_is_named_where_what_is_typed_is_none():
    assert check((SHIFT,), {}).wrong == {}
    assert check((SHIFT,), {"shift": "3 mm"}).wrong == {"shift": "Enter a number from 0 on."}


@pytest.mark.parametrize("typed", ["", " ", "\n \t"])
def test_a_text_that_must_be_given_is_more_than_blanks(typed):
    why = Question(key="why", text="Why", kind=QuestionKind.TEXT)
    assert set(check((why,), {"why": typed}).wrong) == {"why"}
    with pytest.raises(ValueError, match="why: expected"):
        Answers(why=typed).check((why,))


def test_what_is_locked_has_an_empty_text_for_an_open_comment_and_no_open_answer_else():
    sent = {"prognosis": "poor", "p_poor": "70", "confidence": "3", "shift": "", "comment": None}
    checked = check((*ASKED, SHIFT), sent)
    assert (checked.wrong, checked.doubt) == ({}, None)
    assert checked.answers.values == {"prognosis": "poor", "p_poor": 70, "confidence": 3, "comment": ""}


def test_a_contradiction_is_told_only_where_all_is_answered():
    contradicting = {"prognosis": "poor", "p_poor": "30"}
    assert check(ASKED, contradicting).doubt is None
    assert "lock again to keep both" in check(ASKED, contradicting | {"confidence": "3"}).doubt


@pytest.mark.parametrize(("sent", "said"), [
    ({"truth": 1}, "answers: expected only prognosis, p_poor, confidence, comment, side, got truth"),
    ({"prognosis": "fine"}, "prognosis: expected one of good, poor"),
    ({"prognosis": ["good"]}, "prognosis: expected one"),
    ({"side": "left"}, "side: expected some of left, right"), ({"side": [{}]}, "side: expected some of"),
    ({"side": ["left", "left"]}, "side: expected some of"), ({"comment": 7}, "comment: expected a text"),
    ({"comment": "x" * 2001}, "comment: expected a text of at most 2000 characters, got 2001"),
    ({"p_poor": "1" * 21}, "p_poor: expected at most 20 characters, got 21"),
    *(({"p_poor": value}, "p_poor: expected a whole number") for value in (True, float("nan"), 10**400, {})),
])
def test_what_no_form_of_these_questions_sends_is_refused(sent, said):
    with pytest.raises(ValueError, match=said):
        check((*ASKED, SIDES), sent)


def test_kept_and_changed_answers_are_told_apart_with_an_open_text_as_none():
    before = Answers(prognosis="poor", p_poor=70, confidence=3, comment="")
    after = Answers(prognosis="good", p_poor=70, confidence=3)
    assert kept_and_changed(ASKED, before, after) == {
        "kept": ["p_poor", "confidence", "comment"], "changed": ["prognosis"]}


@pytest.mark.parametrize(("typed", "kept"), [
    ("half \ud83d", "half \ufffd"), ("\ude00 half", "\ufffd half"), ("whole \U0001f600", "whole \U0001f600"),
    ("a\0b", "ab"), ("two\nlines", "two\nlines"),
])
def test_a_text_is_kept_as_every_file_and_database_can_hold_it(typed, kept):
    assert check(ASKED, {"comment": typed}).draft == {"comment": kept}
    assert check(ASKED, {"p_poor": "\ud83d"}).draft == {"p_poor": "\ufffd"}
