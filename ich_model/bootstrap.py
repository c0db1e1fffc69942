"""Seeded case resampling, stratified by truth, as counts of how often each case was drawn."""

from functools import lru_cache

import numpy as np

from ich_model.estimate import Estimate, joined, without_interval

RESAMPLES = 2000  # of every bootstrap interval, of readers and of networks; the published code took 1000


@lru_cache(maxsize=32)
def drawn_of(n: int, *, size: int, resamples: int, seed: int) -> np.ndarray:
    """(B, n) how often each of n cases is drawn in `size` draws with replacement.

    >>> drawn_of(3, size=3, resamples=4, seed=1).sum(axis=1)
    array([3., 3., 3., 3.], dtype=float32)
    """
    drawn = np.random.default_rng(seed).multinomial(size, np.full(n, 1 / n), size=resamples)
    return drawn.astype(np.float32)  # float so that a resampled count is one matrix product


def weights(truth: np.ndarray, *, resamples: int, seed: int) -> np.ndarray:
    """Draw counts (B, C) that keep the number of cases of each class, for a truth (C,) of class indices.

    >>> drawn = weights(np.array([0, 0, 1, 1, 1]), resamples=4, seed=1)
    >>> drawn[:, :2].sum(axis=1), drawn[:, 2:].sum(axis=1)
    (array([2., 2., 2., 2.], dtype=float32), array([3., 3., 3., 3.], dtype=float32))
    """
    out = np.zeros((resamples, len(truth)), dtype=np.float32)
    for stratum in np.unique(truth):
        inside = truth == stratum
        n = int(inside.sum())
        out[:, inside] = drawn_of(n, size=n, resamples=resamples, seed=seed + int(stratum))
    return out


def unstratified_weights(n: int, *, resamples: int, seed: int) -> np.ndarray:
    """Draw counts (B, n) of all cases alike.

    >>> unstratified_weights(5, resamples=2, seed=1).sum(axis=1)
    array([5., 5.], dtype=float32)
    """
    return drawn_of(n, size=n, resamples=resamples, seed=seed)


def percentile(value: float, resampled: np.ndarray, n: int, *, alpha: float, method: str) -> Estimate:
    """The value with the percentile interval of its resampled values (B,); undefined resamples are counted out.

    >>> found = percentile(0.5, np.linspace(0, 1, 101), 10, alpha=0.1, method="bootstrap")
    >>> round(found.ci_low, 3), round(found.ci_high, 3)
    (0.05, 0.95)
    """
    defined = resampled[~np.isnan(resampled)]
    if len(defined) == 0 or np.ptp(defined) < 1e-9:
        return without_interval(value, n, reason="every resample gave the same value", method=method)
    low, high = np.quantile(defined, [alpha / 2, 1 - alpha / 2])
    lost = len(resampled) - len(defined)
    note = joined(f"{lost} of {len(resampled)} resamples not defined" if lost else "")
    return Estimate(float(value), float(low), float(high), n, method, note)
