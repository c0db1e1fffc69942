"""The reference standard from a CSV file with the columns caseID, poor, gcs, age, and sex and volume_ml where they are
known: all of it valid, or none taken. Further columns are not looked at."""

import csv
from collections.abc import Collection
from pathlib import Path

from reader_study.study.design import Truth

COLUMNS = ("caseID", "poor", "gcs", "age")
SEX_LETTERS = {"f": "female", "m": "male"}


class BadTruth(ValueError):
    """A truth file that breaks a rule; the sentence names the file, the row and the rule."""


def read_truths(path: Path, known: Collection[str]) -> dict[str, Truth]:
    """Truth by caseID. `known` are the names a row may have; every row is checked before anything comes back.

    Raises:
        BadTruth: for the first row or column that is wrong.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadTruth(f"{path.name}: expected a CSV file in UTF-8, got: {error}") from error
    if not rows:
        raise BadTruth(f"{path.name}: expected a header {','.join(COLUMNS)} and a row for each case, got no row")
    missing = [column for column in COLUMNS if column not in rows[0]]
    if missing:
        raise BadTruth(f"{path.name}: column {missing[0]} is missing, expected {', '.join(COLUMNS)}")
    truths: dict[str, Truth] = {}
    for number, row in enumerate(rows, start=2):  # as a spreadsheet counts: the header is row 1
        place, name = f"{path.name}, row {number}", (row["caseID"] or "").strip()
        if name in truths:
            raise BadTruth(f"{place}: {name} stands there twice, expected one row for each case")
        if name not in known:
            raise BadTruth(f"{place}: no case or file is named {name!r}: expected a file's name without .nii.gz")
        truths[name] = _truth(row, place)
    return truths


def _truth(row: dict[str, str], place: str) -> Truth:
    if None in row:
        raise BadTruth(f"{place}: has more cells than the header has columns; expected as many, quote commas")
    poor, gcs = (_number(row, column, place) for column in ("poor", "gcs"))
    for column, value in (("poor", poor), ("gcs", gcs)):
        if value != int(value):
            raise BadTruth(f"{place}: {column}: expected a whole number, got {value}")
    sex = (row.get("sex") or "").strip().lower()
    volume_ml = _number(row, "volume_ml", place) if (row.get("volume_ml") or "").strip() else None
    try:
        return Truth(int(poor), int(gcs), _number(row, "age", place), SEX_LETTERS.get(sex, sex), volume_ml)
    except BadTruth:
        raise
    except ValueError as error:
        raise BadTruth(f"{place}: {error}") from error


def _number(row: dict[str, str], column: str, place: str) -> float:
    text = (row[column] or "").strip()
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise BadTruth(f"{place}: {column}: expected a number, got {text!r}")
    return value
