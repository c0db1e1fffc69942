"""The tables against scikit-learn and scipy on drawn ratings: same inputs, an independent way to the same numbers."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize
from sklearn import metrics as peer

from reader_study.statistics import comparison
from reader_study.statistics.input.panel import panel_of
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.performance import calibration
from tests.support.made_ratings import drawn

FEW = Settings(resamples=50)
SEEDS = range(5)


def table_of(name: str, seed: int) -> tuple:
    """A drawn study's panel of prognosis with one of its tables."""
    frame = drawn(cases=37, readers=3, models=2, seed=seed)
    return panel_of(frame, "prognosis"), comparison.some_tables(frame, name, question="prognosis", settings=FEW)[name]


@pytest.mark.parametrize("seed", SEEDS)
def test_performance_is_scikit_learns(seed: int):
    panel, found = table_of("performance", seed)
    value = found.set_index(["raterID", "metric"])["value"]
    for i, rater in enumerate(panel.raters):
        called = panel.truth, panel.decision[:, i]
        expected = {
            "accuracy": peer.accuracy_score(*called), "balanced_accuracy": peer.balanced_accuracy_score(*called),
            "specificity": peer.recall_score(*called, pos_label=0), "npv": peer.precision_score(*called, pos_label=0),
            "precision": peer.precision_score(*called), "recall": peer.recall_score(*called),
            "f1": peer.f1_score(*called), "auc": peer.roc_auc_score(panel.truth, panel.score[:, i])}
        assert {metric: value[rater.id, metric] for metric in expected} == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_wilson_intervals_are_scipys(seed: int):
    _, found = table_of("performance", seed)
    rows = found[(found["metric"] == "recall") & (found["rater_type"] != "readers")]
    for row in rows.itertuples():
        low, high = stats.binomtest(row.numerator, row.denominator).proportion_ci(method="wilson")
        assert (row.ci_low, row.ci_high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize("question", ["prognosis", "gcs"])
def test_kappas_of_all_pairs_are_scikit_learns(question: str):
    frame = drawn(cases=37, readers=3, models=2, seed=11)
    panel, k = panel_of(frame, question), 2 if question == "prognosis" else 3
    found = comparison.agreement(frame, questions=(question,), settings=FEW)
    pairs = found[found["rater_a"].isin(panel.labels) & found["rater_b"].isin(panel.labels)]
    kinds = {"cohen_kappa": None, "cohen_kappa_linear": "linear", "cohen_kappa_quadratic": "quadratic"}
    for row in pairs[pairs["statistic"].isin(kinds)].itertuples():
        a, b = (panel.decision[:, panel.labels.index(name)].astype(int) for name in (row.rater_a, row.rater_b))
        expected = peer.cohen_kappa_score(a, b, weights=kinds[row.statistic], labels=list(range(k)))
        assert row.value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_mcnemar_is_scipys_binomial_test(seed: int):
    panel, found = table_of("tests", seed)
    right = panel.decision == panel.truth[:, None]
    for row in found[(found["test"] == "exact McNemar") & (found["metric"] == "accuracy")].itertuples():
        a, b = (right[:, panel.labels.index(name)] for name in (row.rater_a, row.rater_b))
        only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
        expected = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
        assert (row.p, row.difference) == pytest.approx((expected, (only_a - only_b) / len(a)), abs=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_calibration_is_the_maximum_of_the_likelihood_also_from_far_off(seed: int):
    rng = np.random.default_rng(seed)
    p = np.round(1 / (1 + np.exp(-rng.normal(rng.choice([-3, 0, 3]), 1.5, 40))), 2).clip(0.01, 0.99)
    truth = (rng.random(40) < rng.choice([0.15, 0.5, 0.85])).astype(float)
    logit = np.log(p / (1 - p))

    def least(design: np.ndarray, offset: np.ndarray) -> np.ndarray:
        return minimize(lambda b: np.logaddexp(0, design @ b + offset).sum() - truth @ (design @ b + offset),
                        np.zeros(design.shape[1]), method="BFGS", options={"gtol": 1e-7}).x

    found = calibration.estimates(p, truth, FEW)
    assert found["brier"].value == pytest.approx(peer.brier_score_loss(truth, p))
    assert found["calibration_intercept"].value == pytest.approx(least(np.ones((40, 1)), logit)[0], abs=1e-4)
    assert found["calibration_slope"].value == pytest.approx(
        least(np.stack([np.ones(40), logit], axis=1), np.zeros(40))[1], abs=1e-3)
