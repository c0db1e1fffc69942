"""Agreement of two raters from their K x K table over the study's category list: Cohen's kappa, plain and weighted.

The list is the study's and not the categories that occur: weights depend on how far apart two categories lie in it.
"""

import numpy as np

from ich_model.estimate import Estimate, Interval, proportion, symmetric, undefined, without_interval

EMPTY = "the raters share no case"


def table_of(a: np.ndarray, b: np.ndarray, n_categories: int) -> np.ndarray:
    """Counts (K, K) of the cases that both rated, from class indices (C,) with NaN where a rater did not read.

    >>> table_of(np.array([0, 1, 1]), np.array([0, 1, np.nan]), 2)
    array([[1, 0],
           [0, 1]])
    """
    both = ~np.isnan(a) & ~np.isnan(b)
    cells = (a[both] * n_categories + b[both]).astype(int)
    return np.bincount(cells, minlength=n_categories ** 2).reshape(n_categories, n_categories)


def weights(n_categories: int, kind: str) -> np.ndarray:
    """Agreement weights (K, K): 1 on the diagonal, and off it 0 (`plain`) or falling with distance or its square.

    Raises:
        ValueError: for another kind.

    >>> weights(3, "linear")
    array([[1. , 0.5, 0. ],
           [0.5, 1. , 0.5],
           [0. , 0.5, 1. ]])
    """
    if kind == "plain":
        return np.eye(n_categories)
    distance = np.abs(np.subtract.outer(np.arange(n_categories), np.arange(n_categories))) / (n_categories - 1)
    powers = {"linear": 1, "quadratic": 2}
    if kind not in powers:
        raise ValueError(f"weights {kind}: expected plain, linear or quadratic")
    return 1 - distance ** powers[kind]


def percent_agreement(table: np.ndarray, *, alpha: float = 0.05, interval: Interval = Interval.WILSON) -> Estimate:
    """Share of cases with the same category in a table (K, K) of two raters, with the interval of a proportion.

    >>> percent_agreement(np.array([[20, 5], [10, 15]])).value
    0.7
    """
    n = int(table.sum())
    if n == 0:
        return undefined(EMPTY, 0, method=str(interval))
    return proportion(int(np.trace(table)), n, alpha=alpha, interval=interval)


def cohen_kappa(table: np.ndarray, *, kind: str = "plain", alpha: float = 0.05) -> Estimate:
    """Cohen's kappa with the large-sample interval of Fleiss, Cohen and Everitt (1969).

    kappa = (po - pe) / (1 - pe): weighted agreement seen, po, against that of independent raters, pe.

    >>> round(cohen_kappa(np.array([[20, 5], [10, 15]])).value, 3)
    0.4
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


def cohen_z(table: np.ndarray, *, kind: str = "plain") -> float:
    """z of Cohen's kappa against no agreement beyond chance (Fleiss, Cohen & Everitt 1969); the kappa must be defined.

    The variance is that of independent raters with these margins: sum(r c (w - mean weights)^2) - pe^2, over
    n (1 - pe)^2.

    >>> round(cohen_z(np.array([[20, 5], [10, 15]])), 3)
    2.887
    """
    n, w = table.sum(), weights(len(table), kind)
    rows, columns = table.sum(axis=1) / n, table.sum(axis=0) / n
    chance = np.outer(rows, columns)
    pe, mean_weight = (w * chance).sum(), (w @ columns)[:, None] + (w.T @ rows)[None, :]
    variance = ((chance * (w - mean_weight) ** 2).sum() - pe ** 2) / (n * (1 - pe) ** 2)
    return float(cohen_kappa(table, kind=kind).value / np.sqrt(variance))
