"""The published code's bootstrap against scikit-learn in a loop, and what it does where nothing is defined."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score

from ich_model import bootstrap
from reader_study.statistics.input.panel import panel_of
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.performance import published_bootstrap
from tests.support.made_ratings import drawn, ratings


def cells(frame, rater: str) -> dict:
    found = published_bootstrap.table(panel_of(frame), Settings())
    return {r.metric: r for r in found[found["raterID"] == rater].itertuples()}


def test_it_is_scikit_learn_in_a_loop_over_the_same_draws():
    frame = drawn(cases=60, readers=1, models=0)
    rows = frame[frame["question"] == "prognosis"].sort_values("caseID", key=lambda c: c.str[5:].astype(int))
    truth, call, score = (rows[name].to_numpy(float) for name in ("truth", "decision", "score"))
    draws = bootstrap.drawn_of(60, size=100, resamples=1000, seed=1).astype(int)
    found = cells(frame, "R1")
    for metric, measure, given in (("f1", f1_score, call), ("balanced_accuracy", balanced_accuracy_score, call),
                                   ("auc", roc_auc_score, score)):
        loop = [measure(np.repeat(truth, d), np.repeat(given, d)) for d in draws]
        assert found[metric].value == pytest.approx(np.mean(loop), abs=1e-6)
        ends = np.quantile(loop, [0.025, 0.975])
        assert [found[metric].ci_low, found[metric].ci_high] == pytest.approx(ends, abs=1e-6)


def test_what_is_not_defined_counts_as_0_and_the_note_says_so():
    found = cells(ratings([1, 1, 0], readers={"R": [1, 1, 1]}), "R")
    assert (found["npv"].value, found["npv"].note) == (0.0, "1000 of 1000 resamples not defined, counted as 0")
    assert found["auc"].note == "not defined: not every read has a graded score"


def test_its_method_says_that_it_is_the_papers():
    assert cells(drawn(cases=10), "R1")["accuracy"].method == (
        "as published: 100 cases drawn 1000 times, seed 1, mean and percentiles")


def test_a_rater_without_a_case_of_known_truth_has_reasons():
    found = cells(ratings([np.nan, 1], readers={"R": [1, None]}), "R")
    assert {row.note for row in found.values()} == {"not defined: no case with a known truth was read"}
