"""The command that brings scans and their reference standard into a study: files, folder trees, the paper's dataset."""

import argparse
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ich_model.command_line import REFUSED
from ich_model.dataset import paper_dataset
from reader_study.imports import import_cases as case_import
from reader_study.imports.commit import MAPPING_FILE
from reader_study.imports.staging import Choices, ImportedCase
from reader_study.store.workspace import Workspace
from reader_study.study.design import Truth


def import_cases(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Import scans and truth; each refused scan gets its sentence and the others come in.

    Raises:
        ValueError: where nothing to import is named, or two sources are.
    """
    if not arguments.path and arguments.truth is None and arguments.paper is None:
        raise ValueError("import-cases: expected a PATH with scans, --truth CSV, or both; or --paper FOLDER")
    if arguments.paper is not None:
        if arguments.path or arguments.truth is not None:
            raise ValueError("import-cases: expected --paper FOLDER alone, its scans and truth come from there")
        return _import_paper(arguments, workspace)
    with closing(workspace.existing_store()) as store:
        outcomes = case_import.import_cases(store, arguments.study, arguments.path, workspace,
                                            truth_csv=arguments.truth, choices=_choices(arguments), tell=_tell)
    return _report(outcomes, workspace.study_folder(arguments.study) / MAPPING_FILE)


def _import_paper(arguments: argparse.Namespace, workspace: Workspace) -> int:
    """Import the paper's dataset; all that is wrong with it is listed, and refused or skipped as the flag says."""
    dataset = paper_dataset.read(arguments.paper)
    for problem in dataset.problems:
        print(problem, file=sys.stderr)
    if dataset.problems and not arguments.skip_bad:
        raise ValueError(f"{arguments.paper}: {len(dataset.problems)} problems; correct them, or use --skip-bad")
    truths = {case_import.stem(case.image): Truth(case.poor, case.gcs, case.age) for case in dataset.cases}
    with closing(workspace.existing_store()) as store:
        outcomes = case_import.import_cases(store, arguments.study, [case.image for case in dataset.cases], workspace,
                                            truths=truths, tell=_tell)
    return _report(outcomes, workspace.study_folder(arguments.study) / MAPPING_FILE)


def _choices(arguments: argparse.Namespace) -> Choices:
    return Choices(series=arguments.series, allow_burned_in=arguments.allow_burned_in)


def _tell(done: int, of: int) -> None:
    """Progress of long imports, where a person watches."""
    if of > 1 and sys.stderr.isatty():
        print(f"\r{done} of {of} scans", end="\n" if done == of else "", file=sys.stderr, flush=True)


def _report(outcomes: list[ImportedCase], mapping: Path) -> int:
    """Says what became of each scan; the exit code. Which scan a case was stands in the mapping alone: what is printed
    may be kept in a log."""
    for outcome in outcomes:
        if outcome.case is None:
            print(f"{outcome.refusal} [{outcome.code}]", file=sys.stderr)
        else:
            print(f"{outcome.case.key}: {'; '.join(outcome.notes) or 'taken in as it was'}")
    if any(outcome.case for outcome in outcomes):
        print(f"Which scan became which case stands in {mapping}")
    return REFUSED if any(outcome.case is None for outcome in outcomes) else 0


def add_to(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser; `command` makes one, with its STUDY."""
    new = command("import-cases", import_cases, "import scans (NIfTI, DICOM, zips of them) and their truth")
    new.add_argument("path", metavar="PATH", nargs="*", type=Path, help="a scan, a zip, or a folder tree of them")
    new.add_argument("--truth", metavar="CSV", type=Path, help="table caseID,poor,gcs,age, and sex,volume_ml if known")
    new.add_argument("--series", metavar="WHICH",
                     help="which series of an examination that has several: its number in the list, or words of it")
    new.add_argument("--allow-burned-in", action="store_true",
                     help="take images flagged as having writing in them: you have looked that it names nobody")
    new.add_argument("--paper", metavar="FOLDER", type=Path,
                     help=f"the paper's dataset as it lies: {paper_dataset.TABLE} and its two folders")
    new.add_argument("--skip-bad", action="store_true", help="with --paper: leave out what does not fit")
