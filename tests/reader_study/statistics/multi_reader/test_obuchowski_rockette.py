"""Obuchowski-Rockette against the printed output of OR-DBM MRMC 2.51 and MRMCaov, and where there is no variance."""

import numpy as np
import pytest

from reader_study.statistics.input.settings import Covariance
from reader_study.statistics.multi_reader.figures_of_merit import merits
from reader_study.statistics.multi_reader.obuchowski_rockette import (
    Analysis,
    Components,
    against_model,
    components,
    difference,
    single,
)
from tests.support import published


def van_dyke(covariance: str, metric: str = "auc") -> tuple[np.ndarray, np.ndarray]:
    """Figures of merit (2, 5) and covariances (2, 5, 2, 5)."""
    ratings, truth = published.van_dyke()
    found = merits(ratings if metric == "auc" else (ratings >= 3).astype(float), truth, metric=metric,
                   covariance=Covariance(covariance))
    return found.values.reshape(2, 5), found.covariance.reshape(2, 5, 2, 5)


def digits(printed: float) -> float:
    """Half a unit of the last printed digit, and a little for its own rounding."""
    return 0.51 * 10.0 ** -len(repr(float(printed)).partition(".")[2].partition("e")[0])


def same(got: float, printed: float, tolerance: float | None = None) -> bool:
    return abs(got - printed) <= (digits(printed) if tolerance is None else tolerance)


@published.needed
def test_areas_and_mean_squares():
    wanted = published.expected("vandyke")
    values, covariance = van_dyke("jackknife")
    c = components(values, covariance)
    assert values[0] == pytest.approx(wanted["auc"]["1"], abs=1e-8)
    assert values[1] == pytest.approx(wanted["auc"]["2"], abs=1e-8)
    assert [c.ms_t, c.ms_r, c.ms_tr] == pytest.approx(
        [wanted["anova"][name] for name in ("MS_T", "MS_R", "MS_TR")], abs=5.1e-9)


@published.needed
@pytest.mark.parametrize("estimate", ["jackknife", "DeLong", "unbiased"])
def test_variance_components(estimate: str):
    wanted = published.expected("vandyke")[estimate.lower()]
    c = components(*van_dyke(estimate))
    got = {"var_r": c.var_r, "var_tr": c.var_tr, "var_error": c.var, "cov1": c.cov1, "cov2": c.cov2, "cov3": c.cov3}
    for name, value in got.items():
        assert same(value, wanted[name]), name


@published.needed
@pytest.mark.parametrize("estimate", ["DeLong", "unbiased"])
def test_random_readers_and_cases(estimate: str):
    wanted = published.expected("vandyke")[estimate.lower()]["RRRC"]
    values, covariance = van_dyke(estimate)
    c = components(values, covariance)
    pair = difference(values, c, Analysis.RRRC, pair=(0, 1))
    got = [pair.statistic ** 2, pair.df, pair.p, pair.se, pair.statistic, pair.ci_low, pair.ci_high]
    printed = [wanted[name] for name in ("F", "df2", "p", "se", "t")] + wanted["ci"]
    assert all(same(a, b) for a, b in zip(got, printed, strict=True))


@published.needed
def test_jackknife_random_readers_and_cases():
    wanted = published.expected("vandyke")["jackknife"]["RRRC"]
    values, covariance = van_dyke("jackknife")
    c = components(values, covariance)
    pair = difference(values, c, Analysis.RRRC, pair=(0, 1))
    got = [pair.statistic ** 2, pair.df, pair.p, pair.se, pair.statistic, pair.ci_low, pair.ci_high]
    printed = [wanted["F"], wanted["df2"], wanted["p"], wanted["se"], wanted["t"], *wanted["ci"]]
    assert all(same(a, b, max(digits(b), 6e-6)) for a, b in zip(got, printed, strict=True))


@published.needed
def test_fixed_readers():
    wanted = published.expected("vandyke")["jackknife"]["FRRC"]
    values, covariance = van_dyke("jackknife")
    c = components(values, covariance)
    pair = difference(values, c, Analysis.FRRC, pair=(0, 1))
    got = [pair.statistic ** 2, pair.p, pair.se, pair.statistic, pair.ci_low, pair.ci_high]
    printed = [wanted["X2"], wanted["p"], wanted["se"], wanted["z"], *wanted["ci"]]
    assert all(same(a, b) for a, b in zip(got, printed, strict=True))


@published.needed
def test_fixed_cases():
    wanted = published.expected("vandyke")["jackknife"]["RRFC"]
    values, covariance = van_dyke("jackknife")
    c = components(values, covariance)
    pair = difference(values, c, Analysis.RRFC, pair=(0, 1))
    got = [pair.statistic ** 2, pair.p, pair.se, pair.statistic, pair.ci_low, pair.ci_high]
    printed = [wanted["F"], wanted["p"], wanted["se"], wanted["t"], *wanted["ci"]]
    assert all(same(a, b) for a, b in zip(got, printed, strict=True))


@published.needed
@pytest.mark.parametrize("analysis", list(Analysis))
@pytest.mark.parametrize("modality", [0, 1])
def test_one_modality(analysis: Analysis, modality: int):
    wanted = published.expected("vandyke")["jackknife"][analysis]["single"][modality]
    values, covariance = van_dyke("jackknife")
    mean, se, df = single(values[modality], covariance[modality, :, modality], analysis)
    assert same(se, wanted["se"])
    assert same(mean, published.expected("vandyke")["auc_mean"][str(modality + 1)])
    assert "df" not in wanted or same(df, wanted["df"])


@published.needed
def test_each_reader_has_the_printed_standard_errors():
    wanted = published.expected("vandyke")["jackknife"]["FRRC"]
    _, covariance = van_dyke("jackknife")
    variance = np.einsum("trtr->tr", covariance)
    assert np.sqrt(variance) == pytest.approx(np.array([wanted["reader_se"]["1"], wanted["reader_se"]["2"]]), abs=1e-9)
    between = np.sqrt(variance.sum(axis=0) - 2 * np.einsum("rr->r", covariance[0, :, 1]))
    assert between == pytest.approx([row["se"] for row in wanted["by_reader"]], abs=6e-9)


@published.needed
def test_sensitivity_deletes_positive_cases_only():
    wanted = published.expected("vandyke")["binary_sensitivity_rating_ge_3"]
    values, covariance = van_dyke("jackknife", "recall")
    c = components(values, covariance)
    pair = difference(values, c, Analysis.RRRC, pair=(0, 1))
    got = {"var_r": c.var_r, "var_tr": c.var_tr, "var_error": c.var, "cov1": c.cov1, "cov2": c.cov2, "cov3": c.cov3}
    assert all(same(value, wanted[name]) for name, value in got.items())
    printed = wanted["RRRC"]
    assert all(same(a, b) for a, b in zip(
        [pair.difference, pair.se, pair.statistic, pair.df, pair.p, pair.ci_low, pair.ci_high],
        [printed["diff"], printed["se"], printed["t"], printed["df2"], printed["p"], *printed["ci"]], strict=True))


def readings(seed: int, cases: int = 40, n: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.arange(cases) % 2
    return truth[:, None] + rng.normal(0, 1, (cases, 1)) + rng.normal(0, 1, (cases, n)), truth


def test_a_model_is_tested_with_its_own_error():
    scores, truth = readings(3)
    found = merits(scores, truth, metric="auc", covariance=Covariance.DELONG)
    test = against_model(found.values, found.covariance, Analysis.RRRC)
    gaps = found.values[:-1] - found.values[-1]
    assert test.difference == pytest.approx(gaps.mean())
    assert test.se > gaps.std(ddof=1) / np.sqrt(len(gaps))  # more than a t-test over readers alone would say


def test_readers_equal_to_the_model_differ_by_nothing():
    scores, truth = readings(4, n=1)
    found = merits(np.repeat(scores, 4, axis=1), truth, metric="auc", covariance=Covariance.DELONG)
    test = against_model(found.values, found.covariance, Analysis.RRRC)
    assert (test.difference, test.statistic, test.p) == (0.0, 0.0, 1.0)


def test_fixed_cases_are_refused_against_a_model():
    with pytest.raises(ValueError, match="would ignore the model's error"):
        against_model(np.ones(3), np.eye(3), Analysis.RRFC)


def test_equal_modalities_differ_by_nothing():
    scores, truth = readings(5, n=3)
    found = merits(np.hstack([scores, scores]), truth, metric="auc", covariance=Covariance.JACKKNIFE)
    values = found.values.reshape(2, 3)
    c = components(values, found.covariance.reshape(2, 3, 2, 3))
    test = difference(values, c, Analysis.RRFC, pair=(0, 1))
    assert (test.statistic, test.p) == (0.0, 1.0)


def test_reordering_readers_and_cases_changes_nothing():
    scores, truth = readings(6)
    order = np.random.default_rng(0).permutation(len(truth))
    a = merits(scores, truth, metric="auc", covariance=Covariance.UNBIASED)
    b = merits(scores[order][:, ::-1], truth[order], metric="auc", covariance=Covariance.UNBIASED)
    assert single(a.values, a.covariance, Analysis.RRRC) == pytest.approx(single(b.values, b.covariance, Analysis.RRRC))


def test_balanced_accuracy_is_the_area_of_the_calls():
    calls, truth = readings(7)
    calls = (calls > 0.5).astype(float)
    found = merits(calls, truth, metric="balanced_accuracy", covariance=Covariance.DELONG)
    parts = [merits(calls, truth, metric=name, covariance=Covariance.DELONG) for name in ("recall", "specificity")]
    assert found.values == pytest.approx((parts[0].values + parts[1].values) / 2)
    assert found.covariance == pytest.approx((parts[0].covariance + parts[1].covariance) / 4)


def test_too_few_cases_are_refused():
    with pytest.raises(ValueError, match="two positive and two negative cases, got 1 and 2"):
        merits(np.ones((3, 2)), np.array([1, 0, 0]), metric="auc", covariance=Covariance.DELONG)


@pytest.mark.parametrize("analysis", list(Analysis))
def test_modalities_are_not_compared_by_the_components_of_one(analysis: Analysis):
    one = Components(1, 2, None, 0.0001, None, 0.002, None, 0.001, None)
    with pytest.raises(ValueError, match="components: expected those of two or more modalities, got 1"):
        difference(np.array([[0.8, 0.7], [0.6, 0.7]]), one, analysis, pair=(0, 1))
