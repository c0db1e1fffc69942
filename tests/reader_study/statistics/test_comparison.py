"""All tables from one ratings table: their shape, their laws, and the command that writes them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reader_study.commands.compare import main
from reader_study.statistics import comparison
from reader_study.statistics.input.settings import Settings
from tests.support.made_ratings import drawn, ratings

FEW = Settings(resamples=200)


def test_cases_show_truth_calls_and_how_many_readers_were_right():
    found = comparison.cases(ratings([1, 0], readers={"A": [1, 1], "B": [1, 0], "C": [1, None]}, models={"M": [0, 1]},
                                     scores={"A": [0.8, 0.6], "M": [0.3, 0.7]}))
    assert list(found.columns) == ["caseID", "truth", "A call", "A score", "B call", "C call", "k_right", "n_right",
                                   "n_readers", "M p", "M call"]
    assert found.iloc[1].tolist() == ["case-2", "good", "poor", 0.6, "good", "", "1/2", 1, 2, 0.7, "poor"]


def test_cases_without_truth_say_nothing_about_who_was_right():
    found = comparison.cases(ratings([np.nan, 0], readers={"A": [1, 1]}))
    assert found["k_right"].tolist() == ["", "0/1"]
    assert found["n_right"].isna().tolist() == [True, False]


def test_readers_of_two_conditions_have_columns_of_their_own():
    found = comparison.cases(drawn(cases=6, readers=2, models=0, conditions=("unaided", "aided")))
    assert {"R1 (unaided) call", "R1 (aided) call", "k_right (unaided)", "k_right (aided)"} <= set(found.columns)


def test_wide_tables_have_a_row_a_rater_and_a_row_a_pair():
    tables = comparison.all_tables(drawn(readers=2, models=1), settings=FEW)
    assert len(tables["performance_wide"]) == 2 + 1 + 2
    assert len(tables["agreement_wide"]) == 3 * (3 + 3 + 1)
    assert tables["performance_wide"]["Accuracy"].str.fullmatch(r"\d\.\d\d( \(\d\.\d\d–\d\.\d\d\))?").all()


def test_a_reader_is_compared_with_their_own_repeat():
    frame = drawn(cases=10, readers=2, models=0)
    again = frame[(frame["readerID"] == "R1") & (frame["caseID"] != "case-1")].assign(repeat=1)
    found = comparison.agreement(pd.concat([frame, again], ignore_index=True), settings=FEW)
    own = found[found["rater_b"] == "R1, repeat 1"]
    assert (own["value"].dropna() == 1).all()
    assert (own["n"] == 9).all()


def test_reordering_rows_changes_no_table():
    frame = drawn(cases=12)
    a = comparison.all_tables(frame, settings=FEW)
    b = comparison.all_tables(frame.sample(frac=1, random_state=5), settings=FEW)
    for name, table in a.items():
        pd.testing.assert_frame_equal(table, b[name])


def test_swapping_the_labels_exchanges_the_classes_and_changes_no_test():
    frame = drawn(cases=30, readers=3, models=2)
    frame = frame[frame["question"] == "prognosis"].reset_index(drop=True)
    swapped = frame.assign(**{name: (1 - frame[name]).round(9) for name in ("truth", "decision", "score")})
    one, other = (comparison.all_tables(table, settings=FEW) for table in (frame, swapped))
    raters = one["performance"]["raterID"] != "Majority vote"  # its ties are positive under both names
    partner = {"recall": "specificity", "specificity": "recall", "precision": "npv", "npv": "precision",
               "accuracy": "accuracy", "auc": "auc"}
    before, after = (table["performance"][raters].set_index(["raterID", "metric"])["value"] for table in (one, other))
    for (rater, metric), value in before.items():
        if metric in partner:
            assert after[rater, partner[metric]] == pytest.approx(value, nan_ok=True), (rater, metric)
    area, turned = (table["mrmc"].query("metric == 'auc'")["p"].tolist() for table in (one, other))
    assert turned == pytest.approx(area)
    assert other["agreement"]["value"].tolist() == pytest.approx(one["agreement"]["value"].tolist())


def test_a_duplicate_reader_reads_like_the_first():
    frame = drawn(cases=15, readers=1, models=0)
    twice = pd.concat([frame, frame.assign(readerID="R2")], ignore_index=True)
    found = comparison.performance(twice, settings=FEW)
    a, b = (found[found["raterID"] == name].reset_index(drop=True).drop(columns="raterID") for name in ("R1", "R2"))
    pd.testing.assert_frame_equal(a, b)
    pair = comparison.agreement(twice, settings=FEW).query("rater_a == 'R1' and rater_b == 'R2'")
    assert (pair["value"] == 1).all()


@pytest.mark.parametrize("frame", [
    ratings([1, 0], readers={"A": [1, 0]}),
    ratings([1, 1], readers={"A": [1, 1], "B": [1, 1]}, models={"M": [1, 1]}),
    ratings([np.nan, np.nan], readers={"A": [1, 0], "B": [0, 0]}),
    ratings([1, 0, 1], readers={"A": [1, None, None], "B": [None, 0, None]}),
    ratings([1, 0], models={"M": [1, 0]}, scores={"M": [0.5, 0.5]}),
    ratings([1, 0, 1, 0], readers={"A": [1, 0, 1, 0], "B": [1, 0, 1, 0]},
            scores={"A": [0.9, 0.1, 0.8, 0.2], "B": [0.9, 0.1, 0.8, 0.2]}),
], ids=["two cases", "one class", "no truth", "no shared case", "constant score", "perfect"])
def test_every_cell_is_a_number_or_has_its_reason(frame: pd.DataFrame):
    tables = comparison.all_tables(frame, settings=FEW)
    for name, table in tables.items():
        wanted = {"tests": ["p"], "mrmc": ["p", "ci_low"], "mrmc_components": ["value"],
                  "sample_size": ["power"]}.get(
            name, ["value", "ci_low", "ci_high"])
        if "note" in table:
            empty = table[wanted].isna().any(axis=1)
            assert table.loc[empty, "note"].str.contains("not defined: ").all(), name
        assert not table.select_dtypes("number").isin([np.inf, -np.inf]).any(axis=None), name


def test_the_command_writes_all_tables(tmp_path: Path):
    drawn(cases=10).to_csv(tmp_path / "ratings.csv", index=False)
    assert main([str(tmp_path / "ratings.csv"), "--out", str(tmp_path / "out"), "--bootstrap", "100"]) == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"performance.csv", "agreement.csv", "cases.csv", "data_dictionary.csv", "comparison.zip", "report.html",
            "report.pdf", "methods.txt", "checklist.csv", "about.csv", "figures", "ratings.imrmc"} <= names


def test_the_command_takes_the_truth_from_a_file(tmp_path: Path):
    frame = drawn(cases=10, models=0).query("question == 'prognosis'")
    frame[["readerID", "caseID", "modalityID", "score"]].to_csv(tmp_path / "r.csv", index=False)
    frame[["caseID", "truth"]].drop_duplicates().to_csv(tmp_path / "t.csv", index=False)
    assert main([str(tmp_path / "r.csv"), "--truth", str(tmp_path / "t.csv"), "--out", str(tmp_path / "out"),
                 "--tables-only"]) == 0
    found = pd.read_csv(tmp_path / "out" / "performance.csv")
    expected = comparison.performance(frame)
    assert found["value"].to_numpy() == pytest.approx(expected["value"].to_numpy(), nan_ok=True)


def test_the_command_refuses_with_one_sentence_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture):
    most = "".join(f"a,{case},x,0.2\n" for case in range(3, 30))
    (tmp_path / "r.csv").write_text(f"readerID,caseID,modalityID,score\na,1,x,0.2\na,2,x,7\n{most}", encoding="utf-8")
    assert main([str(tmp_path / "r.csv"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == (
        "r.csv, row 3, column score: expected a number from 0 to 1, got 7; where the scores have another "
        "scale, name it with --score-range LOW HIGH\n")
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]


def test_the_command_does_not_overwrite(tmp_path: Path, capsys: pytest.CaptureFixture):
    assert main(["nothing.csv", "--out", str(tmp_path)]) == 2
    assert "exists already, expected a new folder" in capsys.readouterr().err


def test_the_command_takes_labels_a_reference_and_a_question(tmp_path: Path, capsys: pytest.CaptureFixture):
    frame = drawn(cases=8, readers=2, models=1, conditions=("unaided", "aided"))
    names = {0: "alive", 1: "dead"}
    labelled = frame[frame["question"] == "prognosis"].assign(truth=lambda f: f["truth"].map(names),
                                                              decision=lambda f: f["decision"].map(names))
    labelled.to_csv(tmp_path / "r.csv", index=False)
    argv = [str(tmp_path / "r.csv"), "--tables-only", "--positive", "dead", "--covariance", "DeLong", "unbiased"]
    assert main([*argv, "--reference-modality", "M1", "--out", str(tmp_path / "out")]) == 0
    found = pd.read_csv(tmp_path / "out" / "mrmc.csv")
    assert set(found["comparison"]) == {"readers (unaided) - M1", "readers (aided) - M1"}
    assert set(found["covariance"]) == {"DeLong", "unbiased"}
    assert main([*argv, "--reference-modality", "CT", "--out", str(tmp_path / "no")]) == 2
    assert "reference modality 'CT': expected one of M1, aided, unaided" in capsys.readouterr().err
