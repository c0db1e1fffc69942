"""The table of tests: each reader against each model, models against each other, and the readers among themselves."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from ich_model.estimate import TableRow, cell, joined, two_sided_p
from reader_study.statistics.agreement.agreement import ALL, READERS
from reader_study.statistics.agreement.cohen import cohen_kappa, cohen_z, table_of
from reader_study.statistics.agreement.multi_rater import ONE_CATEGORY, coefficient, counts_of, fleiss_z
from reader_study.statistics.input.panel import Panel
from reader_study.statistics.input.ratings import NO_CALLS, RaterType
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.performance import delong
from reader_study.statistics.performance.paired_tests import cochran_q, holm, mcnemar, mcnemar_chi_square
from reader_study.statistics.performance.performance import is_graded

COLUMNS = ["test", "rater_a", "rater_b", "metric", "difference", "ci_low", "ci_high", "statistic", "df", "p", "p_holm",
           "note"]
MCNEMAR, DELONG, UNPAIRED = "exact McNemar", "paired DeLong", "unpaired DeLong"
COCHRAN, FLEISS, COHEN = "Cochran's Q", "Fleiss' kappa against 0", "Cohen's kappa against 0"
_ENTERING = {"accuracy": (0, 1), "recall": (1,), "specificity": (0,)}  # metric -> classes whose cases it counts


def table(panel: Panel, settings: Settings) -> pd.DataFrame:
    """All tests of a binary panel, Holm-adjusted within each test and metric."""
    known = panel.with_truth()
    rows = [*_readers_against_models(known, settings), *_areas(known, settings), *_among_readers(known), *_pairs(panel)]
    found = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "p_holm"])
    found["p_holm"] = np.nan
    for places in found.groupby(["test", "metric"]).indices.values():
        found.iloc[places, -1] = holm(found["p"].to_numpy(float)[places])
    return found[COLUMNS]


def _readers_against_models(known: Panel, settings: Settings) -> Iterator[TableRow]:
    """McNemar's test of accuracy, sensitivity and specificity for each reader and model."""
    right = np.where(np.isnan(known.decision), np.nan, known.decision == known.truth[:, None])
    for a in known.positions(kind=RaterType.READER):
        for b in known.positions(kind=RaterType.MODEL):
            if known.lacks_calls(a, b):
                yield from (_nothing(MCNEMAR, known.labels[a], metric, NO_CALLS, other=known.labels[b])
                            for metric in _ENTERING)
                continue
            both = ~np.isnan(right[:, [a, b]]).any(axis=1)
            for metric, classes in _ENTERING.items():
                rows = both & np.isin(known.truth, classes)
                found = mcnemar(right[rows, a], right[rows, b], alpha=settings.alpha)
                counted = (f"n {rows.sum()}: {found.only_a} right only by the first, {found.only_b} only by the "
                           f"second; {_chi_squares(found.only_a, found.only_b)}")
                e = found.difference
                yield (MCNEMAR, known.labels[a], known.labels[b], metric, cell(e.value), cell(e.ci_low),
                       cell(e.ci_high), found.only_a, np.nan, cell(found.p), joined(e.note, counted))


def _chi_squares(only_a: int, only_b: int) -> str:
    """The approximate statistics, which some papers print beside the exact p."""
    plain, corrected = (mcnemar_chi_square(only_a, only_b, corrected=with_it)[0] for with_it in (False, True))
    return f"chi-square {plain:.2f}, {corrected:.2f} with continuity correction"


def _areas(known: Panel, settings: Settings) -> Iterator[TableRow]:
    """DeLong's test of the AUCs of each reader and model, and of each two models, where both give scores.

    Paired on the cases that both read; unpaired where they share none.
    """
    readers, models = (known.positions(kind=kind) for kind in (RaterType.READER, RaterType.MODEL))
    for a, b in [*((r, m) for r in readers for m in models), *combinations(models, 2)]:
        scores = known.score[:, [a, b]]
        if not (is_graded(scores[:, 0]) and is_graded(scores[:, 1])):
            continue
        both = ~np.isnan(scores).any(axis=1)
        if not both.any():
            yield _apart(known, (a, b), settings)
            continue
        found = delong.paired(scores[both], known.truth[both], alpha=settings.alpha)
        e = found.difference
        yield (DELONG, known.labels[a], known.labels[b], "auc", cell(e.value), cell(e.ci_low), cell(e.ci_high),
               cell(found.statistic), np.nan, cell(found.p), joined(e.note, f"n {both.sum()}"))


def _apart(known: Panel, pair: tuple[int, int], settings: Settings) -> TableRow:
    """The unpaired test of two raters without a shared case."""
    sides = []
    for position in pair:
        scored = ~np.isnan(known.score[:, position])
        sides.append((known.score[scored, position], known.truth[scored]))
    found, df = delong.unpaired(*sides, alpha=settings.alpha)
    e = found.difference
    return (UNPAIRED, known.labels[pair[0]], known.labels[pair[1]], "auc", cell(e.value), cell(e.ci_low),
            cell(e.ci_high), cell(found.statistic), df, cell(found.p),
            joined(e.note, f"no shared case: n {len(sides[0][1])} and {len(sides[1][1])}"))


def _pairs(panel: Panel) -> Iterator[TableRow]:
    """Cohen's kappa of each two raters against no agreement beyond chance."""
    for a, b in combinations(range(len(panel.raters)), 2):
        if panel.lacks_calls(a, b):
            yield _nothing(COHEN, panel.labels[a], "cohen_kappa", NO_CALLS, other=panel.labels[b])
            continue
        counts, names = table_of(panel.decision[:, a], panel.decision[:, b], 2), (panel.labels[a], panel.labels[b])
        kappa = cohen_kappa(counts)
        if kappa.value is None or min(counts.sum(axis=0).min(), counts.sum(axis=1).min()) == 0:
            reason = kappa.note or "interval not defined"
            why = reason.split("defined: ", 1)[-1]
            yield COHEN, *names, "cohen_kappa", cell(kappa.value), *[np.nan] * 5, f"not defined: {why}"
            continue
        z = cohen_z(counts)
        yield (COHEN, *names, "cohen_kappa", kappa.value, np.nan, np.nan, z, np.nan, two_sided_p(z),
               f"n {kappa.n}; its interval is in agreement")


def _among_readers(known: Panel) -> Iterator[TableRow]:
    """Whether the readers of a modality differ in accuracy, and whether they agree at all."""
    for modality in known.reader_modalities:
        readers = known.of_raters(known.positions(kind=RaterType.READER, modality=modality))
        lacking, readers = readers.lacks_calls(), readers.crossed().called()
        name = READERS if len(known.reader_modalities) == 1 else f"{READERS} ({modality})"
        n = len(readers.cases)
        if len(readers.raters) < 2:
            continue
        if lacking:
            yield _nothing(COCHRAN, name, "accuracy", NO_CALLS)
            yield _nothing(FLEISS, name, "fleiss_kappa", NO_CALLS)
            continue
        if n == 0:
            yield _nothing(COCHRAN, name, "accuracy", "no case was read by all readers")
            continue
        q, df, p = cochran_q((readers.decision == readers.truth[:, None]).astype(int))
        yield COCHRAN, name, ALL, "accuracy", np.nan, np.nan, np.nan, q, df, p, f"n {n}"
        counts = counts_of(readers.decision, len(readers.categories))
        kappa = coefficient("fleiss_kappa", counts)
        if kappa.value is None:
            yield _nothing(FLEISS, name, "fleiss_kappa", ONE_CATEGORY)
            continue
        z = fleiss_z(counts)
        yield FLEISS, name, ALL, "fleiss_kappa", kappa.value, np.nan, np.nan, z, np.nan, two_sided_p(z), f"n {n}"


def _nothing(test: str, name: str, metric: str, reason: str, *, other: str = ALL) -> TableRow:
    """A test that cannot be made, with its reason."""
    return test, name, other, metric, *[np.nan] * 6, f"not defined: {reason}"
