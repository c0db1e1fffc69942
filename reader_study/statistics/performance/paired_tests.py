"""Tests of raters on the same cases: exact McNemar, Cochran's Q, and Holm's adjustment of many p values."""

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, chdtrc

from ich_model.estimate import Estimate, never_zero, quantile, undefined


@dataclass(frozen=True)
class McNemar:
    """Difference of two shares of right answers on the same cases; p is exact, `None` where it is not defined."""

    difference: Estimate
    only_a: int
    only_b: int
    p: float | None


def mcnemar(right_a: np.ndarray, right_b: np.ndarray, *, alpha: float = 0.05) -> McNemar:
    """Exact McNemar test for whether a and b were right, (n,) of 0 and 1, with Bonett and Price's interval (2012).

    p = 2 P(X <= min(b, c)) for X binomial with b + c tries of chance 1/2, at most 1; with no discordant case it is 1.
    """
    n, method = len(right_a), "exact McNemar; interval Bonett-Price"
    if n == 0:
        return McNemar(undefined("no shared case", 0, method=method), 0, 0, None)
    only_a, only_b = int(((right_a == 1) & (right_b == 0)).sum()), int(((right_a == 0) & (right_b == 1)).sum())
    share_a, share_b = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    centre = share_a - share_b
    half = quantile(alpha) * np.sqrt((share_a + share_b - centre ** 2) / (n + 2))
    estimate = Estimate((only_a - only_b) / n, max(centre - half, -1.0), min(centre + half, 1.0), n, method)
    tail = bdtr(min(only_a, only_b), only_a + only_b, 0.5)
    return McNemar(estimate, only_a, only_b, never_zero(min(1.0, 2 * tail)))


def mcnemar_chi_square(only_a: int, only_b: int, *, corrected: bool) -> tuple[float, float]:
    """McNemar's chi-square of one degree of freedom and its p; 0 and 1 where no case is discordant.

    (b - c)^2 / (b + c), with Edwards' correction (|b - c| - 1)^2 / (b + c). An approximation: the exact p is the test.

    >>> chi_square, p = mcnemar_chi_square(10, 2, corrected=False)
    >>> round(chi_square, 3), round(p, 3)
    (5.333, 0.021)
    """
    if only_a + only_b == 0:
        return 0.0, 1.0
    statistic = max(abs(only_a - only_b) - corrected, 0) ** 2 / (only_a + only_b)
    return float(statistic), never_zero(chdtrc(1, statistic))


def cochran_q(right: np.ndarray) -> tuple[float, int, float]:
    """Cochran's Q, its degrees of freedom and p, for whether each of k raters was right, (n, k) of 0 and 1.

    Q = (k - 1) (k sum(G^2) - T^2) / (k T - sum(L^2)): G right answers a rater, L a case, T in all. Where every case has
    all raters right or all wrong, they do not differ: Q 0 and p 1.

    >>> q, degrees, p = cochran_q(np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [1, 0, 0]]))
    >>> round(q, 3), degrees, round(p, 3)
    (4.667, 2, 0.097)
    """
    k = right.shape[1]
    by_rater, by_case, total = right.sum(axis=0), right.sum(axis=1), right.sum()
    spread = k * total - (by_case ** 2).sum()
    if spread == 0:
        return 0.0, k - 1, 1.0
    q = float((k - 1) * (k * (by_rater ** 2).sum() - total ** 2) / spread)
    return q, k - 1, never_zero(chdtrc(k - 1, q))


def holm(p: np.ndarray) -> np.ndarray:
    """Holm-adjusted p values (m,); NaN stays NaN and is not counted.

    >>> holm(np.array([0.01, 0.04, 0.03]))
    array([0.03, 0.06, 0.06])
    """
    adjusted = np.full(len(p), np.nan)
    order = np.argsort(p)[:int((~np.isnan(p)).sum())]  # NaN sorts last
    steps = np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1))
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted
