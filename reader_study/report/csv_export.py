"""Tables as CSV and as one zip, byte for byte the same for the same tables."""

import io
import zipfile
from collections.abc import Mapping

import pandas as pd

from ich_model import software
from reader_study.report.data_dictionary import dictionary_of

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold: file dates would make every export differ


def neutralise(value: object) -> object:
    """The value, with an apostrophe before text that a spreadsheet would run as a formula; numbers stay as they are.

    Carriage returns become line feeds: a lone one ends a row for some readers of CSV, quoted or not.
    """
    if not isinstance(value, str):
        return value
    text = f"'{value}" if value.startswith(_FORMULA_STARTS) else value
    return text.replace("\r\n", "\n").replace("\r", "\n")


def to_csv(frame: pd.DataFrame) -> str:
    """The table as CSV: a header, LF line ends, an empty cell for what is not defined, no formulas."""
    safe = frame.rename(columns=neutralise)
    texts = [i for i, kind in enumerate(safe.dtypes) if not pd.api.types.is_numeric_dtype(kind)]
    for i in texts:
        safe = safe.assign(**{safe.columns[i]: safe.iloc[:, i].map(neutralise)})
    return safe.to_csv(index=False, lineterminator="\n")


def csv_files(tables: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """NAME.csv -> content of every table."""
    return {f"{name}.csv": to_csv(frame).encode() for name, frame in tables.items()}


def with_dictionary(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables, what every column of them means, and the version that made them."""
    made_by = pd.DataFrame({"item": [f"version of {software.TITLE}"], "value": [software.app_version()]})
    return {**tables, "data_dictionary": dictionary_of(dict(sorted(tables.items()))), "about": made_by}


def to_zip(files: Mapping[str, bytes]) -> bytes:
    """A zip of files by name, in the order of their names and without their dates."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, date_time=_DATE)
            entry.external_attr, entry.create_system = 0o644 << 16, 3  # the same on every system
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return packed.getvalue()
