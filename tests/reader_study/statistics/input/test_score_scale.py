"""Scores on any scale: where the scale comes from, what is refused and how, and what is said where no call is made."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reader_study.commands.compare import main
from reader_study.statistics.agreement import krippendorff
from reader_study.statistics.agreement.multi_rater import counts_of
from reader_study.statistics.input.ratings import NO_CALLS
from reader_study.statistics.input.score_scale import PROBABILITY, Scale, scale_of
from tests.reader_study.commands.test_hard_files import HEADER, IMRMC, compared, refusal, table
from tests.reader_study.statistics.test_degenerate import noisy, study, unexplained

FIVE = HEADER + "".join(f"{reader},c{case},CT,{1 + (case * 3 + shift) % 5},{case % 2}\n"
                        for reader, shift in (("A", 0), ("B", 1)) for case in range(10))
EXAMPLES = Path(__file__).resolve().parents[4].parent / "shared" / "cases" / "statistics"
needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="../shared/cases/statistics is not here")


def found(scores: list[float], *, name: str = "r.csv", given: tuple[float, float] | None = None,
          threshold: float | None = None) -> Scale:
    """The scale of scores in a file."""
    return scale_of(pd.DataFrame({"score": scores}), name=name, given=given, threshold=threshold)


# Where the scale comes from


@pytest.mark.parametrize("name", ["r.csv", "r.imrmc"])
def test_scores_from_0_to_1_are_probabilities_and_a_half_is_a_call(name):
    assert found([0.2, 0.4, 1.0], name=name) == PROBABILITY == Scale(0.0, 1.0, 0.5)


@pytest.mark.parametrize(("scores", "expected"), [
    ([1, 2, 5], (1, 5)), ([0, 50, 100], (0, 100)), ([-3.5, 0.2, 2.25], (-3.5, 2.25)), ([7, 7], (7, 7)),
    ([*[0.5] * 19, 3], (0.5, 3)),
])
def test_where_a_twentieth_lies_outside_the_range_is_that_of_the_data_and_no_call_is_made(scores, expected):
    assert found(scores) == Scale(*expected, threshold=None, from_data=True)


def test_where_fewer_lie_outside_the_rows_and_the_option_are_named():
    scores = [0.5] * 200
    for place in (3, 17, 40, 41, 42, 60, 61):
        scores[place] = place
    with pytest.raises(ValueError, match=re.escape(
            "r.csv, rows 5, 19, 42, 43, 44, column score: expected numbers from 0 to 1, got 3, 17, 40, 41, 42 (2 more "
            "such rows); where the scores have another scale, name it with --score-range LOW HIGH")):
        found(scores)


def test_an_imrmc_file_takes_its_range_from_one_score():
    assert found([*[0.5] * 99, 20], name="r.imrmc") == Scale(0.5, 20, threshold=None, from_data=True)


def test_a_threshold_makes_calls_on_any_scale_and_must_lie_on_it():
    assert found([1, 2, 5], threshold=3).threshold == 3
    with pytest.raises(ValueError, match="--threshold 9: expected a number on the scale of the scores, from 1 to 5, "
                                         "the range of the data: --score-range LOW HIGH names a wider one"):
        found([1, 2, 5], threshold=9)


def test_a_named_range_holds_every_score_or_is_refused():
    assert found([1, 2, 4], given=(1, 5)) == Scale(1, 5, threshold=None)
    assert found([0.1, 0.9], given=(0, 1)) == PROBABILITY
    with pytest.raises(ValueError, match=r"r\.csv, row 4, column score: expected a number from 1 to 3, got 4; "
                                         "--score-range has to hold every score"):
        found([1, 2, 4], given=(1, 3))


def test_the_row_of_an_imrmc_file_is_its_line(tmp_path, capsys):
    done = compared(tmp_path, IMRMC + "1,1,a,0.9\n1,2,a,20\n", "--score-range", "0", "1", name="r.imrmc")
    assert "r.imrmc, row 5, column score: expected a number from 0 to 1, got 20" in refusal(done, capsys, tmp_path)


# What the command says


def test_another_question_is_named(tmp_path, capsys):
    gcs = "readerID,caseID,modalityID,question,decision,truth\nA,c0,CT,gcs,1,1\n"
    assert "r.csv: no row of question prognosis; expected --question gcs" in refusal(
        compared(tmp_path, gcs), capsys, tmp_path)
    assert compared(tmp_path, gcs, "--question", "gcs") == 0


def test_the_range_and_the_missing_calls_are_each_told_in_one_sentence(tmp_path, capsys):
    assert compared(tmp_path, FIVE) == 0
    first, second, _ = capsys.readouterr().out.splitlines()
    assert first == ("r.csv: the scores go from 1 to 5; this range was taken from the data, --score-range LOW HIGH "
                     "names another.")
    assert second.startswith("No call was made of 20 scores on the scale 1 to 5: tables of calls need --threshold.")


def test_without_calls_the_aucs_are_those_with_calls_and_metrics_of_calls_say_what_they_need(tmp_path):
    (tmp_path / "called").mkdir()
    assert (compared(tmp_path, FIVE), compared(tmp_path / "called", FIVE, "--threshold", "3")) == (0, 0)
    without, with_calls = (table(place, "performance.csv") for place in (tmp_path, tmp_path / "called"))
    for row, called in zip(without, with_calls, strict=True):
        if row["metric"] == "auc":
            assert all(row[column] == called[column] for column in ("value", "ci_low", "ci_high"))
        else:
            assert (row["value"], row["note"]) == ("", f"not defined: {NO_CALLS}")
    assert {row["decision"] for row in table(tmp_path, "ratings.csv")} == {""}
    assert {row["A call"] for row in table(tmp_path, "cases.csv")} == {"no call"}


def test_agreement_without_calls_is_that_of_the_scores(tmp_path):
    assert compared(tmp_path, FIVE) == 0
    rows = {(row["rater_a"], row["rater_b"], row["statistic"]): row for row in table(tmp_path, "agreement.csv")}
    assert rows["A", "B", "krippendorff_ordinal"]["value"] == rows["readers", "all", "krippendorff_ordinal"]["value"]
    assert rows["A", "B", "cohen_kappa"]["note"] == f"not defined: {NO_CALLS}"
    assert {row["note"] for row in table(tmp_path, "tests.csv")} == {f"not defined: {NO_CALLS}"}


def test_ordinal_alpha_of_scores_is_that_of_their_categories():
    rng = np.random.default_rng(3)
    scores = rng.integers(0, 5, (30, 4)).astype(float)
    scores[rng.random((30, 4)) < 0.2] = np.nan
    by_categories = krippendorff.alpha(counts_of(scores, 5), "ordinal", resamples=200)
    by_scores = krippendorff.ordinal_of_scores(10.0 ** scores, resamples=200)  # only their order counts
    assert (by_scores.n, by_scores.method) == (by_categories.n, by_categories.method)
    assert [by_scores.value, by_scores.ci_low, by_scores.ci_high] == pytest.approx(
        [by_categories.value, by_categories.ci_low, by_categories.ci_high], abs=1e-12)


def test_a_decision_of_the_file_stays_and_reads_without_one_are_counted(tmp_path):
    lines = FIVE.splitlines()
    calls = [1, 0, None, 1, 0, 1, 0, 1, 0, 1, *[None] * 10]
    mixed = "\n".join([f"{lines[0]},decision", *(f"{line},{'' if call is None else call}"
                                                 for line, call in zip(lines[1:], calls, strict=True)), ""])
    assert compared(tmp_path, mixed) == 0
    rows = {(row["raterID"], row["metric"]): row for row in table(tmp_path, "performance.csv")}
    assert (rows["A", "accuracy"]["n"], rows["A", "accuracy"]["note"]) == ("9", "1 read without a call left out")
    assert rows["A", "auc"]["n"] == "10"
    assert rows["B", "accuracy"]["note"] == f"not defined: {NO_CALLS}"


ANY = {
    "1 to 5": study(lambda truth, rng: np.clip(np.round(2.5 + truth + rng.normal(0, 1, len(truth))), 1, 5)),
    "0 to 100": study(lambda truth, rng: np.round(100 * noisy(truth, rng))),
    "below 0": study(lambda truth, rng: np.round(truth + rng.normal(0, 1, len(truth)), 2)),
    "one score": study(lambda truth, rng: np.full(len(truth), 7.0)),
    "a repeat": pd.concat([study(lambda truth, rng: 10 * noisy(truth, rng)).assign(repeat=repeat)
                           for repeat in (0, 1)]),
    "times and aid": study(lambda truth, rng: 10 * noisy(truth, rng)).assign(seconds=5.0, sex="female"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ANY)
def test_every_empty_number_says_why(name, tmp_path, capsys):
    ANY[name].to_csv(tmp_path / "r.csv", index=False)
    done = main([str(tmp_path / "r.csv"), "--out", str(tmp_path / "out"), "--bootstrap", "100", "--paper-mode",
                 "--tables-only", "--covariance", "DeLong", "jackknife", "unbiased"])
    assert (done, capsys.readouterr().err) == (0, "")
    for file in sorted((tmp_path / "out").glob("*.csv")):
        assert not re.search(r"(?im)(^|,)(nan|-?inf|none|<na>|nat)(,|$)", file.read_text(encoding="utf-8")), file.name
        unexplained(pd.read_csv(file), file.stem)


@pytest.fixture(scope="module")
def export(tmp_path_factory) -> Path:
    """The whole export of scores from 1 to 5 without calls."""
    folder = tmp_path_factory.mktemp("scale")
    ANY["1 to 5"].to_csv(folder / "r.csv", index=False)
    assert main([str(folder / "r.csv"), "--out", str(folder / "out"), "--bootstrap", "50"]) == 0
    return folder / "out"


def test_the_report_says_what_was_made_of_the_scores(export):
    page = (export / "report.html").read_text(encoding="utf-8")
    for said in ("this range was taken from the data", "tables of calls need --threshold", NO_CALLS[1:]):
        assert said in page
    assert "1 to 5, taken from the data" in (export / "about.csv").read_text(encoding="utf-8")


def test_the_methods_name_the_scale_and_no_method_of_calls(export):
    said = (export / "methods.txt").read_text(encoding="utf-8")
    assert "Scores lie on a scale from 1 to 5, the range of the data; no calls were made of them" in said
    assert "Krippendorff's alpha for ordinal data" in said
    unsaid = ("accuracy, balanced", "majority vote", "McNemar", "kappa", "Brier", "Cochran")
    assert [words for words in unsaid if words in said.partition("References")[0]] == []


def test_only_figures_that_need_no_call_are_drawn(export):
    assert {file.stem for file in (export / "figures").iterdir()} == {"metrics", "roc"}


@needs_examples
def test_imrmcs_example_gives_its_aucs(tmp_path):
    assert main([str(EXAMPLES / "input.imrmc"), "--out", str(tmp_path / "out"), "--tables-only"]) == 0
    row = next(row for row in table(tmp_path, "mrmc.csv") if (row["analysis"], row["metric"]) == ("RRRC", "auc"))
    assert sorted([float(row["estimate_a"]), float(row["estimate_b"])]) == pytest.approx([0.704375, 0.7585], abs=1e-9)
