"""The benchmark of the Read page: how its rows are told, what it counts as lost, and what the kills would find."""

import re
from types import SimpleNamespace

import pytest

from benchmarks import reading, reading_kills
from benchmarks.reading import Side
from benchmarks.reading_parts.reader import Meant
from benchmarks.reading_parts.rounds import Bursts, Timed

STEP, NEXT = ("case-001", "unaided", 0), ("case-002", "unaided", 0)
CODES = {"P": ("prognosis", "poor"), "H": ("gcs", "severe"), "Z": ("age", "80_or_more")}
MEANT = Meant("PHZ", 90, "0: clot")
STORED = {"prognosis": "poor", "gcs": "severe", "age": "80_or_more", "p_poor": 90, "comment": "0: clot"}


def side(*, keys_s: list[float], messages: tuple[int, ...] = (), exact: int = 2) -> Side:
    """What was measured of a version."""
    return Side(SimpleNamespace(), SimpleNamespace(), quiet=Timed(keys_s=keys_s, messages=list(messages)),
                bursts=Bursts(typed=2, locked=2, exact=exact))


def cells(what: str, *sides: Side | None) -> list[str]:
    """The cells of the first row that begins so, but for its own name."""
    return next(row for row in reading.ROWS if row.what.startswith(what)).cells(*sides)[1:]


def test_a_goal_is_met_where_the_limit_and_the_ratio_are_kept():
    old, new = side(keys_s=[0.2] * 3), side(keys_s=[0.02] * 3)
    goal = "p95 under 33, at least 6 times faster"
    assert cells("key of", old, new) == ["200, p95 200 (n 3)", "20, p95 20 (n 3)", "10.0", goal, "met"]


def test_a_goal_is_missed_by_the_ratio_alone():
    assert cells("key of", side(keys_s=[0.1]), side(keys_s=[0.02]))[-1] == "missed"


def test_a_key_that_nothing_came_of_misses_the_goal():
    *_, verdict = row = cells("key of", side(keys_s=[0.2]), side(keys_s=[0.01, 0.01, float("inf")]))
    assert (row[1], verdict) == ("10, p95 inf (n 3, 1 lost)", "missed")


def test_what_was_not_measured_is_neither_met_nor_missed():
    assert cells("key of", None, side(keys_s=[])) == ["", "", "", "p95 under 33, at least 6 times faster", ""]
    assert cells("key of", None, side(keys_s=[0.01]))[-1] == ""  # without the earlier version no ratio


@pytest.mark.parametrize(("exact", "verdict"), [(2, "met"), (1, "missed")])
def test_bursts_are_all_to_be_locked_as_typed(exact, verdict):
    assert cells("reads typed", None, side(keys_s=[], exact=exact))[-1] == verdict


def test_the_most_messages_of_a_read_count():
    assert cells("messages", None, side(keys_s=[], messages=(0, 0, 3)))[1:] == ["0, most 3", "", "at most 2", "missed"]


@pytest.mark.parametrize(("stored", "sentence"), [
    ([(STEP, STORED)], None),
    ([], "is stored 0 times"),
    ([(STEP, STORED), (STEP, STORED)], "is stored 2 times"),
    ([(STEP, STORED), (NEXT, STORED)], r"case-002.* is stored 1 times and was not typed"),
    ([(STEP, STORED | {"p_poor": 9})], "'p_poor': 9.* is stored, .*'p_poor': 90.* was meant"),
])
def test_the_kills_find_what_is_lost_doubled_made_up_or_otherwise_than_meant(stored, sentence):
    reads = [{"step": list(step), "answers": answers} for step, answers in stored]
    desk = SimpleNamespace(codes=CODES, ask=lambda _command: reads)
    found = "\n".join(reading_kills.faults(desk, {STEP: MEANT}))
    assert found == "" if sentence is None else re.search(sentence, found)


def test_a_side_that_there_is_not_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        reading.main(["--only", "older"])
    assert "expected old, new or both, got older" in capsys.readouterr().err
