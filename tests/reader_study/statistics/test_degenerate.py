"""Ratings that are hard to compare, through the whole command: each answer is a number or says why there is none."""

import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reader_study.commands.compare import main
from reader_study.report.print_tables import print_tables
from reader_study.statistics.comparison import all_tables
from reader_study.statistics.input.ratings import validate, with_defaults
from reader_study.statistics.input.settings import Settings

TRUTH = [0, 1] * 10
EMPTY_OR_NUMBER = {"tests": ["p"], "mrmc": ["p", "ci_low"], "mrmc_components": ["value"], "sample_size": ["power"]}


def rater(name: str, score: list[float], *, truth: list = TRUTH, modality: str = "unaided", cases: str = "c",
          **more: object) -> pd.DataFrame:
    """One rater's rows; a model where the modality is its own name."""
    return pd.DataFrame({"readerID": name, "rater_type": "model" if modality == name else "reader",
                         "caseID": [f"{cases}{i}" for i in range(len(score))], "modalityID": modality, "score": score,
                         "truth": truth} | more)


def study(score: object, *, truth: list = TRUTH, readers: int = 3, seed: int = 0) -> pd.DataFrame:
    """Readers without and with aid and one model; `score` gives the scores of truth (C,) from a generator."""
    rng = np.random.default_rng(seed)
    give = lambda: list(score(np.array(truth), rng))  # noqa: E731
    parts = [rater(f"R{number}", give(), truth=truth, modality=modality)
             for modality in ("unaided", "aided") for number in range(readers)]
    return pd.concat([*parts, rater("M", give(), truth=truth, modality="M")], ignore_index=True)


def noisy(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Scores that follow the truth a little, with ties."""
    return np.round(np.clip(0.3 + 0.4 * truth + rng.normal(0, 0.25, len(truth)), 0, 1), 2)


def some(frame: pd.DataFrame, share: float) -> pd.DataFrame:
    """Rows drawn at random, with a fixed seed."""
    return frame.sample(frac=share, random_state=1)


WHOLE = study(noisy)
READERS = WHOLE["readerID"] != "M"
HARD = {
    "poor only": study(noisy, truth=[1] * 20),
    "good only": study(noisy, truth=[0] * 20),
    "one poor case": study(noisy, truth=[1] + [0] * 19),
    "one case": study(noisy, truth=[1]),
    "two cases": study(noisy, truth=[0, 1]),
    "one reader": study(noisy, readers=1),
    "models alone": WHOLE[~READERS],
    "equal raters": study(lambda truth, rng: noisy(truth, np.random.default_rng(5))),
    "constant raters": study(lambda truth, rng: np.full(len(truth), 0.9)),
    "all right": study(lambda truth, rng: 0.1 + 0.8 * truth),
    "all wrong": study(lambda truth, rng: 0.9 - 0.8 * truth),
    "ties": study(lambda truth, rng: rng.choice([0.2, 0.5, 0.8], len(truth))),
    "yes and no as scores": study(lambda truth, rng: noisy(truth, rng).round()),
    "no truth": WHOLE.assign(truth=np.nan),
    "truth of some": WHOLE.assign(truth=WHOLE["truth"].where(WHOLE["caseID"] != "c3")),
    "a third unread": some(WHOLE, 0.66),
    "nearly all unread": some(WHOLE, 0.1),
    "no case read twice": pd.concat([rater(f"R{n}", list(noisy(np.array(TRUTH), np.random.default_rng(n))),
                                           cases=f"{n}-") for n in range(3)]),
    "a repeat of one case": pd.concat([WHOLE.assign(repeat=0),
                                       WHOLE[READERS & (WHOLE["caseID"] == "c1")].assign(repeat=1)]),
    "time stood still": WHOLE.assign(seconds=0.0, overlay_seconds=np.nan, position=1),
    "one sex, one volume": WHOLE.assign(sex="female", haematoma_ml=30.0),
    "raters named like the rest": WHOLE.replace({"readerID": {"R0": "truth", "R1": "all", "R2": "Majority vote"}}),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_ratings_give_numbers_or_reasons(name: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    HARD[name].to_csv(tmp_path / "r.csv", index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        done = main([str(tmp_path / "r.csv"), "--out", str(tmp_path / "out"), "--bootstrap", "100", "--paper-mode",
                     "--tables-only", "--covariance", "DeLong", "jackknife", "unbiased", "--margin", "0.1"])
    assert (done, capsys.readouterr().err) == (0, "")
    for file in sorted((tmp_path / "out").glob("*.csv")):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"(?im)(^|,)(nan|-?inf|none|<na>|nat)(,|$)", text), file.name
        unexplained(pd.read_csv(file), file.stem)


@pytest.mark.parametrize("name", ["one reader", "models alone", "one case", "no truth", "raters named like the rest"])
def test_hard_ratings_are_printed_without_nan(name: str):
    tables = all_tables(validate(with_defaults(HARD[name])), settings=Settings(resamples=20, paper_mode=True))
    printed = list(print_tables(tables))
    assert "Performance" in [one.heading for one in printed]
    texts = {str(cell).lower() for one in printed for cell in one.cells.to_numpy().ravel()}
    assert texts & {"nan", "none", "<na>", "nat"} == set()


def unexplained(table: pd.DataFrame, name: str) -> None:
    """Fails where a cell is empty without a reason, a p is not above 0, or a value lies outside its interval."""
    if "note" in table:
        columns = EMPTY_OR_NUMBER.get(name, [c for c in ("value", "ci_low", "ci_high") if c in table])
        silent = table[columns].isna().any(axis=1) & ~table["note"].astype(str).str.contains("not defined: ")
        assert not silent.any(), f"{name}: {table[silent].iloc[0].to_dict()}"
    for column in (column for column in ("p", "p_holm") if column in table):
        assert table[column].dropna().between(0, 1, inclusive="right").all(), name
    if {"ci_low", "ci_high"} <= set(table) and name != "performance_paper_mode":  # that one is as it was published
        value = table["difference" if "difference" in table else "share_poor" if "share_poor" in table else "value"]
        outside = (table["ci_low"] > value + 1e-9) | (table["ci_high"] < value - 1e-9)
        assert not outside.any(), f"{name}: {table[outside].iloc[0].to_dict()}"
        assert not (table["ci_low"] == table["ci_high"]).any(), name


def test_only_repeats_are_refused_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture):
    WHOLE.assign(repeat=1).to_csv(tmp_path / "r.csv", index=False)
    assert main([str(tmp_path / "r.csv"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == "ratings: no row of question prognosis and repeat 0\n"


def test_names_full_of_signs_are_drawn_as_they_are(tmp_path: Path):
    odd = WHOLE.assign(readerID="=a$x_{$ " + WHOLE["readerID"], caseID=WHOLE["caseID"] + ', "<b>&\n$x^{$')
    odd.to_csv(tmp_path / "r.csv", index=False)
    assert main([str(tmp_path / "r.csv"), "--out", str(tmp_path / "out"), "--bootstrap", "100"]) == 0
    assert "<b>&" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"(?m)(^|,)\"?=a", (tmp_path / "out" / "performance.csv").read_text(encoding="utf-8"))
