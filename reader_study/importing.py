"""Scans into a study: checked, de-identified, under new keys that tell nothing. All of a file comes in, or nothing.

What is kept of a file is its voxels and their geometry; its name stands only in the study's own mapping.csv, which is
the coordinator's. Keys are given in the order of the scans' digests: the order of the files may tell the outcome.
"""

import csv
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ich_model import volume
from ich_model.volume import UnreadableVolume
from reader_study import deidentify
from reader_study.design import Case, StudyFrozen, Truth
from reader_study.store import Store
from reader_study.truth_table import read_truths
from reader_study.workspace import Workspace

SUFFIXES = (".nii.gz", ".nii")
MAPPING_FILE = "mapping.csv"
MAPPING_COLUMNS = ("caseID", "file", "content_sha256")
KEY_FORMAT = "case-{:03d}"


@dataclass(frozen=True)
class ImportedCase:
    """What became of one file: a case, or the sentence that says why not."""

    file_name: str
    case: Case | None
    refusal: str | None


@dataclass(frozen=True)
class _Staged:
    """A scan that was accepted and lies, de-identified, in a folder under its digest."""

    source: Path
    folder: Path
    case: Case


def scan_files(paths: Iterable[Path]) -> list[Path]:
    """The files named, and of each folder named its NIfTI files; ValueError for a path that is not there."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.name.endswith(SUFFIXES))
            if not inside:
                raise ValueError(f"{path}: expected a folder with files ending in {' or '.join(SUFFIXES)}, found none")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise ValueError(f"{path}: there is no such file or folder")
    return found


def stem(path: Path) -> str:
    """A scan's file name without .nii or .nii.gz."""
    return path.name.removesuffix(".gz").removesuffix(".nii")


def import_cases(
    store: Store, study_key: str, paths: Iterable[Path], workspace: Workspace, *, truth_csv: Path | None = None
) -> list[ImportedCase]:
    """Import scans into a study, with the truth of a table if one is given; one outcome for each file.

    The whole table is checked before anything is written, and its rows name a file (without .nii.gz) or a case that
    is in the study already. A refused file leaves nothing behind, and the others come in all together or not at all.
    """
    files = list(paths)
    frozen, known_cases = store.state(study_key).has_reads, store.cases(study_key)
    if files and frozen:
        raise StudyFrozen(f"study {study_key} holds reads: expected all cases to be added before the first")
    truths: dict[str, Truth] = {}
    if truth_csv is not None:
        _check_unique_stems(files)
        truths = read_truths(truth_csv, {stem(file) for file in files} | {case.key for case in known_cases})
    study_folder = workspace.study_folder(study_key)
    with _emptied_afterwards(study_folder) as staging:
        staged, outcomes = _stage_all(files, staging, known_cases)
        staged = _give_keys(staged, study_key, known_cases, study_folder)
        by_key = _truths_by_key(truths, staged, known_cases)
        _move_in(store, study_key, staged, study_folder, truths=by_key)
    cases = {item.source: item.case for item in staged}
    return [replace(outcome, case=cases.get(file)) for file, outcome in zip(files, outcomes, strict=True)]


def _check_unique_stems(files: list[Path]) -> None:
    seen: set[str] = set()
    for file in files:
        if stem(file) in seen:
            raise ValueError(f"{file.name}: two files have this name, expected one for each row of the truth table")
        seen.add(stem(file))


@contextmanager
def _emptied_afterwards(study_folder: Path) -> Iterator[Path]:
    """A folder beside the cases, on the same disk, that is gone afterwards whatever happens."""
    study_folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".incoming-", dir=study_folder))
    try:
        yield staging
    finally:
        shutil.rmtree(staging)
        if not any(study_folder.iterdir()):
            study_folder.rmdir()


def _stage_all(
    files: list[Path], staging: Path, known_cases: list[Case]
) -> tuple[list[_Staged], list[ImportedCase]]:
    """Accepted scans, and for each file its outcome, still without a key."""
    taken = {case.content_sha256: case.key for case in known_cases}
    staged, outcomes = [], []
    for file in files:
        try:
            scan = volume.load(file)
        except UnreadableVolume as error:
            outcomes.append(ImportedCase(file.name, None, str(error)))
            continue
        digest = deidentify.digest(scan)
        if digest in taken:
            refusal = f"{file.name}: this scan is in the study already, from {taken[digest]}"
            outcomes.append(ImportedCase(file.name, None, refusal))
            continue
        taken[digest] = file.name
        folder = staging / digest
        synthetic = deidentify.write(file, scan, folder)
        case = Case("unnamed", folder.name, synthetic, scan.shape, scan.spacing_mm, digest)
        staged.append(_Staged(file, folder, case))
        outcomes.append(ImportedCase(file.name, None, None))
    return staged, outcomes


def _give_keys(
    staged: list[_Staged], study_key: str, known_cases: list[Case], study_folder: Path
) -> list[_Staged]:
    """The scans with keys case-001, case-002 ... in the order of their digests, after the numbers in use."""
    in_use = {case.key for case in known_cases} | {entry.name for entry in study_folder.iterdir()}
    number, keyed = 0, []
    for item in sorted(staged, key=lambda item: item.case.content_sha256):
        number += 1
        while KEY_FORMAT.format(number) in in_use:
            number += 1
        key = KEY_FORMAT.format(number)
        keyed.append(replace(item, case=replace(item.case, key=key, folder=f"cases/{study_key}/{key}")))
    return keyed


def _truths_by_key(
    truths: dict[str, Truth], staged: list[_Staged], known_cases: Collection[Case]
) -> dict[str, Truth]:
    """Truth by case key; rows of refused files are dropped with their file."""
    keys = {case.key: case.key for case in known_cases} | {stem(item.source): item.case.key for item in staged}
    return {keys[name]: truth for name, truth in truths.items() if name in keys}


def _move_in(
    store: Store, study_key: str, staged: list[_Staged], study_folder: Path, *, truths: dict[str, Truth]
) -> None:
    """Put folders, mapping and database rows in place together; undo the files when the database refuses."""
    mapping = study_folder / MAPPING_FILE
    before = mapping.read_bytes() if mapping.exists() else None
    moved: list[Path] = []
    try:
        for item in staged:
            moved.append(item.folder.rename(study_folder / item.case.key))
        _extend_mapping(mapping, before, staged)
        store.add_cases(study_key, [item.case for item in staged], truths)
    except BaseException:
        for folder in moved:
            shutil.rmtree(folder)
        if before is None:
            mapping.unlink(missing_ok=True)
        else:
            mapping.write_bytes(before)
        raise


def _extend_mapping(mapping: Path, before: bytes | None, staged: list[_Staged]) -> None:
    if not staged:
        return
    new = mapping.with_suffix(".new")
    with new.open("w", newline="", encoding="utf-8") as file:
        file.write(before.decode("utf-8") if before is not None else ",".join(MAPPING_COLUMNS) + "\r\n")
        csv.writer(file).writerows(
            (item.case.key, item.source.name, item.case.content_sha256) for item in staged
        )
    new.replace(mapping)
