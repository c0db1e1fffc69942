"""The training table `cases.csv` and its splits, as published: stratified folds, a validation tenth, oversampling."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedKFold, train_test_split

from ich_model.tasks import TARGETS, Target, class_of

N_FOLDS = 10
FOLD_SEED = 1  # of the folds and of the validation split (Cobo et al. 2024)
OVERSAMPLING_SEED = 2
VALIDATION_FRACTION = 0.1
COLUMNS = ("caseID", "image", "poor", "gcs", "age")


@dataclass(frozen=True)
class TrainingCase:
    """One row of `cases.csv`: a skull-stripped volume's file and the patient's reference standard.

    The columns `fold` and `synthetic` (1 for a phantom) are optional.
    """

    case_id: str
    image: Path
    poor: int
    gcs: int
    age: float
    fold: int | None = None
    synthetic: bool = False

    def class_of(self, target: Target) -> int:
        """The case's class index for a target; ValueError for a value outside its range."""
        return class_of(target, poor=self.poor, gcs=self.gcs, age=self.age)


@dataclass(frozen=True)
class Split:
    """Cases of one training run."""

    training: tuple[TrainingCase, ...]
    validation: tuple[TrainingCase, ...]
    test: tuple[TrainingCase, ...] = ()


def read_cases(path: str | Path) -> list[TrainingCase]:
    """The checked rows of a training table; image paths are relative to its folder, other columns are ignored.

    Raises:
        ValueError: where the table or a column is missing, the table is empty, a case is duplicated or a value is
            outside its range.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: no such table; expected a CSV file with columns {', '.join(COLUMNS)}")
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path}: column {missing[0]} is missing; expected {', '.join(COLUMNS)}")
        cases = [_case(row, path, line) for line, row in enumerate(reader, start=2)]
    if not cases:
        raise ValueError(f"{path}: expected at least one case, got none")
    ids = [case.case_id for case in cases]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(f"{path}: case {twice[0]} appears more than once; give each case one row")
    return cases


def _case(row: dict[str, str], path: Path, line: int) -> TrainingCase:
    try:
        image = path.parent / row["image"]
        fold, synthetic = int(row["fold"]) if row.get("fold") else None, row.get("synthetic") == "1"
        case = TrainingCase(
            row["caseID"], image, int(row["poor"]), int(row["gcs"]), float(row["age"]), fold=fold, synthetic=synthetic
        )
        for target in TARGETS.values():
            case.class_of(target)  # raises where a value lies outside its range
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}, line {line}: {error}") from error
    if not case.case_id or not row["image"] or not image.is_file():
        raise ValueError(f"{path}, line {line}: case {case.case_id!r} has no image {row['image']!r}; correct the path")
    return case


def split_by_fold(cases: list[TrainingCase], fold: int) -> Split:
    """The published split: test is one of ten folds, validation a tenth of the rest, both stratified by prognosis.

    A fold column in the table takes precedence.

    Raises:
        ValueError: where the cases have no such fold.
    """
    folds = _folds_of(cases)
    if fold not in folds:
        raise ValueError(f"fold {fold}: expected one of {', '.join(map(str, sorted(set(folds.tolist()))))}")
    rest = [case for case, own in zip(cases, folds, strict=True) if own != fold]
    split = split_by_fraction(rest, VALIDATION_FRACTION)
    return Split(split.training, split.validation, tuple(c for c, own in zip(cases, folds, strict=True) if own == fold))


def fold_numbers(cases: list[TrainingCase]) -> list[int]:
    """The numbers of the folds, ascending."""
    return sorted(set(_folds_of(cases).tolist()))


def _folds_of(cases: list[TrainingCase]) -> np.ndarray:
    """The test fold of each case, (N,)."""
    if all(case.fold is not None for case in cases):
        return np.array([case.fold for case in cases])
    return published_folds(cases)


def published_folds(cases: list[TrainingCase]) -> np.ndarray:
    """The test fold of each case, (N,), where the table has no fold column: ten folds, stratified by prognosis.

    Shuffled with the seed of the published scripts (Cobo et al. 2024).

    >>> cases = [TrainingCase(str(n), Path(), poor=n % 2, gcs=15, age=70.0) for n in range(20)]
    >>> np.bincount(published_folds(cases)).tolist()
    [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    """
    folds = np.empty(len(cases), dtype=int)
    splitter = StratifiedKFold(N_FOLDS, shuffle=True, random_state=FOLD_SEED)
    for number, (_, test) in enumerate(splitter.split(cases, _outcomes(cases))):
        folds[test] = number
    return folds


def split_by_fraction(cases: list[TrainingCase], fraction: float) -> Split:
    """A validation part of the cases, stratified by prognosis, the rest for training.

    Raises:
        ValueError: unless the fraction lies between 0 and 1.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"validation fraction {fraction}: expected more than 0 and less than 1")
    training, validation = train_test_split(
        cases, test_size=fraction, stratify=_outcomes(cases), random_state=FOLD_SEED
    )
    return Split(tuple(training), tuple(validation))


def oversampled(cases: tuple[TrainingCase, ...], *, seed: int = OVERSAMPLING_SEED) -> list[int]:
    """Indices of all cases, then of cases of the rarer prognosis drawn with replacement, until both are equally many.

    Raises:
        ValueError: where all cases have the same outcome.
    """
    outcomes = np.array(_outcomes(cases))
    counts = np.bincount(outcomes, minlength=2)
    if counts.min() == 0:
        raise ValueError("training cases: expected good and poor outcomes, got one of them only")
    rarer = np.flatnonzero(outcomes == counts.argmin())
    extra = np.random.default_rng(seed).choice(rarer, size=counts.max() - counts.min(), replace=True)
    return [*range(len(cases)), *extra.tolist()]


def _outcomes(cases: Sequence[TrainingCase]) -> list[int]:
    return [case.poor for case in cases]
