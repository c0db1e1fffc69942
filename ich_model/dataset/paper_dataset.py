"""Reading the paper's dataset from `GOOD_PROGNOSIS/`, `POOR_PROGNOSIS/` and `CLINICAL_DATA_ICH.csv`. Torch-free.

Scans are `{PatientID}_brain.nii.gz` (skull-stripped, as published), or `{PatientID}.nii.gz` without such a file.
Inconsistencies are listed in `problems`, one sentence each, and their patients are excluded from the cases.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from ich_model.dataset.csv_text import csv_text

FOLDERS = {"GOOD_PROGNOSIS": 0, "POOR_PROGNOSIS": 1}
TABLE = "CLINICAL_DATA_ICH.csv"
EXCLUDED = frozenset({"213"})  # Cobo et al. 2024
ID, GCS, AGE = "PatientID", "GCS", "Age"
LABELS = ("Label", "poor_prognosis", "Label (poor_prognosis)")  # the possible names of the outcome column
GCS_RANGE, AGE_RANGE = (3, 15), (0, 120)
CLINICAL_COLUMNS = """
    Gender Antihypertensive_drugs Smoker Alcohol HT DM Dyslipidemia MH_ICH MH_CVD MH_neuro MH_dementia MH_cancer
    MH_hematho MH_others Anticoagulant Antiaggregant Calcium_antag Alpha_blockers Systolic_AP Dyastolic_AP OxSat Tº HR
    RF PE_neuro Glucose Creatinine Urea Sodium Potassium WBC Hgb Platelets MCV RCDW CMHC MPV INR Fibrinogen
    Cause_head_trauma
"""
KNOWN_COLUMNS = frozenset((ID, GCS, AGE, *LABELS, *CLINICAL_COLUMNS.split()))
SUFFIXES = ("_brain.nii.gz", ".nii.gz")  # in order of preference


@dataclass(frozen=True)
class PaperCase:
    """A patient with a scan: prognosis (1 poor), GCS 3-15 and age in years."""

    patient: str
    image: Path
    poor: int
    gcs: int
    age: float


@dataclass(frozen=True)
class PaperDataset:
    """The usable patients in the order of their numbers, and a sentence on each problem found."""

    cases: tuple[PaperCase, ...]
    problems: tuple[str, ...]


def read(folder: str | Path) -> PaperDataset:
    """The dataset in a folder; ValueError where folders, table or columns are missing or the table is not CSV."""
    folder = Path(folder)
    rows, problems = _read_table(folder / TABLE)
    images = _images(folder)
    cases = []
    for patient in sorted({*rows, *images} - EXCLUDED, key=_numeric_order):
        found, wrong = _case(patient, rows.get(patient, []), images.get(patient, []))
        problems += [f"patient {patient}: {sentence}" for sentence in wrong]
        if found is not None:
            cases.append(found)
    return PaperDataset(tuple(cases), tuple(problems))


def _read_table(path: Path) -> tuple[dict[str, list[Mapping[str, str]]], list[str]]:
    """The table's rows by patient, and sentences on unknown columns."""
    if not path.is_file():
        raise ValueError(f"{path}: no such table; expected a folder with {TABLE}, {' and '.join(FOLDERS)}")
    text, delimiter = csv_text(path)
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter)
    columns = [column.strip() for column in reader.fieldnames or ()]
    twice = next((column for column in columns if column and columns.count(column) > 1), None)
    if twice:
        raise ValueError(f"{path}: column {twice} appears twice; expected it once, remove one")
    missing = [column for column in (ID, GCS, AGE) if column not in columns]
    if missing or not set(LABELS) & set(columns):
        first = (missing or LABELS)[0]
        raise ValueError(f"{path}: column {first} is missing; expected {ID}, {LABELS[0]}, {GCS} and {AGE}")
    reader.fieldnames = columns
    rows: dict[str, list[Mapping[str, str]]] = {}
    try:
        for row in reader:
            rows.setdefault((row[ID] or "").strip().removesuffix(".0"), []).append(row)
    except csv.Error as error:
        raise ValueError(f"{path}: expected a table in CSV, got: {error}; export it again") from error
    unknown = [column for column in columns if column and column not in KNOWN_COLUMNS]
    return rows, [f"{path.name}: unknown column {column!r}; it is not used" for column in unknown]


def _images(folder: Path) -> dict[str, list[Path]]:
    """The scans of each patient, at most one for each of the two folders."""
    images: dict[str, list[Path]] = {}
    for name in FOLDERS:
        if not (folder / name).is_dir():
            raise ValueError(f"{folder / name}: no such folder; expected {' and '.join(FOLDERS)} beside {TABLE}")
        here: dict[str, dict[str, Path]] = {}
        for file in sorted((folder / name).iterdir()):
            suffix = next((suffix for suffix in SUFFIXES if file.name.endswith(suffix)), None)
            if suffix is not None:
                here.setdefault(file.name[: -len(suffix)], {})[suffix] = file
        for patient, files in here.items():
            images.setdefault(patient, []).append(next(files[suffix] for suffix in SUFFIXES if suffix in files))
    return images


def _case(
    patient: str, rows: list[Mapping[str, str]], images: list[Path]
) -> tuple[PaperCase | None, list[str]]:
    """A patient's case or None, and sentences on its problems."""
    if not patient:
        return None, [f"{len(rows)} rows of the table have no {ID}"]
    if len(rows) > 1:
        return None, [f"{len(rows)} rows in {TABLE}; expected one"]
    if len(images) > 1:
        return None, [f"a scan in each of {' and '.join(FOLDERS)}; expected it in one"]
    if not rows:
        return None, [f"{images[0].parent.name}/{images[0].name} has no row in {TABLE}"]
    if not images:
        return None, ["no scan in " + " or ".join(FOLDERS)]
    row, image, wrong = rows[0], images[0], []
    label = next(row[column] for column in LABELS if column in row)
    poor, gcs, age = (_number(value) for value in (label, row[GCS], row[AGE]))
    if poor not in (0, 1) or poor != FOLDERS[image.parent.name]:
        wrong.append(f"label {label!r}; expected {FOLDERS[image.parent.name]} for a scan in {image.parent.name}")
    if gcs is None or gcs != int(gcs) or not GCS_RANGE[0] <= gcs <= GCS_RANGE[1]:
        wrong.append(f"GCS {row[GCS]!r}; expected a whole number of 3 to 15")
    if age is None or not AGE_RANGE[0] <= age <= AGE_RANGE[1]:
        wrong.append(f"age {row[AGE]!r}; expected 0 to 120 years")
    if wrong or poor is None or gcs is None or age is None:
        return None, wrong
    return PaperCase(patient, image, int(poor), int(gcs), age), []


def _number(text: str | None) -> float | None:
    """The number in a text, with a decimal point or comma; None for anything else."""
    try:
        value = float((text or "").strip().replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _numeric_order(patient: str) -> tuple[int, int, str]:
    return (0, int(patient), "") if patient.isdecimal() else (1, 0, patient)
