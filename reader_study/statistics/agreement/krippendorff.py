"""Krippendorff's alpha from its definition, for any number of raters and missing ratings (Krippendorff 2004, 2011).

alpha = 1 - (n - 1) * sum(o_ck d_ck) / sum(n_c n_k d_ck): coincidences o of categories c and k within cases, their
margins n_c, all pairable ratings n, and the squared distance d of two categories.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ich_model import bootstrap
from ich_model.estimate import Estimate, undefined
from reader_study.statistics.agreement.multi_rater import NO_PAIR, ONE_CATEGORY

Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _nominal(margins: np.ndarray, values: np.ndarray) -> np.ndarray:
    """1 where the categories differ."""
    return np.broadcast_to(1 - np.eye(len(values)), (*margins.shape, len(values)))


def _ordinal(margins: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Squared number of ratings from the one category to the other, counting half of each."""
    middle = margins.cumsum(axis=-1) - margins / 2
    apart: np.ndarray = (middle[..., :, None] - middle[..., None, :]) ** 2
    return apart


def _interval(margins: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Squared difference of the categories' values."""
    return np.broadcast_to(np.subtract.outer(values, values) ** 2.0, (*margins.shape, len(values)))


def _ratio(margins: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Squared difference of the values over their sum; 0 for two zeros."""
    total = np.add.outer(values, values).astype(float)
    relative = np.divide(np.subtract.outer(values, values), total, out=np.zeros_like(total), where=total != 0)
    return np.broadcast_to(relative ** 2, (*margins.shape, len(values)))


DISTANCES: dict[str, Distance] = {"nominal": _nominal, "ordinal": _ordinal, "interval": _interval, "ratio": _ratio}


def _alpha(coincidences: np.ndarray, level: str, values: np.ndarray) -> np.ndarray:
    """alpha for coincidences (..., K, K); NaN where all ratings are one category."""
    margins = coincidences.sum(axis=-1)
    distance = DISTANCES[level](margins, values)
    seen = (coincidences * distance).sum(axis=(-2, -1))
    expected = (margins[..., :, None] * margins[..., None, :] * distance).sum(axis=(-2, -1))
    scaled = (margins.sum(axis=-1) - 1) * seen
    found: np.ndarray = 1 - np.divide(scaled, expected, out=np.full(np.shape(seen), np.nan), where=expected > 1e-12)
    return found


def alpha(counts: np.ndarray, level: str = "nominal", *, values: np.ndarray | None = None,
          resamples: int = bootstrap.RESAMPLES, seed: int = 1, significance: float = 0.05) -> Estimate:
    """alpha of counts (C, K), how many raters chose each category, with a bootstrap interval over cases.

    `values` (K,) are the categories' numbers for the levels interval and ratio; otherwise their order is enough.

    Raises:
        ValueError: for another level of measurement.

    >>> alpha(np.array([[2, 0], [0, 2], [2, 0]]), resamples=10).value
    1.0
    """
    if level not in DISTANCES:
        raise ValueError(f"level {level}: expected one of {', '.join(DISTANCES)}")
    method = f"bootstrap of cases, {resamples} resamples, seed {seed}, percentile"
    pairable = counts[counts.sum(axis=1) >= 2].astype(float)
    n = len(pairable)
    if n == 0:
        return undefined(NO_PAIR, 0, method=method)
    scale = np.arange(counts.shape[1]) if values is None else np.asarray(values)
    diagonal = np.eye(counts.shape[1]) * pairable[:, None, :]
    within = pairable[:, :, None] * pairable[:, None, :] - diagonal
    within /= (pairable.sum(axis=1) - 1)[:, None, None]
    value = float(_alpha(within.sum(axis=0), level, scale))
    if np.isnan(value):
        return undefined(ONE_CATEGORY, n, method=method)
    drawn = bootstrap.unstratified_weights(n, resamples=resamples, seed=seed).astype(float)
    resampled = (drawn @ within.reshape(n, -1)).reshape(resamples, *within.shape[1:])
    found = bootstrap.percentile(value, _alpha(resampled, level, scale), n, alpha=significance, method=method)
    return replace(found, se=standard_error(counts)) if level == "nominal" and n > 1 else found


def ordinal_of_scores(scores: np.ndarray, *, resamples: int = bootstrap.RESAMPLES, seed: int = 1,
                      significance: float = 0.05) -> Estimate:
    """Ordinal alpha of scores (C, R) on any scale, NaN where there is none, with a bootstrap interval over cases.

    It is `alpha(counts, "ordinal")` with a category for each score that occurs, of which there may be hundreds: the
    ordinal distance is the squared difference of middle ranks v, so that within a case of m scores the distances add up
    to 2 (m sum(v^2) - sum(v)^2), and no table of categories x categories is needed.

    >>> ordinal_of_scores(np.array([[1.0, 1.0], [2.0, 2.0], [5.0, 5.0]]), resamples=10).value
    1.0
    """
    method = f"bootstrap of cases, {resamples} resamples, seed {seed}, percentile"
    pairable = scores[(~np.isnan(scores)).sum(axis=1) >= 2]
    n = len(pairable)
    if n == 0:
        return undefined(NO_PAIR, 0, method=method)
    levels = np.unique(pairable[~np.isnan(pairable)])
    counts = np.stack([(pairable == level).sum(axis=1) for level in levels], axis=1).astype(float)  # (C, K)
    value = float(_alpha_of_ranks(np.ones((1, n)), counts)[0])
    if np.isnan(value):
        return undefined("every score is the same", n, method=method)
    drawn = bootstrap.unstratified_weights(n, resamples=resamples, seed=seed).astype(float)
    return bootstrap.percentile(value, _alpha_of_ranks(drawn, counts), n, alpha=significance, method=method)


def _alpha_of_ranks(drawn: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Ordinal alpha (B,) of counts (C, K) whose cases are drawn (B, C) times; NaN where all scores are the same."""
    m, margins = counts.sum(axis=1), drawn @ counts
    rank = margins.cumsum(axis=1) - margins / 2  # (B, K)
    apart = m * (rank ** 2 @ counts.T) - (rank @ counts.T) ** 2  # (B, C)
    seen = 2 * (drawn * apart / (m - 1)).sum(axis=1)
    total, first = margins.sum(axis=1), (margins * rank).sum(axis=1)
    expected = 2 * (total * (margins * rank ** 2).sum(axis=1) - first ** 2)
    occurring = (margins > 0).sum(axis=1) > 1
    found: np.ndarray = 1 - np.divide((total - 1) * seen, expected, out=np.full(len(drawn), np.nan), where=occurring)
    return found


def standard_error(counts: np.ndarray) -> float:
    """Gwet's linearised standard error of the nominal alpha of counts (C, K) (Gwet 2014); NaN with one paired case.

    alpha's small-sample term is left out of it.

    >>> round(standard_error(np.array([[2, 0], [0, 2], [1, 1], [2, 0]])), 3)
    0.527
    """
    pairable = counts[counts.sum(axis=1) >= 2].astype(float)
    n, raters = len(pairable), pairable.sum(axis=1)
    if n < 2:
        return float("nan")
    mean, prevalence = raters.mean(), pairable.mean(axis=0) / raters.mean()
    agreement, share = (pairable * (pairable - 1)).sum(axis=1) / (mean * (raters - 1)), (raters - mean) / mean
    pa, pe = agreement.mean(), prevalence @ prevalence
    if 1 - pe < 1e-12:
        return float("nan")
    value = (pa - pe) / (1 - pe)
    each = (agreement - pa * share - pe) / (1 - pe)
    pe_each = pairable @ prevalence / mean - pe * share
    each = each - 2 * (1 - value) * (pe_each - pe) / (1 - pe)
    return float(np.sqrt(((each - value) ** 2).sum() / (n * (n - 1))))
