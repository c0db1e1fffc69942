"""Finding the scans in files, folders and zips, both NIfTI and DICOM. Torch-free.

Only headers are read. All DICOM files of one examination in one folder or zip are one scan, of which one series is
loaded later.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from ich_model.scans import containers, dicom_headers, dicom_series, nifti
from ich_model.scans.containers import ZIP_SUFFIX, Container
from ich_model.scans.dicom_headers import Image, Skipped, SkippedFile
from ich_model.scans.dicom_series import Series
from ich_model.scans.refusal import Refusal, UnreadableVolume, shown

OTHER_SUFFIXES = (".hdr", ".mha", ".mhd", ".nrrd", ".nhdr", ".mgz", ".mnc", ".tar", ".tgz", ".tar.gz", ".7z", ".rar")
"""Formats that are reported as unsupported rather than ignored; .hdr reports an Analyze or NIfTI pair."""


@dataclass(frozen=True, eq=False)
class FoundScan:
    """A scan that was found: a NIfTI `file` or the `series` of an examination, or the `refusal` in its place.

    `name` is the name shown to the user, with its folder or zip.
    """

    name: str
    container: Container
    file: str = ""
    series: tuple[Series, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    refusal: UnreadableVolume | None = None

    @property
    def stem(self) -> str:
        """The name by which a reference table lists the scan."""
        return stem_of(self.name)

    @property
    def needs_choice(self) -> bool:
        """Whether several series are candidates, so that the user has to choose one."""
        return sum(one.may_be_a_head for one in self.series) > 1


def stem_of(name: str) -> str:
    """The last part of a scan's name, without .nii, .nii.gz, .zip or .dcm."""
    last = PurePosixPath(name).name
    for suffix in (".gz", ".nii", ZIP_SUFFIX, ".dcm"):
        last = last[: -len(suffix)] if last.lower().endswith(suffix) else last
    return last


def find(paths: str | Path | Iterable[str | Path]) -> list[FoundScan]:
    """All scans in files, folders (with their subfolders) and zips, in order, including those already refused.

    Raises:
        ValueError: for a path that does not exist, or a folder without scans.
    """
    found: list[FoundScan] = []
    loose: list[Path] = []
    for path in map(Path, [paths] if isinstance(paths, (str, Path)) else paths):
        if not path.exists():
            raise ValueError(f"{shown(str(path))}: there is no such file or folder")
        name = shown(path.name)
        if path.is_dir():
            found += _in_folder(containers.folder(path))
        elif name.lower().endswith(ZIP_SUFFIX):
            found += _in_zip(path, name)
        elif name.lower().endswith(OTHER_SUFFIXES):
            found.append(_of_other_format(Container(name, path.parent, (path.name,)), path.name))
        elif _is_readable_dicom(path):
            loose.append(path)
        else:
            found.append(FoundScan(name, Container(name, path.parent, (path.name,)), file=path.name))
    return found + (_in_loose_files(loose) if loose else [])


def _is_readable_dicom(path: Path) -> bool:
    """Whether a file is DICOM; False for one that cannot be opened, which is refused when it is loaded."""
    try:
        return path.is_file() and dicom_headers.is_dicom(path)
    except OSError:
        return False


def _in_folder(container: Container) -> list[FoundScan]:
    """The scans of a folder tree; each zip in it is opened too."""
    zips = [file for file in container.files if file.lower().endswith(ZIP_SUFFIX)]
    inside = [scan for file in zips for scan in _in_zip(container.root / file, f"{container.name}/{shown(file)}")]
    found = [*_in_container(container), *inside]
    if not found:
        raise ValueError(f"{container.root}: expected a folder with scans (NIfTI, DICOM or zip), found none")
    return found


def _in_zip(path: Path, name: str) -> list[FoundScan]:
    try:
        container = containers.zipped(path, name=name)
        found = [*_in_container(container), *_zips_in(container)]
    except UnreadableVolume as error:
        return [FoundScan(name, Container(name, path, ()), refusal=error)]
    if not found:
        sentence = f"{name}: {len(container.files)} files and no scan; expected NIfTI or DICOM, zip the scan's folder"
        return [FoundScan(name, container, refusal=UnreadableVolume(Refusal.NO_SCAN, sentence))]
    return found


def _zips_in(container: Container) -> list[FoundScan]:
    """A refusal for the zips within a zip, which are not opened."""
    files = [file for file in container.files if file.lower().endswith(ZIP_SUFFIX)]
    if not files:
        return []
    sentence = (f"{container.name}: {len(files)} zips within the zip, such as {shown(PurePosixPath(files[0]).name)}; "
                "expected scans, unpack them and send each by itself")
    return [FoundScan(container.name, container, refusal=UnreadableVolume(Refusal.NESTED_ZIP, sentence))]


def _of_other_format(container: Container, file: str) -> FoundScan:
    """A refusal for a scan or an archive in an unsupported format."""
    name = container.name if container.name == shown(file) else f"{container.name}/{shown(file)}"
    suffix = next(suffix for suffix in reversed(OTHER_SUFFIXES) if file.lower().endswith(suffix))
    sentence = (f"{name}: a file of another format ({suffix}); expected .nii, .nii.gz, DICOM or "
                ".zip, convert it")
    return FoundScan(name, container, refusal=UnreadableVolume(Refusal.OTHER_FORMAT, sentence))


def _in_loose_files(paths: list[Path]) -> list[FoundScan]:
    """The examinations of DICOM files that were given one by one, treated as one folder."""
    root = Path(os.path.commonpath([path.parent.resolve() for path in paths]))
    files = tuple(path.resolve().relative_to(root).as_posix() for path in paths)
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    container = Container(f"{shown(paths[0].name)}{more}", root, files)
    return [replace(one, name=container.name) for one in _examinations(container, files)]


def _in_container(container: Container) -> list[FoundScan]:
    """The scans of a container: NIfTI files by name, DICOM files by content; other files are ignored."""
    names = {file: PurePosixPath(file).name.lower() for file in container.files}
    nifti_files = [file for file, name in names.items() if name.endswith(nifti.SUFFIXES)]
    foreign = [file for file in container.files if names[file].endswith(OTHER_SUFFIXES)]
    apart = {*nifti_files, *foreign}
    others = [file for file in container.files if file not in apart and not names[file].endswith(ZIP_SUFFIX)]
    alone = container.is_zip and len(nifti_files) == 1  # a zip of one scan is named after the zip
    found = [
        FoundScan(container.name if alone else f"{container.name}/{shown(file)}", container, file=file)
        for file in nifti_files
    ]
    found += [_of_other_format(container, file) for file in foreign]
    with container.opened() as root:
        try:
            dicom_files = [file for file in others if dicom_headers.is_dicom(root.joinpath(file))]
        except dicom_headers.UNREADABLE_BY_PYDICOM as error:
            raise UnreadableVolume(
                Refusal.DAMAGED_ZIP if container.is_zip else Refusal.UNREADABLE,
                f"{container.name}: a file in it cannot be read ({type(error).__name__}); copy or make it again",
            ) from error
    examinations = _examinations(container, dicom_files)
    if container.is_zip and not found and len(examinations) == 1:
        return [replace(examinations[0], name=container.name)]
    return found + examinations


def _examinations(container: Container, files: Sequence[str]) -> list[FoundScan]:
    """DICOM files grouped by examination; a folder without any CT slice becomes one refusal with the reasons."""
    if not files:
        return []
    with container.opened() as root:
        headers = [_header(root, file) for file in files]
    skipped = tuple(header for header in headers if isinstance(header, SkippedFile))
    by_study: dict[tuple[str, str], list[Image]] = {}
    for image in (header for header in headers if isinstance(header, Image)):
        where = "" if image.study else str(PurePosixPath(image.file).parent)
        by_study.setdefault((image.study, where), []).append(image)
    found = [_examination(container, images, skipped) for images in by_study.values()]
    reported = {id(one) for scan in found for one in scan.skipped}
    left = [one for one in skipped if id(one) not in reported]
    by_folder: dict[str, list[SkippedFile]] = {}
    for one in left:
        by_folder.setdefault(str(PurePosixPath(one.file).parent), []).append(one)
    return found + [_no_examination(container, folder, files) for folder, files in by_folder.items()]


def _no_examination(container: Container, folder: str, files: list[SkippedFile]) -> FoundScan:
    """A refusal for a folder's DICOM files, none of which is a CT slice or belongs to an examination with slices."""
    name = _place(container, folder)
    sentence = (f"{name}: no usable slice of a CT in {len(files)} DICOM files ({dicom_series.counted(files)}); "
                "expected an axial CT series, export that")
    return FoundScan(name, container, skipped=tuple(files), refusal=UnreadableVolume(_code_of(files), sentence))


def _place(container: Container, folder: str) -> str:
    """The name of a container's folder as shown to the user."""
    return container.name if folder in ("", ".") else f"{container.name}/{shown(folder)}"


def _code_of(skipped: list[SkippedFile]) -> Refusal:
    """The refusal code for files none of which is a CT slice."""
    reasons = {one.reason for one in skipped}
    codes = {Skipped.DAMAGED: Refusal.TRUNCATED, Skipped.NO_HU: Refusal.NOT_HU, Skipped.COLOUR: Refusal.COLOUR}
    return next((code for reason, code in codes.items() if reason in reasons), Refusal.NOT_CT)


def _header(root: Traversable, file: str) -> Image | SkippedFile:
    return dicom_headers.read_header(root.joinpath(file), name=file)


def _examination(container: Container, images: list[Image], skipped: tuple[SkippedFile, ...]) -> FoundScan:
    """One examination, named after the common folder of its slices, with the skipped files of the same study UID and
    those in that folder without one."""
    inner = os.path.commonpath([str(PurePosixPath(image.file).parent) for image in images])
    study = images[0].study
    mine = tuple(one for one in skipped
                 if (one.study == study if one.study else PurePosixPath(one.file).is_relative_to(inner)))
    name = _place(container, inner)
    return FoundScan(name, container, series=dicom_series.sorted_into_series(images), skipped=mine)
