"""Multi-reader multi-case analysis after Obuchowski and Rockette, with Hillis' degrees of freedom.

Obuchowski & Rockette 1995; Hillis 2007 (single modality: section 5.3), 2014. T modalities, R readers; `var`, `cov1`
(same reader, other modality), `cov2` (same modality, other reader) and `cov3` (both other) are means of the error
covariance matrix of the figures of merit.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ich_model.estimate import quantile, two_sided_p

_ZERO = 1e-12  # a variance below this is rounding


class Analysis(StrEnum):
    """To whom the result generalises."""

    RRRC = "RRRC"  # random readers, random cases
    FRRC = "FRRC"  # these readers, random cases
    RRFC = "RRFC"  # random readers, these cases


@dataclass(frozen=True)
class Components:
    """Mean squares, error covariances and the variance components made of them; negative ones are kept as they are."""

    t: int
    r: int
    ms_t: float | None
    ms_r: float
    ms_tr: float | None
    var: float
    cov1: float | None
    cov2: float
    cov3: float | None

    @property
    def between(self) -> tuple[float, float, float]:
        """ms_tr, cov1 and cov3, which two or more modalities have; ValueError with one."""
        if self.ms_tr is None or self.cov1 is None or self.cov3 is None:
            raise ValueError(f"components: expected those of two or more modalities, got {self.t}")
        return self.ms_tr, self.cov1, self.cov3

    @property
    def var_tr(self) -> float | None:
        """Variance of reader x modality; None with one modality."""
        if self.ms_tr is None:
            return None
        ms_tr, cov1, cov3 = self.between
        return ms_tr - self.var + cov1 + max(self.cov2 - cov3, 0.0)

    @property
    def var_r(self) -> float | None:
        """Variance of readers; None with one modality."""
        if self.ms_tr is None:
            return None
        ms_tr, cov1, cov3 = self.between
        return (self.ms_r - ms_tr) / self.t - cov1 + cov3


def components(values: np.ndarray, covariance: np.ndarray) -> Components:
    """Components of figures of merit (T, R) and their error covariances (T, R, T, R); R at least 2."""
    t, r = values.shape
    mean_t, mean_r, mean = values.mean(axis=1), values.mean(axis=0), values.mean()
    same = covariance.diagonal(axis1=0, axis2=2).transpose(2, 0, 1)  # (T, R, R) within each modality
    var = float(np.trace(same, axis1=1, axis2=2).mean() / r)
    cov2 = float((same.sum() - np.trace(same, axis1=1, axis2=2).sum()) / (t * r * (r - 1)))
    ms_r = float(t * ((mean_r - mean) ** 2).sum() / (r - 1))
    if t == 1:
        return Components(t, r, None, ms_r, None, var, None, cov2, None)
    by_reader = np.einsum("trur->tur", covariance)  # (T, T, R): same reader in both
    cov1_sum = by_reader.sum() - np.einsum("ttr->", by_reader)
    cov3_sum = covariance.sum() - same.sum() - cov1_sum
    rest = values - mean_t[:, None] - mean_r[None, :] + mean
    return Components(t, r, float(r * ((mean_t - mean) ** 2).sum() / (t - 1)), ms_r,
                      float((rest ** 2).sum() / ((t - 1) * (r - 1))), var, float(cov1_sum / (t * (t - 1) * r)), cov2,
                      float(cov3_sum / (t * (t - 1) * r * (r - 1))))


@dataclass(frozen=True)
class Test:
    """One difference with standard error and interval, and t with p; z, with df None, where readers are fixed.

    t squared is the F of the two modalities, z squared their chi-square. `None` is not defined; `note` says why.
    """

    difference: float
    se: float | None
    ci_low: float | None
    ci_high: float | None
    statistic: float | None
    df: float | None
    p: float | None
    note: str = ""


def _no_variance(gap: float) -> Test:
    """The answer where the error variance is 0: equal means are equal (p 1), unequal ones cannot be tested."""
    equal = abs(gap) < _ZERO
    return Test(gap, None, None, None, 0.0 if equal else None, None, 1.0 if equal else None,
                "interval not defined: no variance between these readings")


def _error(c: Components, analysis: Analysis) -> tuple[float, float]:
    """Error term of a difference of modalities and its denominator degrees of freedom."""
    ms_tr, cov1, cov3 = c.between
    between = c.r * max(c.cov2 - cov3, 0.0)
    df_tr = (c.t - 1) * (c.r - 1)
    if analysis is Analysis.RRRC:
        error = ms_tr + between
        return error, error ** 2 / (ms_tr ** 2 / df_tr) if ms_tr > _ZERO else np.inf
    if analysis is Analysis.RRFC:
        return ms_tr, df_tr
    return c.var - cov1 + (c.r - 1) * max(c.cov2 - cov3, 0.0), np.inf


def difference(values: np.ndarray, c: Components, analysis: Analysis, *, pair: tuple[int, int],
               alpha: float = 0.05) -> Test:
    """Mean figure of merit of modality pair[0] less that of pair[1], with the error term of all T modalities.

    `values` (T, R) are the figures of merit of R readers in T modalities.
    """
    gap = float(values[pair[0]].mean() - values[pair[1]].mean())
    error, df = _error(c, analysis)
    if error <= _ZERO:
        return _no_variance(gap)
    return _against_zero(gap, np.sqrt(2 * error / c.r), df, alpha=alpha)


def _against_zero(gap: float, se: float, df: float, *, alpha: float) -> Test:
    """t (or z) of a difference with its interval."""
    half = quantile(alpha, df) * se
    return Test(gap, float(se), gap - half, gap + half, gap / se, None if np.isinf(df) else float(df),
                two_sided_p(gap / se, df))


def single(values: np.ndarray, covariance: np.ndarray, analysis: Analysis) -> tuple[float, float, float]:
    """Mean of R readers (R,) under one modality, its standard error and degrees of freedom; covariance (R, R)."""
    r = len(values)
    c = components(values[None, :], covariance[None, :, None, :])
    shared = max(c.cov2, 0.0)
    if analysis is Analysis.FRRC:
        return float(values.mean()), float(np.sqrt((c.var + (r - 1) * shared) / r)), np.inf
    if analysis is Analysis.RRFC:
        return float(values.mean()), float(np.sqrt(c.ms_r / r)), r - 1
    df = (c.ms_r + r * shared) ** 2 / (c.ms_r ** 2 / (r - 1)) if c.ms_r > _ZERO else np.inf
    return float(values.mean()), float(np.sqrt(c.ms_r / r + shared)), df


def differences(values: np.ndarray, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each of R readers less the model that comes last, (R,), with the covariance matrix (R, R) of the differences."""
    r = len(values) - 1
    to_difference = np.hstack([np.eye(r), -np.ones((r, 1))])
    return to_difference @ values, to_difference @ covariance @ to_difference.T


def against_model(values: np.ndarray, covariance: np.ndarray, analysis: Analysis, *, alpha: float = 0.05) -> Test:
    """Mean of R readers less a model on the same cases: the single-modality test on the R differences (Hillis 2007).

    `values` (R + 1,) holds the readers and then the model, `covariance` (R + 1, R + 1) theirs. The model's own error is
    shared by all differences, so it stays in cov2. With fixed cases this would be a t-test over readers alone, which
    ignores that error: it is refused.

    Raises:
        ValueError: for an analysis with fixed cases.
    """
    if analysis is Analysis.RRFC:
        raise ValueError("readers against a model: expected RRRC or FRRC; fixed cases would ignore the model's error")
    gaps, cov = differences(values, covariance)
    gap, se, df = single(gaps, cov, analysis)
    return _no_variance(gap) if se <= _ZERO else _against_zero(gap, se, df, alpha=alpha)
