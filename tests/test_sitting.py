"""How long a read took: the browser counts a step and goes on where its draft was left."""

import time

from pages.shared.sitting import Sitting

KEPT = {"size": [40, 32, 32], "state": {}, "reading": {"activeMs": 30_000}}


def test_a_first_sitting_takes_what_the_browser_counted():
    assert Sitting("one").seconds(12.5) == 12.5


def test_a_step_taken_up_again_counts_its_draft_once():
    assert Sitting("one", seconds_before=30.0, kept=KEPT).seconds(33.0) == 33.0


def test_a_draft_of_a_release_that_kept_no_count_is_added():
    assert Sitting("one", seconds_before=30.0).seconds(2.0) == 32.0


def test_settings_taken_over_from_another_step_bring_no_time():
    assert Sitting("one", kept={"size": KEPT["size"], "state": {}}).seconds(2.0) == 2.0


def test_the_clock_counts_where_the_browser_says_nothing():
    started = time.monotonic()
    sitting = Sitting("one", seconds_before=30.0)
    sitting.began -= 5.0
    counted, passed = sitting.seconds(None), time.monotonic() - started
    assert -1e-6 <= counted - 35.0 <= passed + 1e-6
