"""The rules of the design, as functions of facts."""

from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from ich_model.tasks import Task
from reader_study.study import design, questions
from reader_study.study.design import Case, Design, Study, Truth
from reader_study.study.read import Answers, Condition, Read, Step, check_draft
from tests.support.small_study import ANSWERS, read_of

CASES = [f"case-{number:03d}" for number in range(1, 41)]
UNAIDED = Study(key="one", title="Unaided", seed=7)
SEQUENTIAL = Study(key="two", title="Sequential", seed=7, design=Design.SEQUENTIAL)


def test_order_is_the_stated_rule():
    expected = sorted(CASES, key=lambda case: sha256(f"7|ana|{case}".encode()).hexdigest())
    assert design.reading_order(UNAIDED, "ana", CASES) == expected


def test_order_does_not_depend_on_how_cases_were_added():
    assert design.reading_order(UNAIDED, "ana", CASES[::-1]) == design.reading_order(UNAIDED, "ana", CASES)


def test_another_case_leaves_the_others_in_their_order():
    longer = design.reading_order(UNAIDED, "ana", [*CASES, "case-999"])
    assert [case for case in longer if case != "case-999"] == design.reading_order(UNAIDED, "ana", CASES)


@pytest.mark.parametrize(("seed", "reader"), [(7, "ben"), (8, "ana")])
def test_each_reader_and_each_seed_has_its_own_order(seed, reader):
    other = design.reading_order(Study(key="one", title="Unaided", seed=seed), reader, CASES)
    assert other != design.reading_order(UNAIDED, "ana", CASES)
    assert sorted(other) == CASES


@pytest.mark.parametrize("key", ["", "Two", "a/b", "a b", "..", "ä", "a\n"])
def test_keys_are_safe_in_paths_and_addresses(key):
    with pytest.raises(ValueError, match=r"study key .*: expected only the characters a-z, 0-9 and -"):
        Study(key=key, title="T", seed=1)


def test_a_study_needs_a_title():
    with pytest.raises(ValueError, match="study one: title: expected 1 to 200 characters, got 2"):
        Study(key="one", title="  ", seed=1)


def test_a_design_comes_back_from_its_stored_text():
    assert Study(**asdict(SEQUENTIAL)) == SEQUENTIAL
    with pytest.raises(ValueError, match="'crossed' is not a valid Design"):
        Study(key="one", title="T", seed=1, design="crossed")


@pytest.mark.parametrize("folder", ["/etc", "../other", "cases/../..", ""])
def test_a_case_stays_inside_the_workspace(folder):
    with pytest.raises(ValueError, match="a: folder: expected a path inside the workspace"):
        Case("a", folder, False, (1, 1, 1), (1.0, 1.0, 1.0))


def test_truth_is_coded_as_readers_are_asked():
    assert [Truth(1, 8, 80).class_index(task) for task in Task] == [1, 2, 1]
    assert [Truth(0, 13, 79.9).class_index(task) for task in Task] == [0, 0, 0]


@pytest.mark.parametrize(("poor", "gcs", "age", "sentence"), [
    (2, 8, 50, "poor 2: expected 0"), (1, 16, 50, "GCS 16: expected 3 to 15"), (1, 8, 130, "age 130: expected 0 to 120")
])
def test_truth_out_of_range_is_refused(poor, gcs, age, sentence):
    with pytest.raises(ValueError, match=sentence):
        Truth(poor, gcs, age)


@pytest.mark.parametrize(("field", "value", "sentence"), [
    ("prognosis", "bad", "prognosis: expected one of good, poor, got 'bad'"),
    ("gcs", "not_severe", "gcs: expected one of mild, moderate, severe, got 'not_severe'"),
    ("age", "", "age: expected one of under_80, 80_or_more, got ''"),
    ("p_poor", 101, "p_poor: expected a whole number from 0 to 100, got 101"),
    ("p_poor", True, "p_poor: expected a whole number from 0 to 100, got True"),
    ("p_poor", None, "p_poor: expected a whole number from 0 to 100, got None"),
    ("comment", "x" * 2001, "comment: expected a text of at most 2000 characters, got 2001"),
])
def test_an_answer_out_of_its_scale_is_refused(field, value, sentence):
    with pytest.raises(ValueError, match=sentence):
        Answers(**(ANSWERS.values | {field: value})).check(questions.DEFAULT)


def test_an_unaided_read_has_shown_nothing_and_an_aided_one_something():
    for condition, shown in ((Condition.UNAIDED, {"p_poor": 0.5}), (Condition.AIDED, {})):
        with pytest.raises(ValueError, match=f"shown: an {condition} read of a expected"):
            Read(study="s", reader="ana", case="a", condition=condition, answers=ANSWERS,
                 started_at=datetime.now(UTC), seconds=1, shown=shown)


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"seconds": -1}, "seconds: expected 0 to 86400, got -1"),
    ({"seconds": float("nan")}, "seconds: expected 0 to 86400, got nan"),
    ({"repeat": -1}, "repeat: expected a whole number from 0, got -1"),
    ({"reader": ""}, "reader: expected a reader's name"),
    ({"started_at": datetime(2026, 1, 1)}, "started_at: expected a time with its zone"),
    ({"condition": Condition.AIDED, "shown": {"p": float("nan")}}, "shown: expected values that JSON can hold"),
])
def test_a_read_refuses_what_cannot_be(changed, sentence):
    good = read_of("ana", Step("a", Condition.UNAIDED))
    values = {name: getattr(good, name) for name in good.__dataclass_fields__}
    with pytest.raises(ValueError, match=sentence):
        Read(**(values | changed))


def test_a_draft_holds_some_answers_and_nothing_else():
    check_draft({"gcs": "mild", "p_poor": None}, questions.DEFAULT, {})
    with pytest.raises(ValueError, match="answers: expected only prognosis, p_poor, gcs, age, comment, got truth"):
        check_draft({"truth": 1}, questions.DEFAULT, {})
    with pytest.raises(ValueError, match="comment: expected at most 2000 characters, got 2001"):
        check_draft({"comment": "x" * 2001}, questions.DEFAULT, {})
    with pytest.raises(ValueError, match="viewing: expected values that JSON can hold"):
        check_draft({}, questions.DEFAULT, {"overlay_s": float("nan")})


def test_a_number_that_is_too_long_for_a_draft_is_refused_like_a_text():
    with pytest.raises(ValueError, match="p_poor: expected at most 2000 characters, got 2001"):
        check_draft({"p_poor": 10 ** 2000}, questions.DEFAULT, {})
