"""The table of tests: each reader against each model, models against each other, and the readers among themselves."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from reader_study import delong
from reader_study.agreement import ALL, READERS
from reader_study.estimate import cell, joined, two_sided_p
from reader_study.multirater import ONE_CATEGORY, coefficient, counts_of, fleiss_z
from reader_study.paired_tests import cochran_q, holm, mcnemar
from reader_study.panel import Panel
from reader_study.performance import is_graded
from reader_study.ratings import RaterType
from reader_study.settings import Settings

COLUMNS = ["test", "rater_a", "rater_b", "metric", "difference", "ci_low", "ci_high", "statistic", "df", "p", "p_holm",
           "note"]
MCNEMAR, DELONG, COCHRAN, FLEISS = "exact McNemar", "paired DeLong", "Cochran's Q", "Fleiss' kappa against 0"
_ENTERING = {"accuracy": (0, 1), "recall": (1,), "specificity": (0,)}  # metric -> classes whose cases it counts


def table(panel: Panel, settings: Settings) -> pd.DataFrame:
    """All tests of a binary panel, Holm-adjusted within each test and metric."""
    known = panel.with_truth()
    rows = [*_readers_against_models(known, settings), *_areas(known, settings), *_among_readers(known)]
    found = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "p_holm"])
    found["p_holm"] = np.nan
    for places in found.groupby(["test", "metric"]).indices.values():
        found.iloc[places, -1] = holm(found["p"].to_numpy(float)[places])
    return found[COLUMNS]


def _readers_against_models(known: Panel, settings: Settings) -> Iterator[tuple]:
    """McNemar's test of accuracy, sensitivity and specificity for each reader and model."""
    right = np.where(np.isnan(known.decision), np.nan, known.decision == known.truth[:, None])
    for a in known.positions(kind=RaterType.READER):
        for b in known.positions(kind=RaterType.MODEL):
            both = ~np.isnan(right[:, [a, b]]).any(axis=1)
            for metric, classes in _ENTERING.items():
                rows = both & np.isin(known.truth, classes)
                found = mcnemar(right[rows, a], right[rows, b], alpha=settings.alpha)
                counted = f"n {rows.sum()}: {found.only_a} right only by the first, {found.only_b} only by the second"
                e = found.difference
                yield (MCNEMAR, known.labels[a], known.labels[b], metric, cell(e.value), cell(e.ci_low),
                       cell(e.ci_high), found.only_a, np.nan, cell(found.p), joined(e.note, counted))


def _areas(known: Panel, settings: Settings) -> Iterator[tuple]:
    """DeLong's paired test of the AUCs of each reader and model, and of each two models, where both give scores."""
    readers, models = (known.positions(kind=kind) for kind in (RaterType.READER, RaterType.MODEL))
    for a, b in [*((r, m) for r in readers for m in models), *combinations(models, 2)]:
        scores = known.score[:, [a, b]]
        if not (is_graded(scores[:, 0]) and is_graded(scores[:, 1])):
            continue
        both = ~np.isnan(scores).any(axis=1)
        found = delong.paired(scores[both], known.truth[both], alpha=settings.alpha)
        e = found.difference
        yield (DELONG, known.labels[a], known.labels[b], "auc", cell(e.value), cell(e.ci_low), cell(e.ci_high),
               cell(found.statistic), np.nan, cell(found.p), joined(e.note, f"n {both.sum()}"))


def _among_readers(known: Panel) -> Iterator[tuple]:
    """Whether the readers of a modality differ in accuracy, and whether they agree at all."""
    for modality in known.reader_modalities:
        readers = known.of_raters(known.positions(kind=RaterType.READER, modality=modality)).crossed()
        name = READERS if len(known.reader_modalities) == 1 else f"{READERS} ({modality})"
        n = len(readers.cases)
        if len(readers.raters) < 2:
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


def _nothing(test: str, name: str, metric: str, reason: str) -> tuple:
    """A test that cannot be made, with its reason."""
    return test, name, ALL, metric, *[np.nan] * 6, f"not defined: {reason}"
