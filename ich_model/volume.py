"""A head CT in memory: HU values with their place in the patient, checked when loaded. Torch-free."""

import gzip
import logging
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np

from ich_model import nifti
from ich_model.refusal import Refusal, UnreadableVolume

__all__ = ["Refusal", "UnreadableVolume", "Volume", "is_skull_stripped", "load", "save"]

BRAIN_MEDIAN_HU = (15, 60)  # grey and white matter have about 30
AIR_HU = -1024  # scanners write -2000 or -3024 outside their round field; that is air too
_LOGGER = logging.getLogger(__name__)

# What tells a head from a skull-stripped brain and both from other numbers, as shares of voxels.
_GAS_HU, _GAS_SHARE = -500, 0.005  # a whole head lies in air
_BONE_HU, _BONE_SHARE = 300, 0.001
_SOFT_TISSUE_HU, _SOFT_TISSUE_SHARE = (0, 100), 0.1  # of all that is not gas
_BRAIN_SHARE = 0.75  # an ellipsoid fills 52 % of its box
_SKULL_HU, _SKULL_SHARE = 200, 0.001  # what a stripped brain has at most (calcified plexus)
_CUT_OFF_SHARE = 0.10  # this much of what is not 0 at its very maximum: a windowed head, whose skull is cut off


@dataclass(frozen=True, eq=False)
class Volume:
    """One CT. `hu` (I, J, K) int16 or float32, axes to the patient's right, front and top (closest RAS+);
    `affine` (4, 4) maps voxel indices to mm."""

    name: str
    hu: np.ndarray
    affine: np.ndarray

    def __post_init__(self) -> None:
        if self.hu.ndim != 3 or self.affine.shape != (4, 4):
            raise ValueError(
                f"{self.name}: expected HU (I, J, K) and an affine (4, 4), got {self.hu.shape} and {self.affine.shape}"
            )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along each axis, (I, J, K)."""
        return self.hu.shape

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxels along each axis."""
        return tuple(float(mm) for mm in nib.affines.voxel_sizes(self.affine))

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in mL; right also where the axes are sheared."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000


def load(path: Path) -> Volume:
    """The CT in a .nii or .nii.gz file: a whole head, or a skull-stripped brain with 0 outside.

    Values at or below -1024 HU become air (-1024). Whole numbers are held as int16.

    Raises:
        UnreadableVolume: with a code and one sentence, for anything else.
    """
    name = nifti.case_name(path)
    values, affine = nifti.read(path)
    hu = _in_house_form(values, path.name)
    _check_hounsfield(hu, path.name)
    to_ras = nib.io_orientation(affine)
    volume = Volume(
        name,
        np.ascontiguousarray(nib.apply_orientation(hu, to_ras)),
        affine @ nib.orientations.inv_ornt_aff(to_ras, hu.shape),
    )
    _warn_of_shear(volume)
    return volume


def save(array: np.ndarray, affine: np.ndarray, path: Path, *, description: str) -> None:
    """Writes (I, J, K) voxels as NIfTI; the same voxels give the same bytes. `description` has up to 79 characters."""
    if len(description.encode()) > 79:
        raise ValueError(f"description {description!r}: expected at most 79 bytes, the room in a NIfTI header")
    nifti.case_name(path)
    image = nib.Nifti1Image(array.astype(np.uint8) if array.dtype == bool else array, affine)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description.encode()
    image.set_sform(affine, code="scanner")
    image.set_qform(affine, code="scanner")
    content = image.to_bytes()
    path.write_bytes(gzip.compress(content, 6, mtime=0) if path.name.lower().endswith(".gz") else content)


def is_skull_stripped(volume: Volume) -> bool:
    """Whether the volume is a brain alone: no air around it."""
    return not _has_air(volume.hu)


def _in_house_form(values: np.ndarray, name: str) -> np.ndarray:
    """Finite values, padding as air, int16 where nothing is lost by it."""
    if not np.isfinite(values).all():
        n_bad = int((~np.isfinite(values)).sum())
        raise UnreadableVolume(
            Refusal.NOT_FINITE, f"{name}: {n_bad} voxels are not numbers (NaN or infinite); export the scan again"
        )
    values = np.clip(values, AIR_HU, np.iinfo(np.int16).max)
    whole = values.astype(np.int16)
    return whole if np.array_equal(whole, values) else values


def _has_air(hu: np.ndarray) -> bool:
    return (hu < _GAS_HU).mean() > _GAS_SHARE


def _check_hounsfield(hu: np.ndarray, name: str) -> None:
    """Refuses values that are not HU of a head or of a skull-stripped brain."""
    low, high = float(hu.min()), float(hu.max())
    if low == high:
        raise UnreadableVolume(Refusal.CONSTANT, f"{name}: every voxel is {low:g}; expected a CT, export it again")
    problem = _head_problem(hu) if _has_air(hu) else _brain_problem(hu)
    if problem:
        raise UnreadableVolume(
            Refusal.NOT_HU,
            f"{name}: values {low:g} to {high:g} are not HU of a head ({problem}); export the original CT values",
        )


def _head_problem(hu: np.ndarray) -> str | None:
    """What is wrong with a volume that has air around it."""
    if (hu >= _BONE_HU).mean() < _BONE_SHARE:
        return f"air but no bone above {_BONE_HU} HU; outside a stripped brain 0 is expected"
    body = hu[hu >= _GAS_HU]
    low, high = _SOFT_TISSUE_HU
    if ((body >= low) & (body <= high)).mean() < _SOFT_TISSUE_SHARE:
        return f"hardly any soft tissue of {low} to {high} HU: the values are shifted or scaled"
    return None


def _brain_problem(hu: np.ndarray) -> str | None:
    """What is wrong with a volume without air: it must be a brain of about 30 HU, with 0 outside."""
    inside = hu[hu != 0]
    share, highest, median = inside.size / hu.size, float(inside.max()), float(np.median(inside))
    low, high = BRAIN_MEDIAN_HU
    if highest <= 1.5:
        return "rescaled to 0-1"
    if (hu > _SKULL_HU).mean() > _SKULL_SHARE:
        return f"no air, yet many voxels above {_SKULL_HU}: shifted, 8 bit or windowed"
    if share > _BRAIN_SHARE:
        return f"no air, and {share:.0%} of the voxels are not 0: windowed or cropped"
    if not low <= median <= high:
        return f"median {median:g} where a brain has {low} to {high}"
    if highest > median and (inside == highest).mean() > _CUT_OFF_SHARE:
        return f"cut off at {highest:g}: windowed"
    return None


def _warn_of_shear(volume: Volume) -> None:
    """Says that slices lie askew (gantry tilt was not corrected): usable as published, but distances are slanted."""
    directions = volume.affine[:3, :3] / np.array(volume.spacing_mm)
    cosine = float(np.abs(directions.T @ directions - np.eye(3)).max())
    if cosine > nifti.SKEWED:
        degrees = np.degrees(np.arcsin(min(1.0, cosine)))
        _LOGGER.warning("%s: slices are sheared by %.0f degrees (uncorrected gantry tilt)", volume.name, degrees)
