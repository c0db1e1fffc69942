"""The commit of staged scans into a study's folder, with mapping.csv: all or none; a killed one is rolled back.

What is about to be moved is written down in the folder of the import first. Whoever finds that folder without its
process undoes what the database does not know.
"""

import csv
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ich_model.atomic import atomic_file
from reader_study.imports.staging import Staged

INCOMING = "incoming"
MAPPING_FILE = "mapping.csv"
MAPPING_COLUMNS = ("caseID", "file", "content_sha256")
_PLAN = "moving.txt"


@contextmanager
def moved_in(staged: Sequence[Staged], staging: Path, study_folder: Path) -> Iterator[None]:
    """The scans and their rows of the mapping in place; both are taken back where the block raises."""
    if not staged:
        yield
        return
    keys = [item.case.key for item in staged]
    with atomic_file(staging / _PLAN) as plan:
        plan.write_text("\n".join(keys), encoding="utf-8")
    try:
        for item in staged:
            item.folder.rename(study_folder / item.case.key)
        _write_mapping(study_folder, [*_mapping(study_folder), *map(_row, staged)])
        yield
    except BaseException:
        _take_back(keys, study_folder)
        raise


def undo_killed(study_folder: Path, known_keys: Collection[str]) -> None:
    """Takes back what killed imports had moved without adding it to the database. Hold the study's import lock."""
    for plan in study_folder.glob(f".{INCOMING}-*/{_PLAN}"):
        keys = plan.read_text(encoding="utf-8").splitlines()
        _take_back([key for key in keys if key not in known_keys], study_folder)


def _take_back(keys: Collection[str], study_folder: Path) -> None:
    for key in keys:
        shutil.rmtree(study_folder / key, ignore_errors=True)
    before = _mapping(study_folder)
    rows = [row for row in before if row[0] not in keys]
    if len(rows) < len(before):
        _write_mapping(study_folder, rows)


def _row(item: Staged) -> list[str]:
    return [item.case.key, item.source.name, item.case.content_sha256]


def _mapping(study_folder: Path) -> list[list[str]]:
    """The rows of the mapping, without their header."""
    if not (study_folder / MAPPING_FILE).exists():
        return []
    with (study_folder / MAPPING_FILE).open(newline="", encoding="utf-8") as file:
        return [row for row in csv.reader(file) if row][1:]


def _write_mapping(study_folder: Path, rows: Sequence[Sequence[str]]) -> None:
    """The mapping as a whole, or as it was; no file where there is no row."""
    if not rows:
        (study_folder / MAPPING_FILE).unlink()
        return
    with (atomic_file(study_folder / MAPPING_FILE) as written,
          written.open("w", newline="", encoding="utf-8") as file):
        csv.writer(file).writerows([MAPPING_COLUMNS, *rows])
