"""Calibration of probabilities: Brier score, calibration intercept and slope, and the curve.

Intercept and slope are logistic regressions on the logit of p: the intercept with slope held at 1 (0 is right on
average), the slope on its own (1 is right; below 1 the probabilities are too extreme). Van Calster et al. 2016.
"""

import numpy as np
import pandas as pd
from scipy.special import expit

from ich_model.estimate import Estimate, TableRow, cells, joined, proportion, symmetric, undefined
from reader_study.statistics.input.panel import Panel
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.performance.performance import is_graded

COLUMNS = ["raterID", "rater_type", "modalityID", "metric", "value", "ci_low", "ci_high", "n", "method", "note"]
CURVE_COLUMNS = ["raterID", "rater_type", "modalityID", "bin", "mean_p", "share_poor", "ci_low", "ci_high", "n"]
METRICS = ("brier", "calibration_intercept", "calibration_slope")
NEAREST = 0.01  # p of 0 and 1 have no logit: they count as 0.01 and 0.99
BINS = 5
_STEPS, _CLOSE = 200, 1e-10


def tables(panel: Panel, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """calibration and calibration_curve for every rater of a binary panel with probabilities."""
    known, rows, curve = panel.with_truth(), [], []
    for position, rater in enumerate(known.raters if settings.scale.is_probability else ()):
        score = known.score[:, position]
        if not is_graded(score) or np.nanmin(score) < 0 or np.nanmax(score) > 1:
            continue
        scored = ~np.isnan(score)
        who = (rater.id, str(rater.kind), rater.modality)
        found = estimates(score[scored], known.truth[scored], settings)
        rows += [(*who, metric, *cells(found[metric])) for metric in METRICS]
        curve += [(*who, *point) for point in curve_points(score[scored], known.truth[scored], settings)]
    return pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(curve, columns=CURVE_COLUMNS)


def estimates(p: np.ndarray, truth: np.ndarray, settings: Settings) -> dict[str, Estimate]:
    """Metric -> estimate for probabilities p (n,) of a truth (n,) of 0 and 1."""
    n, errors = len(p), (p - truth) ** 2
    se = errors.std(ddof=1) / np.sqrt(n) if n > 1 else 0.0
    clipped = int(((p < NEAREST) | (p > 1 - NEAREST)).sum())
    remark = f"{clipped} p nearer to 0 or 1 than {NEAREST:g} counted as {NEAREST:g} from it" if clipped else ""
    logit = np.log(np.clip(p, NEAREST, 1 - NEAREST) / (1 - np.clip(p, NEAREST, 1 - NEAREST)))
    ones, line = np.ones((n, 1)), np.stack([np.ones(n), logit], axis=1)
    return {
        "brier": symmetric(errors.mean(), se, n, alpha=settings.alpha, method="mean of squared errors, normal"),
        "calibration_intercept": _coefficient(ones, truth, logit, settings.alpha, remark),
        "calibration_slope": _coefficient(line, truth, np.zeros(n), settings.alpha, remark)}


def _coefficient(design: np.ndarray, truth: np.ndarray, offset: np.ndarray, alpha: float, remark: str) -> Estimate:
    """The last coefficient of a logistic regression with its Wald interval."""
    n, method = len(truth), "logistic regression, Wald"
    if len(np.unique(truth)) < 2:
        return undefined(joined("needs positive and negative cases", remark), n, method=method)
    if design.shape[1] > 1:
        poor, good = design[truth == 1, -1], design[truth == 0, -1]
        if np.ptp(design[:, -1]) < _CLOSE:
            return undefined(joined("every p is the same", remark), n, method=method)
        if good.max() <= poor.min() or poor.max() <= good.min():
            return undefined(joined("the probabilities separate the classes", remark), n, method=method)
    beta, information = _fitted(design, truth, offset)
    se = float(np.sqrt(np.linalg.inv(information)[-1, -1]))
    found = symmetric(beta[-1], se, n, alpha=alpha, method=method, limits=(-np.inf, np.inf))
    return Estimate(**(vars(found) | {"note": joined(found.note, remark)}))


def _fitted(design: np.ndarray, truth: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (D,) of a logistic regression and their information (D, D); the classes must overlap.

    Newton's steps at most double the coefficients, and are halved while they lower the likelihood: from far off, a
    whole step leaps over the maximum to where the information is 0.
    """
    def likelihood(beta: np.ndarray) -> float:
        line = design @ beta + offset
        return float((truth * line - np.logaddexp(0, line)).sum())

    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        fitted = expit(design @ beta + offset)
        information = design.T @ (design * (fitted * (1 - fitted))[:, None])
        step = np.linalg.solve(information, design.T @ (truth - fitted))
        step = step * min(1.0, (1 + np.abs(beta).max()) / max(np.abs(step).max(), _CLOSE))
        while likelihood(beta + step) < likelihood(beta) and np.abs(step).max() > _CLOSE:
            step = step / 2
        beta = beta + step
        if np.abs(step).max() <= _CLOSE:
            break
    return beta, information


def curve_points(p: np.ndarray, truth: np.ndarray, settings: Settings) -> list[TableRow]:
    """Points of the calibration curve of p and truth (C,): BINS groups of about equal size, ties never split."""
    edges = np.unique(np.quantile(p, np.linspace(0, 1, BINS + 1)[1:-1]))
    group = np.searchsorted(edges, p, side="left")
    points: list[TableRow] = []
    for number, index in enumerate(np.unique(group), start=1):
        inside = group == index
        share = proportion(int(truth[inside].sum()), int(inside.sum()), alpha=settings.alpha,
                           interval=settings.interval)
        points.append((number, float(p[inside].mean()), share.value, share.ci_low, share.ci_high, int(inside.sum())))
    return points
