"""Metrics against hand counts, published values and the paper's own UOC code."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from ich_model import metrics, roc_area, uoc
from ich_model.metrics import BINARY_METRICS, Measured

TRUTH_FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "truth"
needs_truth = pytest.mark.skipif(not TRUTH_FOLDER.is_dir(), reason="published expected values (shared/) are not here")


def calls(tp: int, fp: int, tn: int, fn: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth and calls with these counts."""
    return np.repeat([1, 0, 0, 1], [tp, fp, tn, fn]), np.repeat([1, 1, 0, 0], [tp, fp, tn, fn])


def test_binary_metrics_by_hand():
    expected = {"accuracy": 0.75, "balanced_accuracy": (0.8 + 0.7) / 2, "specificity": 0.7, "npv": 7 / 9,
                "precision": 8 / 11, "recall": 0.8, "f1": 16 / 21}  # fmt: skip
    truth, predicted = calls(tp=8, fp=3, tn=7, fn=2)
    got = {name: measure(truth, predicted).value for name, measure in BINARY_METRICS.items()}
    assert got == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "counts", "reason"),
    [
        ("precision", (0, 0, 5, 5), "no positive calls"),
        ("npv", (5, 5, 0, 0), "no negative calls"),
        ("specificity", (3, 0, 0, 2), "no negative cases"),
        ("recall", (0, 3, 2, 0), "no positive cases"),
        ("balanced_accuracy", (3, 0, 0, 2), "no negative cases"),
        ("f1", (0, 0, 4, 0), "no positive cases and no positive calls"),
        ("accuracy", (0, 0, 0, 0), "no cases"),
    ],
)
def test_an_undefined_metric_is_none_with_a_reason(name, counts, reason):
    assert BINARY_METRICS[name](*calls(*counts)) == Measured(None, reason)


def test_auc_counts_ties_half_and_is_never_turned_round():
    def area(truth: list[int], score: list[float]) -> float | None:
        return roc_area.auc(np.array(score), np.array(truth)).value

    assert area([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == 0.75  # scikit-learn's documented example
    assert area([0, 1], [0.5, 0.5]) == 0.5
    assert area([0, 1], [1, 0]) == 0.0
    assert area([1, 1], [0, 1]) is None
    with pytest.raises(ValueError, match="expected a finite number"):
        area([0, 1], [0.1, np.nan])


def test_auc_of_yes_no_calls_is_balanced_accuracy():
    truth, predicted = calls(8, 3, 7, 2)
    assert roc_area.auc(predicted, truth).value == pytest.approx(metrics.balanced_accuracy(truth, predicted).value)


@needs_truth
@pytest.mark.parametrize("marker", ["wfns", "ndka"])
def test_auc_and_its_variance_equal_procs_on_asah(marker):
    expected = json.loads((TRUTH_FOLDER / "asah_expected.json").read_text())
    rows = list(csv.DictReader((TRUTH_FOLDER / "asah.csv").open()))
    truth = np.array([int(row["outcome"] == "Poor") for row in rows])
    estimate = roc_area.auc(np.array([float(row[marker]) for row in rows]), truth)
    assert estimate.value == pytest.approx(expected["auc"][marker], abs=1e-12)
    variance = ((estimate.ci_high - estimate.ci_low) / (2 * 1.959963984540054)) ** 2
    assert variance == pytest.approx(expected["delong_var"][marker], rel=1e-6)


def test_quadratic_kappa_and_distances_of_a_printed_table():
    # two raters' diagnoses, weighted kappa 0.383: afergadis/irrCAC @2b71b15, test/unit/irrCAC/table/test_cohen.py
    matrix = np.array([[40, 4, 4, 17], [6, 25, 2, 13], [4, 1, 21, 12], [15, 5, 9, 45]])
    assert metrics.quadratic_kappa(matrix).value == pytest.approx(0.383, abs=5e-4)
    assert metrics.mean_absolute_error([0, 1, 2], [0, 2, 0]).value == 1.0
    assert metrics.root_mean_square_error([0, 1, 2], [0, 2, 0]).value == pytest.approx(np.sqrt(5 / 3))
    assert metrics.quadratic_kappa(np.diag([0, 7, 0])).reason == "truth and calls are one and the same class"
    assert metrics.mean_absolute_error([], []).reason == "no cases"


def test_confusion_matrix_has_the_truth_in_rows():
    assert metrics.confusion_matrix([0, 0, 2], [1, 0, 2], n_classes=3).tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 1]]
    with pytest.raises(ValueError, match="predicted: expected classes 0 to 2, got 0 to 3"):
        metrics.confusion_matrix([0, 1], [0, 3], n_classes=3)


@needs_truth
def test_uoc_index_equals_the_papers_code():
    cases = json.loads((TRUTH_FOLDER / "uoc_expected.json").read_text())["cases"]
    for name, case in cases.items():
        assert metrics.uoc_index(np.array(case["matrix"])).value == pytest.approx(case["uoc"], abs=1e-12), name


def test_uoc_index_by_hand():
    # rows 3/4, 1/4 and 1/4, 3/4: at beta 0 the path through a corner costs 1 - 7/10, at beta 1 the diagonal 1 - 6/10
    table = np.array([[0.75, 0.25], [0.25, 0.75]])
    assert uoc.at_betas(table, np.array([0.0, 1.0])).tolist() == pytest.approx([0.3, 0.4])
    assert metrics.uoc_index(np.diag([5, 4, 3])).value == pytest.approx(0)
    assert metrics.uoc_index(np.zeros((3, 3))).reason == "no cases"


def test_uoc_of_many_tables_is_the_trapezoid_of_each():
    tables = np.random.default_rng(0).integers(0, 9, (40, 3, 3))
    uniform = tables / np.maximum(tables.sum(2, keepdims=True), 1)
    betas = np.linspace(0, 1, uoc.BETAS)
    expected = [np.trapezoid(uoc.at_betas(table, betas), betas) for table in uniform]
    assert uoc.indices(tables) == pytest.approx(expected, abs=1e-13)
    assert np.isnan(uoc.indices(np.zeros((1, 3, 3)))).all()


def test_a_table_of_too_many_classes_has_no_uoc_index():
    with pytest.raises(ValueError, match="expected at most 8 classes, got 9"):
        metrics.uoc_index(np.eye(9))


def test_a_bootstrap_interval_is_seeded_and_holds_the_value():
    truth, predicted = calls(8, 3, 7, 2)
    estimate = metrics.bootstrap_interval(metrics.accuracy, truth, predicted, seed=3)
    assert estimate == metrics.bootstrap_interval(metrics.accuracy, truth, predicted, seed=3)
    assert (estimate.value, estimate.n) == (0.75, 20)
    # the binomial's own 2.5 and 97.5 % points for 20 cases at 0.75 are 11 and 18
    assert (estimate.ci_low, estimate.ci_high) == pytest.approx((0.55, 0.925), abs=0.05)


def test_an_interval_of_an_undefined_metric_has_a_reason():
    nothing = metrics.bootstrap_interval(metrics.precision, *calls(0, 0, 5, 5), seed=1)
    assert (nothing.value, nothing.ci_low, nothing.note) == (None, None, "no positive calls")
    alone = roc_area.auc(np.array([0.1, 0.2]), np.array([1, 1]))
    assert (alone.value, alone.note) == (None, "not defined: AUC needs positive and negative cases")
    lone = roc_area.auc(np.array([0.3, 0.1, 0.2]), np.array([1, 0, 0]))
    assert (lone.value, lone.ci_low, lone.note) == (1.0, None, "interval not defined: fewer than two cases of a class")


def test_values_that_are_not_calls_are_refused():
    with pytest.raises(ValueError, match="predicted: expected 0 or 1 for every case, got 2"):
        metrics.recall([0, 1], [0, 2])
    with pytest.raises(ValueError, match="expected one value a case in both arrays, got 2 and 1"):
        metrics.accuracy([0, 1], [0])
