"""The clinical table as predictors: GCS and age for the two simple models, every column for the small network.

The columns are those of the published data (Cobo et al. 2024). GCS, age and outcome are required, and a patient without
one of them is an error. Any other missing number is imputed by the median of the training patients, a missing category
by their most frequent one; a column that is empty in the training part is dropped. Neither imputation nor scaling uses
test patients.
"""

import io
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ich_model.dataset import paper_dataset
from ich_model.dataset.cases import TrainingCase
from ich_model.dataset.csv_text import csv_text
from ich_model.tasks import AGE_RANGE_YEARS, GCS_RANGE

NAMES = {paper_dataset.ID: "caseID", paper_dataset.GCS: "gcs", paper_dataset.AGE: "age",
         **dict.fromkeys(paper_dataset.LABELS, "poor")}  # fmt: skip
"""Columns of the paper's table with other names in `cases.csv`; both tables can be read."""
REQUIRED = ("caseID", "poor", "gcs", "age")
NOT_PREDICTORS = ("caseID", "poor", "image", "fold", "synthetic", "ich_score")  # the ICH score contains GCS and age
MAX_CATEGORIES = 12


@dataclass(frozen=True)
class ClinicalTable:
    """Patients as rows: their training cases, and a frame of the predictors."""

    cases: list[TrainingCase]
    predictors: pd.DataFrame  # gcs and age first

    @property
    def poor(self) -> np.ndarray:
        """The outcome (N,), 1 where poor.

        >>> case = TrainingCase("case-001", Path(), poor=1, gcs=8, age=70.0)
        >>> ClinicalTable([case], pd.DataFrame({"gcs": [8], "age": [70.0]})).poor.tolist()
        [1]
        """
        return np.array([case.poor for case in self.cases])

    @property
    def gcs_and_age(self) -> np.ndarray:
        """GCS 3-15 and age in years, (N, 2).

        >>> ClinicalTable([], pd.DataFrame({"gcs": [8], "age": [70.0]})).gcs_and_age.tolist()
        [[8.0, 70.0]]
        """
        return self.predictors[["gcs", "age"]].to_numpy(dtype=float)

    @property
    def synthetic(self) -> bool:
        """Whether any patient is a phantom."""
        return any(case.synthetic for case in self.cases)


def read_clinical(path: str | Path) -> ClinicalTable:
    """The checked table of a CSV file, separated by commas or semicolons; images are not needed.

    Raises:
        ValueError: where the table or a column is missing, a case is duplicated or a value is outside its range.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: no such table; expected a CSV file with {', '.join(REQUIRED)} and clinical columns")
    frame = _strings(path)
    if paper_dataset.ID in frame.columns:
        frame = frame[~frame[paper_dataset.ID].isin(paper_dataset.EXCLUDED)]
    frame = frame.rename(columns=NAMES)
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        raise ValueError(f"{path}: column {missing[0]} is missing; expected {', '.join(REQUIRED)}")
    twice = frame["caseID"][frame["caseID"].duplicated()]
    if len(twice):
        raise ValueError(f"{path}: case {twice.iloc[0]} appears more than once; give each patient one row")
    cases = [_case(row, path, line + 2) for line, row in zip(frame.index, frame.to_dict("records"), strict=True)]
    others = [name for name in frame.columns if name not in (*NOT_PREDICTORS, "gcs", "age")]
    return ClinicalTable(cases, _typed(frame[["gcs", "age", *others]]))


def _strings(path: Path) -> pd.DataFrame:
    """The table as strings, with empty cells missing; Excel's semicolons and cp1252 encoding are accepted."""
    text, separator = csv_text(path)
    try:
        frame = pd.read_csv(io.StringIO(text), sep=separator, dtype=str)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"{path}: not a table ({error}); expected a CSV file with {', '.join(REQUIRED)}") from error
    return frame.rename(columns=str.strip)


def _case(row: Mapping[Hashable, str | float], path: Path, line: int) -> TrainingCase:
    case_id, fold = row["caseID"], row.get("fold")
    if not isinstance(case_id, str):  # an empty cell is nan
        raise ValueError(f"{path}, line {line}: caseID is empty; expected a name, give each patient one")
    values = {}
    for name, (low, high) in {"poor": (0, 1), "gcs": GCS_RANGE, "age": AGE_RANGE_YEARS}.items():
        value = pd.to_numeric(row[name], errors="coerce")
        if not low <= value <= high or (name != "age" and value != int(value)):
            raise ValueError(f"{path}, line {line}: case {case_id}: {name} {row[name]}, expected {low} to {high}")
        values[name] = float(value)
    return TrainingCase(case_id, Path(), int(values["poor"]), int(values["gcs"]), values["age"],
                        fold=int(fold) if isinstance(fold, str) else None,
                        synthetic=row.get("synthetic") == "1")  # fmt: skip


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns as floats where every value is a number, else as categories; free text is dropped."""
    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        filled = frame[name].dropna().str.strip()
        numbers = pd.to_numeric(frame[name].str.strip().str.replace(",", "."), errors="coerce")
        if numbers.notna().sum() == len(filled):
            columns[name] = numbers.astype(float)
        elif filled.nunique() <= MAX_CATEGORIES:
            columns[name] = frame[name].str.strip()
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class Scaling:
    """Imputation and min-max scaling of each column, fitted to the training patients."""

    low: dict[str, float]
    high: dict[str, float]
    medians: dict[str, float]
    categories: dict[str, list[str]] = field(default_factory=dict)  # most frequent first

    @property
    def names(self) -> list[str]:
        """The names of the columns that `scaled` returns."""
        return [*self.low, *(f"{name}={value}" for name, values in self.categories.items() for value in values)]


def scaling_of(training: pd.DataFrame) -> Scaling:
    """The scaling fitted to training patients; GCS always has the range 3 to 15."""
    usable = [name for name in training.columns if training[name].notna().any()]
    numeric = [name for name in usable if pd.api.types.is_numeric_dtype(training[name])]
    low, high = ({name: float(edge(training[name])) for name in numeric} for edge in (pd.Series.min, pd.Series.max))
    low["gcs"], high["gcs"] = GCS_RANGE
    categories = {name: training[name].value_counts().index.tolist() for name in usable if name not in numeric}
    return Scaling(low, high, {name: float(training[name].median()) for name in numeric}, categories)


def scaled(frame: pd.DataFrame, scaling: Scaling) -> np.ndarray:
    """Patients as (N, columns) float32: numeric columns as (value - low) / (high - low), categories one-hot encoded.

    Values outside the training patients' range are below 0 or above 1; an unknown category counts as the most frequent.

    >>> training = pd.DataFrame({"gcs": [3.0, 15.0], "age": [50.0, 90.0]})
    >>> scaled(pd.DataFrame({"gcs": [9.0], "age": [np.nan]}), scaling_of(training)).tolist()
    [[0.5, 0.5]]
    """
    parts: list[np.ndarray] = []
    for name, low in scaling.low.items():
        width = scaling.high[name] - low
        values = frame[name].fillna(scaling.medians[name]).to_numpy(dtype=float)
        parts.append((values - low) / width if width else np.zeros(len(frame)))
    for name, known in scaling.categories.items():
        chosen = frame[name].where(frame[name].isin(known), known[0])
        parts += [(chosen == value).to_numpy(dtype=float) for value in known]
    return np.stack(parts, axis=1).astype(np.float32)
