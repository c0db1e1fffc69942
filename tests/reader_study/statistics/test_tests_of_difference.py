"""McNemar, Cochran's Q and Holm against printed values; the table of tests."""

import numpy as np
import pytest

from ich_model.estimate import SMALLEST_P, two_sided_p
from reader_study.statistics.input.panel import panel_of
from reader_study.statistics.input.settings import DEFAULTS
from reader_study.statistics.performance.paired_tests import cochran_q, holm, mcnemar
from reader_study.statistics.tests_of_difference import table
from tests.support import published
from tests.support.made_ratings import drawn, ratings


def discordant(only_a: int, only_b: int, *, both: int = 10, neither: int = 5) -> tuple[np.ndarray, np.ndarray]:
    return (np.array([1] * only_a + [0] * only_b + [1] * both + [0] * neither),
            np.array([0] * only_a + [1] * only_b + [1] * both + [0] * neither))


@pytest.mark.parametrize(("b", "c", "p"), [(121, 59, 4e-06), (70, 59, 0.378688), (80, 59, 0.089452),
                                           (30, 60, 0.00206), (10, 30, 0.002221), (10, 10, 1.0)])
def test_exact_mcnemar_as_vassarstats_prints_it(b: int, c: int, p: float):
    assert mcnemar(*discordant(b, c)).p == pytest.approx(p, abs=6e-7)


def test_exact_mcnemar_as_r_prints_it():
    assert mcnemar(*discordant(15, 19, both=23, neither=31)).p == pytest.approx(0.60759136127308, abs=1e-13)


def test_no_discordant_case_is_no_difference():
    found = mcnemar(*discordant(0, 0))
    assert (found.difference.value, found.p) == (0.0, 1.0)


def test_no_shared_case_has_no_p():
    found = mcnemar(np.array([]), np.array([]))
    assert (found.p, found.difference.note) == (None, "not defined: no shared case")


def test_swapping_the_raters_turns_the_difference_over():
    a, b = discordant(7, 2)
    one, other = mcnemar(a, b), mcnemar(b, a)
    assert one.p == other.p
    assert [one.difference.value, one.difference.ci_low] == [-other.difference.value, -other.difference.ci_high]


@published.needed
def test_cochrans_q_as_r_prints_it():
    for case in published.expected("binary")["cochran_q"][:2]:
        q, df, _ = cochran_q(np.array(case["data"]))
        assert (q, df) == (pytest.approx(case["Q"], abs=6e-5), case["df"])


def test_equal_raters_have_a_q_of_0():
    assert cochran_q(np.array([[1, 1, 1], [0, 0, 0]])) == (0.0, 2, 1.0)


def test_holm_worked_out_by_hand():
    assert holm(np.array([0.01, 0.04, np.nan, 0.03])) == pytest.approx([0.03, 0.06, np.nan, 0.06], nan_ok=True)


def test_readers_are_tested_against_models_and_models_against_each_other():
    found = table(panel_of(drawn(readers=2, models=2)), DEFAULTS)
    areas = found[found["test"] == "paired DeLong"]
    assert set(zip(areas["rater_a"], areas["rater_b"], strict=True)) == {
        ("R1", "M1"), ("R1", "M2"), ("R2", "M1"), ("R2", "M2"), ("M1", "M2")}
    assert (found["p_holm"] >= found["p"]).all()


def test_a_reader_equal_to_the_model_has_p_1():
    calls, scores = [1, 0, 1, 0], [0.9, 0.2, 0.7, 0.6]
    found = table(panel_of(ratings([1, 0, 1, 1], readers={"R": calls}, models={"M": calls},
                                   scores={"R": scores, "M": scores})), DEFAULTS)
    equal = found[found["test"] != "Cohen's kappa against 0"]
    assert len(equal) == 4
    assert (equal["p"] == 1).all()


def test_a_reader_and_a_model_without_a_shared_case_say_so():
    found = table(panel_of(ratings([1, 0], readers={"R": [1, None]}, models={"M": [None, 0]})), DEFAULTS)
    assert found["p"].isna().all()
    assert found["note"].str.contains("not defined: (?:no shared case|the raters share no case)").all()


def test_raters_without_a_shared_case_have_an_unpaired_test_of_their_areas():
    scores = [0.9, 0.2, 0.7, 0.6, 0.8, 0.4, 0.3, 0.1]
    calls = [1, 0, 1, 1, 1, 0, 0, 0]
    halves = [calls[:4] + [None] * 4, [None] * 4 + calls[4:]]
    found = table(panel_of(ratings([1, 0, 0, 1, 1, 0, 1, 0], readers={"R": halves[0]}, models={"M": halves[1]},
                                   scores={"R": scores, "M": scores})), DEFAULTS)
    row = found[found["test"] == "unpaired DeLong"].iloc[0]
    assert row["difference"] == 0.75 - 0.75
    assert row["note"] == "no shared case: n 4 and 4"


def test_no_p_is_0_however_many_cases_differ():
    right = np.ones((4000, 3))
    right[:, 0] = 0
    assert mcnemar(right[:, 0], right[:, 1]).p == SMALLEST_P
    assert cochran_q(right)[2] == SMALLEST_P
    assert two_sided_p(60.0) == SMALLEST_P
