"""Scans into a study: checked, de-identified, under new keys that tell nothing. All of a scan comes in, or nothing.

What is kept of a file is its voxels and their geometry; its name stands only in the study's own mapping.csv, which is
the coordinator's. Keys are given in the order of the scans' digests: the order of the files may tell the outcome.
"""

import csv
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ich_model import scans
from ich_model.scans import FoundScan
from reader_study.design import Case, StudyFrozen, Truth
from reader_study.store import Store
from reader_study.taking_in import NO_CHOICES, Choices, ImportedCase, Staged, Tell, nobody, take_in
from reader_study.truth_table import read_truths
from reader_study.workspace import Workspace

MAPPING_FILE = "mapping.csv"
MAPPING_COLUMNS = ("caseID", "file", "content_sha256")
KEY_FORMAT = "case-{:03d}"


def stem(path: Path) -> str:
    """What a truth table calls a scan that is a file: its name without .nii, .nii.gz or .zip."""
    return scans.stem_of(path.name)


def import_cases(
    store: Store,
    study_key: str,
    paths: Iterable[Path],
    workspace: Workspace,
    *,
    truth_csv: Path | None = None,
    truths: Mapping[str, Truth] | None = None,
    choices: Choices = NO_CHOICES,
    tell: Tell = nobody,
) -> list[ImportedCase]:
    """Import scans (files, folders, zips) into a study, with their truth if it is given; one outcome for each scan.

    The truth comes by a scan's name as a table or as `truths`. A whole table is checked before anything is written,
    and its rows name a scan (without .nii.gz or .zip) or a case that is in the study already. A refused scan leaves
    nothing behind, and the others come in all together or not at all.
    """
    found = scans.find(paths)
    frozen, known_cases = store.state(study_key).has_reads, store.cases(study_key)
    if found and frozen:
        raise StudyFrozen(f"study {study_key} holds reads: expected all cases to be added before the first")
    by_name: Mapping[str, Truth] = truths or {}
    if truth_csv is not None or truths is not None:
        _check_unique_stems(found)
    if truth_csv is not None:
        by_name = read_truths(truth_csv, {scan.stem for scan in found} | {case.key for case in known_cases})
    study_folder = workspace.study_folder(study_key)
    with _emptied_afterwards(study_folder) as staging:
        staged, outcomes = take_in(found, staging, known_cases, choices=choices, tell=tell)
        staged = _give_keys(staged, study_key, known_cases, study_folder)
        _move_in(store, study_key, staged, study_folder, truths=_truths_by_key(by_name, staged, known_cases))
    cases = {id(item.source): item.case for item in staged}
    return [replace(outcome, case=cases.get(id(scan))) for scan, outcome in zip(found, outcomes, strict=True)]


def _check_unique_stems(found: list[FoundScan]) -> None:
    seen: set[str] = set()
    for scan in found:
        if scan.stem in seen:
            raise ValueError(f"{scan.name}: two files have this name, expected one for each row of the truth table")
        seen.add(scan.stem)


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


def _give_keys(
    staged: list[Staged], study_key: str, known_cases: list[Case], study_folder: Path
) -> list[Staged]:
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
    truths: Mapping[str, Truth], staged: list[Staged], known_cases: Collection[Case]
) -> dict[str, Truth]:
    """Truth by case key; rows of refused files are dropped with their file."""
    keys = {case.key: case.key for case in known_cases} | {item.source.stem: item.case.key for item in staged}
    return {keys[name]: truth for name, truth in truths.items() if name in keys}


def _move_in(
    store: Store, study_key: str, staged: list[Staged], study_folder: Path, *, truths: dict[str, Truth]
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


def _extend_mapping(mapping: Path, before: bytes | None, staged: list[Staged]) -> None:
    if not staged:
        return
    new = mapping.with_suffix(".new")
    with new.open("w", newline="", encoding="utf-8") as file:
        file.write(before.decode("utf-8") if before is not None else ",".join(MAPPING_COLUMNS) + "\r\n")
        csv.writer(file).writerows(
            (item.case.key, item.source.name, item.case.content_sha256) for item in staged
        )
    new.replace(mapping)
