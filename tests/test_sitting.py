"""How long a read took: the browser counts a step and goes on where its draft was left."""

from dataclasses import replace

import pytest

from pages.shared.sitting import Sitting, name_of
from reader_study.design import Person, Role

ANA = Person("Ana", "Ana", Role.READER, "a-study")
KEPT = {"size": [40, 32, 32], "state": {}, "reading": {"activeMs": 30_000}}


def test_a_first_sitting_takes_what_the_browser_counted():
    assert Sitting().seconds(12.5) == 12.5


def test_a_step_taken_up_again_counts_its_draft_once():
    assert Sitting(seconds_before=30.0, kept=KEPT).seconds(33.0) == 33.0


def test_a_draft_of_a_release_that_kept_no_count_is_added():
    assert Sitting(seconds_before=30.0).seconds(2.0) == 32.0


def test_settings_taken_over_from_another_step_bring_no_time():
    assert Sitting(kept={"size": KEPT["size"], "state": {}}).seconds(2.0) == 2.0


def test_the_clock_counts_where_the_browser_says_nothing():
    sitting = Sitting(seconds_before=30.0)
    sitting.began -= 5.0
    assert sitting.seconds(None) == pytest.approx(35.0, abs=1.0)


def test_a_server_started_again_finds_the_name_of_the_sitting_that_stands_in_the_browser():
    assert name_of("page", ANA, earlier=0) == name_of("page", replace(ANA, display_name="A. Nother"), earlier=0)


@pytest.mark.parametrize("other", [
    ("another page", ANA, 0), ("page", replace(ANA, username="Ben"), 0), ("page", replace(ANA, study_key="b"), 0),
    ("page", ANA, 1)])
def test_no_other_page_person_or_beginning_has_its_fields(other):
    page, person, earlier = other
    assert name_of(page, person, earlier=earlier) != name_of("page", ANA, earlier=0)
