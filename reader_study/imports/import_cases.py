"""The import of scans into a study: staged, de-identified, committed under new keys that tell nothing; all or nothing.

What is kept of a file is its voxels and their geometry; its name stands only in the study's own mapping.csv, which is
the coordinator's. Keys are given in the order of the scans' digests: the order of the files may tell the outcome.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from ich_model import working_folders
from ich_model.jobs.progress import no_progress
from ich_model.scans import load
from ich_model.scans.load import FoundScan
from reader_study.imports import commit
from reader_study.imports.staging import NO_CHOICES, Choices, ImportedCase, Staged, Tell, take_in
from reader_study.imports.truth_csv import read_truths
from reader_study.store.store import Store
from reader_study.store.workspace import Workspace
from reader_study.study.design import Case, StudyFrozen, Truth

UPLOAD = "upload"  # the kind of folder in which what came from a browser lies for as long as it takes
KEY_FORMAT = "case-{:03d}"


def stem(path: Path) -> str:
    """What a truth table calls a scan that is a file: its name without .nii, .nii.gz or .zip."""
    return load.stem_of(path.name)


def import_cases(
    store: Store,
    study_key: str,
    paths: Iterable[Path],
    workspace: Workspace,
    *,
    truth_csv: Path | None = None,
    truths: Mapping[str, Truth] | None = None,
    choices: Choices = NO_CHOICES,
    tell: Tell = no_progress,
) -> list[ImportedCase]:
    """Import scans (files, folders, zips) into a study, with their truth if it is given; one outcome for each scan.

    The truth comes by a scan's name as a table or as `truths`. A whole table is checked before anything is written,
    and its rows name a scan (without .nii.gz or .zip) or a case that is in the study already. A refused scan leaves
    nothing behind, and the others come in all together or not at all. One import at a time works on a study; what a
    killed one left is removed first.

    Raises:
        StudyFrozen: once the study holds a read.
    """
    study_folder = workspace.study_folder(study_key)
    frozen = store.state(study_key).has_reads
    working_folders.sweep(workspace.root, UPLOAD)
    with _alone_with(study_folder):
        known_cases = store.cases(study_key)
        _remove_killed(study_folder, known_cases)
        found = load.find(paths)
        if found and frozen:
            raise StudyFrozen(f"study {study_key} holds reads: expected all cases to be added before the first")
        by_name: Mapping[str, Truth] = truths or {}
        if truth_csv is not None or truths is not None:
            _check_unique_stems(found)
        if truth_csv is not None:
            by_name = read_truths(truth_csv, {scan.stem for scan in found} | {case.key for case in known_cases})
        with working_folders.working_folder(study_folder, commit.INCOMING) as staging:
            staged, outcomes = take_in(found, staging, known_cases, choices=choices, tell=tell)
            staged = _give_keys(staged, study_key, known_cases, study_folder)
            by_key = _truths_by_key(by_name, staged, known_cases)
            with commit.moved_in(staged, staging, study_folder):
                store.add_cases(study_key, [item.case for item in staged], by_key)
    cases = {id(item.source): item.case for item in staged}
    return [replace(outcome, case=cases.get(id(scan))) for scan, outcome in zip(found, outcomes, strict=True)]


def remove_leftovers(store: Store, workspace: Workspace) -> None:
    """Removes what killed uploads and imports left, except where an import is running. Called when the app starts."""
    working_folders.sweep(workspace.root, UPLOAD)
    for study in store.studies():
        study_folder = workspace.study_folder(study.key)
        if any(study_folder.glob(f".{commit.INCOMING}-*")):
            with suppress(BlockingIOError), _alone_with(study_folder, wait=False):
                _remove_killed(study_folder, store.cases(study.key))


def _remove_killed(study_folder: Path, known_cases: Iterable[Case]) -> None:
    commit.undo_killed(study_folder, {case.key for case in known_cases})
    for kind in (commit.MAPPING_FILE, commit.INCOMING):  # by the folder that goes last the next start knows of a kill
        working_folders.sweep(study_folder, kind)


@contextmanager
def _alone_with(study_folder: Path, *, wait: bool = True) -> Iterator[None]:
    """The study's folder, for this import alone; it is removed again where nothing came to lie in it."""
    study_folder.parent.mkdir(parents=True, exist_ok=True)
    with working_folders.alone(study_folder.parent / f".importing-{study_folder.name}", wait=wait):
        study_folder.mkdir(exist_ok=True)
        try:
            yield
        finally:
            if not any(study_folder.iterdir()):
                study_folder.rmdir()


def _check_unique_stems(found: list[FoundScan]) -> None:
    seen: set[str] = set()
    for scan in found:
        if scan.stem in seen:
            raise ValueError(f"{scan.name}: two files have this name, expected one for each row of the truth table")
        seen.add(scan.stem)


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
