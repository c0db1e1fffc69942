"""Staging: each scan found is checked, de-identified and put in a folder named by its digest, or refused."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ich_model.scans import load, skull_strip
from ich_model.scans.load import FoundScan
from ich_model.scans.volume import Refusal, UnreadableVolume
from reader_study.imports import deidentify
from reader_study.study.design import Case

Tell = Callable[[int, int], None]
"""Progress callback: after each scan, how many of how many are done."""


@dataclass(frozen=True)
class Choices:
    """What the coordinator decided about scans.

    `series` names the series of every examination, by number or words; `series_of` that of a scan by its name.
    """

    series: str | None = None
    series_of: Mapping[str, str] = field(default_factory=dict)
    allow_burned_in: bool = False


NO_CHOICES = Choices()


@dataclass(frozen=True)
class ImportedCase:
    """What became of one scan: a case, or the sentence that says why not, with its code; and notes on what was done
    to it."""

    file_name: str
    case: Case | None
    refusal: str | None
    notes: tuple[str, ...] = ()
    code: Refusal | None = None


@dataclass(frozen=True)
class Staged:
    """A scan that was accepted and lies, de-identified, in a folder under its digest."""

    source: FoundScan
    folder: Path
    case: Case


def take_in(
    found: Iterable[FoundScan], staging: Path, known_cases: Iterable[Case], *, choices: Choices, tell: Tell
) -> tuple[list[Staged], list[ImportedCase]]:
    """The accepted scans, and for each scan its outcome, still without a key."""
    waiting = list(found)
    taken = {case.content_sha256: case.key for case in known_cases}
    staged, outcomes = [], []
    for number, scan in enumerate(waiting, 1):
        try:
            one, notes = _taken_in(scan, staging, taken, choices=choices)
        except UnreadableVolume as error:
            outcomes.append(ImportedCase(scan.name, None, str(error), code=error.code))
        else:
            staged.append(one)
            taken[one.case.content_sha256] = scan.name
            outcomes.append(ImportedCase(scan.name, None, None, notes))
        tell(number, len(waiting))
    return staged, outcomes


def _taken_in(
    found: FoundScan, staging: Path, taken: Mapping[str, str], *, choices: Choices
) -> tuple[Staged, tuple[str, ...]]:
    """One scan that is a head CT with a plausible brain and not in the study yet, and the notes on it."""
    series = choices.series_of.get(found.name, choices.series)
    scan = load.load(found, series=series, allow_burned_in=choices.allow_burned_in, scratch=staging)
    skull_strip.plausible_brain(replace(scan, name=found.name))
    digest = deidentify.digest(scan)
    if digest in taken:
        raise UnreadableVolume(
            Refusal.ALREADY_IN, f"{found.name}: this scan is in the study already, from {taken[digest]}"
        )
    folder = staging / digest
    synthetic = deidentify.write(found, scan, folder)
    case = Case("unnamed", folder.name, synthetic, scan.shape, scan.spacing_mm, digest)
    return Staged(found, folder, case), scan.notes
