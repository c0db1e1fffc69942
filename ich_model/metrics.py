"""The metrics of the paper from arrays: class indices (n,), scores (n,), square count tables. No torch.

A metric that has no value, for example precision where nothing was called poor, is None with a reason, never 0 or nan.
Positive is class 1: poor, severe, 80 or more.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from ich_model.uoc import indices

RESAMPLES = 1000  # of every bootstrap interval (Cobo et al. 2024)
LEVEL = 0.95


@dataclass(frozen=True)
class Measured:
    """A metric's value, or None and the reason why there is none."""

    value: float | None
    reason: str = ""


@dataclass(frozen=True)
class Estimate:
    """A metric with its interval and the number of cases; None where undefined, and then the reason."""

    value: float | None
    ci_low: float | None
    ci_high: float | None
    n: int
    reason: str = ""


@dataclass(frozen=True)
class Counts:
    """Calls against the truth: true and false positives, true and false negatives."""

    tp: int
    fp: int
    tn: int
    fn: int


def counts(truth: np.ndarray, predicted: np.ndarray) -> Counts:
    """The four counts of binary calls (n,) against the truth (n,)."""
    truth, predicted = _binary(truth, "truth"), _binary(predicted, "predicted")
    _same_length(truth, predicted)
    tp, fp = int((truth & predicted).sum()), int((~truth & predicted).sum())
    return Counts(tp=tp, fp=fp, tn=int((~truth & ~predicted).sum()), fn=int((truth & ~predicted).sum()))


def accuracy(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Share of right calls, of any number of classes."""
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    _same_length(truth, predicted)
    return _ratio(int((truth == predicted).sum()), len(truth), "no cases")


def recall(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Sensitivity, TP / (TP + FN)."""
    c = counts(truth, predicted)
    return _ratio(c.tp, c.tp + c.fn, "no positive cases")


def specificity(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """TN / (TN + FP)."""
    c = counts(truth, predicted)
    return _ratio(c.tn, c.tn + c.fp, "no negative cases")


def precision(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Positive predictive value, TP / (TP + FP)."""
    c = counts(truth, predicted)
    return _ratio(c.tp, c.tp + c.fp, "no positive calls")


def npv(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Negative predictive value, TN / (TN + FN)."""
    c = counts(truth, predicted)
    return _ratio(c.tn, c.tn + c.fn, "no negative calls")


def f1(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN)."""
    c = counts(truth, predicted)
    return _ratio(2 * c.tp, 2 * c.tp + c.fp + c.fn, "no positive cases and no positive calls")


def balanced_accuracy(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Mean of sensitivity and specificity."""
    sensitivity, share_of_negatives = recall(truth, predicted), specificity(truth, predicted)
    if sensitivity.value is None:
        return sensitivity
    if share_of_negatives.value is None:
        return share_of_negatives
    return Measured((sensitivity.value + share_of_negatives.value) / 2)


@dataclass(frozen=True, eq=False)
class Placements:
    """R raters' AUCs with what each case adds: `positive` (R, m) and `negative` (R, n) are DeLong's V10 and V01.

    Counted in sorted scores (as Sun & Xu 2014 do with ranks), so n cases cost n log n.
    """

    auc: np.ndarray  # (R,)
    positive: np.ndarray
    negative: np.ndarray

    def covariance(self) -> np.ndarray:
        """DeLong covariance matrix (R, R) of the AUCs; NaN with fewer than two positive or two negative cases."""
        r, m, n = len(self.auc), self.positive.shape[1], self.negative.shape[1]
        if min(m, n) < 2:
            return np.full((r, r), np.nan)
        both: np.ndarray = np.atleast_2d(np.cov(self.positive)) / m + np.atleast_2d(np.cov(self.negative)) / n
        return both


def placements(score: np.ndarray, truth: np.ndarray) -> Placements:
    """Placements of complete scores (C, R) for a truth (C,) of 0 and 1 with at least one case of each."""
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


def auc(truth: np.ndarray, score: np.ndarray) -> Measured:
    """Area under the ROC curve: how often a positive case scores above a negative one, ties counting half.

    Never turned round: a rater below 0.5 stays below 0.5.
    """
    truth, score = _binary(truth, "truth"), np.asarray(score, dtype=float)
    _same_length(truth, score)
    if not np.isfinite(score).all():
        raise ValueError("score: expected a finite number for every case; drop the cases without one")
    if truth.all() or not truth.any():
        return Measured(None, "no negative cases" if truth.any() else "no positive cases")
    return Measured(float(placements(score[:, None], truth).auc[0]))


BINARY_METRICS: dict[str, Callable[[np.ndarray, np.ndarray], Measured]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "specificity": specificity,
    "npv": npv,
    "precision": precision,
    "recall": recall,
    "f1": f1,
}
"""The metrics of the paper that need only calls, in its order; its AUC needs scores."""


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, *, n_classes: int) -> np.ndarray:
    """Counts (n_classes, n_classes): rows are the true class, columns the predicted one."""
    truth, predicted = np.asarray(truth, dtype=int), np.asarray(predicted, dtype=int)
    _same_length(truth, predicted)
    for name, values in (("truth", truth), ("predicted", predicted)):
        if values.size and not 0 <= values.min() <= values.max() < n_classes:
            raise ValueError(f"{name}: expected classes 0 to {n_classes - 1}, got {values.min()} to {values.max()}")
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    np.add.at(matrix, (truth, predicted), 1)
    return matrix


def mean_absolute_error(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Mean distance in classes."""
    distance = _distance(truth, predicted)
    return _ratio(float(np.abs(distance).sum()), len(distance), "no cases")


def root_mean_square_error(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Root of the mean squared distance in classes."""
    distance = _distance(truth, predicted)
    squared = _ratio(float((distance**2).sum()), len(distance), "no cases")
    return squared if squared.value is None else Measured(float(np.sqrt(squared.value)))


def quadratic_kappa(matrix: np.ndarray) -> Measured:
    """Cohen's kappa with squared class distances as weights, 1 - sum(w observed) / sum(w expected by the margins)."""
    matrix = _square(matrix)
    index = np.arange(len(matrix))
    weight = (index[:, None] - index[None, :]) ** 2
    expected = matrix.sum(1)[:, None] * matrix.sum(0)[None, :] / max(matrix.sum(), 1)
    if not (weight * expected).sum():
        return Measured(None, "no cases" if not matrix.sum() else "truth and calls are one and the same class")
    return Measured(float(1 - (weight * matrix).sum() / (weight * expected).sum()))


def uoc_index(matrix: np.ndarray) -> Measured:
    """Uniform ordinal classification index (Silva et al. 2018) of one table: 0 is perfect, 1 the worst."""
    matrix = _square(matrix)
    return Measured(float(indices(matrix[None])[0])) if matrix.sum() else Measured(None, "no cases")


def uoc_indices(tables: np.ndarray) -> np.ndarray:
    """The UOC index (N,) of many tables (N, K, K), for example of resampled cases; NaN where a table is empty."""
    return indices(tables)


def bootstrap_interval(
    measure: Callable[..., Measured], *arrays: np.ndarray, seed: int, resamples: int = RESAMPLES
) -> Estimate:
    """A metric of paired arrays (n,) with its 95 % percentile interval over resampled cases.

    Resamples in which the metric is undefined are left out; where they are more than half, so is the interval.
    """
    n = len(arrays[0])
    whole = measure(*arrays)
    if whole.value is None:
        return Estimate(None, None, None, n, whole.reason)
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(0, n, n) for _ in range(resamples))
    values = [measure(*(np.asarray(array)[rows] for array in arrays)).value for rows in drawn]
    defined = [value for value in values if value is not None]
    if 2 * len(defined) <= resamples:
        return Estimate(whole.value, None, None, n, "undefined in most resamples")
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(whole.value, float(low), float(high), n)


def auc_interval(truth: np.ndarray, score: np.ndarray) -> Estimate:
    """AUC with the 95 % interval of DeLong et al. (1988), cut at 0 and 1.

    Its variance is 0 where the classes are wholly apart, and the interval then has no width.
    """
    whole = auc(truth, score)
    truth, score = _binary(truth, "truth"), np.asarray(score, dtype=float)
    if whole.value is None:
        return Estimate(None, None, None, len(truth), whole.reason)
    variance = placements(score[:, None], truth).covariance()[0, 0]
    if np.isnan(variance):
        return Estimate(whole.value, None, None, len(truth), "an interval needs two cases of each class")
    half = float(ndtri((1 + LEVEL) / 2) * np.sqrt(variance))
    return Estimate(whole.value, max(0.0, whole.value - half), min(1.0, whole.value + half), len(truth))


def _ratio(part: float, whole: float, reason: str) -> Measured:
    return Measured(part / whole) if whole else Measured(None, reason)


def _binary(values: np.ndarray, name: str) -> np.ndarray:
    values = np.asarray(values)
    wrong = (values != 0) & (values != 1)
    if wrong.any():
        raise ValueError(f"{name}: expected 0 or 1 for every case, got {values[wrong][0]}")
    return values.astype(bool)


def _distance(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    _same_length(truth, predicted)
    distance: np.ndarray = np.asarray(predicted, dtype=float) - np.asarray(truth, dtype=float)
    return distance


def _same_length(one: np.ndarray, other: np.ndarray) -> None:
    if len(one) != len(other):
        raise ValueError(f"expected one value a case in both arrays, got {len(one)} and {len(other)}")


def _square(matrix: np.ndarray) -> np.ndarray:
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or (matrix < 0).any():
        raise ValueError(f"confusion matrix: expected a square of counts, got shape {matrix.shape}")
    return matrix
