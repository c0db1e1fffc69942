"""The ratings of one question as matrices, cases x raters: what every statistic is computed from."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from reader_study.statistics.input.ratings import CATEGORIES, BadRatings, RaterType

RESERVED = ("truth", "all", "readers")  # names that tables give to something else than a rater


@dataclass(frozen=True)
class Rater:
    """Someone, or a model, reading under one modality."""

    id: str
    kind: RaterType
    modality: str


@dataclass(frozen=True, eq=False)
class Panel:
    """One question's ratings. C cases, R raters; NaN where a rater did not read a case, or has no call or score."""

    question: str
    categories: tuple[str, ...]
    cases: tuple[str, ...]
    raters: tuple[Rater, ...]
    decision: np.ndarray  # (C, R) class index
    score: np.ndarray  # (C, R) graded score
    truth: np.ndarray  # (C,) class index

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Name of each rater, unlike all others; readers carry their modality where the readers have more than one."""
        several = len(self.reader_modalities) > 1
        names = [f"{rater.id} ({rater.modality})" if rater.kind is RaterType.READER and several else rater.id
                 for rater in self.raters]
        return tuple(f"{name} [{rater.kind}, {rater.modality}]" if name in RESERVED or names.count(name) > 1 else name
                     for name, rater in zip(names, self.raters, strict=True))

    @cached_property
    def reader_modalities(self) -> tuple[str, ...]:
        """The modalities under which readers read, in the raters' order."""
        return tuple(dict.fromkeys(rater.modality for rater in self.raters if rater.kind is RaterType.READER))

    def positions(self, *, kind: RaterType, modality: str | None = None) -> list[int]:
        """Columns of the raters of a kind, and of one modality where given."""
        return [i for i, rater in enumerate(self.raters)
                if rater.kind is kind and modality in (None, rater.modality)]

    def of_raters(self, positions: list[int]) -> "Panel":
        """The same cases with these raters only."""
        return replace(self, raters=tuple(self.raters[i] for i in positions), decision=self.decision[:, positions],
                       score=self.score[:, positions])

    def of_cases(self, keep: np.ndarray) -> "Panel":
        """The same raters on the cases where `keep` (C,) is true."""
        return replace(self, cases=tuple(case for case, kept in zip(self.cases, keep, strict=True) if kept),
                       decision=self.decision[keep], score=self.score[keep], truth=self.truth[keep])

    def with_truth(self) -> "Panel":
        """Only the cases whose truth is known."""
        return self.of_cases(~np.isnan(self.truth))

    @cached_property
    def read(self) -> np.ndarray:
        """(C, R) whether a rater has read a case: gave a call or a score."""
        given: np.ndarray = ~np.isnan(self.decision) | ~np.isnan(self.score)
        return given

    def crossed(self) -> "Panel":
        """Only the cases with a known truth that every rater of the panel has read."""
        return self.of_cases(~np.isnan(self.truth) & self.read.all(axis=1))

    def called(self) -> "Panel":
        """Only the cases of which every rater has a call."""
        return self.of_cases(~np.isnan(self.decision).any(axis=1))

    def lacks_calls(self, *positions: int) -> bool:
        """Whether one of these raters, or of all where none is named, has read cases and has no call of any."""
        places = list(positions) or list(range(len(self.raters)))
        return bool((self.read[:, places].any(axis=0) & np.isnan(self.decision[:, places]).all(axis=0)).any())

    def binary(self) -> "Panel":
        """The highest class against the others (poor, severe, 80 years or more), as 0 and 1."""
        if len(self.categories) == 2:
            return self
        highest = len(self.categories) - 1
        return replace(self, categories=("rest", self.categories[-1]), truth=_at_least(self.truth, highest),
                       decision=_at_least(self.decision, highest))


def _at_least(values: np.ndarray, cut: int) -> np.ndarray:
    """1.0 where the value reaches the cut, 0.0 where not, NaN where it is missing."""
    return np.where(np.isnan(values), np.nan, (values >= cut).astype(float))


NaturalOrder = tuple[tuple[tuple[int, int, str], ...], str]


def natural_order(name: str) -> NaturalOrder:
    """Sort key that puts R2 before R10."""
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split(r"(\d+)", name)), name


def panel_of(ratings: pd.DataFrame, question: str = "prognosis", *, repeat: int = 0) -> Panel:
    """The panel of a question from a validated ratings table. Readers come first, then models, in natural order.

    The order depends on names alone, so neither the order of the table's rows nor of its columns changes a result.

    Raises:
        BadRatings: where the table has no row of the question.
    """
    rows = ratings[(ratings["question"] == question) & (ratings["repeat"] == repeat)]
    if rows.empty:
        raise BadRatings(f"ratings: no row of question {question} and repeat {repeat}")
    cases = sorted(rows["caseID"].unique(), key=natural_order)
    known = rows[["rater_type", "modalityID", "readerID"]].drop_duplicates()
    raters = sorted((Rater(reader, RaterType(kind), modality) for kind, modality, reader in known.itertuples(False)),
                    key=lambda r: (r.kind is RaterType.MODEL, modality_order(r.modality), natural_order(r.id)))
    row = rows["caseID"].map({case: i for i, case in enumerate(cases)}).to_numpy()
    place = {(rater.id, rater.modality): i for i, rater in enumerate(raters)}
    column = np.array([place[pair] for pair in zip(rows["readerID"], rows["modalityID"], strict=True)])
    decision = np.full((len(cases), len(raters)), np.nan)
    score, truth = decision.copy(), np.full(len(cases), np.nan)
    decision[row, column] = rows["decision"].to_numpy(float)
    score[row, column] = rows["score"].to_numpy(float)
    known_truth = rows["truth"].notna().to_numpy()
    truth[row[known_truth]] = rows["truth"].to_numpy(float)[known_truth]
    return Panel(question, CATEGORIES[question], tuple(cases), tuple(raters), decision, score, truth)


def modality_order(name: str) -> tuple[int, NaturalOrder]:
    """Sort key: unaided before aided, then by name."""
    return {"unaided": 0, "aided": 1}.get(name, 2), natural_order(name)
