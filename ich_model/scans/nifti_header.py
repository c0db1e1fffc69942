"""The header fields of a NIfTI file that matter here, and whether they can be those of a head CT. Torch-free."""

import math
from dataclasses import dataclass

import nibabel as nib
import numpy as np

from ich_model.scans.limits import (
    FLAT,
    MAX_VOXELS,
    MIN_EXTENT_MM,
    MIN_SLICES,
    SPACING_RANGE_MM,
    STEEPEST,
    UPRIGHT,
)
from ich_model.scans.refusal import Refusal, UnreadableVolume

SAME_SIZE = 0.15  # a qform cannot hold the shear of an uncorrected gantry tilt, so its slices lie closer
MAX_HEADER_BYTES = 16 * 1024 * 1024  # header extensions lie between the header and the voxels


@dataclass(frozen=True, eq=False)
class Header:
    """What is needed to read and place the voxels. `affine` (4, 4) maps voxel indices to mm, RAS+; `other_affine` is
    the qform's where the header has both."""

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
        """Distance between neighbouring voxels along each array axis, (3,)."""
        sizes: np.ndarray = nib.affines.voxel_sizes(self.affine)
        return sizes

    @property
    def slice_axis(self) -> int:
        """The array axis that runs closest to inferior-superior."""
        return int(np.flatnonzero(nib.io_orientation(self.affine)[:, 0] == 2)[0])


def understood(fields: nib.Nifti1Header) -> Header:
    """What the fields say; ValueError, KeyError or one of nibabel's own where they make no sense."""
    n_axes = int(fields["dim"][0])
    if not 1 <= n_axes <= 7 or (fields["dim"][1 : n_axes + 1] < 1).any():
        raise ValueError(f"dimensions {fields['dim'].tolist()}")
    offset = float(fields["vox_offset"]) or float(fields.single_vox_offset)  # 0 means the default place
    if not fields.sizeof_hdr <= offset <= MAX_HEADER_BYTES:
        raise ValueError(f"voxels start at byte {offset:g}")
    slope, intercept = fields.get_slope_inter()
    if fields["pixdim"][0] == 0:
        fields["pixdim"][0] = 1  # as nifti1.h says of a qfac of 0
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
    """Refuses what its header alone shows not to be a head CT."""
    _check_shape(header, name)
    _check_geometry(header, name)


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
    """Refuses a header whose two descriptions differ in where right, front or top is, or in the voxels' size: a
    transform onto an atlas, or a slip of a converter."""
    if header.other_affine is None:
        return
    codes = ["".join(nib.aff2axcodes(affine)) for affine in (header.affine, header.other_affine)]
    sizes = header.spacing_mm, nib.affines.voxel_sizes(header.other_affine)
    if codes[0] != codes[1] or not np.allclose(*sizes, rtol=SAME_SIZE):
        told = [f"{code} of {' x '.join(f'{mm:.3g}' for mm in size)} mm"
                for code, size in zip(codes, sizes, strict=True)]
        raise UnreadableVolume(
            Refusal.TWO_ORIENTATIONS,
            f"{name}: sform says {told[0]} and qform {told[1]}; expected them to agree, export the original scan",
        )


def _check_axial(header: Header, spacing: np.ndarray, name: str) -> None:
    """Refuses slices that stand upright, by their thickness, and stacks that lean more than a gantry does."""
    thickest = int(np.argmax(spacing))
    upright = thickest != header.slice_axis and spacing[thickest] > UPRIGHT * spacing[header.slice_axis]
    leaning = abs(header.affine[2, header.slice_axis]) < STEEPEST * spacing[header.slice_axis]
    if upright or leaning:
        raise UnreadableVolume(
            Refusal.NOT_AXIAL,
            f"{name}: the slices are not axial; expected slices across the head's long axis, use the axial series",
        )


def _spans_space(affine: np.ndarray, spacing: np.ndarray) -> bool:
    """Whether the affine gives three different directions with spacings (3,) in mm that a scanner could have."""
    low, high = SPACING_RANGE_MM
    if not np.isfinite(affine).all() or (spacing < low).any() or (spacing > high).any():
        return False
    return bool(abs(np.linalg.det(affine[:3, :3] / spacing)) > FLAT)
