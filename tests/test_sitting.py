"""How long a read took: the browser counts a case over all its steps, a draft remembers a step."""

import pytest

from pages.shared.sitting import Sitting


def test_a_first_step_takes_what_the_browser_counted():
    assert Sitting().seconds(12.5) == 12.5


def test_an_aided_step_does_not_count_the_unaided_one_again():
    assert Sitting(seconds_elsewhere=40.0).seconds(52.0) == 12.0


def test_a_step_taken_up_in_the_same_tab_counts_its_draft_once():
    assert Sitting(seconds_before=30.0).seconds(33.0) == 33.0


def test_a_step_taken_up_in_another_browser_adds_to_its_draft():
    sitting = Sitting(seconds_before=30.0, seconds_elsewhere=40.0)
    assert sitting.seconds(2.0) == 32.0
    assert sitting.seconds(90.0) == 120.0


def test_the_clock_counts_where_the_browser_says_nothing():
    sitting = Sitting(seconds_before=30.0)
    sitting.began -= 5.0
    assert sitting.seconds(None) == pytest.approx(35.0, abs=1.0)
