"""What a browser tells of a reading: taken in its shape, left out by name where it has none."""

import math
from copy import deepcopy

import pytest

from pages.shared.reading.viewing_log import MOST_MEASUREMENTS, kept_in, log_of
from tests.support.desk_client import VIEWING


def log(**told):
    """The log of a scan of 32 slices that was looked at for a while."""
    return log_of(VIEWING | told, slices=32)


def test_what_has_its_shape_is_stored_as_it_came():
    assert log().stored() == {name: value for name, value in VIEWING.items() if name != "active_s"}


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, 1e9, "12", None, True])
def test_impossible_seconds_are_none(seconds):
    told = log(active_s=seconds)
    assert (told.active_s, told.overlay_s, told.left_out) == (None, 0.0, ["active_s"])


def test_a_log_never_has_more_slices_than_the_scan_nor_more_map_time_than_time():
    told = log(slices_visited=99, overlay_s=50)
    assert (told.slices_visited, told.overlay_s) == (32, 12.5)


@pytest.mark.parametrize(("name", "value"), [
    ("measurements", {}), ("measurements", [VIEWING["measurements"][0] | {"note": "x"}]),
    ("measurements", [VIEWING["measurements"][0] | {"points": [[0, 0]] * 5}]),
    ("measurements", VIEWING["measurements"] * (MOST_MEASUREMENTS + 1)),
    ("presets", ["x"] * 65), ("presets", ["x" * 65]), ("maps", [1]), ("overlay_opened", 1.5), ("slices_visited", True),
])
def test_a_part_without_its_shape_is_left_out_by_name(name, value):
    told = log(**{name: value})
    assert told.left_out == [name]
    assert not getattr(told, name)
    assert told.stored()["left_out"] == [name]


def changed(*path, value):
    """The kept settings with another value somewhere inside."""
    kept = deepcopy(VIEWING["kept"])
    inner = kept
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return kept


@pytest.mark.parametrize("kept", [
    "all", [1], {"state": {}}, changed("size", value=[1, 2]), changed("state", "at", value=[1, 2, "3"]),
    changed("state", "window", value={"width": 0, "level": 0}), changed("state", "layout", value="five"),
    changed("state", "note", value="x" * 100_000), changed("state", "measurements", value=[{}]),
    changed("reading", value={"activeMs": -1, "overlayMs": 0}),
])
def test_settings_without_their_shape_are_neither_stored_nor_sent_to_a_viewer(kept):
    assert (log(kept=kept).kept, log(kept=kept).left_out) == (None, ["kept"])
    assert kept_in({"kept": kept}) is None


def test_settings_with_their_shape_are_where_a_viewer_goes_on():
    assert kept_in({"kept": VIEWING["kept"]}) == VIEWING["kept"]
    assert kept_in({}) is None


@pytest.mark.parametrize("name", ["half \ud83d", "a\0b", "two\nlines"])
def test_names_that_not_every_file_can_hold_are_left_out(name):
    assert (log(presets=[name]).presets, log(maps=[name]).left_out) == ([], ["maps"])


def test_a_count_too_long_for_a_number_is_none():
    assert (log(active_s=10**400).active_s, log(active_s=10**400).left_out) == (None, ["active_s"])
