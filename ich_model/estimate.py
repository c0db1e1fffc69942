"""One number with its interval, its count and the name of its method; where it is not defined, the reason instead."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import SupportsFloat

from scipy.special import betaincinv, ndtr, ndtri, stdtr, stdtrit

SMALLEST_P = 1e-300  # read it as "at most"

Cell = str | float | None
TableRow = tuple[Cell, ...]
"""A row of a table that is being made; None is an empty cell."""


@dataclass(frozen=True)
class Estimate:
    """A value with its interval. `None` means not defined, and `note` then says why."""

    value: float | None
    ci_low: float | None
    ci_high: float | None
    n: int
    method: str = ""
    note: str = ""
    numerator: int | None = None
    denominator: int | None = None
    se: float | None = None


def undefined(reason: str, n: int, *, method: str = "", numerator: int | None = None,
              denominator: int | None = None) -> Estimate:
    """An estimate without a value; `reason` goes into its note as "not defined: reason".

    >>> undefined("no case", 0).note
    'not defined: no case'
    """
    return Estimate(None, None, None, n, method, f"not defined: {reason}", numerator, denominator)


def without_interval(value: float, n: int, *, reason: str, method: str = "", se: float | None = None) -> Estimate:
    """A value whose interval is not defined, with the reason in its note.

    >>> without_interval(1, 5, reason="no variance").note
    'interval not defined: no variance'
    """
    return Estimate(float(value), None, None, n, method, f"interval not defined: {reason}", se=se)


def joined(*notes: str) -> str:
    """The notes that say something, as one text."""
    return "; ".join(note for note in notes if note)


def quantile(alpha: float, df: float = math.inf) -> float:
    """Two-sided critical value of the normal, or of Student's t with `df` degrees of freedom.

    >>> round(quantile(0.05), 3), round(quantile(0.05, df=10), 3)
    (1.96, 2.228)
    """
    return float(ndtri(1 - alpha / 2) if math.isinf(df) else stdtrit(df, 1 - alpha / 2))


def two_sided_p(statistic: float, df: float = math.inf) -> float:
    """Two-sided p of a normal statistic, or of Student's t with `df` degrees of freedom.

    >>> round(two_sided_p(1.96), 3)
    0.05
    """
    return never_zero(2 * (ndtr(-abs(statistic)) if math.isinf(df) else stdtr(df, -abs(statistic))))


def never_zero(p: SupportsFloat) -> float:
    """The p value, at least SMALLEST_P: with very many cases the tail falls under the smallest number there is.

    >>> never_zero(0.0)
    1e-300
    """
    return max(float(p), SMALLEST_P)


def symmetric(value: float, se: float, n: int, *, alpha: float, method: str, df: float = math.inf,
              limits: tuple[float, float] = (0.0, 1.0), flat: str = "no variance in these cases") -> Estimate:
    """Value +- critical value x standard error, cut off at `limits`.

    A standard error of 0 comes from too little variation and not from certainty: the interval is then left empty,
    with `flat` as the reason.

    >>> found = symmetric(0.9, 0.1, 20, alpha=0.05, method="normal")
    >>> round(found.ci_low, 3), found.ci_high
    (0.704, 1.0)
    """
    if not math.isfinite(se) or se <= 1e-12:
        return without_interval(value, n, reason=flat, method=method)
    half = quantile(alpha, df) * se
    low, high = max(value - half, limits[0]), min(value + half, limits[1])
    return Estimate(float(value), float(low), float(high), n, method, se=float(se))


class Interval(StrEnum):
    """How the interval of a proportion is made."""

    WILSON = "Wilson"
    EXACT = "Clopper-Pearson"
    AGRESTI_COULL = "Agresti-Coull"


def proportion(successes: int, n: int, *, alpha: float = 0.05, interval: Interval = Interval.WILSON) -> Estimate:
    """A proportion with its interval; by default Wilson's score interval (Wilson 1927; Newcombe 1998, method 3).

    >>> found = proportion(81, 263)  # Newcombe 1998, table I, method 3
    >>> round(found.ci_low, 4), round(found.ci_high, 4)
    (0.2553, 0.3662)
    """
    if n == 0:
        return undefined("the denominator is 0", 0, method=str(interval), numerator=int(successes), denominator=0)
    low, high = _INTERVALS[interval](int(successes), int(n), alpha)
    return Estimate(successes / n, low, high, int(n), str(interval), numerator=int(successes), denominator=int(n))


def _wilson(successes: int, n: int, alpha: float) -> tuple[float, float]:
    """Score interval: the proportions that a normal test of the observed one does not reject."""
    z, p = quantile(alpha), successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # exactly 0 and 1 at the ends, not 1e-17 off
    return 0.0 if successes == 0 else centre - half, 1.0 if successes == n else centre + half


def _clopper_pearson(successes: int, n: int, alpha: float) -> tuple[float, float]:
    """Exact interval: quantiles of beta distributions (Clopper & Pearson 1934)."""
    low = 0.0 if successes == 0 else float(betaincinv(successes, n - successes + 1, alpha / 2))
    return low, 1.0 if successes == n else float(betaincinv(successes + 1, n - successes, 1 - alpha / 2))


def _agresti_coull(successes: int, n: int, alpha: float) -> tuple[float, float]:
    """Normal interval about Wilson's centre, cut off at 0 and 1 (Agresti & Coull 1998)."""
    z = quantile(alpha)
    p = (successes + z * z / 2) / (n + z * z)
    half = z * math.sqrt(p * (1 - p) / (n + z * z))
    return max(p - half, 0.0), min(p + half, 1.0)


_INTERVALS = {Interval.WILSON: _wilson, Interval.EXACT: _clopper_pearson, Interval.AGRESTI_COULL: _agresti_coull}


def cell(value: float | None) -> float:
    """The value for a table: NaN, which is exported as an empty cell, for what is not defined.

    >>> cell(None)
    nan
    """
    return math.nan if value is None else float(value)


def cells(estimate: Estimate) -> tuple[float, float, float, int, str, str]:
    """value, ci_low, ci_high, n, method, note: the end of a row in most tables.

    >>> cells(undefined("no case", 0))
    (nan, nan, nan, 0, '', 'not defined: no case')
    """
    return (cell(estimate.value), cell(estimate.ci_low), cell(estimate.ci_high), estimate.n, estimate.method,
            estimate.note)


def as_text(value: float | None, ci_low: float | None, ci_high: float | None, *, digits: int = 2) -> str:
    """Print form, "0.78 (0.61–0.89)"; a dash where there is no value, the value alone where there is no interval."""
    if value is None or math.isnan(value):
        return "–"
    if ci_low is None or ci_high is None or math.isnan(ci_low) or math.isnan(ci_high):
        return _fixed(value, digits)
    joint = "–" if ci_low >= 0 else " to "
    return f"{_fixed(value, digits)} ({_fixed(ci_low, digits)}{joint}{_fixed(ci_high, digits)})"


def _fixed(value: float, digits: int) -> str:
    """The number with a real minus sign, which a spreadsheet does not take for a formula."""
    text = f"{value:.{digits}f}"
    return text.replace("-", "" if float(text) == 0 else "\N{MINUS SIGN}")
