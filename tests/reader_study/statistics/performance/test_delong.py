"""DeLong's variance, interval and paired test against pROC, and at the ends of the scale."""

import numpy as np
import pytest

from ich_model import roc_area
from reader_study.statistics.performance import delong
from tests.support import published


def asah(*names: str) -> tuple[np.ndarray, np.ndarray]:
    rows = published.table("asah")
    return rows[list(names)].to_numpy(float), (rows["outcome"] == "Poor").to_numpy(int)


@published.needed
def test_auc_variance_and_covariance_as_proc_prints_them():
    wanted, names = published.expected("asah"), ["wfns", "ndka", "s100b"]
    found = delong.placements(*asah(*names))
    cov = found.covariance()
    assert found.auc[:2] == pytest.approx([wanted["auc"]["wfns"], wanted["auc"]["ndka"]], abs=1e-14)
    assert found.auc[2] == pytest.approx(wanted["auc"]["s100b"], abs=5e-5)
    assert np.diag(cov) == pytest.approx([wanted["delong_var"][name] for name in names], rel=1e-12)
    assert [cov[0, 1], cov[1, 2], cov[2, 0]] == pytest.approx(
        [wanted["delong_cov"][pair] for pair in ("wfns_ndka", "ndka_s100b", "s100b_wfns")], rel=1e-12)


@published.needed
def test_interval_as_proc_prints_it():
    scores, truth = asah("ndka")
    found = roc_area.auc(scores[:, 0], truth)
    assert [found.ci_low, found.value, found.ci_high] == pytest.approx(
        published.expected("asah")["delong_auc_ci"]["ndka"], abs=1e-14)


@published.needed
def test_interval_of_the_women_as_proc_prints_it():
    rows = published.table("asah").query("gender == 'Female'")
    found = roc_area.auc(rows["ndka"].to_numpy(float), (rows["outcome"] == "Poor").to_numpy(int))
    wanted = published.expected("asah")["delong_auc_ci"]["ndka_female_only"]
    assert [found.ci_low, found.value, found.ci_high] == pytest.approx(wanted, abs=1e-10)


@published.needed
@pytest.mark.parametrize("pair", ["wfns_vs_s100b", "wfns_vs_ndka", "ndka_vs_s100b"])
def test_paired_test_as_proc_prints_it(pair: str):
    wanted = published.expected("asah")["paired_delong"][pair]
    found = delong.paired(*asah(*pair.split("_vs_")))
    assert [found.statistic, found.p] == pytest.approx([wanted["Z"], wanted["p"]], rel=1e-10)
    assert [found.difference.ci_low, found.difference.ci_high] == pytest.approx(wanted["ci"], rel=1e-10)


@published.needed
def test_roc_curve_goes_through_the_published_points():
    scores, truth = asah("s100b")
    wanted = published.table("asah_s100b_coords_expected")
    fpr, tpr = delong.roc_curve(scores[:, 0], truth)
    assert fpr[::-1] == pytest.approx(wanted["fpr"].to_numpy(), abs=1e-12)
    assert tpr[::-1] == pytest.approx(wanted["tpr"].to_numpy(), abs=1e-12)


def test_equal_curves_differ_by_nothing():
    score, truth = np.array([0.1, 0.4, 0.35, 0.8, 0.7]), np.array([0, 0, 1, 1, 0])
    found = delong.paired(np.stack([score, score], axis=1), truth)
    assert (found.difference.value, found.statistic, found.p) == (0.0, 0.0, 1.0)


def test_a_rater_worse_than_chance_is_not_flipped():
    assert roc_area.auc(np.array([0.9, 0.8, 0.2, 0.1]), np.array([0, 0, 1, 1])).value == 0.0


def test_perfect_separation_has_a_value_and_no_false_certainty():
    found = roc_area.auc(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1]))
    assert (found.value, found.ci_low, found.ci_high) == (1.0, None, None)
    assert "variance is 0" in found.note


@pytest.mark.parametrize("truth", [[1, 1, 1], [0, 0, 0]])
def test_one_class_has_no_auc(truth: list[int]):
    found = roc_area.auc(np.array([0.1, 0.5, 0.9]), np.array(truth))
    assert found.value is None
    assert found.note == "not defined: AUC needs positive and negative cases"


def test_two_cases_have_a_value_without_interval():
    found = roc_area.auc(np.array([0.3, 0.6]), np.array([0, 1]))
    assert (found.value, found.ci_low) == (1.0, None)
    assert "fewer than two cases of a class" in found.note


def test_label_swap_turns_the_area_over():
    rng = np.random.default_rng(1)
    score, truth = rng.random(30), rng.integers(0, 2, 30)
    assert roc_area.auc(score, 1 - truth).value == pytest.approx(1 - roc_area.auc(score, truth).value)
    assert roc_area.auc(score, 1 - truth).se == pytest.approx(roc_area.auc(score, truth).se)


def test_ties_count_half():
    assert roc_area.auc(np.array([0.5, 0.5, 0.5, 0.5]), np.array([0, 1, 0, 1])).value == 0.5
