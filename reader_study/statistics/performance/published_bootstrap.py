"""The intervals of the published code, beside those of `performance`: to set numbers next to the paper's, not to cite.

The published scripts draw 100 cases with replacement 1000 times whatever the number of cases, print the mean of the
resamples as the value, and turn what is not defined into 0 (Cobo et al. 2024). The draw is seeded here.
"""

import numpy as np
import pandas as pd

from ich_model.bootstrap import drawn_of
from ich_model.estimate import TableRow
from ich_model.metrics import Counts, values
from reader_study.statistics.input.panel import Panel
from reader_study.statistics.input.ratings import NO_CALLS
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.performance.performance import METRICS, counts, is_graded

COLUMNS = ["raterID", "rater_type", "modalityID", "metric", "value", "ci_low", "ci_high", "n", "method", "note"]
CASES, RESAMPLES = 100, 1000  # of the published code (Cobo et al. 2024)


def table(panel: Panel, settings: Settings) -> pd.DataFrame:
    """performance_paper_mode: every rater of a binary panel, on the cases with known truth that the rater read."""
    rows = []
    for position, rater in enumerate(panel.raters):
        read = panel.read[:, position] & ~np.isnan(panel.truth)
        truth, decision, score = panel.truth[read], panel.decision[read, position], panel.score[read, position]
        who = (rater.id, str(rater.kind), rater.modality)
        rows += [(*who, metric, *cells) for metric, cells in _cells(truth, decision, score, settings).items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def _cells(truth: np.ndarray, decision: np.ndarray, score: np.ndarray, settings: Settings) -> dict[str, TableRow]:
    """Metric -> value, ci_low, ci_high, n, method and note of one rater."""
    n = len(truth)
    method = f"as published: {CASES} cases drawn {RESAMPLES} times, seed {settings.seed}, mean and percentiles"
    if n == 0:
        return {metric: (*[np.nan] * 3, 0, method, "not defined: no case with a known truth was read")
                for metric in METRICS}
    weights = drawn_of(n, size=CASES, resamples=RESAMPLES, seed=settings.seed)
    cells = counts(decision[:, None], truth, weights)
    missing = int(np.isnan(decision).sum())
    found = {}
    for metric in METRICS:
        if metric == "auc":
            found[metric] = _auc_cells(score, truth, weights, n=n, method=method, alpha=settings.alpha)
            continue
        if missing:
            reason = NO_CALLS if missing == n else "not every read has a call"
            found[metric] = (*[np.nan] * 3, 0, method, f"not defined: {reason}")
            continue
        resampled = _balanced(cells) if metric == "balanced_accuracy" else values(metric, cells)[:, 0]
        lost = int(np.isnan(resampled).sum())
        remark = f"{lost} of {RESAMPLES} resamples not defined, counted as 0" if lost else ""
        found[metric] = (*_summary(np.nan_to_num(resampled), settings.alpha), n, method, remark)
    return found


def _balanced(cells: Counts[np.ndarray]) -> np.ndarray:
    """Balanced accuracy (B,) as scikit-learn has it: the mean of the recalls of the classes that were drawn."""
    both = np.stack([values("recall", cells)[:, 0], values("specificity", cells)[:, 0]])
    mean: np.ndarray = np.nansum(both, axis=0) / (~np.isnan(both)).sum(axis=0)
    return mean


def _auc_cells(score: np.ndarray, truth: np.ndarray, weights: np.ndarray, *, n: int, method: str,
               alpha: float) -> TableRow:
    """The AUC's cells; resamples of one class have none and are left out."""
    if not is_graded(score) or np.isnan(score).any():
        return (*[np.nan] * 3, n, method, "not defined: not every read has a graded score")
    resampled = resampled_auc(score, truth, weights)
    defined = resampled[~np.isnan(resampled)]
    if len(defined) == 0:
        return (*[np.nan] * 3, n, method, "not defined: AUC needs positive and negative cases")
    lost = len(resampled) - len(defined)
    return (*_summary(defined, alpha), n, method, f"{lost} resamples of one class left out" if lost else "")


def resampled_auc(score: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """AUC (B,) of one rater's scores (n,) in resamples given as draw counts (B, n); NaN where one class was drawn."""
    levels = np.unique(score, return_inverse=True)[1]
    at = np.zeros((len(score), levels.max() + 1), dtype=np.float32)
    at[np.arange(len(score)), levels] = 1
    positive, negative = (weights * (truth == 1)) @ at, (weights * (truth == 0)) @ at  # (B, levels)
    below = negative.cumsum(axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    found: np.ndarray = np.full(len(weights), np.nan)
    np.divide((positive * below).sum(axis=1), pairs, out=found, where=pairs > 0)
    return found


def _summary(resampled: np.ndarray, alpha: float) -> tuple[float, float, float]:
    """Mean and percentiles."""
    low, high = np.quantile(resampled, [alpha / 2, 1 - alpha / 2])
    return float(resampled.mean()), float(low), float(high)
