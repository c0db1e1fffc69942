"""The scans of a folder or table, with their lesion masks where there are any. Torch-free."""

import csv
from dataclasses import dataclass
from pathlib import Path

from ich_model import nifti

MASK_ENDINGS = ("_labels", "_lesion")  # of the files beside a scan that are no scans but masks of it
COLUMNS = ("caseID", "image", "lesion")  # the last may be missing


@dataclass(frozen=True)
class CaseToExplain:
    """A scan's file, the name of its outputs, and the file of its lesion mask if there is one."""

    name: str
    image: Path
    lesion: Path | None = None


def find_cases(source: Path) -> list[CaseToExplain]:
    """The scans of a folder (NIfTI, with masks `{name}_labels` or `{name}_lesion` beside them), or of a table.

    A table is a CSV file with caseID, image and perhaps lesion, whose paths are relative to its folder.
    """
    cases = _of_folder(source) if source.is_dir() else _of_table(source)
    if not cases:
        raise ValueError(f"{source}: no scans; expected .nii or .nii.gz files, or a table with a row for each")
    names = [case.name for case in cases]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"{source}: case {twice} appears more than once; give each case one name")
    return cases


def _of_folder(folder: Path) -> list[CaseToExplain]:
    files = {nifti.case_name(file): file for file in sorted(folder.iterdir())
             if file.name.lower().endswith(nifti.SUFFIXES)}  # fmt: skip
    masks = {name for name in files for ending in MASK_ENDINGS if name.endswith(ending)}
    lesions = {name: next((files.get(name + ending) for ending in MASK_ENDINGS if name + ending in files), None)
               for name in files}  # fmt: skip
    return [CaseToExplain(name, file, lesions[name]) for name, file in files.items() if name not in masks]


def _of_table(table: Path) -> list[CaseToExplain]:
    if not table.is_file():
        raise ValueError(f"{table}: no such table or folder; expected a folder of scans or a CSV file")
    with table.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS[:2] if column not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{table}: column {missing[0]} is missing; expected {', '.join(COLUMNS)}")
        rows = list(reader)
    for line, row in enumerate(rows, start=2):
        if not row["caseID"] or Path(row["caseID"]).name != row["caseID"]:
            raise ValueError(f"{table}, line {line}: caseID {row['caseID']!r}; expected a name for a folder")
    lesions = [table.parent / row["lesion"] if row.get("lesion") else None for row in rows]
    return [
        CaseToExplain(row["caseID"], table.parent / row["image"], lesion)
        for row, lesion in zip(rows, lesions, strict=True)
    ]
