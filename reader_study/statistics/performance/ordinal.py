"""Ordered classes against the reference standard: how far off a rater is, and how often (Cobo et al. 2024).

The published choice of metrics for the bands of the Glasgow Coma Scale; the UOC index is that of Silva et al. 2018.
"""

import numpy as np
import pandas as pd

from ich_model import bootstrap, uoc
from ich_model.estimate import Estimate, cells, joined, undefined
from reader_study.statistics.input.panel import Panel
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.performance.performance import bootstrap_method

COLUMNS = ["question", "raterID", "rater_type", "modalityID", "metric", "value", "ci_low", "ci_high", "n", "method",
           "note"]
METRICS = ("accuracy", "balanced_accuracy", "mae", "rmse", "quadratic_kappa", "uoc_index")


def table(panel: Panel, settings: Settings) -> pd.DataFrame:
    """The ordinal metrics of every rater of a panel."""
    known, rows = panel.with_truth(), []
    for position, rater in enumerate(known.raters):
        read = ~np.isnan(known.decision[:, position])
        found = estimates(known.truth[read], known.decision[read, position], len(known.categories), settings)
        rows += [(known.question, rater.id, str(rater.kind), rater.modality, metric, *cells(found[metric]))
                 for metric in METRICS]
    return pd.DataFrame(rows, columns=COLUMNS)


def estimates(truth: np.ndarray, decision: np.ndarray, k: int, settings: Settings) -> dict[str, Estimate]:
    """Metric -> estimate for one rater's class indices (n,) against the truth (n,), of k ordered classes."""
    n, method = len(truth), bootstrap_method(settings)
    if n == 0:
        return {metric: undefined("no case with a known truth was read", 0, method=method) for metric in METRICS}
    one_hot = np.zeros((n, k * k), dtype=np.float32)
    one_hot[np.arange(n), (truth * k + decision).astype(int)] = 1
    whole = one_hot.sum(axis=0, dtype=float).reshape(k, k)
    drawn = (bootstrap.weights(truth, resamples=settings.resamples, seed=settings.seed) @ one_hot).astype(float)
    value, resampled = of_tables(whole[None]), of_tables(drawn.reshape(-1, k, k))
    absent = int((whole.sum(axis=1) == 0).sum())
    remark = f"{absent} of {k} classes without a case" if absent else ""
    found = {}
    for metric, (number,) in value.items():
        if np.isnan(number):
            found[metric] = undefined("truth and calls are one and the same class", n, method=method)
            continue
        found[metric] = bootstrap.percentile(float(number), resampled[metric], n, alpha=settings.alpha, method=method)
    return {metric: Estimate(**(vars(e) | {"note": joined(e.note, remark)})) for metric, e in found.items()}


def of_tables(tables: np.ndarray) -> dict[str, np.ndarray]:
    """All metrics of tables (N, K, K), rows the truth; NaN where not defined.

    The balanced accuracy is the mean of the recalls of the classes that have cases.
    """
    k = tables.shape[-1]
    n, rows, columns = tables.sum(axis=(-2, -1)), tables.sum(axis=-1), tables.sum(axis=-2)
    distance = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(float)
    right = np.diagonal(tables, axis1=-2, axis2=-1)
    recall = np.divide(right, rows, out=np.zeros(rows.shape), where=rows > 0)
    seen = (tables * distance ** 2).sum(axis=(-2, -1))
    expected = (rows[..., :, None] * columns[..., None, :] * distance ** 2).sum(axis=(-2, -1)) / n
    return {"accuracy": right.sum(axis=-1) / n, "balanced_accuracy": recall.sum(axis=-1) / (rows > 0).sum(axis=-1),
            "mae": (tables * distance).sum(axis=(-2, -1)) / n, "rmse": np.sqrt(seen / n),
            "quadratic_kappa": 1 - np.divide(seen, expected, out=np.full(np.shape(seen), np.nan), where=expected > 0),
            "uoc_index": uoc.indices(tables)}
