"""A head CT in memory: HU values with their place in the patient, checked when loaded. Torch-free."""

import gzip
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path

import nibabel as nib
import numpy as np

from ich_model.atomic import atomic_file
from ich_model.scans import hounsfield, nifti, refusal
from ich_model.scans.limits import SKEWED
from ich_model.scans.refusal import Refusal, UnreadableVolume

__all__ = ["Acquisition", "Refusal", "UnreadableVolume", "Volume", "checked", "is_skull_stripped", "load", "noted",
           "save"]


@dataclass(frozen=True)
class Acquisition:
    """What a DICOM header says of how a scan was made; all that is kept of the header beside the geometry."""

    modality: str
    kernel: str
    thickness_mm: tuple[float, ...]
    tilt_degrees: float


@dataclass(frozen=True, eq=False)
class Volume:
    """One CT. `hu` (I, J, K) int16 or float32, axes to the patient's right, front and top (closest RAS+);
    `affine` (4, 4) maps voxel indices to mm; `notes` are sentences on what was found or done in reading it, without
    any name."""

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
        """Distance between neighbouring voxels along each axis."""
        i, j, k = nib.affines.voxel_sizes(self.affine)
        return float(i), float(j), float(k)

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in mL; right also where the axes are sheared."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000


def load(file: str | Traversable, *, label: str | None = None) -> Volume:
    """The CT in a .nii or .nii.gz file: a whole head, or a skull-stripped brain with 0 outside. `label` is how a
    refusal names it; its file's name if not given.

    Raises:
        UnreadableVolume: with a code and one sentence, for anything else.
    """
    file = Path(file) if isinstance(file, str) else file
    name, label = nifti.case_name(file), label or refusal.shown(file.name)
    values, affine = nifti.read(file, label=label)
    return checked(Volume(refusal.shown(name), values, affine), label=label)


def checked(raw: Volume, *, label: str) -> Volume:
    """A volume as it was read, in any axis order, in the form of the house; UnreadableVolume where it is not HU.

    Values at or below -1024 HU become air (-1024). Whole numbers are held as int16. `label` is how a refusal names
    the scan to the person who chose it.
    """
    hu = _in_house_form(raw.hu, label)
    to_ras = nib.io_orientation(raw.affine)
    hu = np.asfortranarray(nib.apply_orientation(hu, to_ras))  # slice after slice, as in files and for the network
    affine = raw.affine @ nib.orientations.inv_ornt_aff(to_ras, raw.hu.shape)
    return replace(raw, hu=hu, affine=affine, notes=(*raw.notes, *_notes_on_shear(affine)))


def noted(volume: Volume, notes: tuple[str, ...]) -> Volume:
    """The volume with more notes."""
    return replace(volume, notes=(*volume.notes, *notes))


def save(array: np.ndarray, affine: np.ndarray, path: str | Path, *, description: str) -> None:
    """Writes (I, J, K) voxels as NIfTI; the same voxels give the same bytes. `description` has up to 79 characters.

    Raises:
        ValueError: where the description is longer than the header's field.
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
    """Whether the volume is a brain alone: no air around it."""
    return not hounsfield.has_air(volume.hu)


def _in_house_form(values: np.ndarray, label: str) -> np.ndarray:
    """Values that are finite and HU, padding as air, int16 where nothing is lost by it."""
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
    """Says that slices lie askew (gantry tilt was not corrected): usable as published, but distances are slanted."""
    directions = affine[:3, :3] / nib.affines.voxel_sizes(affine)
    cosine = float(np.abs(directions.T @ directions - np.eye(3)).max())
    if cosine <= SKEWED:
        return ()
    return (f"slices are sheared by {np.degrees(np.arcsin(min(1.0, cosine))):.0f} degrees (uncorrected gantry tilt)",)
