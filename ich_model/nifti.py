"""A NIfTI file's voxels and affine, or why not. The header is judged before a single voxel is read. Torch-free."""

import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError

from ich_model.refusal import Refusal, UnreadableVolume

SUFFIXES = (".nii", ".nii.gz")
MAX_VOXELS = 512 * 512 * 512  # ten times the thickest stack of the published data; 256 MiB as int16
MAX_HEADER_BYTES = 16 * 1024 * 1024  # header extensions lie between the header and the voxels
MIN_SLICES = 8
MIN_EXTENT_MM = 80.0  # no adult brain fits into less, in any direction
SPACING_RANGE_MM = (0.1, 10.0)
SKEWED = 0.02  # cosine between two axes, about one degree
FLAT = 0.1  # volume that three unit vectors span when they nearly lie in one plane
_GZIP_MAGIC = b"\x1f\x8b"
_HEADERS = {348: (nib.Nifti1Header, b"n+1"), 540: (nib.Nifti2Header, b"n+2")}


@dataclass(frozen=True, eq=False)
class Header:
    """What is needed to read and place the voxels. `affine` (4, 4) maps voxel indices to mm, RAS+."""

    shape: tuple[int, ...]
    affine: np.ndarray
    has_orientation: bool
    dtype: np.dtype
    first_voxel_byte: int
    slope: float
    intercept: float

    @property
    def spacing_mm(self) -> np.ndarray:
        """Distance between neighbouring voxels along each array axis, (3,)."""
        return nib.affines.voxel_sizes(self.affine)

    @property
    def slice_axis(self) -> int:
        """The array axis that runs closest to inferior-superior."""
        return int(np.flatnonzero(nib.io_orientation(self.affine)[:, 0] == 2)[0])


def case_name(path: Path) -> str:
    """File name without .nii or .nii.gz; UnreadableVolume where it has neither."""
    for suffix in reversed(SUFFIXES):
        if path.name.lower().endswith(suffix) and len(path.name) > len(suffix):
            return path.name[: -len(suffix)]
    raise UnreadableVolume(
        Refusal.UNREADABLE, f"{path.name}: expected a NIfTI file that ends in .nii or .nii.gz; convert the scan first"
    )


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Scaled voxels (I, J, K) float32 in the file's own axis order, and their affine (4, 4) in mm."""
    name = path.name
    with _opened(path) as stream:
        header = _read_header(stream, name)
        _check_shape(header, name)
        _check_geometry(header, name)
        return _read_voxels(stream, header, name), header.affine


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, decompressed where its content (not its name) is gzip; reading errors become refusals."""
    try:
        with path.open("rb") as raw:
            magic = raw.read(2)
            raw.seek(0)
            if not magic:
                raise UnreadableVolume(Refusal.EMPTY, f"{path.name}: the file is empty (0 bytes); export it again")
            if magic != _GZIP_MAGIC:
                yield raw
                return
            with gzip.GzipFile(fileobj=raw) as stream:
                yield stream
    except EOFError as error:
        raise _truncated(path.name, "its gzip stream ends too early") from error
    except zlib.error as error:
        raise UnreadableVolume(
            Refusal.UNREADABLE, f"{path.name}: the gzip stream is damaged ({error}); copy or export it again"
        ) from error
    except OSError as error:
        reason = error.strerror or error
        raise UnreadableVolume(Refusal.UNREADABLE, f"{path.name}: cannot be read ({reason}); check the file") from error


def _truncated(name: str, found: str) -> UnreadableVolume:
    return UnreadableVolume(Refusal.TRUNCATED, f"{name}: the file is cut short ({found}); copy or export it again")


def _read_header(stream: BinaryIO, name: str) -> Header:
    """The header, without nibabel's silent repairs: what cannot be understood is refused."""
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
        return _understood(fields)
    except (HeaderDataError, ValueError, KeyError, OverflowError) as error:
        raise UnreadableVolume(
            Refusal.UNREADABLE, f"{name}: the NIfTI header makes no sense ({error}); export the scan again"
        ) from error


def _understood(fields: nib.Nifti1Header) -> Header:
    n_axes = int(fields["dim"][0])
    if not 1 <= n_axes <= 7 or (fields["dim"][1 : n_axes + 1] < 1).any():
        raise ValueError(f"dimensions {fields['dim'].tolist()}")
    offset = float(fields["vox_offset"]) or float(fields.single_vox_offset)  # 0 means the default place
    if not fields.sizeof_hdr <= offset <= MAX_HEADER_BYTES:
        raise ValueError(f"voxels start at byte {offset:g}")
    slope, intercept = fields.get_slope_inter()
    return Header(
        shape=tuple(int(n) for n in fields["dim"][1 : n_axes + 1]),
        affine=fields.get_best_affine(),
        has_orientation=bool(fields["sform_code"] or fields["qform_code"]),
        dtype=fields.get_data_dtype(),
        first_voxel_byte=int(offset),
        slope=1.0 if slope is None else float(slope),
        intercept=0.0 if intercept is None else float(intercept),
    )


def _check_shape(header: Header, name: str) -> None:
    """Refuses what is not one 3D grey volume of a sensible size."""
    shape = header.shape
    if header.dtype.fields is not None:
        raise UnreadableVolume(Refusal.COLOUR, f"{name}: a colour image; expected grey values in HU, use the original")
    if header.dtype.kind not in "iuf":
        raise UnreadableVolume(Refusal.NOT_HU, f"{name}: {header.dtype} voxels; expected real numbers in HU, use a CT")
    if math.prod(shape) > MAX_VOXELS:
        raise UnreadableVolume(
            Refusal.TOO_LARGE,
            f"{name}: {shape} is {math.prod(shape):,} voxels; expected at most {MAX_VOXELS:,}, crop or resample it",
        )
    if len(shape) < 3 or min(shape[:3]) == 1:
        raise UnreadableVolume(Refusal.TWO_D, f"{name}: expected a 3D volume, got one image {shape}; use the full scan")
    if math.prod(shape[3:]) > 1:
        raise UnreadableVolume(
            Refusal.FOUR_D, f"{name}: expected a 3D volume, got shape {shape}; choose one phase of the scan"
        )


def _check_geometry(header: Header, name: str) -> None:
    """Refuses what cannot be laid out in a patient's space, or is too small to hold a brain."""
    if not header.has_orientation:
        raise UnreadableVolume(
            Refusal.NO_ORIENTATION,
            f"{name}: sform and qform codes are 0, so left and right are unknown; export it with its orientation",
        )
    spacing = header.spacing_mm
    low, high = SPACING_RANGE_MM
    if not _spans_space(header.affine, spacing):
        shown = " x ".join(f"{mm:.4g}" for mm in spacing)
        raise UnreadableVolume(
            Refusal.SPACING, f"{name}: voxels of {shown} mm; expected {low:g} to {high:g} mm along three axes, check it"
        )
    n_slices = header.shape[header.slice_axis]
    if n_slices < MIN_SLICES:
        raise UnreadableVolume(
            Refusal.TOO_FEW_SLICES, f"{name}: {n_slices} slices; expected at least {MIN_SLICES}, use the full scan"
        )
    extent = (spacing * header.shape[:3]).min()
    if extent < MIN_EXTENT_MM:
        raise UnreadableVolume(
            Refusal.TOO_SHORT, f"{name}: only {extent:.0f} mm of head; expected {MIN_EXTENT_MM:.0f} mm or more each way"
        )


def _spans_space(affine: np.ndarray, spacing: np.ndarray) -> bool:
    """Whether the affine gives three different directions with spacings (3,) in mm that a scanner could have."""
    low, high = SPACING_RANGE_MM
    if not np.isfinite(affine).all() or (spacing < low).any() or (spacing > high).any():
        return False
    return abs(np.linalg.det(affine[:3, :3] / spacing)) > FLAT


def _read_voxels(stream: BinaryIO, header: Header, name: str) -> np.ndarray:
    """Voxels (I, J, K) float32, scaled; never reads more than the header announces."""
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
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused as not finite
        values = stored.astype(np.float32)
        if (header.slope, header.intercept) != (1.0, 0.0):
            values *= np.float32(header.slope)
            values += np.float32(header.intercept)
    return values
