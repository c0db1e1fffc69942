"""The consensus of readers: their mean and their majority vote, as rows beside single raters.

Both are formed on the cases that all readers of a modality read; a note counts the others.
"""

from dataclasses import replace

import numpy as np

from ich_model import bootstrap, roc_area
from ich_model.estimate import Estimate, joined, symmetric, undefined
from ich_model.metrics import values
from reader_study.statistics.input.panel import Panel, Rater
from reader_study.statistics.input.settings import Covariance, Settings
from reader_study.statistics.multi_reader import figures_of_merit
from reader_study.statistics.multi_reader.obuchowski_rockette import Analysis, single
from reader_study.statistics.performance.performance import (
    METRICS,
    UNGRADED,
    bootstrap_method,
    counts,
    is_graded,
    of_rater,
    with_note,
    without_calls,
)

MEAN, VOTE = "Readers' mean", "Majority vote"
GROUP = "readers"  # their rater_type


def majority(decision: np.ndarray) -> np.ndarray:
    """The vote (C,) of complete 0/1 decisions (C, R): positive where at least half say so, as p >= 0.5 is poor."""
    called: np.ndarray = (decision.mean(axis=1) >= 0.5).astype(float)
    return called


def of_vote(readers: Panel, settings: Settings) -> dict[str, Estimate]:
    """Metric -> estimate for the majority vote of a binary panel of readers."""
    if readers.lacks_calls():
        return without_calls(METRICS) | {"auc": undefined(UNGRADED, 0)}
    common = readers.crossed().called()
    vote = replace(common, raters=(Rater(VOTE, readers.raters[0].kind, readers.raters[0].modality),),
                   decision=majority(common.decision)[:, None], score=np.full((len(common.cases), 1), np.nan))
    ties = int((common.decision.mean(axis=1) == 0.5).sum())
    remark = joined(f"{ties} {'tie counts' if ties == 1 else 'ties count'} as positive" if ties else "",
                    common_remark(readers, common))
    return {metric: with_note(estimate, remark) for metric, estimate in of_rater(vote, 0, settings).items()}


def of_mean(readers: Panel, settings: Settings) -> dict[str, Estimate]:
    """Metric -> mean over the readers of a binary panel."""
    common = readers.crossed()
    remark = common_remark(readers, common)
    if readers.lacks_calls():
        area = with_note(_mean_of("auc", common, settings), remark)
        return without_calls(METRICS) | {"auc": area}
    return {metric: with_note(_mean_of(metric, common, settings), remark) for metric in METRICS}


def common_remark(readers: Panel, common: Panel) -> str:
    """What to say where some cases were not read by all."""
    known = int((~np.isnan(readers.truth)).sum())
    return "" if len(common.cases) == known else f"on the {len(common.cases)} of {known} cases that all readers read"


def _mean_of(metric: str, common: Panel, settings: Settings) -> Estimate:
    """One metric's mean; Obuchowski-Rockette's interval where it has one, else the bootstrap over cases."""
    n = len(common.cases)
    if metric == "auc" and not all(is_graded(column) for column in common.score.T):
        return undefined(UNGRADED, n)
    if metric == "auc" and np.isnan(common.score).any():
        return undefined("some reads have no score", n, method=roc_area.METHOD)
    if metric != "auc" and np.isnan(common.decision).any():
        return undefined("some reads have no call", n)
    if metric in figures_of_merit.METRICS:
        return _obuchowski_rockette(common, metric, settings)
    each, method = values(metric, counts(common.decision, common.truth)), bootstrap_method(settings)
    if np.isnan(each).any():
        reader = common.raters[int(np.flatnonzero(np.isnan(each))[0])].id
        return undefined(f"it is not defined for {reader}", n, method=method)
    drawn = bootstrap.weights(common.truth, resamples=settings.resamples, seed=settings.seed)
    means = values(metric, counts(common.decision, common.truth, drawn)).mean(axis=1)
    return bootstrap.percentile(each.mean(), means, n, alpha=settings.alpha, method=f"{method}, readers fixed")


def _obuchowski_rockette(common: Panel, metric: str, settings: Settings) -> Estimate:
    """Mean figure of merit with the single-modality interval for random readers and random cases."""
    n, method = len(common.cases), "Obuchowski-Rockette, random readers and cases, DeLong covariance"
    readings = common.score if metric == "auc" else common.decision
    try:
        found = figures_of_merit.merits(readings, common.truth, metric=metric,
                                        covariance=Covariance.DELONG)
    except ValueError as error:
        return undefined(str(error), n, method=method)
    mean, se, df = single(found.values, found.covariance, Analysis.RRRC)
    return symmetric(mean, se, n, alpha=settings.alpha, df=df, method=method)
