"""A head CT in memory: HU values with their affine, checked when loaded. Torch-free."""

import gzip
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path

import nibabel as nib
import numpy as np

from ich_model.atomic import atomic_file
from ich_model.scans import hounsfield, nifti, refusal
from ich_model.scans.limits import MAX_SKEW_COSINE
from ich_model.scans.refusal import Refusal, UnreadableVolume

__all__ = ["Acquisition", "Refusal", "UnreadableVolume", "Volume", "checked", "is_skull_stripped", "load", "save",
           "with_notes"]


@dataclass(frozen=True)
class Acquisition:
    """Acquisition parameters from a DICOM header; nothing else of it is stored beside the geometry."""

    modality: str
    kernel: str
    thickness_mm: tuple[float, ...]
    tilt_degrees: float


@dataclass(frozen=True, eq=False)
class Volume:
    """One CT. `hu` (I, J, K) int16 or float32 in HU, axes to the patient's right, front and top (closest RAS+);
    `affine` (4, 4) maps voxel indices to mm; `notes` are sentences on how it was read, without identifying text."""

    name: str
    hu: np.ndarray
    affine: np.ndarray
    notes: tuple[str, ...] = ()
    acquisition: Acquisition | None = None

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
        """Distance in mm between neighbouring voxels along each axis.

        >>> Volume("case-001", np.zeros((2, 2, 2)), np.diag([0.5, 0.5, 5.0, 1.0])).spacing_mm
        (0.5, 0.5, 5.0)
        """
        i, j, k = nib.affines.voxel_sizes(self.affine)
        return float(i), float(j), float(k)

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in mL, |det| of the affine's 3 x 3 part / 1000; it holds for sheared axes too.

        >>> round(Volume("case-001", np.zeros((2, 2, 2)), np.diag([0.5, 0.5, 5.0, 1.0])).voxel_ml, 6)
        0.00125
        """
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000


def load(file: str | Traversable, *, label: str | None = None) -> Volume:
    """The CT in a .nii or .nii.gz file: a whole head, or a skull-stripped brain with 0 outside.

    `label` is the scan's name in a refusal, by default the file's name. UnreadableVolume, with a code and one sentence,
    for anything else.
    """
    file = Path(file) if isinstance(file, str) else file
    name, label = nifti.case_name(file), label or refusal.shown(file.name)
    values, affine = nifti.read(file, label=label)
    return checked(Volume(refusal.shown(name), values, affine), label=label)


def checked(raw: Volume, *, label: str) -> Volume:
    """A volume in any axis order, converted to closest RAS+; UnreadableVolume where its values are not HU of a head.

    Values below -1024 HU become air (-1024). Whole numbers are stored as int16. `label` is the scan's name in a
    refusal.

    >>> brain = np.concatenate([np.zeros(10), np.arange(20.0, 41.0)]).reshape(31, 1, 1)
    >>> left_first = Volume("case-001", brain, np.diag([-1.0, 1.0, 1.0, 1.0]))
    >>> checked(left_first, label="case-001").hu[:3, 0, 0]
    array([40, 39, 38], dtype=int16)
    """
    hu = _normalised(raw.hu, label)
    to_ras = nib.io_orientation(raw.affine)
    hu = np.asfortranarray(nib.apply_orientation(hu, to_ras))  # slices contiguous, as in files and for the network
    affine = raw.affine @ nib.orientations.inv_ornt_aff(to_ras, raw.hu.shape)
    return replace(raw, hu=hu, affine=affine, notes=(*raw.notes, *_notes_on_shear(affine)))


def with_notes(volume: Volume, notes: tuple[str, ...]) -> Volume:
    """The volume with these notes added."""
    return replace(volume, notes=(*volume.notes, *notes))


def save(array: np.ndarray, affine: np.ndarray, path: str | Path, *, description: str) -> None:
    """Writes voxels (I, J, K) with their affine (4, 4) in mm as NIfTI; equal voxels give equal bytes.

    Raises:
        ValueError: where the description is longer than the header's field of 79 bytes.
    """
    if len(description.encode()) > 79:
        raise ValueError(f"description {description!r}: expected at most 79 bytes, the room in a NIfTI header")
    path = Path(path)
    nifti.case_name(path)
    image = nib.Nifti1Image(array.astype(np.uint8) if array.dtype == bool else array, affine)
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description.encode()
    image.set_sform(affine, code="scanner")
    image.set_qform(affine, code="scanner")
    content = image.to_bytes()
    with atomic_file(path) as file:
        file.write_bytes(gzip.compress(content, 6, mtime=0) if path.name.lower().endswith(".gz") else content)


def is_skull_stripped(volume: Volume) -> bool:
    """Whether the volume is a skull-stripped brain, which has no air around it."""
    return not hounsfield.has_air(volume.hu)


def _normalised(values: np.ndarray, label: str) -> np.ndarray:
    """Values (I, J, K), checked to be finite and HU, with padding as air, as int16 where they are whole numbers."""
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        n_bad = int((~np.isfinite(values)).sum())
        raise UnreadableVolume(
            Refusal.NOT_FINITE, f"{label}: {n_bad} voxels are not numbers (NaN or infinite); export the scan again"
        )
    low, high = float(values.min()), float(values.max())
    if low == high:
        raise UnreadableVolume(Refusal.CONSTANT, f"{label}: every voxel is {low:g}; expected a CT, export it again")
    problem = hounsfield.problem(values)
    if problem:
        raise UnreadableVolume(
            Refusal.NOT_HU,
            f"{label}: values {low:g} to {high:g} are not HU of a head ({problem}); export the original CT values",
        )
    if values.dtype == np.int16:
        hu: np.ndarray = np.maximum(values, np.int16(hounsfield.AIR_HU))
        return hu
    values = np.clip(values, hounsfield.AIR_HU, np.iinfo(np.int16).max)
    whole = values.astype(np.int16)
    return whole if np.array_equal(whole, values) else values


def _notes_on_shear(affine: np.ndarray) -> tuple[str, ...]:
    """A note where slices are sheared (gantry tilt not corrected): usable as published, but distances are oblique."""
    directions = affine[:3, :3] / nib.affines.voxel_sizes(affine)
    cosine = float(np.abs(directions.T @ directions - np.eye(3)).max())
    if cosine <= MAX_SKEW_COSINE:
        return ()
    return (f"slices are sheared by {np.degrees(np.arcsin(min(1.0, cosine))):.0f} degrees (uncorrected gantry tilt)",)
