"""Folders and zips of scans, opened alike; a zip is judged by its list before anything in it is unpacked. Torch-free.

Nothing is ever extracted to disk: files in a zip are read as streams.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath, PureWindowsPath
from zipfile import BadZipFile, ZipFile, ZipInfo
from zipfile import Path as ZipPath

from ich_model.refusal import Refusal, UnreadableVolume

ZIP_SUFFIX = ".zip"
MAX_ZIP_FILES = 20_000
MAX_ZIP_BYTES = 4 * 1024**3  # unpacked; a hospital's whole CT examination is below 1 GiB
MAX_ZIP_RATIO = 100  # unpacked to packed; CTs reach 10
SMALL_BYTES = 1024**2  # what is smaller does no harm at any ratio
_ENCRYPTED = 0x1
_NO_SCAN_NAMES = ("DICOMDIR", "THUMBS.DB")


@dataclass(frozen=True)
class Container:
    """A folder, a zip, or some files of a folder that were named one by one.

    `name` is how the user knows it; `files` are the paths within it, with slashes, in order.
    """

    name: str
    root: Path
    files: tuple[str, ...]

    @property
    def is_zip(self) -> bool:
        """Whether its files lie in a zip."""
        return not self.root.is_dir()

    @contextmanager
    def opened(self) -> Iterator[Traversable]:
        """The root under which `files` can be read by `joinpath(file).open("rb")`."""
        if not self.is_zip:
            yield self.root
            return
        with ZipFile(self.root) as archive:
            yield ZipPath(archive)


def folder(path: Path) -> Container:
    """A folder with all that lies in it and its subfolders. Links to other places are not followed."""
    found = [
        (Path(parent) / name).relative_to(path).as_posix()
        for parent, _, names in os.walk(path)
        for name in names
        if (Path(parent) / name).is_file()
    ]
    return Container(path.resolve().name, path, tuple(sorted(filter(_may_be_a_scan, found))))


def zipped(path: Path) -> Container:
    """A zip, once its list has shown it to be harmless.

    Raises:
        UnreadableVolume: DAMAGED_ZIP, LOCKED_ZIP, UNSAFE_NAME or ZIP_BOMB.
    """
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableVolume(
            Refusal.DAMAGED_ZIP, f"{path.name}: expected a whole zip file ({error}); copy or make it again"
        ) from error
    _check_harmless(entries, path.name)
    files = [entry.filename for entry in entries if not entry.is_dir() and not _is_link(entry)]
    return Container(path.name, path, tuple(sorted(filter(_may_be_a_scan, files))))


def _check_harmless(entries: list[ZipInfo], name: str) -> None:
    """Refuses what could hurt, or cannot be opened."""
    total = sum(entry.file_size for entry in entries)
    if total > MAX_ZIP_BYTES or len(entries) > MAX_ZIP_FILES:
        raise UnreadableVolume(
            Refusal.ZIP_BOMB,
            f"{name}: unpacks to {total / 1e6:,.0f} MB in {len(entries):,} files; expected at most "
            f"{MAX_ZIP_BYTES / 1e6:,.0f} MB in {MAX_ZIP_FILES:,} files, send fewer scans at a time",
        )
    for entry in entries:
        if entry.file_size > SMALL_BYTES and entry.file_size > MAX_ZIP_RATIO * max(entry.compress_size, 1):
            raise UnreadableVolume(
                Refusal.ZIP_BOMB,
                f"{name}: a file in it unpacks to more than {MAX_ZIP_RATIO} times its size; expected a scan, "
                "make the zip again",
            )
        if _leads_outside(entry.filename):
            raise UnreadableVolume(
                Refusal.UNSAFE_NAME,
                f"{name}: a file in it has a name that leads out of the folder; expected plain names, zip it again",
            )
        if entry.flag_bits & _ENCRYPTED:
            raise UnreadableVolume(
                Refusal.LOCKED_ZIP, f"{name}: is locked with a password; expected an open zip, make it without one"
            )


def _leads_outside(name: str) -> bool:
    """Whether a path in a zip is absolute, names a drive or goes up, by the rules of any system."""
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return posix.is_absolute() or bool(windows.anchor) or ".." in posix.parts or ".." in windows.parts


def _is_link(entry: ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def _may_be_a_scan(file: str) -> bool:
    """Whether a file may hold a scan: not hidden, and not what systems leave in folders."""
    parts = PurePosixPath(file).parts
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return not hidden and parts[-1].upper() not in _NO_SCAN_NAMES
