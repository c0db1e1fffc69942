"""The metrics of the paper from arrays: class indices (n,), scores (n,), square count tables. No torch.

A metric that has no value, for example precision where nothing was called poor, is None with a reason, never 0 or nan.
Positive is class 1: poor, severe, 80 or more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from ich_model.bootstrap import RESAMPLES
from ich_model.estimate import Estimate
from ich_model.uoc import indices

LEVEL = 0.95


@dataclass(frozen=True)
class Measured:
    """A metric's value, or None and the reason why there is none."""

    value: float | None
    reason: str = ""


Cells = TypeVar("Cells", int, np.ndarray)


@dataclass(frozen=True)
class Counts(Generic[Cells]):
    """Calls against the truth: true and false positives, true and false negatives.

    Each is a number, or an array of any one shape: one rater, all raters, or raters x resamples.
    """

    tp: Cells
    fp: Cells
    tn: Cells
    fn: Cells

    @property
    def n(self) -> Cells:
        """All cases called, a number or (...,) as the counts."""
        total: Cells = self.tp + self.fp + self.tn + self.fn
        return total


Part = Callable[[Counts[Any]], Any]  # a number from numbers, an array from arrays
RATIOS: dict[str, tuple[Part, Part]] = {
    "accuracy": (lambda c: c.tp + c.tn, lambda c: c.n),
    "specificity": (lambda c: c.tn, lambda c: c.tn + c.fp),
    "npv": (lambda c: c.tn, lambda c: c.tn + c.fn),
    "precision": (lambda c: c.tp, lambda c: c.tp + c.fp),
    "recall": (lambda c: c.tp, lambda c: c.tp + c.fn),
    "f1": (lambda c: 2 * c.tp, lambda c: 2 * c.tp + c.fp + c.fn),
}
"""Numerator and denominator of the paper's metrics of yes/no calls, for networks and readers alike."""


def values(metric: str, cells: Counts[Any]) -> np.ndarray:
    """A metric of RATIOS, or the balanced accuracy, for each cell of counts (...,); NaN where it is not defined.

    >>> values("recall", Counts(tp=np.array([1, 0]), fp=np.array([0, 1]), tn=np.array([1, 1]), fn=np.array([1, 0])))
    array([0.5, nan])
    """
    if metric == "balanced_accuracy":
        both: np.ndarray = (values("recall", cells) + values("specificity", cells)) / 2
        return both
    numerator, denominator = (np.asarray(part(cells), dtype=float) for part in RATIOS[metric])
    found: np.ndarray = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=found, where=denominator > 0)
    return found


def counts(truth: np.ndarray, predicted: np.ndarray) -> Counts[int]:
    """The four counts of binary calls (n,) against the truth (n,).

    >>> counts([1, 1, 0, 0], [1, 0, 0, 1])
    Counts(tp=1, fp=1, tn=1, fn=1)
    """
    truth, predicted = _binary(truth, "truth"), _binary(predicted, "predicted")
    _same_length(truth, predicted)
    tp, fp = int((truth & predicted).sum()), int((~truth & predicted).sum())
    return Counts(tp=tp, fp=fp, tn=int((~truth & ~predicted).sum()), fn=int((truth & ~predicted).sum()))


def accuracy(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Share of right calls (n,), of any number of classes.

    >>> accuracy([0, 1, 2, 2], [0, 1, 1, 2]).value
    0.75
    """
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    _same_length(truth, predicted)
    return _ratio(int((truth == predicted).sum()), len(truth), "no cases")


def recall(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Sensitivity, TP / (TP + FN).

    >>> round(recall([1, 1, 1, 0], [1, 1, 0, 0]).value, 3)
    0.667
    """
    return _of_counts("recall", truth, predicted, "no positive cases")


def specificity(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """TN / (TN + FP).

    >>> round(specificity([1, 0, 0, 0], [1, 0, 0, 1]).value, 3)
    0.667
    """
    return _of_counts("specificity", truth, predicted, "no negative cases")


def precision(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Positive predictive value, TP / (TP + FP).

    >>> round(precision([1, 1, 0, 0], [1, 1, 1, 0]).value, 3)
    0.667
    >>> precision([1, 0], [0, 0]).reason
    'no positive calls'
    """
    return _of_counts("precision", truth, predicted, "no positive calls")


def npv(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Negative predictive value, TN / (TN + FN).

    >>> round(npv([1, 0, 0, 1], [0, 0, 0, 1]).value, 3)
    0.667
    """
    return _of_counts("npv", truth, predicted, "no negative calls")


def f1(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN).

    >>> f1([1, 1, 0, 0], [1, 0, 1, 0]).value
    0.5
    """
    return _of_counts("f1", truth, predicted, "no positive cases and no positive calls")


def balanced_accuracy(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Mean of sensitivity and specificity of binary calls (n,).

    >>> balanced_accuracy([1, 1, 0, 0], [1, 0, 0, 0]).value
    0.75
    """
    positives = np.any(np.asarray(truth) == 1)
    return _of_counts("balanced_accuracy", truth, predicted, f"no {'negative' if positives else 'positive'} cases")


BINARY_METRICS: dict[str, Callable[[np.ndarray, np.ndarray], Measured]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "specificity": specificity,
    "npv": npv,
    "precision": precision,
    "recall": recall,
    "f1": f1,
}
"""The metrics of the paper that need only calls, in its order; its AUC needs scores: see `roc_area`."""


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, *, n_classes: int) -> np.ndarray:
    """Counts (n_classes, n_classes): rows are the true class, columns the predicted one.

    Raises:
        ValueError: where a class is outside 0 to n_classes - 1.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], n_classes=2)
    array([[1, 0],
           [1, 1]])
    """
    truth, predicted = np.asarray(truth, dtype=int), np.asarray(predicted, dtype=int)
    _same_length(truth, predicted)
    for name, values in (("truth", truth), ("predicted", predicted)):
        if values.size and not 0 <= values.min() <= values.max() < n_classes:
            raise ValueError(f"{name}: expected classes 0 to {n_classes - 1}, got {values.min()} to {values.max()}")
    matrix = np.zeros((n_classes, n_classes), dtype=int)
    np.add.at(matrix, (truth, predicted), 1)
    return matrix


def mean_absolute_error(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Mean distance of classes (n,).

    >>> mean_absolute_error([0, 1, 2], [0, 2, 0]).value
    1.0
    """
    distance = _distance(truth, predicted)
    return _ratio(float(np.abs(distance).sum()), len(distance), "no cases")


def root_mean_square_error(truth: np.ndarray, predicted: np.ndarray) -> Measured:
    """Root of the mean squared distance of classes (n,).

    >>> root_mean_square_error([0, 0], [1, 7]).value
    5.0
    """
    distance = _distance(truth, predicted)
    squared = _ratio(float((distance**2).sum()), len(distance), "no cases")
    return squared if squared.value is None else Measured(float(np.sqrt(squared.value)))


def quadratic_kappa(matrix: np.ndarray) -> Measured:
    """Cohen's kappa with squared class distances as weights, 1 - sum(w observed) / sum(w expected by the margins).

    >>> round(quadratic_kappa(np.array([[2, 0], [1, 1]])).value, 3)
    0.5
    """
    matrix = _square(matrix)
    index = np.arange(len(matrix))
    weight = (index[:, None] - index[None, :]) ** 2
    expected = matrix.sum(1)[:, None] * matrix.sum(0)[None, :] / max(matrix.sum(), 1)
    if not (weight * expected).sum():
        return Measured(None, "no cases" if not matrix.sum() else "truth and calls are one and the same class")
    return Measured(float(1 - (weight * matrix).sum() / (weight * expected).sum()))


def uoc_index(matrix: np.ndarray) -> Measured:
    """Uniform ordinal classification index (Silva et al. 2018) of one table (K, K): 0 is perfect, 1 the worst.

    >>> uoc_index(np.diag([3, 4, 5])).value
    0.0
    >>> round(uoc_index(np.fliplr(np.diag([3, 4, 5]))).value, 3)
    0.857
    """
    matrix = _square(matrix)
    return Measured(float(indices(matrix[None])[0])) if matrix.sum() else Measured(None, "no cases")


def bootstrap_interval(
    measure: Callable[..., Measured], *arrays: np.ndarray, seed: int, resamples: int = RESAMPLES
) -> Estimate:
    """A metric of paired arrays (n,) with its 95 % percentile interval over resampled cases.

    Resamples in which the metric is undefined are left out; where they are more than half, so is the interval.

    >>> found = bootstrap_interval(accuracy, np.ones(20), np.ones(20), seed=1)
    >>> found.value, found.ci_low, found.ci_high
    (1.0, 1.0, 1.0)
    """
    n = len(arrays[0])
    whole = measure(*arrays)
    if whole.value is None:
        return Estimate(None, None, None, n, note=whole.reason)
    rng = np.random.default_rng(seed)
    drawn = (rng.integers(0, n, n) for _ in range(resamples))
    values = [measure(*(np.asarray(array)[rows] for array in arrays)).value for rows in drawn]
    defined = [value for value in values if value is not None]
    if 2 * len(defined) <= resamples:
        return Estimate(whole.value, None, None, n, note="undefined in most resamples")
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(whole.value, float(low), float(high), n)


def _of_counts(metric: str, truth: np.ndarray, predicted: np.ndarray, reason: str) -> Measured:
    """A metric of binary calls (n,); `reason` says why there is none."""
    value = float(values(metric, counts(truth, predicted)))
    return Measured(None, reason) if np.isnan(value) else Measured(value)


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
