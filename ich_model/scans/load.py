"""Loading a scan from a file, folder or zip, NIfTI or DICOM: `find(paths)`, then `load(scan)`. Torch-free."""

from pathlib import Path, PurePosixPath

from ich_model.scans import dicom, dicom_series, volume
from ich_model.scans.dicom_headers import Skipped
from ich_model.scans.dicom_series import Series
from ich_model.scans.find import FoundScan, find, stem_of
from ich_model.scans.refusal import Refusal, UnreadableVolume
from ich_model.scans.volume import Volume

__all__ = ["FoundScan", "find", "load", "load_one", "stem_of"]


def load(
    scan: FoundScan, *, series: str | None = None, allow_burned_in: bool = False, scratch: Path | None = None
) -> Volume:
    """The volume of a scan. UnreadableVolume, with a code and one sentence, where it is refused.

    `series` selects one of several by number or text; `scratch` is a folder for temporary files while compressed slices
    are decoded.
    """
    if scan.refusal is not None:
        raise scan.refusal
    with scan.container.opened() as root:
        if scan.file:
            return volume.load(root.joinpath(scan.file), label=scan.name)
        one = dicom_series.chosen(scan.series, series, label=scan.name)
        _check_none_damaged(scan)
        loaded = dicom.load(one, root, name=scan.name, allow_burned_in=allow_burned_in, scratch=scratch)
    return volume.with_notes(loaded, _notes(scan, one))


def load_one(path: str | Path, *, series: str | None = None) -> Volume:
    """The volume of a file, folder or zip that holds one scan.

    Raises:
        ValueError: where it holds several scans; UnreadableVolume, a ValueError, where the scan is refused.
    """
    found = find([path])
    if len(found) != 1:
        raise ValueError(f"{path}: {len(found)} scans; expected one, name each by itself")
    return load(found[0], series=series)


def _notes(scan: FoundScan, one: Series) -> tuple[str, ...]:
    """Notes on series and files of the examination that were not loaded."""
    others = len(scan.series) - 1
    skipped = dicom_series.counted(scan.skipped)
    return (*((f"{others} other series left out",) if others else ()), *((f"skipped: {skipped}",) if skipped else ()))


def _check_none_damaged(scan: FoundScan) -> None:
    """Refuses an examination with an unreadable DICOM file, which may be one of its slices."""
    damaged = [PurePosixPath(one.file).name for one in scan.skipped if one.reason is Skipped.DAMAGED]
    if damaged:
        raise UnreadableVolume(
            Refusal.TRUNCATED,
            f"{scan.name}: {len(damaged)} DICOM files beside the slices cannot be read, such as {damaged[0]}; "
            "copy them again, or take them out if they are no slices",
        )
