"""Reading a CSV file of ratings as a table of its cells; a file that is none is refused, nothing is shifted or guessed.

Files differ by country: a spreadsheet that writes decimal commas separates by semicolons. Such a file is refused with
what to do, since a guess about separators could change a number.
"""

import csv
import io
from pathlib import Path

import pandas as pd

from ich_model.tasks import POOR_PROBABILITY
from reader_study.statistics.input.ratings import BadRatings, validate, with_defaults

IDS = ("readerID", "caseID", "modalityID")
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read_frame(path: Path) -> pd.DataFrame:
    """A CSV file with its ids as text, without blanks around them, and only empty cells as missing.

    Raises:
        BadRatings: where the file is no CSV table.
    """
    text = text_of(path)
    _check_shape(text, path.name)
    try:
        frame = pd.read_csv(io.StringIO(text), dtype=dict.fromkeys(IDS, str), keep_default_na=False, na_values=[""],
                            skipinitialspace=True)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise BadRatings(f"{path.name}: expected a CSV file with a header row, got: {str(error).strip()}") from error
    return without_blanks(frame)


def read_csv(path: Path, *, threshold: float = POOR_PROBABILITY,
             score_range: tuple[float, float] = (0.0, 1.0)) -> pd.DataFrame:
    """The ratings of a CSV file, validated; columns that may be left out are filled by `with_defaults`."""
    return validate(with_defaults(read_frame(path), threshold=threshold), score_range=score_range)


def text_of(path: Path) -> str:
    """The file's text; BadRatings where there is none."""
    if not path.exists():
        raise BadRatings(f"{path}: no such file")
    if not path.is_file():
        raise BadRatings(f"{path}: expected a file, got a folder")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRatings(f"{path.name}: expected text in UTF-8, got byte {error.object[error.start]:#04x} at place "
                         f"{error.start}; save it as CSV UTF-8") from error


def without_blanks(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with no blanks around column names and ids: "c1" and "c1 " are one case."""
    named = frame.rename(columns=lambda name: str(name).strip())
    return named.assign(**{name: named[name].str.strip() for name in IDS if name in named})


def _check_shape(text: str, name: str) -> None:
    """BadRatings where the header is split by something else, names a column twice, or a row is too long.

    pandas takes the first cells of a longer row for row names, which would shift every column.
    """
    try:
        rows = csv.reader(io.StringIO(text), skipinitialspace=True, strict=True)
        header = next((row for row in rows if any(row)), [])
        long = next((row for row in rows if len(row) > len(header)), None)
    except csv.Error as error:
        raise BadRatings(f"{name}: expected a CSV file with a header row, got: {error}") from error
    line = rows.line_num
    for sign, words in _OTHER_SEPARATORS.items():
        if len(header) == 1 and sign in header[0]:
            raise BadRatings(f"{name}: the columns are separated by {words}; expected commas, with points in numbers")
    names = [cell.strip() for cell in header if cell.strip()]
    twice = next((column for column in names if names.count(column) > 1), None)
    if twice:
        raise BadRatings(f"{name}, row 1, column {twice}: expected each column once, got {names.count(twice)}")
    if long:
        raise BadRatings(f"{name}, line {line}: expected {len(header)} cells as in the header, got {len(long)}")
