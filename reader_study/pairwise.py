"""Agreement of two raters from their K x K table over the study's category list: Cohen's kappa, plain and weighted.

The list is the study's and not the categories that occur: weights depend on how far apart two categories lie in it.
"""

import numpy as np

from reader_study.estimate import Estimate, symmetric, undefined, wilson, without_interval

EMPTY = "the raters share no case"


def table_of(a: np.ndarray, b: np.ndarray, n_categories: int) -> np.ndarray:
    """Counts (K, K) of the cases that both rated, from class indices (C,) with NaN where a rater did not read."""
    both = ~np.isnan(a) & ~np.isnan(b)
    cells = (a[both] * n_categories + b[both]).astype(int)
    return np.bincount(cells, minlength=n_categories ** 2).reshape(n_categories, n_categories)


def weights(n_categories: int, kind: str) -> np.ndarray:
    """Agreement weights (K, K): 1 on the diagonal, and off it 0 (`plain`) or falling with distance or its square."""
    if kind == "plain":
        return np.eye(n_categories)
    distance = np.abs(np.subtract.outer(np.arange(n_categories), np.arange(n_categories))) / (n_categories - 1)
    powers = {"linear": 1, "quadratic": 2}
    if kind not in powers:
        raise ValueError(f"weights {kind}: expected plain, linear or quadratic")
    return 1 - distance ** powers[kind]


def percent_agreement(table: np.ndarray, *, alpha: float = 0.05) -> Estimate:
    """Share of cases with the same category, with Wilson's interval."""
    n = int(table.sum())
    return wilson(int(np.trace(table)), n, alpha=alpha) if n else undefined(EMPTY, 0, method="Wilson")


def cohen_kappa(table: np.ndarray, *, kind: str = "plain", alpha: float = 0.05) -> Estimate:
    """Cohen's kappa with the large-sample interval of Fleiss, Cohen and Everitt (1969).

    kappa = (po - pe) / (1 - pe): weighted agreement seen, po, against that of independent raters, pe.
    """
    n, w, method = int(table.sum()), weights(len(table), kind), "Fleiss-Cohen-Everitt"
    if n == 0:
        return undefined(EMPTY, 0, method=method)
    p = table / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    po, pe = (w * p).sum(), (w * np.outer(rows, columns)).sum()
    if 1 - pe < 1e-12:
        return undefined("both raters gave one and the same category to every case", n, method=method)
    kappa = (po - pe) / (1 - pe)
    if rows.max() == 1 or columns.max() == 1:
        return without_interval(kappa, n, reason="one rater gave a single category, so kappa is 0 whatever the "
                                                 "agreement" if kind == "plain" else "one rater gave a single category",
                                method=method)
    mean_weight = (w @ columns)[:, None] + (w.T @ rows)[None, :]
    inner = (p * (w - mean_weight * (1 - kappa)) ** 2).sum() - (kappa - pe * (1 - kappa)) ** 2
    return symmetric(kappa, np.sqrt(max(inner, 0.0) / n) / (1 - pe), n, alpha=alpha, method=method, limits=(-1.0, 1.0),
                     flat="the raters agree on every case" if po == 1 else "no variance in these cases")
