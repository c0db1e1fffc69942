"""Agreement against printed values of SAS, R irr, irrCAC and statpsych, and the laws that agreement obeys."""

import numpy as np
import pytest

from reader_study.statistics.agreement import krippendorff
from reader_study.statistics.agreement.agreement import pair_estimate, rows
from reader_study.statistics.agreement.cohen import cohen_kappa, percent_agreement, table_of
from reader_study.statistics.agreement.multi_rater import CHANCE, coefficient, counts_of, counts_of_table, fleiss_z
from reader_study.statistics.input.panel import panel_of
from reader_study.statistics.input.settings import Settings
from tests.support import published
from tests.support.made_ratings import drawn, ratings

SAS = np.array([[0, 4, 1], [0, 8, 0], [0, 1, 5]])  # statsmodels test_inter_rater.py, SAS printout
STATPSYCH = np.array([[31, 12], [4, 58]])  # R statpsych ci.kappa
GWET = np.array([[13, 0, 0], [0, 20, 7], [0, 4, 56]])  # irrCAC README, table cont3x3abstractors
FEW = Settings(resamples=200)


@pytest.mark.parametrize(("kind", "kappa", "se", "low", "high"), [
    ("plain", 0.4842, 0.1380, 0.2137, 0.7547), ("linear", 0.4701, 0.1457, 0.1845, 0.7558)])
def test_cohen_as_sas_prints_it(kind: str, kappa: float, se: float, low: float, high: float):
    found = cohen_kappa(SAS, kind=kind)
    assert [found.value, found.se, found.ci_low, found.ci_high] == pytest.approx([kappa, se, low, high], abs=6e-5)


def test_cohen_as_statpsych_prints_it():
    found = cohen_kappa(STATPSYCH)
    assert [found.value, found.se, found.ci_low, found.ci_high] == pytest.approx(
        [0.6756757, 0.07344761, 0.531721, 0.8196303], abs=6e-8)


@published.needed
def test_weighted_cohen_as_irrcac_prints_it():
    wanted = published.expected("agreement")["gwet_table4x4_diagnosis"]
    for kind, name in (("plain", "cohen"), ("linear", "cohen_linear"), ("quadratic", "cohen_quadratic")):
        found = cohen_kappa(np.array(wanted["table"]), kind=kind)
        assert [found.value, found.se, found.ci_low] == pytest.approx(
            [wanted[name]["v"], wanted[name]["se"], wanted[name]["ci"][0]], abs=7e-4)


@published.needed
def test_weighted_cohen_as_irr_prints_it():
    wanted = published.expected("agreement")["cohen_anxiety_raters2_3"]
    scores = published.table("anxiety_20x3")[["rater2", "rater3"]].to_numpy()
    used = np.searchsorted(np.unique(scores), scores).astype(float)  # irr leaves out the category that neither used
    for kind, name in (("plain", "unweighted"), ("linear", "linear"), ("quadratic", "quadratic")):
        found = cohen_kappa(table_of(used[:, 0], used[:, 1], 5), kind=kind)
        assert found.value == pytest.approx(wanted[name]["kappa"], abs=6e-8)


@pytest.mark.parametrize(("name", "value", "se", "low", "high"), [
    ("gwet_ac1", 0.8493305, 0.04321747, 0.764, 0.935), ("pabak", 0.835, 0.04693346, 0.742, 0.928),
    ("fleiss_kappa", 0.7962397, 0.05905473, 0.679, 0.913), ("percent_agreement", 0.89, 0.03128898, 0.828, 0.952)])
def test_two_raters_as_irrcac_prints_them(name: str, value: float, se: float, low: float, high: float):
    found = coefficient(name, *counts_of_table(GWET), ddof=0)
    assert [found.value, found.se] == pytest.approx([value, se], abs=6e-8)
    assert [found.ci_low, found.ci_high] == pytest.approx([low, high], abs=6e-4)


@published.needed
@pytest.mark.parametrize(("name", "printed"), [
    ("gwet_ac1", "ac1"), ("fleiss_kappa", "fleiss"), ("pabak", "brennan_prediger")])
def test_many_raters_as_irrcac_prints_them(name: str, printed: str):
    wanted = published.expected("agreement")["fleiss_15x5_dist"]
    found = coefficient(name, np.array(wanted["counts"]))
    assert [found.value, found.se] == pytest.approx([wanted[printed]["v"], wanted[printed]["se"]], abs=6e-8)
    assert [found.ci_low, found.ci_high] == pytest.approx(wanted[printed]["ci"], abs=6e-4)


@published.needed
@pytest.mark.parametrize(("name", "printed"), [
    ("percent_agreement", "percent"), ("gwet_ac1", "ac1"), ("fleiss_kappa", "fleiss"), ("pabak", "brennan_prediger")])
def test_missing_ratings_as_irrcac_prints_them(name: str, printed: str):
    wanted = published.expected("agreement")["gwet_raw4raters_missing"][printed]
    decision = published.table("krippendorff_4x12").iloc[:, 1:].to_numpy(float) - 1
    found = coefficient(name, counts_of(decision, 5))
    assert [found.value, found.se] == pytest.approx([wanted["v"], wanted["se"]], abs=6e-6)
    assert [found.ci_low, found.ci_high] == pytest.approx(wanted["ci"], abs=6e-4)


@published.needed
def test_fleiss_as_irr_prints_it():
    wanted = published.expected("agreement")["fleiss1971"]
    counts = counts_of(published.table("fleiss1971_diagnoses").iloc[:, 1:].to_numpy(float) - 1, 5)
    assert coefficient("fleiss_kappa", counts).value == pytest.approx(wanted["kappa"], abs=6e-8)
    assert fleiss_z(counts) == pytest.approx(wanted["z"], abs=6e-6)


def test_fleiss_z_says_why_it_is_not_defined():
    with pytest.raises(ValueError, match="Fleiss' kappa: not defined: every rating is the same category"):
        fleiss_z(np.array([[3, 0], [3, 0]]))


@published.needed
def test_free_marginal_kappa_as_statsmodels_has_it():
    for case in published.expected("agreement")["randolph_free_marginal"][:3]:
        counts = np.array(case["counts"])
        assert coefficient("pabak", counts).value == pytest.approx(case["randolph"], abs=1e-6)
        assert coefficient("fleiss_kappa", counts).value == pytest.approx(case["fleiss"], abs=1e-6)


@published.needed
@pytest.mark.parametrize(("data", "level"), [
    ("krippendorff_4x12", "nominal"), ("krippendorff_4x12", "ordinal"), ("krippendorff_4x12", "interval"),
    ("krippendorff_4x12", "ratio"), ("krippendorff_wikipedia", "nominal"), ("krippendorff_wikipedia", "interval"),
    ("krippendorff_binary", "nominal")])
def test_krippendorff_as_published(data: str, level: str):
    files = {"krippendorff_wikipedia": "krippendorff_wikipedia_3x15", "krippendorff_binary": "krippendorff_binary_2x10"}
    units = published.table(files.get(data, data)).iloc[:, 1:].to_numpy(float)
    lowest = np.nanmin(units)
    counts = counts_of(units - lowest, int(np.nanmax(units) - lowest) + 1)
    found = krippendorff.alpha(counts, level, values=np.arange(counts.shape[1]) + lowest, resamples=100)
    assert found.value == pytest.approx(published.expected("agreement")[data][level], abs=6e-4)


def test_kappas_paradox_shows_both_sides():
    table = np.array([[118, 5], [2, 0]])  # Feinstein & Cicchetti 1990
    assert cohen_kappa(table).value == pytest.approx(-0.0234, abs=1e-4)
    assert coefficient("gwet_ac1", *counts_of_table(table), ddof=0).value == pytest.approx(0.9408, abs=1e-4)


@pytest.mark.parametrize("statistic", ["percent_agreement", "cohen_kappa", "cohen_kappa_linear",
                                       "cohen_kappa_quadratic", "pabak", "gwet_ac1"])
def test_equal_raters_give_one_without_false_certainty(statistic: str):
    found = pair_estimate(statistic, np.diag([3, 4, 5]), FEW)
    assert found.value == pytest.approx(1.0)
    assert statistic == "percent_agreement" or found.note == "interval not defined: the raters agree on every case"


@pytest.mark.parametrize("statistic", ["cohen_kappa", "cohen_kappa_quadratic", "pabak", "gwet_ac1"])
def test_reordering_raters_and_relabelling_in_reverse_change_nothing(statistic: str):
    table = np.random.default_rng(2).integers(1, 9, (3, 3))
    found = [pair_estimate(statistic, t, FEW) for t in (table, table.T, table[::-1, ::-1])]
    assert found[1].value == pytest.approx(found[0].value)
    assert [found[2].value, found[2].ci_low] == pytest.approx([found[0].value, found[0].ci_low])


def test_weights_depend_on_the_study_list_and_not_on_what_occurs():
    a, b = np.array([0, 0, 2, 2.0]), np.array([0, 2, 2, 2.0])
    assert cohen_kappa(table_of(a, b, 3), kind="linear").value == pytest.approx(cohen_kappa(table_of(a, b, 3)).value)
    assert cohen_kappa(table_of(a, b, 4), kind="quadratic").value is not None


def test_one_category_only_has_no_kappa():
    table = np.array([[9, 0], [0, 0]])
    assert cohen_kappa(table).note == "not defined: both raters gave one and the same category to every case"
    assert coefficient("fleiss_kappa", *counts_of_table(table)).value is None
    assert krippendorff.alpha(np.array([[3, 0], [3, 0]])).note == "not defined: every rating is the same category"


def test_a_constant_rater_has_a_kappa_of_0_that_says_so():
    found = cohen_kappa(np.array([[4, 3], [0, 0]]))
    assert (found.value, found.ci_low) == (pytest.approx(0.0), None)
    assert "a single category" in found.note


def test_no_shared_case_is_no_agreement():
    for statistic in ("percent_agreement", "cohen_kappa", "gwet_ac1"):
        found = pair_estimate(statistic, np.zeros((2, 2), int), FEW)
        assert (found.value, found.n) == (None, 0)
        assert found.note.startswith("not defined: ")


def test_two_cases_give_numbers():
    assert cohen_kappa(np.array([[1, 0], [0, 1]])).value == 1.0
    assert percent_agreement(np.array([[1, 1], [0, 0]])).value == 0.5


@pytest.mark.parametrize("name", list(CHANCE))
def test_reordering_cases_and_raters_changes_no_coefficient(name: str):
    rng = np.random.default_rng(3)
    decision = np.where(rng.random((20, 4)) < 0.1, np.nan, rng.integers(0, 3, (20, 4)))
    shuffled = decision[rng.permutation(20)][:, ::-1]
    a, b = coefficient(name, counts_of(decision, 3)), coefficient(name, counts_of(shuffled, 3))
    assert [a.value, a.se] == pytest.approx([b.value, b.se])


def test_a_patterns_count_is_as_good_as_its_cases():
    table = np.array([[5, 2], [1, 7]])
    each = np.array([[2, 0]] * 5 + [[1, 1]] * 3 + [[0, 2]] * 7)
    a, b = coefficient("gwet_ac1", *counts_of_table(table)), coefficient("gwet_ac1", each)
    assert [a.value, a.se] == pytest.approx([b.value, b.se])


def test_rows_cover_pairs_truth_and_all_readers():
    found = list(rows(panel_of(drawn(readers=3, models=1)), FEW))
    pairs = {(a, b) for a, b, *_ in found}
    assert {("R1", "R2"), ("R3", "M1"), ("R1", "truth"), ("M1", "truth"), ("readers", "all")} <= pairs
    assert len(pairs) == 6 + 4 + 1


def test_prevalence_is_the_share_of_poor_among_both_raters():
    panel = panel_of(ratings([0, 1, 1, 0], readers={"A": [1, 1, 0, 0], "B": [1, 0, 0, 0]}))
    assert next(rows(panel, FEW))[4] == 3 / 8


def test_a_missing_read_is_left_out_of_pairs_and_counted():
    panel = panel_of(ratings([0, 1, 1], readers={"A": [0, 1, None], "B": [0, 1, 1]}))
    found = {(a, b, s): e for a, b, s, e, _ in rows(panel, FEW)}
    assert found["A", "B", "percent_agreement"].n == 2
    assert found["readers", "all", "gwet_ac1"].n == 3
