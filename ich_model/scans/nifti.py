"""Reading a NIfTI file's voxels and affine; the header is checked before the voxels are read. Torch-free."""

import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from typing import IO
from zipfile import BadZipFile

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError

from ich_model.scans import nifti_header
from ich_model.scans.refusal import Refusal, UnreadableVolume, shown

SUFFIXES = (".nii", ".nii.gz")
Stream = IO[bytes] | gzip.GzipFile
_GZIP_MAGIC = b"\x1f\x8b"
_HEADERS: dict[int, tuple[type[nib.Nifti1Header], bytes]] = {
    348: (nib.Nifti1Header, b"n+1"),
    540: (nib.Nifti2Header, b"n+2"),
}


def case_name(path: Traversable) -> str:
    """File name without .nii or .nii.gz.

    Raises:
        UnreadableVolume: where it has neither suffix.
    """
    for suffix in reversed(SUFFIXES):
        if path.name.lower().endswith(suffix) and len(path.name) > len(suffix):
            return path.name[: -len(suffix)]
    raise UnreadableVolume(
        Refusal.UNREADABLE,
        f"{shown(path.name)}: expected a NIfTI file that ends in .nii or .nii.gz; convert the scan first",
    )


def read(path: Traversable, *, label: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Scaled voxels (I, J, K), int16 or float32, in the file's axis order, and their affine (4, 4) in mm, RAS+.

    `label` is the file's name in a refusal, by default its own. UnreadableVolume where the file is damaged or its
    header is not that of a head CT.
    """
    label = label or shown(path.name)
    with _opened(path, label) as stream:
        header = _read_header(stream, label)
        nifti_header.check(header, label)
        return _read_voxels(stream, header, label), header.affine


@contextmanager
def _opened(path: Traversable, name: str) -> Iterator[Stream]:
    """The file as a stream, decompressed where its content (not its name) is gzip; read errors become refusals."""
    try:
        with path.open("rb") as raw:
            magic = raw.read(2)
            raw.seek(0)
            if not magic:
                raise UnreadableVolume(Refusal.EMPTY, f"{name}: the file is empty (0 bytes); export it again")
            if magic != _GZIP_MAGIC:
                yield raw
                return
            with gzip.GzipFile(fileobj=raw) as stream:
                yield stream
    except EOFError as error:
        raise _truncated(name, "its gzip stream ends too early") from error
    except (zlib.error, BadZipFile, NotImplementedError) as error:  # the last two are raised for a file in a zip
        raise UnreadableVolume(
            Refusal.UNREADABLE, f"{name}: the compressed data are damaged ({error}); copy or export it again"
        ) from error
    except OSError as error:
        reason = error.strerror or error
        raise UnreadableVolume(Refusal.UNREADABLE, f"{name}: cannot be read ({reason}); check the file") from error


def _truncated(name: str, found: str) -> UnreadableVolume:
    return UnreadableVolume(Refusal.TRUNCATED, f"{name}: the file is cut short ({found}); copy or export it again")


def _read_header(stream: Stream, name: str) -> nifti_header.Header:
    """The header, without nibabel's silent repairs: an invalid one is refused."""
    not_nifti = UnreadableVolume(
        Refusal.UNREADABLE, f"{name}: the content is not single-file NIfTI; expected .nii or .nii.gz, convert the scan"
    )
    block = stream.read(348)
    if not block:
        raise UnreadableVolume(Refusal.EMPTY, f"{name}: the file holds no data; export it again")
    sizes = {int.from_bytes(block[:4], order) for order in ("little", "big")} & set(_HEADERS)
    if len(sizes) != 1:
        raise not_nifti
    size = sizes.pop()
    kind, magic = _HEADERS[size]
    block += stream.read(size - len(block))
    if len(block) < size:
        raise _truncated(name, f"{len(block)} of {size} header bytes")
    fields = kind(block, check=False)
    if fields["magic"].item()[:3] != magic:
        raise not_nifti
    try:
        return nifti_header.parsed(fields)
    except (HeaderDataError, ValueError, KeyError, OverflowError) as error:
        raise UnreadableVolume(
            Refusal.UNREADABLE, f"{name}: the NIfTI header is invalid ({error}); export the scan again"
        ) from error


def _read_voxels(stream: Stream, header: nifti_header.Header, name: str) -> np.ndarray:
    """Scaled voxels (I, J, K): int16 where stored so without scaling, else float32; reads at most the header's size."""
    skip = header.first_voxel_byte - stream.tell()
    wanted = math.prod(header.shape) * header.dtype.itemsize
    if skip < 0 or len(stream.read(skip)) < skip:
        raise _truncated(name, "no voxels")
    content = stream.read(wanted)
    if len(content) < wanted:
        raise _truncated(name, f"{len(content):,} of {wanted:,} voxel bytes")
    if stream.read(1):
        raise UnreadableVolume(
            Refusal.TOO_LARGE, f"{name}: holds more than the {wanted:,} voxel bytes of its header; export it again"
        )
    stored = np.frombuffer(content, dtype=header.dtype).reshape(header.shape[:3], order="F")
    unscaled = (header.slope, header.intercept) == (1.0, 0.0)
    if unscaled and header.dtype.kind == "i" and header.dtype.itemsize == 2:  # the usual case for CT
        return stored.astype(np.int16, copy=False)
    with np.errstate(over="ignore", invalid="ignore"):  # overflow gives infinity, which is refused later
        values = stored.astype(np.float32)
        if not unscaled:
            values *= np.float32(header.slope)
            values += np.float32(header.intercept)
    return values
