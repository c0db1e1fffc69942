"""Folders and zips of scans behind one interface; a zip's directory is checked before any entry is decompressed.

Nothing is extracted to disk: files in a zip are read as streams. Torch-free.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath, PureWindowsPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zipfile import Path as ZipPath

from ich_model.scans.refusal import Refusal, UnreadableVolume, shown

ZIP_SUFFIX = ".zip"
MAX_ZIP_FILES = 20_000
MAX_ZIP_BYTES = 4 * 1024**3  # unpacked; a hospital's whole CT examination is below 1 GiB
MAX_ZIP_RATIO = 100  # uncompressed to compressed size; CTs reach 10
MAX_LIST_BYTES = 512 * MAX_ZIP_FILES  # the zip's central directory
SMALL_BYTES = 1024**2  # smaller entries are harmless at any compression ratio
_ENCRYPTED = 0x1
_END, _LARGE_END, _LARGE_BYTES = b"PK\x05\x06", b"PK\x06\x06", 76  # PKWARE APPNOTE 4.3.14 to 4.3.16
_LONGEST_END = _LARGE_BYTES + 22 + 65535
_UNPACKABLE = (ZIP_STORED, ZIP_DEFLATED)
_NO_SCAN_NAMES = ("DICOMDIR", "THUMBS.DB")


@dataclass(frozen=True)
class Container:
    """A folder, a zip, or single files of a folder.

    `name` is the name shown to the user; `files` are the relative paths in it, with slashes, sorted.
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
    """A folder with all files in it and its subfolders. Links to other folders are not followed."""
    found = [
        (Path(parent) / name).relative_to(path).as_posix()
        for parent, _, names in os.walk(path)
        for name in names
        if (Path(parent) / name).is_file()
    ]
    return Container(shown(path.resolve().name), path, tuple(sorted(filter(_may_be_a_scan, found))))


def zipped(path: Path, *, name: str | None = None) -> Container:
    """A zip whose directory passed the checks. `name` is the name shown to the user, by default the file's name.

    Raises:
        UnreadableVolume: DAMAGED_ZIP, LOCKED_ZIP, UNSAFE_NAME, ZIP_METHOD or ZIP_BOMB.
    """
    label = shown(path.name) if name is None else name
    try:
        _check_list(path, label)
        with ZipFile(path) as archive:
            entries = archive.infolist()
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        if isinstance(error, UnreadableVolume):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise UnreadableVolume(
            Refusal.DAMAGED_ZIP, f"{label}: expected a whole zip file ({reason}); copy or make it again"
        ) from error
    _check_size(entries, label, packed_bytes=path.stat().st_size)
    _check_entries(entries, label)
    files = [entry.filename for entry in entries if not entry.is_dir()]
    return Container(label, path, tuple(sorted(filter(_may_be_a_scan, files))))


def _check_list(path: Path, name: str) -> None:
    """Refuses a central directory so long that parsing it would take too much memory."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LONGEST_END))
        listed = min(_list_bytes(file.read()), size)
    if listed > MAX_LIST_BYTES:
        raise UnreadableVolume(
            Refusal.ZIP_BOMB,
            f"{name}: its list of files has {listed / 1e6:,.0f} MB; expected at most {MAX_ZIP_FILES:,} files, send "
            "fewer scans at a time",
        )


def _list_bytes(end: bytes) -> int:
    """Size of the central directory in bytes, from the end records of a zip; 0 where there are none."""
    at = end.rfind(_END)
    large = end[max(0, at - _LARGE_BYTES) : at]
    if large.startswith(_LARGE_END):
        return int.from_bytes(large[40:48], "little")
    return int.from_bytes(end[at + 12 : at + 16], "little") if at >= 0 else 0


def _check_size(entries: list[ZipInfo], name: str, *, packed_bytes: int) -> None:
    """Refuses a zip that decompresses to too many bytes in total, or at too high a ratio in total or in one file."""
    total = sum(entry.file_size for entry in entries)
    if total > MAX_ZIP_BYTES or len(entries) > MAX_ZIP_FILES:
        raise UnreadableVolume(
            Refusal.ZIP_BOMB,
            f"{name}: unpacks to {total / 1e6:,.0f} MB in {len(entries):,} files; expected at most "
            f"{MAX_ZIP_BYTES / 1e6:,.0f} MB in {MAX_ZIP_FILES:,} files, send fewer scans at a time",
        )
    pairs = [(entry.file_size, entry.compress_size) for entry in entries]
    if any(unpacked > max(SMALL_BYTES, MAX_ZIP_RATIO * packed) for unpacked, packed in [*pairs, (total, packed_bytes)]):
        raise UnreadableVolume(
            Refusal.ZIP_BOMB,
            f"{name}: it, or a file in it, unpacks to more than {MAX_ZIP_RATIO} times its size; expected a scan, "
            "make the zip again",
        )


def _check_entries(entries: list[ZipInfo], name: str) -> None:
    """Refuses unsafe or duplicate names, links, encrypted entries and unsupported compression methods."""
    names = [entry.filename for entry in entries]
    rules = {
        (Refusal.UNSAFE_NAME, "a file in it has a name that leads out of the folder; expected plain names, zip it "
         "again"): any(map(_leads_outside, names)),
        (Refusal.UNSAFE_NAME, "a file in it is a link to another place; expected the file itself, zip it again"):
            any(map(_is_link, entries)),
        (Refusal.UNSAFE_NAME, "two files in it have the same name; expected one of each, zip it again"):
            len(set(names)) < len(names),
        (Refusal.LOCKED_ZIP, "is locked with a password; expected an open zip, make it without one"):
            any(entry.flag_bits & _ENCRYPTED for entry in entries),
        (Refusal.ZIP_METHOD, "is packed in an unusual way; expected an ordinary zip (deflate), make it again"):
            any(entry.compress_type not in _UNPACKABLE for entry in entries),
    }
    for (code, sentence), holds in rules.items():
        if holds:
            raise UnreadableVolume(code, f"{name}: {sentence}")


def _leads_outside(name: str) -> bool:
    """Whether a path in a zip is absolute, names a drive or has "..", by the rules of POSIX or Windows."""
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return posix.is_absolute() or bool(windows.anchor) or ".." in posix.parts or ".." in windows.parts


def _is_link(entry: ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def _may_be_a_scan(file: str) -> bool:
    """Whether a file may hold a scan: not hidden, and not a metadata file of an operating system."""
    parts = PurePosixPath(file).parts
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return not hidden and parts[-1].upper() not in _NO_SCAN_NAMES
