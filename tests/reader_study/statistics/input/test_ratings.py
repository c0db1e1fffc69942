"""The ratings table: what is accepted, and which row, column and rule a refusal names."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reader_study.statistics.input import imrmc
from reader_study.statistics.input.panel import natural_order, panel_of
from reader_study.statistics.input.ratings import (
    COLUMNS,
    BadRatings,
    at_threshold,
    validate,
    with_defaults,
    with_labels,
)
from reader_study.statistics.input.ratings_csv import read_csv
from tests.support.made_ratings import drawn, ratings

GOOD = ratings([1, 0], readers={"R": [1, 0]}, models={"M": [1, 1]}, scores={"M": [0.9, 0.6]})


@pytest.mark.parametrize(("column", "value", "message"), [
    ("score", 70, r"row 3, column score: expected a number from 0 to 1, or empty, got 70"),
    ("score", "high", r"row 3, column score: expected a number from 0 to 1, or empty, got 'high'"),
    ("decision", 2, r"row 3, column decision: expected a class index"),
    ("decision", None, r"row 3, column decision: .* got an empty cell"),
    ("truth", 0.5, r"row 3, column truth: expected a class index"),
    ("rater_type", "robot", r"row 3, column rater_type: expected one of reader, model, got 'robot'"),
    ("condition", "blind", r"row 3, column condition: expected one of unaided, aided, model, got 'blind'"),
    ("question", "sex", r"row 3, column question: expected one of prognosis, gcs, age"),
    ("repeat", -1, r"row 3, column repeat: expected a whole number from 0 on, got -1"),
    ("caseID", " ", r"row 3, column caseID: expected a name, got ' '"),
])
def test_a_refusal_names_row_column_and_rule(column: str, value: object, message: str):
    broken = GOOD.astype({column: object})
    broken.loc[1, column] = value
    with pytest.raises(BadRatings, match=message):
        validate(broken)


def test_all_broken_rows_are_counted():
    with pytest.raises(BadRatings, match=r"row 4, column score: .*\(1 more such row\)"):
        validate(GOOD.assign(score=[None, None, 9.0, 8.0]))


def test_a_missing_column_is_named():
    with pytest.raises(BadRatings, match="column repeat is missing"):
        validate(GOOD.drop(columns="repeat"))


def test_no_rows_are_refused():
    with pytest.raises(BadRatings, match="no rows"):
        validate(GOOD.iloc[:0])


def test_two_reads_of_the_same_are_refused():
    with pytest.raises(BadRatings, match="row 6, column caseID: expected one row a reader, case"):
        validate(pd.concat([GOOD, GOOD.iloc[:1]]))


def test_two_truths_of_a_case_are_refused():
    with pytest.raises(BadRatings, match="row 4, column truth: expected the same truth for a case"):
        validate(GOOD.assign(truth=[1, 0, 0, 0]))


def test_another_scale_can_be_named():
    assert validate(GOOD.assign(score=[1, 2, 5, 4]), score_range=(1, 5))["score"].max() == 5


def test_the_order_of_rows_does_not_matter():
    a, b = panel_of(drawn(cases=15)), panel_of(drawn(cases=15).sample(frac=1, random_state=1))
    assert (a.cases, a.raters) == (b.cases, b.raters)
    assert (a.decision == b.decision).all()


def test_natural_order_puts_2_before_10():
    assert sorted(["R10", "R2", "a", "R1"], key=natural_order) == ["R1", "R2", "R10", "a"]


def test_names_that_tables_use_are_marked():
    assert panel_of(ratings([1, 0], readers={"truth": [1, 0]})).labels == ("truth [reader, unaided]",)


def test_a_short_table_is_filled(tmp_path: Path):
    path = tmp_path / "short.csv"
    path.write_text("readerID,caseID,modalityID,score\n01,1,CT,0.5\n01,2,CT,0.4\n", encoding="utf-8")
    found = read_csv(path)
    assert list(found.columns) == list(COLUMNS)
    assert found["decision"].tolist() == [1, 0]
    assert found["readerID"].tolist() == ["01", "01"]


def test_neither_score_nor_decision_is_refused():
    with pytest.raises(BadRatings, match="expected a column score or a column decision, got neither"):
        with_defaults(pd.DataFrame({"readerID": ["a"], "caseID": ["b"], "modalityID": ["c"]}))


def test_answers_under_the_name_of_their_question_are_told_where_they_belong():
    with pytest.raises(BadRatings, match=r"put the classes of column gcs .* and compare with --question gcs"):
        with_defaults(pd.DataFrame({"readerID": ["a"], "caseID": ["b"], "modalityID": ["c"], "gcs": [2]}))


@pytest.mark.parametrize("content", ["", "\x00\x01\x02", 'a,b\n"1,2\n'])
def test_what_is_no_table_is_refused(tmp_path: Path, content: str):
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadRatings, match=r"bad.csv: expected a CSV file|column readerID is missing"):
        read_csv(path)


def test_a_missing_file_is_named(tmp_path: Path):
    for read in (read_csv, imrmc.read):
        with pytest.raises(BadRatings, match=r"nothing.csv: no such file"):
            read(tmp_path / "nothing.csv")


def test_imrmc_there_and_back(tmp_path: Path):
    frame = drawn(cases=9, readers=2, models=1)
    path = tmp_path / "study.imrmc"
    path.write_text(imrmc.write(frame), encoding="utf-8")
    found = imrmc.read(path)
    asked = frame[frame["question"] == "prognosis"]
    assert sorted(found["score"].astype(float)) == sorted(asked["score"])
    assert found["truth"].astype(int).sum() == asked["truth"].sum()


def test_imrmc_without_its_marker_is_refused(tmp_path: Path):
    path = tmp_path / "study.imrmc"
    path.write_text("1,1,1,0.5\n", encoding="utf-8")
    with pytest.raises(BadRatings, match="expected a line BEGIN DATA:"):
        imrmc.read(path)


def test_imrmc_line_of_three_fields_is_named(tmp_path: Path):
    path = tmp_path / "study.imrmc"
    path.write_text("N0: 1\nBEGIN DATA:\n-1,1,0,1\n1,1,0.5\n", encoding="utf-8")
    with pytest.raises(BadRatings, match=r"study.imrmc, line 4: expected readerID,caseID,modalityID,score"):
        imrmc.read(path)


def test_a_label_can_name_the_positive_class():
    frame = pd.DataFrame({"readerID": "a", "caseID": ["1", "2", "3"], "modalityID": "x",
                          "decision": ["dead", "alive", "dead"], "truth": ["alive", None, "dead"]})
    found = validate(with_defaults(with_labels(frame, "dead")))
    assert found["decision"].tolist() == [1, 0, 1]
    assert found["truth"].tolist() == pytest.approx([0, np.nan, 1], nan_ok=True)
    with pytest.raises(BadRatings, match="column decision: expected alive and one other label, got dead, lost"):
        with_labels(frame.assign(decision=["dead", "alive", "lost"]), "alive")


def test_a_threshold_makes_the_calls_of_graded_raters_only():
    frame = ratings([1, 0], readers={"A": [1, 0], "B": [0, 0]}, models={"M": [1, 0]},
                    scores={"A": [0.6, 0.2], "M": [0.9, 0.7]})
    found = at_threshold(frame, 0.65).groupby("readerID", sort=True)["decision"].apply(list).to_dict()
    assert found == {"A": [0, 0], "B": [0, 0], "M": [1, 1]}


def test_optional_columns_stay_and_are_checked():
    frame = ratings([1, 0], readers={"A": [1, 0], "B": [1, 1]}).assign(seconds=5.0, sex=" F", haematoma_ml=[1, 2, 1, 2])
    assert validate(frame)["sex"].unique().tolist() == ["F"]
    with pytest.raises(BadRatings, match="row 2, column seconds: expected a number from 0 on, or empty, got -1"):
        validate(frame.assign(seconds=-1.0))
    with pytest.raises(BadRatings, match="row 4, column haematoma_ml: expected the same for a case in all its rows"):
        validate(frame.assign(haematoma_ml=[1, 2, 3, 2]))
