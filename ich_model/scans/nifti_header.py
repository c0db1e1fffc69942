"""The fields of a NIfTI header that are needed, and checks that they can be those of a head CT. Torch-free."""

import math
from dataclasses import dataclass

import nibabel as nib
import numpy as np

from ich_model.scans.limits import (
    MAX_VOXELS,
    MIN_AXIAL_COSINE,
    MIN_EXTENT_MM,
    MIN_SLICES,
    MIN_SPANNED_VOLUME,
    NOT_AXIAL_RATIO,
    SPACING_RANGE_MM,
)
from ich_model.scans.refusal import Refusal, UnreadableVolume

SIZE_TOLERANCE = 0.15  # relative; a qform cannot hold the shear of an uncorrected gantry tilt, so its spacing is less
MAX_HEADER_BYTES = 16 * 1024 * 1024  # header extensions lie between the header and the voxels


@dataclass(frozen=True, eq=False)
class Header:
    """The fields needed to read and place the voxels. `affine` (4, 4) maps voxel indices to mm, RAS+; `other_affine`
    (4, 4) is the qform's where the header has both an sform and a qform."""

    shape: tuple[int, ...]
    affine: np.ndarray
    has_orientation: bool
    other_affine: np.ndarray | None
    dtype: np.dtype
    first_voxel_byte: int
    slope: float
    intercept: float

    @property
    def spacing_mm(self) -> np.ndarray:
        """Distance in mm between neighbouring voxels along each array axis, (3,)."""
        sizes: np.ndarray = nib.affines.voxel_sizes(self.affine)
        return sizes

    @property
    def slice_axis(self) -> int:
        """The array axis that runs closest to inferior-superior."""
        return int(np.flatnonzero(nib.io_orientation(self.affine)[:, 0] == 2)[0])


def parsed(fields: nib.Nifti1Header) -> Header:
    """The header's fields, parsed.

    Raises:
        ValueError: for impossible dimensions or data offset; nibabel adds KeyError and HeaderDataError.
    """
    n_axes = int(fields["dim"][0])
    if not 1 <= n_axes <= 7 or (fields["dim"][1 : n_axes + 1] < 1).any():
        raise ValueError(f"dimensions {fields['dim'].tolist()}")
    offset = float(fields["vox_offset"]) or float(fields.single_vox_offset)  # 0 means the default offset
    if not fields.sizeof_hdr <= offset <= MAX_HEADER_BYTES:
        raise ValueError(f"voxels start at byte {offset:g}")
    slope, intercept = fields.get_slope_inter()
    if fields["pixdim"][0] == 0:
        fields["pixdim"][0] = 1  # nifti1.h: a qfac of 0 means 1
    both = fields["sform_code"] > 0 and fields["qform_code"] > 0
    return Header(
        shape=tuple(int(n) for n in fields["dim"][1 : n_axes + 1]),
        affine=fields.get_best_affine(),
        has_orientation=bool(fields["sform_code"] or fields["qform_code"]),
        other_affine=fields.get_qform() if both else None,
        dtype=fields.get_data_dtype(),
        first_voxel_byte=int(offset),
        slope=1.0 if slope is None else float(slope),
        intercept=0.0 if intercept is None else float(intercept),
    )


def check(header: Header, name: str) -> None:
    """Refuses a header that cannot be that of a head CT, with UnreadableVolume."""
    _check_shape(header, name)
    _check_geometry(header, name)


def _check_shape(header: Header, name: str) -> None:
    """Refuses anything but one 3D grey-value volume of at most MAX_VOXELS."""
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
    """Refuses a header without a valid orientation and spacing, or with an extent too small for a brain."""
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
    _check_agreement(header, name)
    n_slices = header.shape[header.slice_axis]
    if n_slices < MIN_SLICES:
        raise UnreadableVolume(
            Refusal.TOO_FEW_SLICES, f"{name}: {n_slices} slices; expected at least {MIN_SLICES}, use the full scan"
        )
    _check_axial(header, spacing, name)
    extent = (spacing * header.shape[:3]).min()
    if extent < MIN_EXTENT_MM:
        raise UnreadableVolume(
            Refusal.TOO_SHORT, f"{name}: only {extent:.0f} mm of head; expected {MIN_EXTENT_MM:.0f} mm or more each way"
        )


def _check_agreement(header: Header, name: str) -> None:
    """Refuses a header whose sform and qform differ in axis directions or voxel size: one of them maps onto an atlas,
    or a converter wrote it wrongly."""
    if header.other_affine is None:
        return
    codes = ["".join(nib.aff2axcodes(affine)) for affine in (header.affine, header.other_affine)]
    sizes = header.spacing_mm, nib.affines.voxel_sizes(header.other_affine)
    if codes[0] != codes[1] or not np.allclose(*sizes, rtol=SIZE_TOLERANCE):
        texts = [f"{code} of {' x '.join(f'{mm:.3g}' for mm in size)} mm"
                 for code, size in zip(codes, sizes, strict=True)]
        raise UnreadableVolume(
            Refusal.TWO_ORIENTATIONS,
            f"{name}: sform says {texts[0]} and qform {texts[1]}; expected them to agree, export the original scan",
        )


def _check_axial(header: Header, spacing: np.ndarray, name: str) -> None:
    """Refuses coronal or sagittal slices, by their thickness, and slice axes tilted more than any gantry."""
    thickest = int(np.argmax(spacing))
    upright = thickest != header.slice_axis and spacing[thickest] > NOT_AXIAL_RATIO * spacing[header.slice_axis]
    tilted = abs(header.affine[2, header.slice_axis]) < MIN_AXIAL_COSINE * spacing[header.slice_axis]
    if upright or tilted:
        raise UnreadableVolume(
            Refusal.NOT_AXIAL,
            f"{name}: the slices are not axial; expected slices across the head's long axis, use the axial series",
        )


def _spans_space(affine: np.ndarray, spacing: np.ndarray) -> bool:
    """Whether the affine's three axes are independent and their spacings (3,), in mm, plausible for a scanner."""
    low, high = SPACING_RANGE_MM
    if not np.isfinite(affine).all() or (spacing < low).any() or (spacing > high).any():
        return False
    return bool(abs(np.linalg.det(affine[:3, :3] / spacing)) > MIN_SPANNED_VOLUME)
