"""Listing the scans of a folder, zip or table, with their lesion masks if any. Torch-free."""

import csv
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ich_model.scans.containers import ZIP_SUFFIX, Container
from ich_model.scans.find import FoundScan, find, stem_of
from ich_model.scans.refusal import Refusal, UnreadableVolume, shown

MASK_ENDINGS = ("_labels", "_lesion")  # of NIfTI files that are masks of the scan beside them
COLUMNS = ("caseID", "image", "lesion", "series")  # the last two are optional


@dataclass(frozen=True)
class CaseToExplain:
    """A scan, the name of its outputs, its lesion mask's file if any, and which of several series to load."""

    name: str
    scan: FoundScan
    lesion: FoundScan | None = None
    series: str | None = None


def find_cases(source: str | Path, *, out: str | Path | None = None) -> list[CaseToExplain]:
    """The scans of a folder with its subfolders, of a zip, or of a table: NIfTI, DICOM folders and zips.

    In a folder a case is named by its relative path (ana/ct as ana_ct), masks end in `_labels` or `_lesion`, and files
    below `out`, which are former outputs, are ignored. A table is a CSV file with caseID, image and optionally lesion
    and series; its paths are relative to its folder.

    Raises:
        ValueError: where there is no scan, or two cases have the same name.
    """
    source, out = Path(source), None if out is None else Path(out)
    has_scans = source.is_dir() or source.name.lower().endswith(ZIP_SUFFIX)
    cases = _of_folder(source, out) if has_scans else _of_table(source)
    if not cases:
        raise ValueError(f"{source}: no scans; expected NIfTI, DICOM or zips, or a table with a row for each")
    # in a folder, a refused stray file has the name of the scan beside it and does not count as a duplicate
    names = [case.name for case in cases if not has_scans or case.scan.refusal is None]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"{source}: case {twice} appears more than once; give each case one name")
    return cases


def _of_folder(source: Path, out: Path | None) -> list[CaseToExplain]:
    found = [scan for scan in find([source]) if not _is_below(scan, out)]
    masks = {_without_suffix(scan): scan for scan in found if _is_mask(scan)}
    cases = []
    for scan in found:
        if not _is_mask(scan):
            names = [_without_suffix(scan) + ending for ending in MASK_ENDINGS]
            lesion = next((masks[name] for name in names if name in masks), None)
            cases.append(CaseToExplain(_case_name(scan), scan, lesion))
    return cases


def _is_mask(scan: FoundScan) -> bool:
    return bool(scan.file) and scan.stem.endswith(MASK_ENDINGS)


def _without_suffix(scan: FoundScan) -> str:
    """A scan's name with its folders, without .nii.gz and the like."""
    return str(PurePosixPath(scan.name).with_name(scan.stem))


def _is_below(scan: FoundScan, out: Path | None) -> bool:
    place = scan.container.root / scan.file
    return out is not None and place.resolve().is_relative_to(out.resolve())


def _case_name(scan: FoundScan) -> str:
    """A scan's path below the given folder, joined by underscores; the folder's name for a scan that is the folder."""
    parts = PurePosixPath(scan.name).parts
    return "_".join(map(stem_of, parts[1:] or parts))


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
    return [_of_row(row, table.parent) for row in rows]


def _of_row(row: dict[str, str], folder: Path) -> CaseToExplain:
    lesion = _one_scan(folder / row["lesion"]) if row.get("lesion") else None
    return CaseToExplain(row["caseID"], _one_scan(folder / row["image"]), lesion, row.get("series") or None)


def _one_scan(path: Path) -> FoundScan:
    """The only scan of a file, folder or zip, or a refusal in its place, so that other rows can still be explained."""
    try:
        found = find([path])
    except ValueError as error:
        return _refused(path, str(error))
    if len(found) != 1:
        return _refused(path, f"{shown(path.name)}: {len(found)} scans; expected one, give each a row")
    return found[0]


def _refused(path: Path, sentence: str) -> FoundScan:
    container = Container(shown(path.name), path.parent, ())
    return FoundScan(container.name, container, refusal=UnreadableVolume(Refusal.NO_SCAN, sentence))
