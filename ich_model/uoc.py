"""The ordinal classification index (Cardoso & Sousa 2011) and its uniform form, UOC (Silva et al. 2018).

A path runs from the first to the last class through a table, one step right, down or both at a time. Its cost is
1 - collected / (total + spread) + beta * strayed / total: collected is the sum of the weights on the path, strayed the
sum of weight times distance from the diagonal on it, and spread that sum over the whole table. The index at beta is the
cost of the cheapest path, hence the lower envelope of straight lines in beta, one a path.
"""

from functools import cache

import numpy as np

BETAS = 1000  # points of the published trapezoid rule over beta from 0 to 1
MOST_CLASSES = 8  # 48639 paths; the bands of the Glasgow Coma Scale have 13


def indices(tables: np.ndarray) -> np.ndarray:
    """UOC index (N,) of tables (N, K, K) of counts with the truth in rows: 0 is perfect, NaN for an empty table.

    Each true class's row is made to sum to 1, so that rare classes weigh as much as frequent ones; a class without
    cases stays a row of zeros. The index is the area under the envelope, by the published trapezoid rule.

    >>> indices(np.array([np.diag([3, 4, 5])]))
    array([0.])
    """
    rows = tables.sum(axis=-1, keepdims=True)
    uniform = np.divide(tables, rows, out=np.zeros(tables.shape), where=rows > 0)
    area = np.full(len(tables), np.nan)
    filled = rows.sum(axis=(-2, -1)) > 0
    if filled.any():
        area[filled] = 1 + _area(*_lines(uniform[filled]))
    return area


def at_betas(table: np.ndarray, betas: np.ndarray) -> np.ndarray:
    """The ordinal classification index of one table (K, K) of weights at each beta (B,); 0 is perfect.

    >>> at_betas(np.diag([3.0, 4.0]), np.array([0.0, 1.0]))
    array([0., 0.])
    """
    intercept, slope = _lines(table[None])
    index: np.ndarray = 1 + (intercept + betas[:, None] * slope).min(axis=1)
    return index


@cache
def _paths(n_classes: int) -> np.ndarray:
    """Every path as a row of 0 and 1 over the cells, (P, K * K); P grows as the Delannoy numbers."""
    if n_classes > MOST_CLASSES:
        raise ValueError(f"UOC index: expected at most {MOST_CLASSES} classes, got {n_classes}")
    to: dict[tuple[int, int], list[tuple[int, ...]]] = {}
    for row, column in np.ndindex(n_classes, n_classes):
        nearer = ((row - 1, column), (row, column - 1), (row - 1, column - 1))
        before = [path for place in nearer for path in to.get(place, [])]
        cell = row * n_classes + column
        to[row, column] = [(*path, cell) for path in before] if cell else [(0,)]
    found = to[n_classes - 1, n_classes - 1]
    mask = np.zeros((len(found), n_classes**2))
    for number, path in enumerate(found):
        mask[number, list(path)] = 1
    return mask


def _lines(tables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Intercept and slope (N, P) of every path's cost less 1, for tables (N, K, K) with something in them."""
    n_classes = tables.shape[-1]
    index = np.arange(n_classes)
    strayed = (tables * np.abs(index[:, None] - index)).reshape(len(tables), -1)
    flat, paths = tables.reshape(len(tables), -1), _paths(n_classes).T
    total, spread = flat.sum(axis=1, keepdims=True), strayed.sum(axis=1, keepdims=True)
    return -(flat @ paths) / (total + spread), (strayed @ paths) / total


def _area(intercept: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Trapezoid rule over BETAS points of the lower envelope of lines (N, P), by walking from kink to kink.

    Between kinks the rule is exact; a kink at u behind a grid point loses u (h - u) / 2 times the change of slope.
    """
    n, step = len(intercept), 1 / (BETAS - 1)
    at, area, row = np.zeros(n), np.zeros(n), np.arange(n)
    # the line that is lowest at 0 and, where several are, the flattest after it
    lowest = np.isclose(intercept, intercept.min(axis=1, keepdims=True), rtol=0, atol=1e-15)
    line = np.where(lowest, slope, np.inf).argmin(axis=1)
    while (at < 1).any():
        own_intercept, own_slope = intercept[row, line][:, None], slope[row, line][:, None]
        falls = slope < own_slope - 1e-15
        never = np.full(slope.shape, np.inf)
        crossing = np.divide(intercept - own_intercept, own_slope - slope, out=never, where=falls)
        following = crossing.argmin(axis=1)
        end = np.clip(crossing[row, following], at, 1)
        area += (end - at) * (intercept[row, line] + slope[row, line] * (at + end) / 2)
        behind = end % step
        change = np.where(end < 1, slope[row, line] - slope[row, following], 0)
        area -= behind * (step - behind) * change / 2
        at, line = end, np.where(end < 1, following, line)
    return area
