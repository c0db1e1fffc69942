"""All numbers of ../shared/data/truth and this project's values; `python -m tests.support.truth_rows` prints them.

The JSON files name the sources. A row has the number's path in its file, the published number, ours, and the tolerance:
half a unit of the last printed digit by default.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import ndtr

from ich_model import metrics, roc_area, uoc
from ich_model.estimate import Interval, proportion
from reader_study.statistics.multi_reader.power import auc_power
from reader_study.statistics.performance import delong
from reader_study.statistics.performance.paired_tests import cochran_q, mcnemar, mcnemar_chi_square
from tests.support import published, truth_agreement, truth_van_dyke


@dataclass(frozen=True)
class Row:
    """A published number and this project's value."""

    file: str
    path: str
    expected: float
    got: float
    tolerance: float

    @property
    def holds(self) -> bool:
        """Whether the two agree within the tolerance."""
        return abs(self.got - self.expected) <= self.tolerance


def last_digit(printed: float) -> float:
    """Half a unit of the last printed digit, plus 2 % for the rounding of the printed number."""
    mantissa, _, exponent = repr(float(printed)).partition("e")
    digits = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return max(0.51 * 10.0 ** -digits, 1e-12)


def numbers_in(value: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number in a JSON value, with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers_in(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from numbers_in(inner, f"{path}[{index}]")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, value


GIVEN = (".counts[", ".table[", ".data[", ".matrix[", ".x", ".n", "tol")
"""Parts of the paths of numbers that are input or tolerances and not results."""
NOT_REPRODUCED = {
    "cases.missing_class_3x3.uoc_uniform": "another rule for absent classes, which the paper did not use",
    "cases.missing_class_3x3.uoc_diagonal": "another rule for absent classes, which the paper did not use",
}


def expected_numbers(file: str) -> dict[str, float]:
    """Path -> number of every result in a file."""
    return {path: value for path, value in numbers_in(published.expected(file))
            if not any(mark in path if mark.endswith("[") else path.endswith(mark) for mark in GIVEN)}


def rows() -> Iterator[Row]:
    """All rows: every published number and ours."""
    for file, ours in OURS.items():
        wanted = expected_numbers(file)
        for path, got, *tolerance in ours():
            yield Row(file, path, wanted[path], float(got), tolerance[0] if tolerance else last_digit(wanted[path]))


def _asah() -> Iterator[tuple]:
    data = published.table("asah")
    truth, names = (data["outcome"] == "Poor").to_numpy(int), ["wfns", "ndka", "s100b"]
    scores = data[names].to_numpy(float)
    parts = delong.placements(scores, truth)
    cov = parts.covariance()
    for i, name in enumerate(names):
        yield f"auc.{name}", parts.auc[i], 5.1e-5 if name == "s100b" else 1e-12
        yield f"delong_var.{name}", cov[i, i]
    for a, b in (("wfns", "ndka"), ("ndka", "s100b"), ("s100b", "wfns")):
        yield f"delong_cov.{a}_{b}", cov[names.index(a), names.index(b)]
    women = (data["gender"] == "Female").to_numpy()
    for name, e in (("ndka", roc_area.auc(scores[:, 1], truth)),
                    ("ndka_female_only", roc_area.auc(scores[women, 1], truth[women]))):
        for i, got in enumerate((e.ci_low, e.value, e.ci_high)):
            yield f"delong_auc_ci.{name}[{i}]", got
    for a, b in (("wfns", "s100b"), ("wfns", "ndka"), ("ndka", "s100b")):
        columns = [names.index(a), names.index(b)]
        test = delong.paired(scores[:, columns], truth)
        for path, got in (("Z", test.statistic), ("p", test.p), ("ci[0]", test.difference.ci_low),
                          ("ci[1]", test.difference.ci_high)):
            yield f"paired_delong.{a}_vs_{b}.{path}", got
        if (a, b) == ("wfns", "s100b"):
            yield "paired_delong.wfns_vs_s100b.p_greater", ndtr(-test.statistic)
            yield "paired_delong.wfns_vs_s100b.p_less", ndtr(test.statistic)
        apart, _ = delong.unpaired(*((scores[:, c], truth) for c in columns))
        yield f"unpaired_delong.{a}_vs_{b}.D", apart.statistic
        yield f"unpaired_delong.{a}_vs_{b}.p", apart.p
    same = delong.paired(scores[:, [0, 0]], truth)
    yield "paired_delong.identical_curves.Z", same.statistic
    yield "paired_delong.identical_curves.p", same.p
    yield "multiclass_ndka_gos6.auc", _of_many_classes(scores[:, 1], data["gos6"].to_numpy())
    yield "power_s100b.power", auc_power(float(parts.auc[2]), positive=41, negative=72)


def _of_many_classes(score: np.ndarray, classes: np.ndarray) -> float:
    """Hand & Till's AUC (2001), the mean over pairs of classes; pROC orients each pair by its medians, we do not."""
    pairs = []
    for a, b in combinations(np.unique(classes), 2):
        these = (classes == a) | (classes == b)
        rises = np.median(score[classes == a]) <= np.median(score[classes == b])
        pairs.append(roc_area.auc(score[these] if rises else -score[these], (classes[these] == b).astype(int)).value)
    return float(np.mean(pairs))


def _binary() -> Iterator[tuple]:
    wanted = published.expected("binary")
    kinds = {"wilson": Interval.WILSON, "exact": Interval.EXACT, "agresti_coull": Interval.AGRESTI_COULL}
    for group in ("wilson_newcombe1998", "binom_confint_R"):
        for index, case in enumerate(wanted[group][:-1]):
            for name in (name for name in kinds if name in case):
                e = proportion(case["x"], case["n"], interval=kinds[name])
                tolerance = 5.1e-5 if group.startswith("wilson") else 6e-8
                yield f"{group}[{index}].{name}[0]", e.ci_low, tolerance
                yield f"{group}[{index}].{name}[1]", e.ci_high, tolerance
    for index, case in enumerate(wanted["mcnemar_exact"][:-1]):
        yield f"mcnemar_exact[{index}].p", _exact(case["table"]), 6e-7
    table = wanted["mcnemar_exact_R"]["table"]
    yield "mcnemar_exact_R.p", _exact(table)
    yield "mcnemar_exact_R.p_continuity", mcnemar_chi_square(table[0][1], table[1][0], corrected=True)[1]
    yield "mcnemar_exact_R.chi2_uncorrected", mcnemar_chi_square(table[0][1], table[1][0], corrected=False)[0]
    for index, case in enumerate(wanted["mcnemar_chi2"][:-1]):
        for name, corrected in (("corrected", True), ("uncorrected", False)):
            found = mcnemar_chi_square(case["table"][0][1], case["table"][1][0], corrected=corrected)
            for i in (0, 1):
                yield f"mcnemar_chi2[{index}].{name}[{i}]", found[i]
    for index, case in enumerate(wanted["cochran_q"][:-1]):
        q, df, _ = cochran_q(np.array(case["data"]))
        yield f"cochran_q[{index}].Q", q
        yield f"cochran_q[{index}].df", df


def _exact(table: list[list[int]]) -> float:
    """Our exact McNemar p for a 2 x 2 table of two raters' right and wrong answers."""
    cells = np.array(table).ravel()
    return mcnemar(np.repeat([1, 1, 0, 0], cells), np.repeat([1, 0, 1, 0], cells)).p


def _uoc() -> Iterator[tuple]:
    for name, case in published.expected("uoc")["cases"].items():
        matrix = np.array(case["matrix"])
        yield f"cases.{name}.uoc", metrics.uoc_index(matrix).value
        totals = matrix.sum(axis=1, keepdims=True)
        uniform = np.divide(matrix, totals, out=np.zeros(matrix.shape), where=totals > 0)
        for path, beta in (("beta_0", 0.0), ("beta_0_75", 0.75), ("beta_1", 1.0)):
            yield f"cases.{name}.{path}", uoc.at_betas(uniform, np.array([beta]))[0]


OURS = {"agreement": truth_agreement.rows, "asah": _asah, "binary": _binary, "uoc": _uoc,
        "vandyke": truth_van_dyke.rows}


def summary(made: list[Row]) -> str:
    """One line per source: the number of values, of reproduced ones, and the largest deviation."""
    lines = [f"{'source':10}{'numbers':>8}{'hold':>6}{'largest deviation':>19}{'of tolerance':>14}  at"]
    for file in OURS:
        rows_of = [row for row in made if row.file == file]
        worst = max(rows_of, key=lambda row: abs(row.got - row.expected) / row.tolerance)
        gap = abs(worst.got - worst.expected)
        lines.append(f"{file:10}{len(rows_of):8}{sum(row.holds for row in rows_of):6}{gap:19.2g}"
                     f"{gap / worst.tolerance:13.0%}   {worst.path}")
    return "\n".join(lines)


def main() -> int:
    """Prints all rows, then one line per source; the exit code is 1 where a row does not agree or is missing."""
    made, missing = list(rows()), 0
    for row in made:
        print(f"{row.file:10}{row.path:62}{row.expected:>22.12g}{row.got:>22.12g}  {'ok' if row.holds else 'DIFFERS'}")
    for file in OURS:
        for path in sorted(expected_numbers(file).keys() - {row.path for row in made if row.file == file}):
            missing += path not in NOT_REPRODUCED
            print(f"{file:10}{path:62}  {NOT_REPRODUCED.get(path, 'NOT WORKED OUT')}")
    wrong = sum(not row.holds for row in made)
    print(f"\n{summary(made)}\n")
    print(f"{len(made)} published numbers, {len(made) - wrong} reproduced, {wrong} differ, {missing} not worked out")
    return int(wrong + missing > 0)


if __name__ == "__main__":
    sys.exit(main())
