"""CSV and zip: no formulas, no nan, the same bytes twice, every column explained."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from reader_study.report.csv_export import csv_files, to_csv, to_zip, with_dictionary
from reader_study.report.data_dictionary import dictionary_of
from reader_study.statistics import comparison
from reader_study.statistics.input.settings import Settings
from tests.support.made_ratings import drawn, ratings

FEW = Settings(resamples=200)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_would_run_as_a_formula_is_neutralised(start: str):
    frame = pd.DataFrame({"caseID": [f"{start}1+1"], "value": [-0.5]})
    kept = "\n" if start == "\r" else start
    assert pd.read_csv(io.StringIO(to_csv(frame)), dtype=str).iloc[0].tolist() == [f"'{kept}1+1", "-0.5"]


def test_a_column_name_is_neutralised_too():
    assert to_csv(pd.DataFrame({"=cmd() call": ["good"]})) == "'=cmd() call\ngood\n"


def test_undefined_numbers_are_empty_cells():
    frame = pd.DataFrame({"value": [np.nan, 0.25], "n": pd.array([None, 4], dtype="Int64")})
    assert to_csv(frame) == "value,n\n,\n0.25,4\n"


def test_no_table_says_nan():
    frame = ratings([1, 1], readers={"A": [1, 1], "B": [1, 0]}, models={"M": [1, 1]}, scores={"M": [0.9, 0.8]})
    for table in comparison.all_tables(frame, settings=FEW).values():
        assert "nan" not in to_csv(table).lower().replace("not defined", "")


def test_exporting_twice_gives_the_same_bytes():
    packed = [to_zip(csv_files(comparison.all_tables(frame, settings=FEW)))
              for frame in (drawn(cases=10), drawn(cases=10).sample(frac=1, random_state=2))]
    assert packed[0] == packed[1]


def test_the_zip_holds_every_table_their_dictionary_and_what_made_them():
    tables = comparison.all_tables(drawn(cases=8), settings=FEW)
    with zipfile.ZipFile(io.BytesIO(to_zip(csv_files(with_dictionary(tables))))) as archive:
        assert set(archive.namelist()) == {f"{name}.csv" for name in [*tables, "data_dictionary", "about"]}
        assert archive.read("cases.csv").decode().startswith("caseID,truth,")


def test_every_column_of_every_table_is_explained():
    tables = comparison.all_tables(drawn(cases=8, conditions=("unaided", "aided")), settings=FEW)
    found = dictionary_of(tables)
    assert len(found) == sum(len(table.columns) for table in tables.values())
    assert found["meaning"].str.len().gt(3).all()


def test_an_unexplained_column_is_refused():
    with pytest.raises(ValueError, match="column mystery of table cases has no meaning"):
        dictionary_of({"cases": pd.DataFrame({"mystery": [1]})})
