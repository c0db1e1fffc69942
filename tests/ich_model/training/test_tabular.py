"""Prognosis from a clinical table: how it is read and scaled, and the three models on made patients."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from data_samples.cohort import clinical_row
from data_samples.phantom.outcome import draw_patient
from ich_model import __main__ as commands
from ich_model.dataset.clinical_table import ClinicalTable, read_clinical, scaled, scaling_of
from ich_model.training import tabular
from ich_model.training.config import TrainingConfig

PAPER = "PatientID;Label;Gender;Age;GCS;Glucose;Urea;HT\n"


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """90 drawn patients in three folds, a few values missing."""
    drawn = [clinical_row(draw_patient(np.random.default_rng([3, number]))) for number in range(90)]
    frame = pd.DataFrame([{"caseID": f"S{number}", "fold": number % 3, **row} for number, row in enumerate(drawn)])
    frame.loc[::7, "volume_ml"] = None
    frame.loc[::9, "location"] = None
    frame.to_csv(path := tmp_path_factory.mktemp("table") / "clinical.csv", index=False)
    return path


@pytest.fixture(scope="module")
def read(table) -> ClinicalTable:
    return read_clinical(table)


def written(folder: Path, text: str) -> Path:
    (folder / "c.csv").write_text(text, encoding="cp1252")
    return folder / "c.csv"


def test_the_papers_table_is_read_with_semicolons_and_decimal_commas(tmp_path):
    rows = "12;1;M;81;7;6,5;;si\n213;0;M;60;15;;;no\n14;0;F;62;15;;;\n"
    found = read_clinical(written(tmp_path, PAPER + rows))
    assert [case.case_id for case in found.cases] == ["12", "14"]  # 213 is left out, as published
    assert found.gcs_and_age.tolist() == [[7, 81], [15, 62]]
    assert found.predictors["Glucose"].tolist() == [6.5, pytest.approx(np.nan, nan_ok=True)]
    assert not found.synthetic


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PAPER + "12;1;M;81;2;6;;si\n", "line 2: case 12: gcs 2, expected 3 to 15"),
        (PAPER + "12;1;M;;7;6;;si\n", "line 2: case 12: age nan, expected 0 to 120"),
        (PAPER + ";1;M;81;7;6;;si\n", "line 2: caseID is empty; expected a name"),
        (PAPER + "12;3;M;81;7;6;;si\n", "line 2: case 12: poor 3, expected 0 to 1"),
        (PAPER + "12;1;M;81;7;6;;si\n" * 1 + "12;0;M;81;7;6;;si\n", "case 12 appears more than once"),
        ("PatientID,Age\n1,2\n", "column poor is missing"),
        ("", "not a table"),
    ],
)
def test_a_bad_table_is_named(text, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        read_clinical(written(tmp_path, text))


def test_the_outcome_and_what_was_made_of_it_do_not_predict(read):
    assert set(read.predictors.columns) == {"gcs", "age", "sex", "location", "volume_ml", "ivh", "infratentorial"}
    assert read.synthetic


def test_columns_are_scaled_and_filled_by_the_training_patients_alone():
    training = pd.DataFrame({"gcs": [5.0, 9.0], "age": [40.0, 80.0], "x": [1.0, np.nan], "y": [np.nan] * 2,
                             "sex": ["F", "F"]})  # fmt: skip
    tested = pd.DataFrame({"gcs": [15.0], "age": [100.0], "x": [np.nan], "y": [3.0], "sex": ["M"]})
    scaling = scaling_of(training)
    assert scaling.names == ["gcs", "age", "x", "sex=F"]  # y was never seen
    assert scaled(tested, scaling).tolist() == [[1.0, 1.5, 0.0, 1.0]]
    assert scaled(training, scaling)[:, 0].tolist() == pytest.approx([2 / 12, 6 / 12])


def test_the_network_has_the_published_widths():
    shapes = [tuple(layer.weight.shape) for layer in tabular.network(40) if isinstance(layer, torch.nn.Linear)]
    assert shapes == [(64, 40), (32, 64), (16, 32), (1, 16)]


def test_every_patient_is_tested_once_and_the_same_seed_says_the_same(read):
    config = TrainingConfig(epochs=3)
    (folds, answers), (_, again) = (tabular.cross_validated(read, config) for _ in range(2))
    assert answers.equals(again)
    for key in tabular.MODELS:
        assert sorted(answers.loc[answers["variant"] == key, "caseID"]) == sorted(c.case_id for c in read.cases)
    simple = folds.query("metric == 'auc' and variant != 'clinical_network'")["value"]
    assert simple.mean() > 0.75  # the outcome was drawn from GCS and age among others


def test_the_command_writes_tables_and_figure(table, tmp_path, capsys):
    out = tmp_path / "out"
    assert commands.main(["tabular", "--table", str(table), "--out", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {
        "folds.csv", "summary.csv", "predictions.csv", "decision_boundary.png",
    }  # fmt: skip
    assert set(pd.read_csv(out / "summary.csv")["title"]) == set(tabular.TITLES.values())
    assert commands.main(["tabular", "--table", str(table), "--out", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
