"""Power of planned studies, from the Obuchowski-Rockette components of this one taken as a pilot.

Hillis, Obuchowski & Berbaum 2011. Error variances and covariances shrink with the number of cases, pilot / planned; the
variances of readers do not. Negative variance components count as 0 here.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import fdtri, ncfdtr, ndtr, ndtri

from ich_model.estimate import TableRow
from reader_study.statistics.input.panel import Panel
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.multi_reader import figures_of_merit
from reader_study.statistics.multi_reader.mrmc_table import comparisons, parts_of, readings
from reader_study.statistics.multi_reader.obuchowski_rockette import Components

COLUMNS = ["comparison", "metric", "covariance", "difference", "n_readers", "n_cases", "power", "df2", "noncentrality",
           "note"]


def table(panel: Panel, settings: Settings) -> pd.DataFrame:
    """sample_size: the power of every planned study to find every planned difference, random readers and cases."""
    rows, covariance = [], settings.covariances[0]
    for comparison in comparisons(panel.with_truth(), settings):
        for metric in figures_of_merit.METRICS:
            head = (comparison.name, metric, str(covariance))
            try:
                found = readings(comparison, metric, covariance)
            except ValueError as error:
                rows.append((*head, *[np.nan] * 6, f"not defined: {error}"))
                continue
            pilot = parts_of(comparison, found)
            rows += [(*head, *cells) for cells in _planned(pilot, found.n, settings)]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"n_readers": "Int64", "n_cases": "Int64"})


def _planned(pilot: Components, n_pilot: int, settings: Settings) -> Iterator[TableRow]:
    """difference, readers, cases, power, df2, noncentrality and note of each planned study."""
    plan = settings.plan
    remark = f"from {pilot.r} readers and {n_pilot} cases"
    for difference in plan.differences:
        for readers in plan.readers:
            for cases in plan.cases:
                power, df, noncentrality = power_of(pilot, n_pilot=n_pilot, difference=difference, readers=readers,
                                                    cases=cases, alpha=settings.alpha)
                note = remark if np.isfinite(power) else f"not defined: no variance between the readings; {remark}"
                yield difference, readers, cases, power, df, noncentrality, note


def power_of(pilot: Components, *, n_pilot: int, difference: float, readers: int, cases: int,
             alpha: float = 0.05) -> tuple[float, float, float]:
    """Power, denominator degrees of freedom and noncentrality of the F test with random readers and random cases.

    Two modalities: noncentrality r d^2 / 2 / (var_tr + s (var - cov1 + (r - 1) max(cov2 - cov3, 0))), s = pilot /
    planned cases. Readers against a model: d^2 over the squared standard error of the mean difference.
    """
    s = n_pilot / cases
    if pilot.var_tr is None:  # one modality
        shared = s * max(pilot.cov2, 0.0)
        mean_square = max(pilot.ms_r - pilot.var + pilot.cov2, 0.0) + s * (pilot.var - pilot.cov2)
        error, between, effect = mean_square + readers * shared, readers * shared, readers * difference ** 2
    else:
        _, cov1, cov3 = pilot.between
        shared = s * max(pilot.cov2 - cov3, 0.0)
        mean_square = max(pilot.var_tr, 0.0) + s * (pilot.var - cov1 - max(pilot.cov2 - cov3, 0.0))
        error, between, effect = mean_square + readers * shared, readers * shared, readers * difference ** 2 / 2
    if error <= 1e-12 or error - between <= 1e-12:
        return float("nan"), float("nan"), float("nan")
    df = error ** 2 / (mean_square ** 2 / (readers - 1))
    noncentrality = effect / error
    return float(1 - ncfdtr(1, df, noncentrality, float(fdtri(1, df, 1 - alpha)))), float(df), float(noncentrality)


def auc_power(area: float, *, positive: int, negative: int, alpha: float = 0.05) -> float:
    """Power of one rater's AUC against 0.5, two-sided (Obuchowski, Lieber & Wians 2004).

    With A = 1.414 times the normal quantile of the area and k = negative / positive cases, the variance of the area is
    0.0099 exp(-A^2 / 2) (5 A^2 + 8 + (A^2 + 8) / k) over the positive cases, and 0.0792 (1 + 1 / k) at 0.5.
    """
    ratio, a = negative / positive, 1.414 * ndtri(area)
    at_half = 0.0792 * (1 + 1 / ratio)
    variance = 0.0099 * np.exp(-a * a / 2) * (5 * a * a + 8 + (a * a + 8) / ratio)
    z = (np.sqrt(positive) * abs(area - 0.5) - ndtri(1 - alpha / 2) * np.sqrt(at_half)) / np.sqrt(variance)
    return float(ndtr(z))
