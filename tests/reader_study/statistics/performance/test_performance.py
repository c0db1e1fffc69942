"""Metrics with their counts and intervals, and where they are not defined."""

import numpy as np
import pytest

from ich_model.estimate import as_text, proportion
from reader_study.statistics import comparison
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.performance.performance import METRICS
from tests.support import published
from tests.support.made_ratings import drawn, ratings

FEW = Settings(resamples=300)


def table_of(frame, question: str = "prognosis"):
    """Performance as {(rater, modality, metric): row}."""
    found = comparison.performance(frame, question=question, settings=FEW)
    return {(row.raterID, row.modalityID, row.metric): row for row in found.itertuples()}


@pytest.mark.parametrize(("x", "n", "low", "high"), [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)])
def test_wilson_as_newcombe_prints_it(x: int, n: int, low: float, high: float):
    found = proportion(x, n)  # Newcombe 1998, table II
    assert [found.ci_low, found.ci_high] == pytest.approx([low, high], abs=5.1e-5)


@published.needed
def test_wilson_as_r_binom_prints_it():
    for case in published.expected("binary")["binom_confint_R"][:-1]:
        found = proportion(case["x"], case["n"])
        assert [found.ci_low, found.ci_high] == pytest.approx(case["wilson"], abs=6e-8)


@published.needed
def test_rates_at_every_published_threshold():
    rows = published.table("asah")
    truth = (rows["outcome"] == "Poor").astype(int).tolist()
    for point in published.table("asah_s100b_coords_expected").iloc[1:-1:5].itertuples():
        calls = (rows["s100b"] >= point.threshold).astype(int).tolist()
        found = table_of(ratings(truth, models={"M": calls}))
        for metric in ("accuracy", "specificity", "recall", "precision", "npv"):
            row = found["M", "M", metric]
            assert row.value == pytest.approx(getattr(point, metric), nan_ok=True)
        got = [found["M", "M", metric].numerator for metric in ("recall", "specificity")]
        assert got == [round(point.tp), round(point.tn)]


def test_every_metric_worked_out_by_hand():
    found = table_of(ratings([1, 1, 1, 0, 0, 0, 0, 0], readers={"R": [1, 1, 0, 1, 0, 0, 0, 0]}))
    by_hand = {"accuracy": (6, 8), "specificity": (4, 5), "npv": (4, 5), "precision": (2, 3), "recall": (2, 3),
               "f1": (4, 6)}
    for metric, (numerator, denominator) in by_hand.items():
        row = found["R", "unaided", metric]
        assert (row.value, row.numerator, row.denominator) == (numerator / denominator, numerator, denominator)
    assert found["R", "unaided", "balanced_accuracy"].value == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_a_yes_no_call_has_no_auc():
    for scores in ({}, {"R": [1.0, 0.0, 1.0, 0.0]}):
        row = table_of(ratings([1, 0, 1, 0], readers={"R": [1, 0, 1, 0]}, scores=scores))["R", "unaided", "auc"]
        assert np.isnan(row.value)
        assert row.note == "not defined: no graded score; the AUC of a yes/no call is its balanced accuracy"


def test_the_auc_of_calls_would_be_their_balanced_accuracy():
    frame = drawn(cases=30, readers=1, models=0)
    calls = frame.assign(score=np.where(frame["decision"] == 1, 0.9, 0.1))
    found = table_of(calls)
    assert found["R1", "unaided", "auc"].value == pytest.approx(found["R1", "unaided", "balanced_accuracy"].value)


def test_precision_without_a_positive_call_is_not_0():
    row = table_of(ratings([1, 0, 1], readers={"R": [0, 0, 0]}))["R", "unaided", "precision"]
    assert np.isnan(row.value)
    assert (row.numerator, row.denominator) == (0, 0)
    assert row.note == "not defined: the rater called no case positive"


def test_one_class_only_leaves_what_can_be_known():
    found = table_of(ratings([1, 1, 1], readers={"R": [1, 1, 0]}, scores={"R": [0.9, 0.8, 0.3]}))
    assert found["R", "unaided", "recall"].value == pytest.approx(2 / 3)
    for metric in ("specificity", "balanced_accuracy", "auc"):
        assert np.isnan(found["R", "unaided", metric].value)
        assert found["R", "unaided", metric].note.startswith("not defined: ")


def test_a_perfect_rater_has_no_bootstrap_interval():
    row = table_of(ratings([1, 0, 1, 0], readers={"R": [1, 0, 1, 0]}))["R", "unaided", "f1"]
    assert (row.value, np.isnan(row.ci_low)) == (1.0, True)
    assert row.note == "interval not defined: every resample gave the same value"


def test_unread_cases_are_counted_in_the_note():
    row = table_of(ratings([1, 0, 1], readers={"R": [1, 0, None], "S": [1, 0, 1]}))["R", "unaided", "accuracy"]
    assert (row.n, row.note) == (2, "read 2 of 3 cases with known truth")


def test_reads_without_a_score_are_counted_in_the_note():
    row = table_of(ratings([1, 0, 1, 0, 1], readers={"R": [1, 0, 1, 0, 1]},
                           scores={"R": [0.9, 0.2, 0.7, 0.4, np.nan]}))["R", "unaided", "auc"]
    assert (row.n, row.value) == (4, 1.0)
    assert "1 read without a score left out" in row.note


def test_the_vote_counts_a_tie_as_positive_and_says_so():
    row = table_of(ratings([1, 0, 0], readers={"R": [1, 1, 0], "S": [1, 0, 0]}))["Majority vote", "unaided", "accuracy"]
    assert (row.numerator, row.denominator) == (2, 3)
    assert row.note == "1 tie counts as positive"


def test_the_vote_of_three_equal_readers_is_each_of_them():
    calls = [1, 0, 1, 1, 0, 0]
    found = table_of(ratings([1, 0, 0, 1, 1, 0], readers=dict.fromkeys("ABC", calls)))
    for metric in METRICS:
        assert found["Majority vote", "unaided", metric].value == pytest.approx(
            found["A", "unaided", metric].value, nan_ok=True)


def test_the_mean_is_the_mean_of_the_readers():
    found = table_of(drawn())
    for metric in METRICS:
        each = [found[f"R{number}", "unaided", metric].value for number in (1, 2, 3, 4)]
        assert found["Readers' mean", "unaided", metric].value == pytest.approx(np.mean(each))


def test_one_reader_has_no_mean_and_no_vote():
    assert {rater for rater, *_ in table_of(drawn(readers=1))} == {"R1", "M1", "M2"}


def test_a_mean_of_an_undefined_value_names_the_reader():
    found = table_of(ratings([1, 0, 1, 0], readers={"R": [1, 0, 1, 0], "S": [0, 0, 0, 0]}))
    assert found["Readers' mean", "unaided", "precision"].note == "not defined: it is not defined for S"


def test_label_swap_exchanges_recall_and_specificity():
    frame = drawn(cases=25, readers=1, models=0).query("question == 'prognosis'")
    swapped = frame.assign(truth=1 - frame["truth"], decision=1 - frame["decision"], score=1 - frame["score"])
    a, b = table_of(frame), table_of(swapped)
    for one, other in (("recall", "specificity"), ("precision", "npv"), ("auc", "auc"), ("accuracy", "accuracy")):
        row, twin = a["R1", "unaided", one], b["R1", "unaided", other]
        assert [row.value, row.ci_low, row.ci_high] == pytest.approx([twin.value, twin.ci_low, twin.ci_high])


def test_two_cases_give_numbers_or_reasons():
    found = comparison.performance(ratings([1, 0], readers={"R": [1, 0], "S": [1, 1]}, scores={"R": [0.8, 0.1]}))
    assert (found["value"].notna() | found["note"].str.startswith("not defined: ")).all()
    assert (found["ci_low"].notna() | found["note"].str.contains("not defined")).all()


def test_gcs_is_judged_by_its_highest_class():
    row = table_of(ratings([0, 1, 2, 2], readers={"R": [0, 2, 2, 1]}, question="gcs"), "gcs")["R", "unaided", "recall"]
    assert (row.numerator, row.denominator, row.note) == (1, 2, "severe against the other classes")


def test_print_form():
    assert as_text(0.781, 0.614, 0.889) == "0.78 (0.61–0.89)"
    assert as_text(0.1, -0.204, 0.4) == "0.10 (−0.20 to 0.40)"
    assert (as_text(None, None, None), as_text(1.0, float("nan"), None), as_text(-0.001, None, None)) == (
        "–", "1.00", "0.00")
