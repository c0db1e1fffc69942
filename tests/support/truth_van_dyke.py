"""This project's values for Van Dyke's study, for comparison with OR-DBM MRMC, MRMCaov and JAFROC; see `truth_rows`."""

from collections.abc import Iterator

import numpy as np
from scipy.special import fdtrc

from ich_model.estimate import quantile, two_sided_p
from reader_study.statistics.input.panel import panel_of
from reader_study.statistics.input.ratings import validate, with_defaults
from reader_study.statistics.input.settings import Covariance, Settings
from reader_study.statistics.multi_reader.figures_of_merit import merits, pseudovalues
from reader_study.statistics.multi_reader.mrmc_table import tables as mrmc_tables
from reader_study.statistics.multi_reader.obuchowski_rockette import (
    Analysis,
    Components,
    Test,
    components,
    difference,
    single,
)
from reader_study.statistics.performance import delong
from tests.support import published


def _readings(covariance: Covariance, metric: str = "auc") -> tuple[np.ndarray, np.ndarray]:
    """Van Dyke's figures of merit (2, 5) and their covariances (2, 5, 2, 5)."""
    ratings, truth = published.van_dyke()
    found = merits(ratings if metric == "auc" else (ratings >= 3).astype(float), truth, metric=metric,
                   covariance=covariance)
    return found.values.reshape(2, 5), found.covariance.reshape(2, 5, 2, 5)


def rows() -> Iterator[tuple]:
    values, covariance = _readings(Covariance.JACKKNIFE)
    c = components(values, covariance)
    for m in (0, 1):
        yield f"auc_mean.{m + 1}", values[m].mean()
        yield f"anova.MS_R_by_modality[{m}]", values[m].var(ddof=1)
        for r in range(5):
            yield f"auc.{m + 1}[{r}]", values[m, r]
    yield "diff", values[0].mean() - values[1].mean()
    for path, got in (("SS_T", c.ms_t), ("SS_R", 4 * c.ms_r), ("SS_TR", 4 * c.ms_tr), ("MS_T", c.ms_t),
                      ("MS_R", c.ms_r), ("MS_TR", c.ms_tr)):
        yield f"anova.{path}", got
    for i, part in enumerate((c.cov1, c.cov2, c.cov3)):
        yield f"jackknife.corr[{i}]", part / c.var
    for name, estimate in (("jackknife", Covariance.JACKKNIFE), ("delong", Covariance.DELONG),
                           ("unbiased", Covariance.UNBIASED)):
        found, cov = _readings(estimate)
        parts = components(found, cov)
        yield from _components(name, parts)
        yield from _random_readers(name, found, cov, parts)
    yield from _fixed(values, covariance, c)
    yield from _sensitivity()
    yield from _dbm()
    yield from _nested()


def _components(name: str, c: Components) -> Iterator[tuple]:
    for path, got in (("var_r", c.var_r), ("var_tr", c.var_tr), ("var_error", c.var), ("cov1", c.cov1),
                      ("cov2", c.cov2), ("cov3", c.cov3)):
        yield f"{name}.{path}", got


def _test_rows(path: str, test: Test, *, square: str) -> Iterator[tuple[str, float]]:
    yield f"{path}.{square}", test.statistic ** 2
    yield f"{path}.p", test.p
    yield f"{path}.se", test.se
    yield f"{path}.ci[0]", test.ci_low
    yield f"{path}.ci[1]", test.ci_high


def _random_readers(name: str, values: np.ndarray, covariance: np.ndarray, c: Components) -> Iterator[tuple]:
    printed = published.expected("vandyke")[name]["RRRC"]
    test = difference(values, c, Analysis.RRRC, pair=(0, 1))
    for path, got in _test_rows(f"{name}.RRRC", test, square="F"):
        five_digits = name == "jackknife" and path.endswith(("se", "ci[0]", "ci[1]"))  # as printed by OR-DBM MRMC
        yield (path, got, 6e-6) if five_digits else (path, got)
    yield f"{name}.RRRC.df1", 1
    yield f"{name}.RRRC.df2", test.df
    yield f"{name}.RRRC.t", test.statistic
    error = "error_term" if "error_term" in printed else "denominator"
    yield f"{name}.RRRC.{error}", c.ms_tr + c.r * max(c.cov2 - c.cov3, 0)
    for m in (0, 1):
        mean, se, df = single(values[m], covariance[m, :, m], Analysis.RRRC)
        half = quantile(0.05, df) * se
        path = f"{name}.RRRC.single[{m}]"
        if "auc" in printed["single"][m]:
            yield f"{path}.auc", mean
        yield f"{path}.se", se
        yield f"{path}.df", df
        yield f"{path}.ci[0]", mean - half
        yield f"{path}.ci[1]", mean + half
        yield f"{path}.cov2", components(values[m][None], covariance[m, :, m][None, :, None]).cov2


def _fixed(values: np.ndarray, covariance: np.ndarray, c: Components) -> Iterator[tuple]:
    test = difference(values, c, Analysis.FRRC, pair=(0, 1))
    yield from _test_rows("jackknife.FRRC", test, square="X2")
    yield "jackknife.FRRC.df", 1
    yield "jackknife.FRRC.z", test.statistic
    yield "jackknife.FRRC.denominator", c.var - c.cov1 + (c.r - 1) * max(c.cov2 - c.cov3, 0)
    test = difference(values, c, Analysis.RRFC, pair=(0, 1))
    yield from _test_rows("jackknife.RRFC", test, square="F")
    yield "jackknife.RRFC.df1", 1
    yield "jackknife.RRFC.df2", test.df
    yield "jackknife.RRFC.t", test.statistic
    for m in (0, 1):
        own = components(values[m][None], covariance[m, :, m][None, :, None])
        for analysis in (Analysis.FRRC, Analysis.RRFC):
            mean, se, df = single(values[m], covariance[m, :, m], analysis)
            path, half = f"jackknife.{analysis}.single[{m}]", quantile(0.05, df) * se
            yield f"{path}.se", se
            yield f"{path}.ci[0]", mean - half
            yield f"{path}.ci[1]", mean + half
            yield from (((f"{path}.df", df),) if analysis is Analysis.RRFC else
                        ((f"{path}.auc", mean), (f"{path}.var_error", own.var), (f"{path}.cov2", own.cov2)))
        for r in range(5):
            yield f"jackknife.FRRC.reader_se.{m + 1}[{r}]", np.sqrt(covariance[m, r, m, r])
    for r in range(5):
        gap = values[0, r] - values[1, r]
        se = np.sqrt(covariance[0, r, 0, r] + covariance[1, r, 1, r] - 2 * covariance[0, r, 1, r])
        path = f"jackknife.FRRC.by_reader[{r}]"
        for name, got in (("diff", gap), ("se", se), ("z", gap / se), ("p", two_sided_p(gap / se)),
                          ("ci[0]", gap - quantile(0.05) * se), ("ci[1]", gap + quantile(0.05) * se)):
            yield f"{path}.{name}", got


def _sensitivity() -> Iterator[tuple]:
    name = "binary_sensitivity_rating_ge_3"
    values, covariance = _readings(Covariance.JACKKNIFE, "recall")
    c = components(values, covariance)
    for m in (0, 1):
        for r in range(5):
            yield f"{name}.values.{m + 1}[{r}]", values[m, r], 5.1e-4
    for path, got in (("MS_T", c.ms_t), ("MS_R", c.ms_r), ("MS_TR", c.ms_tr)):
        yield f"{name}.{path}", got
    yield from _components(name, c)
    test = difference(values, c, Analysis.RRRC, pair=(0, 1))
    yield from _test_rows(f"{name}.RRRC", test, square="F")
    for path, got in (("df1", 1), ("df2", test.df), ("diff", test.difference), ("t", test.statistic),
                      ("denominator", c.ms_tr + c.r * max(c.cov2 - c.cov3, 0))):
        yield f"{name}.RRRC.{path}", got
    for m in (0, 1):
        mean, se, df = single(values[m], covariance[m, :, m], Analysis.RRRC)
        half = quantile(0.05, df) * se
        path = f"{name}.RRRC.single[{m}]"
        for part, got in (("mean", mean), ("se", se), ("df", df), ("ci[0]", mean - half),
                          ("ci[1]", min(mean + half, 1.0)),
                          ("cov2", components(values[m][None], covariance[m, :, m][None, :, None]).cov2)):
            yield f"{path}.{part}", got


def _dbm() -> Iterator[tuple]:
    """Dorfman, Berbaum & Metz 1992: analysis of variance of our pseudovalues, modality x reader x case."""
    ratings, truth = published.van_dyke()
    y = pseudovalues(delong.placements(ratings, truth)).reshape(2, 5, -1)
    mean, axes, sums = y.mean(), {"T": 0, "R": 1, "C": 2}, {}
    size = dict(zip("TRC", y.shape, strict=True))
    for term in ("T", "R", "C", "TR", "TC", "RC"):
        gone = tuple(axes[letter] for letter in "TRC" if letter not in term)
        around = ((y.mean(axis=gone) - mean) ** 2).sum() * np.prod([size[letter] for letter in "TRC"
                                                                    if letter not in term])
        sums[term] = around - sum(sums[letter] for letter in term if len(term) > 1)
    sums["TOTAL"] = ((y - mean) ** 2).sum()
    sums["TRC"] = sums["TOTAL"] - sum(sums[term] for term in ("T", "R", "C", "TR", "TC", "RC"))
    for term, got in sums.items():
        yield f"dbm.SS.{term}", got, 3e-6 * got  # JAFROC computes in single precision
    t, r, n = y.shape
    ms = {"T": sums["T"] / (t - 1), "R": sums["R"] / (r - 1), "C": sums["C"] / (n - 1),
          "TR": sums["TR"] / ((t - 1) * (r - 1)), "TC": sums["TC"] / ((t - 1) * (n - 1)),
          "RC": sums["RC"] / ((r - 1) * (n - 1)), "TRC": sums["TRC"] / ((t - 1) * (r - 1) * (n - 1))}
    found = {"R": (ms["R"] - ms["TR"] - ms["RC"] + ms["TRC"]) / (t * n),
             "C": (ms["C"] - ms["TC"] - ms["RC"] + ms["TRC"]) / (t * r), "TR": (ms["TR"] - ms["TRC"]) / n,
             "TC": (ms["TC"] - ms["TRC"]) / r, "RC": (ms["RC"] - ms["TRC"]) / t, "TRC_error": ms["TRC"]}
    for term, got in found.items():
        yield f"dbm.var.{term}", got
    error = ms["TR"] + max(ms["TC"] - ms["TRC"], 0)
    f, df = ms["T"] / error, error ** 2 / (ms["TR"] ** 2 / ((t - 1) * (r - 1)))
    for path, got in (("F", f), ("df2", df), ("p", fdtrc(1, df, f))):
        yield f"dbm.RRRC.{path}", got
    f = ms["T"] / ms["TC"]
    for path, got in (("F", f), ("df[0]", t - 1), ("df[1]", n - 1), ("p", fdtrc(1, n - 1, f))):
        yield f"dbm.FRRC_original_DBM.{path}", got


def _nested() -> Iterator[tuple]:
    name = "nested_cases_within_modality_jackknife"
    data = published.table("vandyke").rename(columns={"reader": "readerID", "treatment": "modalityID",
                                                      "case": "caseID", "rating": "score"})
    data["caseID"] = data["caseID"].astype(str) + "-" + data["modalityID"].astype(str)
    frame = validate(with_defaults(data.astype({"modalityID": str}), threshold=3), score_range=(1, 5))
    found = mrmc_tables(panel_of(frame), Settings(covariances=(Covariance.JACKKNIFE,)))[0]
    row = found.query("metric == 'auc' and analysis == 'RRRC'").iloc[0]
    for path, got in (("F", row["statistic"] ** 2), ("df2", row["df2"]), ("p", row["p"]), ("se", row["se"]),
                      ("ci[0]", -row["ci_high"]), ("ci[1]", -row["ci_low"])):
        yield f"{name}.{path}", got
