"""This project's values of the published agreement statistics; see `truth_rows`."""

from collections.abc import Iterator

import numpy as np
from scipy.special import stdtr, stdtrit

from ich_model.estimate import two_sided_p
from reader_study.statistics.agreement import cohen, krippendorff, multi_rater
from reader_study.statistics.agreement.multi_rater import coefficient, counts_of, counts_of_table
from tests.support import published


def rows() -> Iterator[tuple]:
    wanted = published.expected("agreement")
    yield from _fleiss(wanted)
    yield from _cohen(wanted)
    yield from _gwet_tables(wanted)
    yield from _gwet_many(wanted)
    for data, file in (("krippendorff_4x12", "krippendorff_4x12"),
                       ("krippendorff_wikipedia", "krippendorff_wikipedia_3x15"),
                       ("krippendorff_binary", "krippendorff_binary_2x10")):
        units = published.table(file).iloc[:, 1:].to_numpy(float)
        lowest, highest = int(np.nanmin(units)), int(np.nanmax(units))
        counts, scale = counts_of(units - lowest, highest - lowest + 1), np.arange(lowest, highest + 1)
        for level in (name for name in krippendorff.DISTANCES if name in wanted[data]):
            yield f"{data}.{level}", krippendorff.alpha(counts, level, values=scale, resamples=10).value, 5.1e-4


def _fleiss(wanted: dict) -> Iterator[tuple]:
    decision = published.table("fleiss1971_diagnoses").iloc[:, 1:].to_numpy(float) - 1
    counts = counts_of(decision, 5)
    kappa = coefficient("fleiss_kappa", counts).value
    yield "fleiss1971.kappa", kappa
    yield "fleiss1971.z", multi_rater.fleiss_z(counts)
    yield "fleiss1971.se_H0", kappa / multi_rater.fleiss_z(counts)
    for k in range(5):
        yield f"fleiss1971.category_totals[{k}]", counts[:, k].sum()
        one = np.stack([counts[:, k], 6 - counts[:, k]], axis=1)
        yield f"fleiss1971.category_kappas_computed_not_published[{k}]", coefficient("fleiss_kappa", one).value
    yield "fleiss_wikipedia.kappa", coefficient("fleiss_kappa", np.array(wanted["fleiss_wikipedia"]["counts"])).value
    for index, case in enumerate(wanted["randolph_free_marginal"][:-1]):
        for name, ours in (("fleiss", "fleiss_kappa"), ("randolph", "pabak")):
            yield f"randolph_free_marginal[{index}].{name}", coefficient(ours, np.array(case["counts"])).value, 1e-6


def _cohen(wanted: dict) -> Iterator[tuple]:
    for name, kind in (("cohen_unweighted_SAS", "plain"), ("cohen_linear_SAS", "linear")):
        table = np.array(wanted[name]["table"])
        found, z = cohen.cohen_kappa(table, kind=kind), cohen.cohen_z(table, kind=kind)
        yield f"{name}.kappa", found.value
        yield f"{name}.ase", found.se
        yield f"{name}.ci[0]", found.ci_low
        yield f"{name}.ci[1]", found.ci_high
        yield f"{name}.ase0", found.value / z
        yield f"{name}.z", z
        yield f"{name}.p_two_sided", two_sided_p(z), 5.1e-5
    table = np.array(wanted["cohen_2x2_statpsych"]["table"])
    found = cohen.cohen_kappa(table)
    for path, got in (("kappa", found.value), ("se", found.se), ("ci[0]", found.ci_low), ("ci[1]", found.ci_high),
                      ("intraclass_kappa", coefficient("fleiss_kappa", *counts_of_table(table), ddof=0).value)):
        yield f"cohen_2x2_statpsych.{path}", got
    scores = published.table("anxiety_20x3")[["rater2", "rater3"]].to_numpy()
    used = np.searchsorted(np.unique(scores), scores).astype(float)  # irr drops the category that neither rater used
    table = cohen.table_of(used[:, 0], used[:, 1], 5)
    for name, kind in (("unweighted", "plain"), ("linear", "linear"), ("quadratic", "quadratic")):
        z = cohen.cohen_z(table, kind=kind)
        yield f"cohen_anxiety_raters2_3.{name}.kappa", cohen.cohen_kappa(table, kind=kind).value
        yield f"cohen_anxiety_raters2_3.{name}.z", z
        yield f"cohen_anxiety_raters2_3.{name}.p", two_sided_p(z)


def _gwet_tables(wanted: dict) -> Iterator[tuple]:
    data = wanted["gwet_table3x3"]
    table = np.array(data["table"])
    counts, times = counts_of_table(table)
    n = table.sum()
    rated = np.repeat(counts, times.astype(int), axis=0)
    alpha = krippendorff.alpha(rated, resamples=10).value
    alpha_se = krippendorff.standard_error(rated) * np.sqrt((n - 1) / n)  # for two raters irrCAC divides by n
    half = stdtrit(n - 1, 0.975)
    found = {"cohen": (e := cohen.cohen_kappa(table)).value, "krippendorff": alpha}
    se = {"cohen": e.se, "krippendorff": alpha_se}
    for name, ours in (("scott", "fleiss_kappa"), ("ac1", "gwet_ac1"), ("brennan_prediger", "pabak"),
                       ("percent", "percent_agreement")):
        estimate = coefficient(ours, counts, times, ddof=0)
        found[name], se[name] = estimate.value, estimate.se
    for name, value in found.items():
        yield f"gwet_table3x3.{name}.v", value
        yield f"gwet_table3x3.{name}.se", se[name]
        yield f"gwet_table3x3.{name}.ci[0]", value - half * se[name], 5.1e-4
        yield f"gwet_table3x3.{name}.ci[1]", value + half * se[name], 5.1e-4
    b, b_se = _bangdiwala(table)
    yield "gwet_table3x3.bangdiwala_B.v", b
    yield "gwet_table3x3.bangdiwala_B.se", b_se
    table = np.array(wanted["gwet_table4x4_diagnosis"]["table"])
    half, ac1 = stdtrit(table.sum() - 1, 0.975), coefficient("gwet_ac1", *counts_of_table(table), ddof=0)
    both = {"ac1": ac1} | {name: cohen.cohen_kappa(table, kind=kind) for name, kind in (
        ("cohen", "plain"), ("cohen_linear", "linear"), ("cohen_quadratic", "quadratic"))}
    for name, e in both.items():
        for path, got in (("v", e.value), ("se", e.se), ("ci[0]", e.value - half * e.se),
                          ("ci[1]", e.value + half * e.se)):
            yield f"gwet_table4x4_diagnosis.{name}.{path}", got, 5.1e-4


def _bangdiwala(table: np.ndarray) -> tuple[float, float]:
    """Bangdiwala's B and its standard error by the delta method, from the definition; the app does not compute it."""
    p = table / table.sum()
    margins = p.sum(axis=1), p.sum(axis=0)
    chance = margins[0] @ margins[1]
    b = (np.diag(p) ** 2).sum() / chance
    slope = (2 * np.diag(np.diag(p)) - b * (margins[1][:, None] + margins[0][None, :])) / chance
    return b, np.sqrt(((p * slope ** 2).sum() - (p * slope).sum() ** 2) / table.sum())


_GWET = {"percent": "percent_agreement", "ac1": "gwet_ac1", "fleiss": "fleiss_kappa", "brennan_prediger": "pabak"}


def _gwet_many(wanted: dict) -> Iterator[tuple]:
    counts = np.array(wanted["fleiss_15x5_dist"]["counts"])
    found = {name: coefficient(ours, counts) for name, ours in _GWET.items()}
    half = stdtrit(14, 0.975)
    for name in ("ac1", "fleiss", "krippendorff", "brennan_prediger"):
        value = krippendorff.alpha(counts, resamples=10).value if name == "krippendorff" else found[name].value
        se = _krippendorff_se_of_irrcac(counts) if name == "krippendorff" else found[name].se
        yield f"fleiss_15x5_dist.{name}.v", value
        yield f"fleiss_15x5_dist.{name}.se", se
        yield f"fleiss_15x5_dist.{name}.ci[0]", value - half * se, 5.1e-4
        yield f"fleiss_15x5_dist.{name}.ci[1]", value + half * se, 5.1e-4
        if name in ("ac1", "fleiss"):  # R irrCAC 1.4 prints the one-sided p
            yield f"fleiss_15x5_dist.{name}.p", stdtr(14, -value / se)
    pa = found["percent"].value
    yield "fleiss_15x5_dist.ac1.pa", pa
    yield "fleiss_15x5_dist.ac1.pe", (pa - found["ac1"].value) / (1 - found["ac1"].value)
    decision = published.table("krippendorff_4x12").iloc[:, 1:].to_numpy(float) - 1
    counts, half = counts_of(decision, 5), stdtrit(11, 0.975)
    many = {name: (e.value, e.se) for name, ours in _GWET.items() if (e := coefficient(ours, counts))}
    conger = multi_rater.conger_kappa(decision, 5)
    many |= {"conger": (conger.value, conger.se),
             "krippendorff": (krippendorff.alpha(counts, resamples=10).value, krippendorff.standard_error(counts))}
    for name, (value, se) in many.items():
        yield f"gwet_raw4raters_missing.{name}.v", value
        yield f"gwet_raw4raters_missing.{name}.se", se
        yield f"gwet_raw4raters_missing.{name}.ci[0]", value - half * se, 5.1e-4
        yield f"gwet_raw4raters_missing.{name}.ci[1]", min(value + half * se, 1.0), 5.1e-4


def _krippendorff_se_of_irrcac(counts: np.ndarray) -> float:
    """Krippendorff's standard error as irrCAC 1.4 computes it from counts (cases, categories) of equal sums.

    It includes the derivative of the squared chance term once instead of twice; the app follows irrCAC's computation
    from raw ratings.
    """
    n, raters = len(counts), counts[0].sum()
    prevalence = counts.mean(axis=0) / raters
    pe, small = prevalence @ prevalence, 1 / counts.sum()
    agreement = (counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))
    each = (agreement - pe) / (1 - pe)
    each = each - (1 - each.mean()) * (counts @ prevalence / raters - pe) / (1 - pe)
    return (1 - small) * each.std(ddof=1) / np.sqrt(n)
