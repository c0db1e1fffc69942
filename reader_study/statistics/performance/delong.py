"""DeLong's tests of two areas under ROC curves, paired and unpaired, and the curve (DeLong et al. 1988).

The AUC of one rater and the placements are in `ich_model.roc_area`. A higher score means the positive class.
Nothing is flipped, so a rater worse than chance has an AUC under 0.5.
"""

from dataclasses import dataclass

import numpy as np

from ich_model.estimate import Estimate, symmetric, two_sided_p, undefined, without_interval
from ich_model.roc_area import placements


@dataclass(frozen=True)
class PairedTest:
    """Difference of two AUCs on the same cases; `statistic` is DeLong's Z. `None` where it is not defined."""

    difference: Estimate
    statistic: float | None
    p: float | None


def paired(scores: np.ndarray, truth: np.ndarray, *, alpha: float = 0.05) -> PairedTest:
    """DeLong's test of AUC a - AUC b for complete scores (C, 2); identical curves give Z 0 and p 1."""
    n, method = len(truth), "paired DeLong"
    if len(np.unique(truth)) < 2:
        return PairedTest(undefined("AUC needs positive and negative cases", n, method=method), None, None)
    parts = placements(scores, truth)
    difference, cov = float(parts.auc[0] - parts.auc[1]), parts.covariance()
    variance = cov[0, 0] + cov[1, 1] - 2 * cov[0, 1]
    if np.array_equal(parts.positive[0], parts.positive[1]) and np.array_equal(parts.negative[0], parts.negative[1]):
        return PairedTest(without_interval(0.0, n, reason="the curves are identical", method=method), 0.0, 1.0)
    if np.isnan(variance):
        return PairedTest(without_interval(difference, n, reason="fewer than two cases of a class", method=method),
                          None, None)
    estimate = symmetric(difference, np.sqrt(max(variance, 0.0)), n, alpha=alpha, method=method, limits=(-1.0, 1.0),
                         flat="the difference has no variance in these cases")
    if estimate.se is None:
        return PairedTest(estimate, None, None)
    z = difference / estimate.se
    return PairedTest(estimate, z, two_sided_p(z))


def unpaired(first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray], *,
             alpha: float = 0.05) -> tuple[PairedTest, float]:
    """DeLong's test of AUC a - AUC b on different cases, each side (score, truth), with its degrees of freedom.

    Welch's t: the variances add up, and the degrees of freedom are Satterthwaite's with N - 1 for each side.

    >>> one = (np.array([0.9, 0.4, 0.6, 0.1]), np.array([1, 1, 0, 0]))
    >>> unpaired(one, one)[0].difference.value
    0.0
    """
    n, method = len(first[1]) + len(second[1]), "unpaired DeLong"
    if any(len(np.unique(truth)) < 2 for _, truth in (first, second)):
        return PairedTest(undefined("AUC needs positive and negative cases", n, method=method), None, None), np.nan
    sides = [placements(score[:, None], truth) for score, truth in (first, second)]
    difference, variance = float(sides[0].auc[0] - sides[1].auc[0]), [side.covariance()[0, 0] for side in sides]
    freedom = [v ** 2 / (len(truth) - 1) for v, (_, truth) in zip(variance, (first, second), strict=True)]
    if np.isnan(sum(variance)) or sum(variance) <= 0:
        reason = "fewer than two cases of a class" if np.isnan(sum(variance)) else "no variance in these cases"
        return PairedTest(without_interval(difference, n, reason=reason, method=method), None, None), np.nan
    df = float(sum(variance) ** 2 / sum(freedom))
    estimate = symmetric(difference, np.sqrt(sum(variance)), n, alpha=alpha, df=df, method=method, limits=(-1.0, 1.0))
    t = difference / np.sqrt(sum(variance))
    return PairedTest(estimate, float(t), two_sided_p(t, df)), df


def roc_curve(score: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rate at every threshold, from (0, 0) to (1, 1), for score and truth (C,) of 0 and 1.

    >>> roc_curve(np.array([0.9, 0.4, 0.6, 0.1]), np.array([1, 1, 0, 0]))
    (array([0. , 0. , 0.5, 0.5, 1. ]), array([0. , 0.5, 0.5, 1. , 1. ]))
    """
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    rates = [np.append(0.0, np.cumsum(truth[order] == value)[last_of_tie] / (truth == value).sum()) for value in (0, 1)]
    return rates[0], rates[1]
