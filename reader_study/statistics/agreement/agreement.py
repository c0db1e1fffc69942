"""Agreement of all pairs of raters, of each rater with the reference standard, and of all readers together.

Kappa falls where one category is rare although the raters agree (Feinstein & Cicchetti 1990), so percent agreement,
PABAK and AC1 stand beside it, with the share of ratings in the highest category.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np

from ich_model.estimate import Estimate, joined, undefined
from reader_study.statistics.agreement import cohen, krippendorff, multi_rater
from reader_study.statistics.input.panel import RESERVED, Panel
from reader_study.statistics.input.ratings import NO_CALLS, RaterType
from reader_study.statistics.input.settings import Settings

TRUTH, ALL, READERS = RESERVED
PAIR_STATISTICS = {"percent_agreement": "Percent agreement", "cohen_kappa": "Cohen's kappa",
                   "cohen_kappa_linear": "Cohen's kappa, linear weights",
                   "cohen_kappa_quadratic": "Cohen's kappa, quadratic weights", "pabak": "PABAK",
                   "gwet_ac1": "Gwet's AC1"}
MANY_STATISTICS = {"percent_agreement": "Percent agreement", "pabak": "PABAK", "gwet_ac1": "Gwet's AC1",
                   "fleiss_kappa": "Fleiss' kappa", "conger_kappa": "Conger's kappa",
                   "krippendorff_nominal": "Krippendorff's alpha",
                   "krippendorff_ordinal": "Krippendorff's alpha, ordinal"}
ORDINAL, OF_SCORES = "krippendorff_ordinal", "of the scores"
_WEIGHTED = {"cohen_kappa": "plain", "cohen_kappa_linear": "linear", "cohen_kappa_quadratic": "quadratic"}
_ORDERED_ONLY = ("cohen_kappa_linear", "cohen_kappa_quadratic", ORDINAL)

Row = tuple[str, str, str, Estimate, float | None]
"""rater_a, rater_b, statistic, its estimate, and the share of ratings in the highest category."""


def rows(panel: Panel, settings: Settings) -> Iterator[Row]:
    """Every pair of raters, every rater with the truth, and the readers of each modality together."""
    labels, k = panel.labels, len(panel.categories)
    for a, b in combinations(range(len(labels)), 2):
        if panel.lacks_calls(a, b):
            yield from _without_calls(labels[a], labels[b], PAIR_STATISTICS, k)
            yield from _of_scores(labels[a], labels[b], panel.score[:, [a, b]], settings)
            continue
        table = cohen.table_of(panel.decision[:, a], panel.decision[:, b], k)
        yield from _pair(labels[a], labels[b], table, settings)
    if not np.isnan(panel.truth).all():
        for a, label in enumerate(labels):
            if panel.lacks_calls(a):
                yield from _without_calls(label, TRUTH, PAIR_STATISTICS, k)
                continue
            yield from _pair(label, TRUTH, cohen.table_of(panel.decision[:, a], panel.truth, k), settings)
    for modality in panel.reader_modalities:
        readers = panel.of_raters(panel.positions(kind=RaterType.READER, modality=modality))
        if len(readers.raters) >= 2:
            name = READERS if len(panel.reader_modalities) == 1 else f"{READERS} ({modality})"
            yield from (_many_scores if readers.lacks_calls() else _many)(name, readers, settings)


def repeat_rows(first: Panel, again: Panel, number: int, settings: Settings) -> Iterator[Row]:
    """Every rater of a repeat with the same rater's first reading; `again` is the panel of repeat `number`."""
    rows_of = {case: i for i, case in enumerate(again.cases)}
    shared = [i for i, case in enumerate(first.cases) if case in rows_of]
    matching = [rows_of[first.cases[i]] for i in shared]
    columns = {rater: i for i, rater in enumerate(first.raters)}
    for b, rater in enumerate(again.raters):
        if rater in columns:
            label = first.labels[columns[rater]]
            if first.lacks_calls(columns[rater]) or again.lacks_calls(b):
                scores = np.stack([first.score[shared, columns[rater]], again.score[matching, b]], axis=1)
                yield from _without_calls(label, f"{label}, repeat {number}", PAIR_STATISTICS, len(first.categories))
                yield from _of_scores(label, f"{label}, repeat {number}", scores, settings)
                continue
            table = cohen.table_of(first.decision[shared, columns[rater]], again.decision[matching, b],
                                   len(first.categories))
            yield from _pair(label, f"{label}, repeat {number}", table, settings)


def _without_calls(a: str, b: str, statistics: dict[str, str], n_categories: int) -> Iterator[Row]:
    """The statistics of calls, for raters who have none."""
    for statistic in _of_question(statistics, n_categories):
        yield a, b, statistic, undefined(NO_CALLS, 0), None


def _of_scores(a: str, b: str, scores: np.ndarray, settings: Settings) -> Iterator[Row]:
    """The ordinal agreement of graded answers (C, R), which needs no calls."""
    estimate = krippendorff.ordinal_of_scores(scores, significance=settings.alpha, resamples=settings.resamples,
                                              seed=settings.seed)
    yield a, b, ORDINAL, replace(estimate, note=joined(estimate.note, OF_SCORES)), None


def _many_scores(name: str, readers: Panel, settings: Settings) -> Iterator[Row]:
    """What is known of all readers of a panel together without calls."""
    called = {name: title for name, title in MANY_STATISTICS.items() if name != ORDINAL}
    yield from _without_calls(name, ALL, called, len(readers.categories))
    yield from _of_scores(name, ALL, readers.score, settings)


def _pair(a: str, b: str, table: np.ndarray, settings: Settings) -> Iterator[Row]:
    """Each statistic of two raters' table (K, K)."""
    n = int(table.sum())
    prevalence = float((table[-1].sum() + table[:, -1].sum()) / (2 * n)) if n else None
    for statistic in _of_question(PAIR_STATISTICS, len(table)):
        yield a, b, statistic, pair_estimate(statistic, table, settings), prevalence


def pair_estimate(statistic: str, table: np.ndarray, settings: Settings) -> Estimate:
    """One of PAIR_STATISTICS for a table (K, K)."""
    if statistic in _WEIGHTED:
        return cohen.cohen_kappa(table, kind=_WEIGHTED[statistic], alpha=settings.alpha)
    if statistic == "percent_agreement":
        return cohen.percent_agreement(table, alpha=settings.alpha, interval=settings.interval)
    counts, times = multi_rater.counts_of_table(table)
    return multi_rater.coefficient(statistic, counts, times, alpha=settings.alpha, ddof=0)


def _many(name: str, readers: Panel, settings: Settings) -> Iterator[Row]:
    """Each statistic of all readers of a panel together."""
    counts = multi_rater.counts_of(readers.decision, len(readers.categories))
    prevalence = float(counts[:, -1].sum() / counts.sum())
    for statistic in _of_question(MANY_STATISTICS, counts.shape[1]):
        if statistic == "conger_kappa":
            estimate = multi_rater.conger_kappa(readers.decision, len(readers.categories), alpha=settings.alpha)
        elif statistic in multi_rater.CHANCE:
            estimate = multi_rater.coefficient(statistic, counts, alpha=settings.alpha)
        else:
            estimate = krippendorff.alpha(counts, statistic.removeprefix("krippendorff_"), significance=settings.alpha,
                                          resamples=settings.resamples, seed=settings.seed)
        yield name, ALL, statistic, estimate, prevalence


def _of_question(statistics: dict[str, str], n_categories: int) -> list[str]:
    """The statistics that say something: weights and order change nothing with two categories."""
    return [name for name in statistics if n_categories > 2 or name not in _ORDERED_ONLY]
