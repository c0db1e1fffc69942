"""Figures of merit of several readings of the same cases, with the covariance matrix that Obuchowski-Rockette needs.

A reading is one rater under one modality. Sensitivity, specificity and accuracy are means over cases, for which the
three covariance estimates are one and the same; the balanced accuracy is the AUC of the yes/no calls.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ich_model.roc_area import Placements, placements
from reader_study.statistics.input.settings import Covariance

METRICS = ("auc", "balanced_accuracy", "accuracy", "recall", "specificity")
AREAS = ("auc", "balanced_accuracy")
_CHUNK = 4_000_000  # kernel cells (float32) held at once by the unbiased estimate: 16 MB


@dataclass(frozen=True, eq=False)
class Merits:
    """F figures of merit and their error covariance matrix, from `n` cases that enter the metric."""

    values: np.ndarray  # (F,)
    covariance: np.ndarray  # (F, F)
    n: int


def merits(values: np.ndarray, truth: np.ndarray, *, metric: str, covariance: Covariance) -> Merits:
    """Merits of complete readings (C, F): scores for the AUC, calls of 0 and 1 for the others; truth (C,) of 0 and 1.

    ValueError where a class that the metric needs has fewer than two cases.
    """
    if metric not in METRICS:
        raise ValueError(f"metric {metric}: expected one of {', '.join(METRICS)}")
    if metric in AREAS:
        positive, negative = int((truth == 1).sum()), int((truth == 0).sum())
        if min(positive, negative) < 2:
            raise ValueError(f"needs two positive and two negative cases, got {positive} and {negative}")
        parts = placements(values, truth)
        return Merits(parts.auc, _AREA_COVARIANCES[covariance](parts, values, truth), len(truth))
    entering = {"recall": truth == 1, "specificity": truth == 0, "accuracy": np.ones(len(truth), bool)}[metric]
    right = (values == truth[:, None])[entering].astype(float)
    n = len(right)
    if n < 2:
        raise ValueError(f"needs two cases that enter the metric, got {n}")
    return Merits(right.mean(axis=0), np.atleast_2d(np.cov(right.T)) / n, n)


def pseudovalues(parts: Placements) -> np.ndarray:
    """Jackknife pseudovalues (F, N) of the AUCs, positive cases first: N AUC - (N - 1) AUC without the case.

    They are what the older method of Dorfman, Berbaum and Metz puts into an analysis of variance.

    >>> from ich_model.roc_area import placements
    >>> parts = placements(np.array([[0.9], [0.4], [0.6], [0.1]]), np.array([1, 1, 0, 0]))
    >>> pseudovalues(parts).mean(axis=1)
    array([0.75])
    """
    m, n = parts.positive.shape[1], parts.negative.shape[1]
    area, total = parts.auc[:, None], m + n
    deleted = np.concatenate([(m * area - parts.positive) / (m - 1), (n * area - parts.negative) / (n - 1)], axis=1)
    found: np.ndarray = total * area - (total - 1) * deleted
    return found


def _jackknife(parts: Placements, values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(N-1)^2 / N times the covariance of the AUCs with one case deleted, over all N cases of both classes."""
    return np.atleast_2d(np.cov(pseudovalues(parts))) / len(truth)


def _unbiased(parts: Placements, values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The U-statistic estimate (Gallas 2006): the product of AUCs less the mean kernel product that shares no case."""
    positive, negative = values[truth == 1].T, values[truth == 0].T
    (f, m), n = positive.shape, negative.shape[1]
    same_pair = np.zeros((f, f))
    step = max(1, _CHUNK // (f * n))
    for start in range(0, m, step):
        block = positive[:, start:start + step, None]
        kernel = ((block > negative[:, None, :]) + 0.5 * (block == negative[:, None, :])).reshape(f, -1)
        same_pair += kernel @ kernel.T
    same_positive = n * n * parts.positive @ parts.positive.T  # sum over i of (sum over j)(sum over j')
    same_negative = m * m * parts.negative @ parts.negative.T
    product = np.outer(parts.auc, parts.auc)
    apart = (m * n) ** 2 * product - same_positive - same_negative + same_pair
    found: np.ndarray = product - apart / (m * (m - 1) * n * (n - 1))
    return found


_AREA_COVARIANCES: dict[Covariance, Callable[[Placements, np.ndarray, np.ndarray], np.ndarray]] = {
    Covariance.JACKKNIFE: _jackknife,
    Covariance.DELONG: lambda parts, values, truth: parts.covariance(),
    Covariance.UNBIASED: _unbiased,
}
