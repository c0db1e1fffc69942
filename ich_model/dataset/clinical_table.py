"""The clinical table as numbers: GCS and age for the two simple models, every column for the small network.

The columns are those of the published data (Cobo et al. 2024). Missing values: GCS, age and the outcome must be there,
and a patient without one of them is refused by name. Any other missing number takes the median of the training
patients, any other missing category its most frequent value among them; a column empty in the training part is left
out. Nothing of the patients tested is used for that, nor for the scaling.
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
"""The columns of the paper's table that are called otherwise in `cases.csv`, which may be given as well."""
NEEDED = ("caseID", "poor", "gcs", "age")
NOT_PREDICTORS = ("caseID", "poor", "image", "fold", "synthetic", "ich_score")  # the score is made of GCS and age
MOST_CATEGORIES = 12


@dataclass(frozen=True)
class ClinicalTable:
    """Patients in rows: the training table's own columns, and one frame of what may predict the outcome."""

    cases: list[TrainingCase]
    predictors: pd.DataFrame  # gcs and age first

    @property
    def poor(self) -> np.ndarray:
        """The outcome (N,), 1 where poor."""
        return np.array([case.poor for case in self.cases])

    @property
    def gcs_and_age(self) -> np.ndarray:
        """(N, 2): GCS 3-15 and age in years."""
        return self.predictors[["gcs", "age"]].to_numpy(dtype=float)

    @property
    def synthetic(self) -> bool:
        """Whether any patient is a phantom."""
        return any(case.synthetic for case in self.cases)


def read_clinical(path: str | Path) -> ClinicalTable:
    """The checked table of a CSV file with a comma or a semicolon; no image is needed.

    Raises:
        ValueError: where the table or a column is missing, or a case appears twice.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: no such table; expected a CSV file with {', '.join(NEEDED)} and clinical columns")
    frame = _strings(path)
    if paper_dataset.ID in frame.columns:
        frame = frame[~frame[paper_dataset.ID].isin(paper_dataset.LEFT_OUT)]
    frame = frame.rename(columns=NAMES)
    missing = [name for name in NEEDED if name not in frame.columns]
    if missing:
        raise ValueError(f"{path}: column {missing[0]} is missing; expected {', '.join(NEEDED)}")
    twice = frame["caseID"][frame["caseID"].duplicated()]
    if len(twice):
        raise ValueError(f"{path}: case {twice.iloc[0]} appears more than once; give each patient one row")
    cases = [_case(row, path, line + 2) for line, row in zip(frame.index, frame.to_dict("records"), strict=True)]
    others = [name for name in frame.columns if name not in (*NOT_PREDICTORS, "gcs", "age")]
    return ClinicalTable(cases, _typed(frame[["gcs", "age", *others]]))


def _strings(path: Path) -> pd.DataFrame:
    """The table as it is written, empty cells missing; Excel's semicolons and Latin letters are read too."""
    text, separator = csv_text(path)
    try:
        frame = pd.read_csv(io.StringIO(text), sep=separator, dtype=str)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"{path}: not a table ({error}); expected a CSV file with {', '.join(NEEDED)}") from error
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
    """Columns as floats where every value is a number, else as categories; free text is left out."""
    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        filled = frame[name].dropna().str.strip()
        numbers = pd.to_numeric(frame[name].str.strip().str.replace(",", "."), errors="coerce")
        if numbers.notna().sum() == len(filled):
            columns[name] = numbers.astype(float)
        elif filled.nunique() <= MOST_CATEGORIES:
            columns[name] = frame[name].str.strip()
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class Scaling:
    """What the training patients say about the columns: what replaces a missing value, and how each is scaled."""

    low: dict[str, float]
    high: dict[str, float]
    medians: dict[str, float]
    categories: dict[str, list[str]] = field(default_factory=dict)  # most frequent first

    @property
    def names(self) -> list[str]:
        """The names of the columns that `scaled` makes."""
        return [*self.low, *(f"{name}={value}" for name, values in self.categories.items() for value in values)]


def scaling_of(training: pd.DataFrame) -> Scaling:
    """The scaling that training patients give. GCS always runs from 3 to 15, whoever was in the training part."""
    usable = [name for name in training.columns if training[name].notna().any()]
    numeric = [name for name in usable if pd.api.types.is_numeric_dtype(training[name])]
    low, high = ({name: float(edge(training[name])) for name in numeric} for edge in (pd.Series.min, pd.Series.max))
    low["gcs"], high["gcs"] = GCS_RANGE
    categories = {name: training[name].value_counts().index.tolist() for name in usable if name not in numeric}
    return Scaling(low, high, {name: float(training[name].median()) for name in numeric}, categories)


def scaled(frame: pd.DataFrame, scaling: Scaling) -> np.ndarray:
    """Patients as numbers (N, columns) float32: numeric columns (value - low) / (high - low), a column a category.

    A patient beyond the training patients' range lies below 0 or above 1; an unknown category is the most frequent.
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
