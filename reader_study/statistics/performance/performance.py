"""The metrics of the paper for each rater against the reference standard, with numerators, denominators and intervals.

The positive class is the highest class of the question: poor, severe, 80 years or more.
"""

import numpy as np

from ich_model import bootstrap, roc_area
from ich_model.estimate import Estimate, joined, proportion, undefined
from ich_model.metrics import RATIOS, Counts, values
from reader_study.statistics.input.panel import Panel
from reader_study.statistics.input.ratings import NO_CALLS
from reader_study.statistics.input.settings import Settings

METRICS = ("accuracy", "balanced_accuracy", "specificity", "npv", "precision", "recall", "f1", "auc")
METRIC_TITLES = {"accuracy": "Accuracy", "balanced_accuracy": "Balanced accuracy", "specificity": "Specificity",
                 "npv": "NPV", "precision": "Precision", "recall": "Recall", "f1": "F1", "auc": "AUC"}
WHY_UNDEFINED = {
    "accuracy": "no case with a known truth was read",
    "specificity": "no negative case was read",
    "npv": "the rater called no case negative",
    "precision": "the rater called no case positive",
    "recall": "no positive case was read",
    "f1": "no positive case and no positive call",
    "balanced_accuracy": "balanced accuracy needs positive and negative cases",
    "auc": "AUC needs positive and negative cases",
}
UNGRADED = "no graded score; the AUC of a yes/no call is its balanced accuracy"


def counts(decision: np.ndarray, truth: np.ndarray, weights: np.ndarray | None = None) -> Counts[np.ndarray]:
    """Cells for decisions (C, R) of 0, 1 or NaN (not read) and truth (C,); with weights (B, C) cells are (B, R)."""
    drawn = np.ones((1, len(truth)), dtype=np.float32) if weights is None else weights
    poor = (truth == 1)[:, None]
    cells = ((decision == 1) & poor, (decision == 1) & ~poor, (decision == 0) & ~poor, (decision == 0) & poor)
    summed = [drawn @ cell.astype(np.float32) for cell in cells]
    return Counts(*(total[0].astype(int) if weights is None else total for total in summed))


def is_graded(score: np.ndarray) -> bool:
    """Whether scores (C,) say more than yes or no: some are there, and not all of them are 0 or 1."""
    given = score[~np.isnan(score)]
    return len(given) > 0 and not np.isin(given, (0.0, 1.0)).all()


def of_rater(panel: Panel, position: int, settings: Settings) -> dict[str, Estimate]:
    """Metric -> estimate for one rater of a binary panel, on the cases with known truth that the rater read."""
    read = panel.read[:, position] & ~np.isnan(panel.truth)
    unread = int((~np.isnan(panel.truth)).sum() - read.sum())
    unknown = int((panel.read[:, position] & np.isnan(panel.truth)).sum())
    remark = joined(f"read {read.sum()} of {read.sum() + unread} cases with known truth" if unread else "",
                    f"{unknown} {'read' if unknown == 1 else 'reads'} without known truth left out" if unknown else "")
    called = read & ~np.isnan(panel.decision[:, position])
    if read.any() and not called.any():
        found = without_calls(METRICS)
    else:
        found = _of_calls(panel.decision[called, position], panel.truth[called], int((read & ~called).sum()), settings)
    found["auc"] = _auc(panel.score[read, position], panel.truth[read], settings)
    return {metric: with_note(found[metric], remark) for metric in METRICS}


def without_calls(metrics: tuple[str, ...]) -> dict[str, Estimate]:
    """Metric -> that it needs calls, and what makes them."""
    return {metric: undefined(NO_CALLS, 0) for metric in metrics}


def _of_calls(decision: np.ndarray, truth: np.ndarray, left_out: int, settings: Settings) -> dict[str, Estimate]:
    """The metrics of one rater's calls; `left_out` is the number of reads without one."""
    cells = counts(decision[:, None], truth)
    found = {metric: _proportion(metric, cells, settings) for metric in METRICS if metric in RATIOS and metric != "f1"}
    found |= _resampled(decision, truth, settings)
    remark = f"{left_out} {'read' if left_out == 1 else 'reads'} without a call left out" if left_out else ""
    return {metric: with_note(estimate, remark) for metric, estimate in found.items()}


def with_note(estimate: Estimate, remark: str) -> Estimate:
    """The estimate with a remark added to its note."""
    return Estimate(**(vars(estimate) | {"note": joined(estimate.note, remark)}))


def _proportion(metric: str, cells: Counts[np.ndarray], settings: Settings) -> Estimate:
    """A proportion of one rater with its interval."""
    numerator, denominator = (int(part(cells)[0]) for part in RATIOS[metric])
    if denominator == 0:
        method = str(settings.interval)
        return undefined(WHY_UNDEFINED[metric], 0, method=method, numerator=numerator, denominator=0)
    return proportion(numerator, denominator, alpha=settings.alpha, interval=settings.interval)


def _resampled(decision: np.ndarray, truth: np.ndarray, settings: Settings) -> dict[str, Estimate]:
    """F1 and balanced accuracy of one rater with bootstrap intervals."""
    cells, method = counts(decision[:, None], truth), bootstrap_method(settings)
    drawn = counts(decision[:, None], truth, bootstrap.weights(truth, resamples=settings.resamples, seed=settings.seed))
    found = {}
    for metric in ("balanced_accuracy", "f1"):
        value = values(metric, cells)[0]
        n = int(cells.n[0])
        if np.isnan(value):
            found[metric] = undefined(WHY_UNDEFINED[metric], n, method=method)
            continue
        found[metric] = bootstrap.percentile(value, values(metric, drawn)[:, 0], n, alpha=settings.alpha, method=method)
    numerator, denominator = (int(part(cells)[0]) for part in RATIOS["f1"])
    found["f1"] = Estimate(**(vars(found["f1"]) | {"numerator": numerator, "denominator": denominator}))
    return found


def bootstrap_method(settings: Settings) -> str:
    """Name of the bootstrap with its size and seed."""
    return f"stratified bootstrap of cases, {settings.resamples} resamples, seed {settings.seed}, percentile"


def _auc(score: np.ndarray, truth: np.ndarray, settings: Settings) -> Estimate:
    """AUC of one rater's graded scores."""
    scored = ~np.isnan(score)
    if not len(truth):
        return undefined(WHY_UNDEFINED["auc"], 0, method=roc_area.METHOD)
    if not is_graded(score):
        return undefined(UNGRADED, len(truth), method=roc_area.METHOD)
    left_out = int((~scored).sum())
    remark = f"{left_out} {'read' if left_out == 1 else 'reads'} without a score left out" if left_out else ""
    return with_note(roc_area.auc(score[scored], truth[scored], alpha=settings.alpha), remark)
