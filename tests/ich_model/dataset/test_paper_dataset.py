"""The paper's dataset as it lies: who comes in, what is wrong, the training table and the study made of it."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from ich_model.__main__ import main as model_main
from ich_model.dataset import cases, paper_dataset
from reader_study.__main__ import main as study_main
from reader_study.store.workspace import at
from tests.support.simple_head import brain_hu, written

COLUMNS = ["PatientID", "Label", *paper_dataset.CLINICAL_COLUMNS.split(), "GCS", "Age"]


def row(patient, label, gcs=10, age=70, **others) -> dict[str, str]:
    """A patient's row; the columns that matter nothing hold a number."""
    values = dict.fromkeys(COLUMNS, "1") | {"PatientID": patient, "Label": label, "GCS": gcs, "Age": age} | others
    return {column: str(value) for column, value in values.items()}


def dataset(folder: Path, rows: list[dict[str, str]], images: dict[str, str], *, encoding: str = "utf-8") -> Path:
    """The folder of a dataset; `images` are empty files by name, and the prognosis of their folder."""
    for name in paper_dataset.FOLDERS:
        (folder / name).mkdir(parents=True)
    for name, prognosis in images.items():
        (folder / f"{prognosis}_PROGNOSIS" / name).touch()
    lines = [",".join(rows[0]), *(",".join(one.values()) for one in rows)]
    (folder / paper_dataset.TABLE).write_text("\n".join(lines), encoding=encoding)
    return folder


def brains(patients: list[str], prognosis: str) -> dict[str, str]:
    return {f"{patient}_brain.nii.gz": prognosis for patient in patients}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_every_patient_but_213_comes_in_by_number(tmp_path, encoding):
    rows = [row(12, 0, age="61.5"), row(213, 1), row(9, 1, gcs=4)]
    images = {**brains(["12"], "GOOD"), **brains(["213", "9"], "POOR"), "9.nii.gz": "POOR"}
    read = paper_dataset.read(dataset(tmp_path / "data", rows, images, encoding=encoding))
    assert read.problems == ()
    assert [(case.patient, case.image.name, case.poor, case.gcs, case.age) for case in read.cases] == [
        ("9", "9_brain.nii.gz", 1, 4, 70.0), ("12", "12_brain.nii.gz", 0, 10, 61.5)]


PROBLEMS = {
    "GCS 2": ([row(1, 0, gcs=2)], ["1"], "patient 1: GCS '2'; expected a whole number of 3 to 15"),
    "GCS 16": ([row(1, 0, gcs=16)], ["1"], "patient 1: GCS '16'"),
    "no GCS": ([row(1, 0, gcs="")], ["1"], "patient 1: GCS ''"),
    "GCS 10.5": ([row(1, 0, gcs="10.5")], ["1"], "patient 1: GCS '10.5'"),
    "GCS in words": ([row(1, 0, gcs="nan")], ["1"], "patient 1: GCS 'nan'"),
    "negative age": ([row(1, 0, age=-1)], ["1"], "patient 1: age '-1'"),
    "no age": ([row(1, 0, age="")], ["1"], "patient 1: age ''"),
    "label 2": ([row(1, 2)], ["1"], "patient 1: label '2'; expected 0"),
    "no label": ([row(1, "")], ["1"], "patient 1: label ''; expected 0"),
    "no patient": ([row("", 0)], [], "patient : 1 rows of the table have no PatientID"),
    "age": ([row(1, 0, age=121)], ["1"], "patient 1: age '121'; expected 0 to 120 years"),
    "label": ([row(1, 1)], ["1"], "patient 1: label '1'; expected 0 for a scan in GOOD_PROGNOSIS"),
    "twice": ([row(1, 0), row(1, 0)], ["1"], "patient 1: 2 rows in CLINICAL_DATA_ICH.csv; expected one"),
    "no image": ([row(1, 0)], [], "patient 1: no scan in GOOD_PROGNOSIS or POOR_PROGNOSIS"),
    "no row": ([row(2, 0)], ["1", "2"], "patient 1: GOOD_PROGNOSIS/1_brain.nii.gz has no row"),
    "column": ([row(1, 0, Shoe_size=44)], ["1"], "CLINICAL_DATA_ICH.csv: unknown column 'Shoe_size'; it is not used"),
}


@pytest.mark.parametrize("kind", PROBLEMS)
def test_what_does_not_fit_is_a_problem_with_its_sentence(tmp_path, kind):
    rows, patients, sentence = PROBLEMS[kind]
    [problem] = paper_dataset.read(dataset(tmp_path / "data", rows, brains(patients, "GOOD"))).problems
    assert problem.startswith(sentence)


def test_a_table_as_spreadsheets_write_it_is_read(tmp_path):
    folder = dataset(tmp_path / "data", [row(1, 0)], brains(["1"], "GOOD"))
    (folder / paper_dataset.TABLE).write_text(
        'PatientID ;Label (poor_prognosis);GCS;Age;Cause_head_trauma\r\n1.0;0;15;61,5;"fell\nat home; twice"\r\n')
    [case] = paper_dataset.read(folder).cases
    assert (case.patient, case.poor, case.gcs, case.age) == ("1", 0, 15, 61.5)


def test_a_row_cut_short_is_a_problem(tmp_path):
    folder = dataset(tmp_path / "data", [row(1, 0)], brains(["1"], "GOOD"))
    (folder / paper_dataset.TABLE).write_text("PatientID,Label,GCS,Age\n1,0\n")
    assert paper_dataset.read(folder).problems == (
        "patient 1: GCS None; expected a whole number of 3 to 15", "patient 1: age None; expected 0 to 120 years")


@pytest.mark.parametrize(("table", "sentence"), [
    ("", "column PatientID is missing; expected PatientID, Label, GCS and Age"),
    ("PatientID,GCS,Age\n1,3,50\n", "column Label is missing"),
    ("PatientID,Label,GCS,GCS,Age\n1,0,3,4,50\n", "column GCS appears twice; expected it once"),
    ("PatientID,Label,GCS,Age\n1,0,3,\"" + "x" * 200_000, "expected a table in CSV, got: field larger than"),
])
def test_a_table_of_another_form_is_refused(tmp_path, table, sentence):
    folder = dataset(tmp_path / "data", [row(1, 0)], {})
    (folder / paper_dataset.TABLE).write_text(table)
    with pytest.raises(ValueError, match=sentence):
        paper_dataset.read(folder)


def test_a_scan_in_both_folders_is_a_problem(tmp_path):
    folder = dataset(tmp_path / "data", [row(1, 0)], brains(["1"], "GOOD"))
    (folder / "POOR_PROGNOSIS" / "1_brain.nii.gz").touch()
    assert "a scan in each of" in paper_dataset.read(folder).problems[0]


def test_a_folder_of_another_form_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no such table; expected a folder with CLINICAL_DATA_ICH"):
        paper_dataset.read(tmp_path)
    (tmp_path / paper_dataset.TABLE).write_text("PatientID,Label,GCS\n1,0,3\n")
    with pytest.raises(ValueError, match="column Age is missing"):
        paper_dataset.read(tmp_path)


def test_the_training_table_has_the_published_folds(tmp_path, capsys):
    good, poor = [str(n) for n in range(10, 22)], [str(n) for n in range(30, 47)]
    rows = [*(row(n, 0) for n in good), *(row(n, 1) for n in poor)]
    folder = dataset(tmp_path / "data", rows, {**brains(good, "GOOD"), **brains(poor, "POOR")})
    command = ["cases", "--paper", str(folder), "--out", str(tmp_path / "cases.csv")]
    assert model_main(command) == 0
    assert "29 cases, 17 poor" in capsys.readouterr().out
    read = cases.read_cases(tmp_path / "cases.csv")
    outcomes, expected = [case.poor for case in read], np.empty(29)
    for number, (_, test) in enumerate(StratifiedKFold(10, shuffle=True, random_state=1).split(outcomes, outcomes)):
        expected[test] = number
    assert [case.fold for case in read] == expected.tolist()
    assert model_main(command) == 2
    assert "exists already" in capsys.readouterr().err


def test_problems_refuse_the_table_unless_they_are_to_be_skipped(tmp_path, capsys):
    good, poor = [str(n) for n in range(10, 22)], [str(n) for n in range(30, 47)]
    rows = [*(row(n, 0) for n in good), *(row(n, 1) for n in poor), row(99, 1, gcs=1)]
    folder = dataset(tmp_path / "data", rows, {**brains(good, "GOOD"), **brains([*poor, "99"], "POOR")})
    command = ["cases", "--paper", str(folder), "--out", str(tmp_path / "cases.csv")]
    assert model_main(command) == 2
    assert capsys.readouterr().err.splitlines()[0].startswith("patient 99: GCS '1'")
    assert not (tmp_path / "cases.csv").exists()
    assert model_main([*command, "--skip-bad"]) == 0


def test_the_dataset_becomes_a_study_with_its_truth(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ICH_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.delenv("ICH_DATABASE_URL", raising=False)
    folder = dataset(tmp_path / "data", [row(1, 0, 15, 50), row(2, 1, 5, 81), row(3, 1, 0)], {})
    for number, place in ((1, "GOOD"), (2, "POOR"), (3, "POOR")):
        written(folder / f"{place}_PROGNOSIS" / f"{number}_brain.nii.gz", (brain_hu() * (30 + number) // 30))
    study_main(["init", "paper", "--title", "The paper"])
    assert study_main(["import-cases", "paper", "--paper", str(folder)]) == 2
    assert "1 problems; correct them, or use --skip-bad" in capsys.readouterr().err
    assert study_main(["import-cases", "paper", "--paper", str(folder), "--skip-bad"]) == 0
    store = at(tmp_path / "workspace").existing_store()
    assert sorted((truth.poor, truth.gcs, truth.age) for truth in store.truths("paper").values()) == [
        (0, 15, 50.0), (1, 5, 81.0)]
    store.close()
