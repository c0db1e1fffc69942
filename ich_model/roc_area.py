"""Area under the ROC curve with DeLong's variance, for raters of both packages (DeLong, DeLong, Clarke-Pearson 1988).

Positive is class 1, and a higher score means it. Torch-free.
"""

from dataclasses import dataclass

import numpy as np

from ich_model.estimate import Estimate, symmetric, undefined, without_interval

METHOD = "DeLong"


def auc(score: np.ndarray, truth: np.ndarray, *, alpha: float = 0.05) -> Estimate:
    """AUC of one rater, score (C,) and truth (C,) of 0 and 1, with DeLong's interval cut off at 0 and 1.

    How often a positive case scores above a negative one, ties as half. Never turned round: a rater below 0.5 stays
    below 0.5.

    Raises:
        ValueError: where a score is not finite.

    >>> auc(np.array([0.9, 0.4, 0.6, 0.1]), np.array([1, 1, 0, 0])).value
    0.75
    """
    if not np.isfinite(score).all():
        raise ValueError("score: expected a finite number for every case; drop the cases without one")
    n = len(truth)
    if len(np.unique(truth)) < 2:
        return undefined("AUC needs positive and negative cases", n, method=METHOD)
    parts = placements(score[:, None], truth)
    variance = parts.covariance()[0, 0]
    if np.isnan(variance):
        return without_interval(parts.auc[0], n, reason="fewer than two cases of a class", method=METHOD)
    return symmetric(parts.auc[0], np.sqrt(variance), n, alpha=alpha, method=METHOD,
                     flat="DeLong's variance is 0 (perfect separation or constant scores)")


@dataclass(frozen=True, eq=False)
class Placements:
    """R raters' AUCs with what each case adds: `positive` (R, m) and `negative` (R, n) are DeLong's V10 and V01.

    Counted in sorted scores (as Sun & Xu 2014 do with ranks), so n cases cost n log n.
    """

    auc: np.ndarray  # (R,)
    positive: np.ndarray
    negative: np.ndarray

    def covariance(self) -> np.ndarray:
        """DeLong covariance matrix (R, R) of the AUCs; NaN with fewer than two positive or two negative cases.

        >>> placements(np.array([[0.9], [0.4], [0.6], [0.1]]), np.array([1, 1, 0, 0])).covariance()
        array([[0.125]])
        """
        r, m, n = len(self.auc), self.positive.shape[1], self.negative.shape[1]
        if min(m, n) < 2:
            return np.full((r, r), np.nan)
        both: np.ndarray = np.atleast_2d(np.cov(self.positive)) / m + np.atleast_2d(np.cov(self.negative)) / n
        return both


def placements(score: np.ndarray, truth: np.ndarray) -> Placements:
    """Placements of complete scores (C, R) for a truth (C,) of 0 and 1 with at least one case of each.

    Raises:
        ValueError: where a class has no case.

    >>> placements(np.array([[0.9], [0.4], [0.6], [0.1]]), np.array([1, 1, 0, 0])).auc
    array([0.75])
    """
    positive, negative = score[truth == 1].T, score[truth == 0].T
    m, n = positive.shape[1], negative.shape[1]
    if min(m, n) == 0:
        raise ValueError(f"AUC: expected positive and negative cases, got {m} positive and {n} negative")
    v10 = np.stack([_share_below(row, among) for row, among in zip(positive, negative, strict=True)])
    v01 = 1 - np.stack([_share_below(row, among) for row, among in zip(negative, positive, strict=True)])
    return Placements(v10.mean(axis=1), v10, v01)


def _share_below(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """For each value the share of `among` that lies below it, equal ones counting half."""
    ordered = np.sort(among)
    return (ordered.searchsorted(values, "left") + ordered.searchsorted(values, "right")) / (2 * len(among))
