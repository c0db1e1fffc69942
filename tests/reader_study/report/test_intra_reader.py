"""Intra-reader agreement, from locked reads to the exported table, against values worked out by hand."""

import csv
from pathlib import Path

import pytest

from reader_study.commands.compare import main
from reader_study.report import study_archive
from reader_study.store.store import Store
from reader_study.study.design import Truth
from reader_study.study.read import Answers, Step
from tests.support.small_study import ANSWERS, KEY, changed, read_of, small_store

CASES = tuple(f"case-{number:03d}" for number in range(1, 21))
AGAIN = {"prognosis": ((4, 1), (1, 4)), "gcs": ((3, 0, 0), (1, 2, 0), (0, 1, 3))}
"""How many repeated cases got which answer first (rows) and again (columns), lowest class first."""
CLASSES = {"prognosis": ("good", "poor"), "gcs": ("mild", "moderate", "severe")}


def answers_to(question: str, number: int, *, again: bool) -> str:
    """What the reader says of the repeated case of that number, so that AGAIN comes out."""
    pairs = [(first, second) for first, row in enumerate(AGAIN[question]) for second, n in enumerate(row)
             for _ in range(n)]
    return CLASSES[question][pairs[number][again]]


def read_twice(store: Store, reader: str) -> list[str]:
    """Lock every read and repeat of a reader; the cases that came twice."""
    repeated = sorted(step.case_key for step in store.worklist(KEY, reader).steps if step.repeat)
    while step := store.worklist(KEY, reader).next_step:
        store.start_read(KEY, reader, step)
        store.lock_read(read_of(reader, step, answers=answers_of(step, repeated)))
    return repeated


def answers_of(step: Step, repeated: list[str]) -> Answers:
    """The answers of a step; cases that come once are all called poor and severe."""
    if step.case_key not in repeated:
        return ANSWERS
    number, again = repeated.index(step.case_key), bool(step.repeat)
    return Answers(**ANSWERS.values | {question: answers_to(question, number, again=again) for question in AGAIN})


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables that `compare` makes of the records that `export` writes."""
    folder = tmp_path_factory.mktemp("repeats")
    store = small_store(folder, readers=("ana",), cases=CASES)
    store.set_truths(KEY, {case: Truth(number % 2, 10, 70.0) for number, case in enumerate(CASES)})
    changed(store, repeat_share=0.5)
    assert len(read_twice(store, "ana")) == 10
    store.set_unlocked(KEY)
    study_archive.write(store, KEY, folder / "records")
    assert main([str(folder / "records" / "ratings.csv"), "--out", str(folder / "out"), "--tables-only",
                 "--bootstrap", "50"]) == 0
    return folder / "out"


def row_of(exported: Path, question: str, statistic: str) -> dict[str, str]:
    """The row of the reader with their own repeat."""
    with (exported / "agreement.csv").open(encoding="utf-8", newline="") as file:
        (row,) = [row for row in csv.DictReader(file) if (row["question"], row["statistic"]) == (question, statistic)
                  and (row["rater_a"], row["rater_b"]) == ("ana", "ana, repeat 1")]
    return row


def test_kappa_of_a_reader_with_their_own_repeats(exported: Path):
    # 8 of 10 alike, half of both readings poor: kappa (0.8 - 0.5) / 0.5. Variance (Fleiss, Cohen & Everitt 1969):
    # (0.8 * 0.6**2 + 0.4**2 * 0.2 - (0.6 - 0.5 * 0.4)**2) / (10 * 0.5**2) = 0.064; its upper end is cut off at 1
    row = row_of(exported, "prognosis", "cohen_kappa")
    assert float(row["value"]) == pytest.approx(0.6)
    assert float(row["ci_low"]) == pytest.approx(0.6 - 1.959964 * 0.064 ** 0.5, abs=1e-6)
    assert (float(row["ci_high"]), row["n"], float(row["prevalence"])) == (1.0, "10", 0.5)


def test_percent_agreement_of_a_reader_with_their_own_repeats(exported: Path):
    # Wilson at 8 of 10: (0.8 + z*z/20 -+ z * sqrt(0.16/10 + z*z/400)) / (1 + z*z/10), with z = 1.959964
    row = row_of(exported, "prognosis", "percent_agreement")
    found = [float(row[name]) for name in ("value", "ci_low", "ci_high")]
    assert found == pytest.approx([0.8, 0.490162, 0.943318], abs=1e-6)


def test_quadratic_kappa_of_a_reader_with_their_own_repeats(exported: Path):
    # rows sum to 3, 3, 4 and columns to 4, 3, 3. Squared distances seen: 2; expected by chance:
    # (3*3 + 4*3*3 + 3*4 + 3*3 + 4*4*4 + 4*3) / 10 = 14.2; kappa is 1 - 2/14.2
    row = row_of(exported, "gcs", "cohen_kappa_quadratic")
    assert float(row["value"]) == pytest.approx(1 - 2 / 14.2)
    assert float(row["ci_low"]) < float(row["value"]) < float(row["ci_high"]) <= 1


def test_repeats_enter_no_other_table(exported: Path):
    with (exported / "performance.csv").open(encoding="utf-8", newline="") as file:
        found = [row["n"] for row in csv.DictReader(file) if (row["raterID"], row["metric"]) == ("ana", "accuracy")]
    assert found == ["20"]
