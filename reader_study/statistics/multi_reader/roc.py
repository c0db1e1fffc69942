"""ROC curves of models with bands, and operating points of readers: the numbers behind the figures."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ich_model import bootstrap
from ich_model.estimate import Estimate
from ich_model.metrics import values
from ich_model.roc_area import auc
from reader_study.statistics.input.panel import Panel
from reader_study.statistics.input.ratings import RaterType
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.multi_reader.consensus import majority
from reader_study.statistics.performance.delong import roc_curve
from reader_study.statistics.performance.performance import counts, is_graded

GRID = np.linspace(0, 1, 101)  # false positive rates at which a band is worked out


@dataclass(frozen=True, eq=False)
class Curve:
    """One rater's ROC curve; the band holds the sensitivity at each rate of GRID."""

    label: str
    fpr: np.ndarray
    tpr: np.ndarray
    low: np.ndarray  # (101,)
    high: np.ndarray
    area: Estimate


@dataclass(frozen=True)
class Point:
    """One rater's calls in the ROC plane."""

    reader: str
    fpr: float
    tpr: float


def curves(known: Panel, settings: Settings) -> Iterator[tuple[int, Curve]]:
    """Position and curve of each model with graded scores, for a binary panel of cases with known truth."""
    for position in known.positions(kind=RaterType.MODEL):
        score = known.score[:, position]
        scored = ~np.isnan(score)
        truth = known.truth[scored]
        if is_graded(score) and len(np.unique(truth)) == 2:
            low, high = band(score[scored], truth, settings)
            yield position, Curve(known.labels[position], *roc_curve(score[scored], truth), low, high,
                                  auc(score[scored], truth, alpha=settings.alpha))


def curves_without_calls(known: Panel, settings: Settings) -> Iterator[tuple[int, np.ndarray, np.ndarray, Estimate]]:
    """Of each reader with scores but no calls, and so no point: position, false and true positive rates (P,), AUC."""
    for position in known.positions(kind=RaterType.READER):
        score = known.score[:, position]
        scored = ~np.isnan(score)
        truth = known.truth[scored]
        if known.lacks_calls(position) and is_graded(score) and len(np.unique(truth)) == 2:
            fpr, tpr = roc_curve(score[scored], truth)
            yield position, fpr, tpr, auc(score[scored], truth, alpha=settings.alpha)


def band(score: np.ndarray, truth: np.ndarray, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Pointwise band (G,), (G,) of the sensitivity at each false positive rate of GRID, for scores and truths (C,).

    By the bootstrap of cases, stratified by truth.
    """
    drawn = bootstrap.weights(truth, resamples=settings.resamples, seed=settings.seed)
    levels = np.unique(-score, return_inverse=True)[1]
    at = np.zeros((len(score), levels.max() + 1), dtype=np.float32)
    at[np.arange(len(score)), levels] = 1
    rates = []
    for value in (0, 1):
        rate = ((drawn * (truth == value)) @ at).cumsum(axis=1) / (truth == value).sum()
        rates.append(np.pad(rate, ((0, 0), (1, 0))))
    tpr = np.stack([np.interp(GRID, fpr, tpr) for fpr, tpr in zip(*rates, strict=True)])
    low, high = np.quantile(tpr, [settings.alpha / 2, 1 - settings.alpha / 2], axis=0)
    return low, high


def readers_at(known: Panel, modality: str) -> list[Point]:
    """The points of one modality's readers; readers of one class only have none."""
    readers = known.of_raters(known.positions(kind=RaterType.READER, modality=modality))
    fpr, tpr = rates(readers.decision, readers.truth)
    return [Point(rater.id, float(x), float(y)) for rater, x, y in zip(readers.raters, fpr, tpr, strict=True)
            if np.isfinite(x) and np.isfinite(y)]


def vote_at(known: Panel, modality: str) -> Point | None:
    """The point of the majority vote of two or more readers, on the cases that all read."""
    readers = known.of_raters(known.positions(kind=RaterType.READER, modality=modality))
    common = readers.crossed().called()
    if len(readers.raters) < 2 or not len(common.cases):
        return None
    fpr, tpr = rates(majority(common.decision)[:, None], common.truth)
    return Point("Majority vote", float(fpr[0]), float(tpr[0])) if np.isfinite(fpr[0] + tpr[0]) else None


def rates(decision: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rates (R,) of decisions (C, R); NaN where a class is missing."""
    cells = counts(decision, truth)
    return 1 - values("specificity", cells), values("recall", cells)


def switches(known: Panel) -> list[tuple[str, Point, Point]]:
    """Reader, unaided and aided point of every reader with both, on the cases read both ways."""
    places = {m: {known.raters[i].id: i for i in known.positions(kind=RaterType.READER, modality=m)}
              for m in ("unaided", "aided")}
    found = []
    for reader in (name for name in places["unaided"] if name in places["aided"]):
        both = known.of_raters([places["unaided"][reader], places["aided"][reader]]).crossed().called()
        fpr, tpr = rates(both.decision, both.truth)
        if np.isfinite(fpr).all() and np.isfinite(tpr).all() and len(both.cases):
            before, after = (Point(reader, float(fpr[i]), float(tpr[i])) for i in (0, 1))
            found.append((reader, before, after))
    return found
