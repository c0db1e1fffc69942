"""Chance-corrected agreement of two or more raters, also where some did not rate every case (Gwet 2014).

Input is `counts` (U, K): for each pattern of rating how many raters chose each category, with `times` (U,), in how
many cases the pattern occurred. All coefficients are (pa - pe) / (1 - pe) with the same agreement pa; they differ in
the chance agreement pe. Standard errors are Gwet's, by linearisation over cases; intervals use t with n - 1.
"""

from collections.abc import Callable

import numpy as np

from ich_model.estimate import Estimate, symmetric, undefined

METHOD = "Gwet's linearised variance, t"
ONE_CATEGORY = "every rating is the same category"
NO_PAIR = "no case was rated by two raters"
Chance = Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]]


def _none(prevalence: np.ndarray, shares: np.ndarray) -> tuple[float, np.ndarray]:
    """No chance agreement: the coefficient is the agreement itself."""
    return 0.0, np.zeros(len(shares))


def _uniform(prevalence: np.ndarray, shares: np.ndarray) -> tuple[float, np.ndarray]:
    """All categories equally likely (Brennan & Prediger 1981; Randolph; PABAK with two categories)."""
    pe = 1 / len(prevalence)
    return pe, np.full(len(shares), pe)


def _same_distribution(prevalence: np.ndarray, shares: np.ndarray) -> tuple[float, np.ndarray]:
    """Ratings drawn from the pooled distribution (Scott 1955, Fleiss 1971)."""
    return float(prevalence @ prevalence), shares @ prevalence


def _gwet(prevalence: np.ndarray, shares: np.ndarray) -> tuple[float, np.ndarray]:
    """Random ratings on hard cases only (Gwet 2008)."""
    scale = 1 / (len(prevalence) - 1)
    return float(scale * prevalence @ (1 - prevalence)), scale * shares @ (1 - prevalence)


CHANCE: dict[str, Chance] = {"percent_agreement": _none, "pabak": _uniform, "gwet_ac1": _gwet,
                             "fleiss_kappa": _same_distribution}


def counts_of(decision: np.ndarray, n_categories: int) -> np.ndarray:
    """(C, K) how many raters chose each category, from class indices (C, R) with NaN where a rater did not read.

    >>> counts_of(np.array([[0, 0, 1], [1, 1, np.nan]]), 2)
    array([[2, 1],
           [0, 2]])
    """
    return np.stack([(decision == category).sum(axis=1) for category in range(n_categories)], axis=1)


def counts_of_table(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts (K * K, K) and times (K * K,) of two raters' table (K, K).

    >>> counts_of_table(np.array([[3, 1], [0, 2]]))[1]
    array([3., 1., 0., 2.])
    """
    one_hot = np.eye(len(table))
    return (one_hot[:, None, :] + one_hot[None, :, :]).reshape(-1, len(table)), table.ravel().astype(float)


def coefficient(name: str, counts: np.ndarray, times: np.ndarray | None = None, *, alpha: float = 0.05,
                ddof: int = 1) -> Estimate:
    """The coefficient `name` of CHANCE with its interval; n is the number of cases rated at all.

    The variance is divided by n - ddof: 1 for many raters (Gwet 2014), 0 for a table of two raters (Gwet 2008).

    >>> round(coefficient("fleiss_kappa", np.array([[4, 0], [3, 1], [0, 4], [1, 3]])).value, 3)
    0.5
    """
    times = np.ones(len(counts)) if times is None else times
    rated = (counts.sum(axis=1) >= 1) & (times > 0)
    counts, times = counts[rated], times[rated]
    if not (counts.sum(axis=1) >= 2).any():
        return undefined(NO_PAIR, int(times.sum()), method=METHOD)
    shares = counts / counts.sum(axis=1)[:, None]
    chance = CHANCE[name](times @ shares / times.sum(), shares)
    return _corrected(counts, times, chance, alpha=alpha, ddof=ddof)


def conger_kappa(decision: np.ndarray, n_categories: int, *, alpha: float = 0.05) -> Estimate:
    """Conger's kappa (1980), Cohen's for more than two raters: chance from each rater's own shares of the categories.

    pe is the mean over all pairs of different raters g, h of sum_k p_gk p_hk, with p_gk the share of category k among
    the cases that rater g rated; `decision` (C, R) has NaN where a rater did not read.

    >>> round(conger_kappa(np.array([[0, 0], [1, 1], [0, 1], [1, 1]]), 2).value, 3)
    0.5
    """
    decision = decision[~np.isnan(decision).all(axis=1)]
    counts, n = counts_of(decision, n_categories), len(decision)
    there = ~np.isnan(decision).all(axis=0)
    decision = decision[:, there]
    if not (counts.sum(axis=1) >= 2).any():
        return undefined(NO_PAIR, n, method=METHOD)
    chosen = (decision[:, :, None] == np.arange(n_categories)).astype(float)
    rated, r = chosen.sum(axis=2), decision.shape[1]
    own = chosen.sum(axis=0) / rated.sum(axis=0)[:, None]  # (R, K)
    others = own.sum(axis=0) - own
    pe = float((own * others).sum() / (r * (r - 1)))
    # what each case adds to a rater's shares; a case not rated adds the share itself
    added = own + n / rated.sum(axis=0)[None, :, None] * (chosen - rated[:, :, None] * own)
    pe_each = (added * others).sum(axis=(1, 2)) / (r * (r - 1))
    return _corrected(counts, np.ones(n), (pe, pe_each), alpha=alpha, ddof=1)


def _corrected(counts: np.ndarray, times: np.ndarray, chance: tuple[float, np.ndarray], *, alpha: float,
               ddof: int) -> Estimate:
    """(pa - pe) / (1 - pe) with the linearised variance, for cases that were all rated and some of them twice."""
    raters, n = counts.sum(axis=1), times.sum()
    paired = raters >= 2
    pairs = np.where(paired, raters * (raters - 1), 1)
    agreement = np.where(paired, (counts * (counts - 1)).sum(axis=1) / pairs, 0.0)
    n_paired = times[paired].sum()
    pa = (times * agreement).sum() / n_paired
    pe, pe_each = chance
    if 1 - pe < 1e-12:
        return undefined(ONE_CATEGORY, int(n), method=METHOD)
    value = (pa - pe) / (1 - pe)
    each = np.where(paired, n / n_paired * (agreement - pe) / (1 - pe), 0.0)
    each = each - 2 * (1 - value) * (pe_each - pe) / (1 - pe)
    variance = (times * (each - value) ** 2).sum() / (n * (n - ddof)) if n > 1 else np.nan
    return symmetric(value, np.sqrt(variance), int(n), alpha=alpha, df=n - 1, method=METHOD, limits=(-1.0, 1.0),
                     flat="one case only" if n < 2 else "the raters agree on every case" if pa == 1
                     else "no variance in these cases")


def fleiss_z(counts: np.ndarray) -> float:
    """z of Fleiss' kappa against no agreement, for equally many raters a case (Fleiss, Nee & Landis 1979).

    With p the pooled shares and q = 1 - p: var = 2 ((sum pq)^2 - sum pq(q - p)) / (N m (m - 1) (sum pq)^2).
    ValueError where kappa is not defined.

    >>> round(fleiss_z(np.array([[4, 0], [3, 1], [0, 4], [1, 3]])), 3)
    2.449
    """
    kappa = coefficient("fleiss_kappa", counts)
    if kappa.value is None:
        raise ValueError(f"Fleiss' kappa: {kappa.note}")
    n, m = len(counts), counts[0].sum()
    p = counts.sum(axis=0) / counts.sum()
    pq = p * (1 - p)
    variance = 2 * (pq.sum() ** 2 - (pq * (1 - 2 * p)).sum()) / (n * m * (m - 1) * pq.sum() ** 2)
    return kappa.value / float(np.sqrt(variance))
