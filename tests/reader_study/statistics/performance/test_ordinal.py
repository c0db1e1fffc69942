"""Ordered bands, probabilities, subgroups and the effect of aid."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score

from reader_study.statistics import aid_effect
from reader_study.statistics.input.panel import panel_of
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.performance import calibration, ordinal, subgroups
from tests.support.made_ratings import drawn, ratings

FEW = Settings(resamples=300)


def metrics_of(truth: list[int], calls: list[int]):
    return ordinal.estimates(np.array(truth, float), np.array(calls, float), 3, FEW)


def test_ordinal_metrics_are_scikit_learns():
    rng = np.random.default_rng(0)
    truth, calls = rng.integers(0, 3, 50), rng.integers(0, 3, 50)
    found = metrics_of(truth.tolist(), calls.tolist())
    assert found["balanced_accuracy"].value == pytest.approx(balanced_accuracy_score(truth, calls))
    assert found["quadratic_kappa"].value == pytest.approx(cohen_kappa_score(truth, calls, weights="quadratic"))
    assert found["mae"].value == pytest.approx(np.abs(truth - calls).mean())
    assert found["rmse"].value == pytest.approx(np.sqrt(((truth - calls) ** 2).mean()))
    for metric in ("mae", "uoc_index"):
        assert found[metric].ci_low < found[metric].value < found[metric].ci_high


def test_a_perfect_rater_of_bands():
    found = metrics_of([0, 1, 2, 1], [0, 1, 2, 1])
    assert [found[m].value for m in ("balanced_accuracy", "mae", "rmse", "quadratic_kappa")] == [1, 0, 0, 1]
    assert found["uoc_index"].value == pytest.approx(0, abs=1e-12)


def test_one_band_only_has_no_kappa_and_says_which_are_absent():
    found = metrics_of([1, 1], [1, 1])
    assert found["quadratic_kappa"].note == (
        "not defined: truth and calls are one and the same class; 2 of 3 classes without a case")
    assert found["mae"].value == 0


def test_reversing_the_bands_changes_nothing():
    truth, calls = [0, 1, 2, 2, 0, 1], [0, 2, 2, 1, 1, 1]
    a, b = metrics_of(truth, calls), metrics_of([2 - t for t in truth], [2 - c for c in calls])
    for metric in ordinal.METRICS:
        assert a[metric].value == pytest.approx(b[metric].value)


def calibrated(p: np.ndarray, truth: np.ndarray):
    return calibration.estimates(p, truth, FEW)


def test_true_probabilities_have_intercept_0_and_slope_1_inside_their_intervals():
    rng = np.random.default_rng(4)
    p = rng.uniform(0.05, 0.95, 3000)
    found = calibrated(p, (rng.random(3000) < p).astype(float))
    assert found["calibration_intercept"].ci_low < 0 < found["calibration_intercept"].ci_high
    assert found["calibration_slope"].ci_low < 1 < found["calibration_slope"].ci_high


def test_doubled_logits_have_half_the_slope():
    rng = np.random.default_rng(5)
    logit, truth = rng.normal(0, 1, 400), rng.integers(0, 2, 400).astype(float)
    slopes = [calibrated(1 / (1 + np.exp(-k * logit)), truth)["calibration_slope"].value for k in (0.5, 1.0)]
    assert slopes[0] == pytest.approx(2 * slopes[1])


def test_brier_worked_out_by_hand():
    assert calibrated(np.array([0.8, 0.4]), np.array([1.0, 0.0]))["brier"].value == pytest.approx((0.04 + 0.16) / 2)


def test_separated_classes_have_no_slope():
    found = calibrated(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.0, 0.0, 1.0, 1.0]))["calibration_slope"]
    assert found.note == "not defined: the probabilities separate the classes"


@pytest.mark.parametrize(("p", "truth", "reason"), [
    ([0.2, 0.7], [1, 1], "needs positive and negative cases"), ([0.5, 0.5], [1, 0], "every p is the same")])
def test_no_slope_without_variation(p: list, truth: list, reason: str):
    assert calibrated(np.array(p), np.array(truth, float))["calibration_slope"].note == f"not defined: {reason}"


def test_curve_points_hold_every_case_once():
    p = np.round(np.random.default_rng(6).random(37), 1)
    points = calibration.curve_points(p, (p > 0.4).astype(float), FEW)
    assert sum(point[-1] for point in points) == 37
    assert [point[1] for point in points] == sorted(point[1] for point in points)


def test_scores_on_another_scale_are_no_probabilities():
    frame = drawn(cases=10, readers=1, models=0)
    found, curve = calibration.tables(panel_of(frame.assign(score=frame["score"] * 5)), FEW)
    assert (len(found), len(curve)) == (0, 0)


def test_subgroups_split_all_cases_and_warn_of_small_ones():
    frame = drawn(cases=30, readers=1, models=0)
    frame = frame.assign(sex=np.where(frame["caseID"] < "case-2", "F", "M"), haematoma_ml=np.nan)
    frame.loc[frame["caseID"].isin(["case-1", "case-2"]), "haematoma_ml"] = 30.0
    found = subgroups.table(panel_of(frame), subgroups.groups_of(frame), FEW).query("metric == 'accuracy'")
    assert found.groupby("subgroup")["n"].sum().to_dict() == {"age": 30, "gcs": 30, "haematoma_ml": 2, "sex": 30}
    assert (found["note"].str.contains("in this group") == (found["n"] < 20)).all()
    assert set(found.query("subgroup == 'haematoma_ml'")["level"]) == {"30_ml_or_more"}


def test_switches_are_counted_by_hand():
    before = ratings([1, 1, 0, 0], readers={"R": [1, 0, 0, 1]}, models={"M": [1, 1, 1, 0]})
    after = ratings([1, 1, 0, 0], readers={"R": [0, 1, 0, None]}, condition="aided")
    found = aid_effect.table(panel_of(pd.concat([before, after], ignore_index=True)), FEW).set_index("quantity")
    counted = found[["numerator", "denominator"]].apply(tuple, axis=1).to_dict()
    assert counted == {"changed": (2, 3), "right_to_wrong": (1, 3), "wrong_to_right": (1, 3),
                       "agreement_before": (1, 3), "agreement_after": (1, 3)}


def test_times_of_the_reads_are_compared_by_hand():
    frame = drawn(cases=2, readers=1, models=0, conditions=("unaided", "aided"))
    aided = frame["condition"] == "aided"
    frame = frame.assign(seconds=np.where(aided, 30.0, 50.0) + (frame["caseID"] == "case-2") * 10,
                         overlay_seconds=np.where(aided & (frame["caseID"] == "case-2"), 4.0, 0.0), position=0)
    frame.loc[~aided, "overlay_seconds"] = np.nan
    found = aid_effect.table(panel_of(frame), FEW, frame).set_index("quantity")
    assert found.loc[["seconds_before", "seconds_after", "seconds_change"], "value"].tolist() == [55, 35, -20]
    assert found.loc["seconds_change", "note"] == "interval not defined: every read took the same time"
    assert (found.loc["map_seconds", "value"], found.loc["map_used", "numerator"]) == (2.0, 1)


def test_without_aided_reads_there_is_no_effect_of_aid():
    assert len(aid_effect.table(panel_of(drawn()), FEW)) == 0
