"""Loading a DICOM series as a volume, with gantry tilt corrected and slices evenly spaced. Torch-free."""

from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from ich_model.scans import dicom_geometry, dicom_pixels
from ich_model.scans.dicom_geometry import Stack
from ich_model.scans.dicom_headers import Image
from ich_model.scans.dicom_series import Series, thicknesses_mm
from ich_model.scans.limits import MAX_VOXELS
from ich_model.scans.refusal import Refusal, UnreadableVolume
from ich_model.scans.volume import Acquisition, Volume, checked

MODALITY = "CT"
KERNEL_LENGTH = 16
KERNEL_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_./ ")
TILT_DEGREES = 0.3
GAPPED_MM = 0.5


def load(
    series: Series, root: str | Traversable, *, name: str, allow_burned_in: bool = False, scratch: Path | None = None
) -> Volume:
    """The volume of a series whose files lie under `root` (a folder or an opened zip), with notes on its processing.

    Raises:
        UnreadableVolume: with a code and one sentence where the geometry or the values are not plausible.
    """
    root = Path(root) if isinstance(root, str) else root
    if series.burned_in and not allow_burned_in:
        raise UnreadableVolume(
            Refusal.BURNED_IN,
            f"{name}: flagged as having writing burned into its pixels; look that it names nobody, then confirm",
        )
    _check_size(series, name)
    pixels = {image.file: dicom_pixels.hounsfield(image, root, label=name, scratch=scratch) for image in series.images}
    images = _without_copies(series.images, pixels)
    stack = dicom_geometry.stacked(images, label=name)
    hu, start = np.stack([pixels.pop(image.file) for image in stack.images]), np.zeros(2)
    if not stack.is_straight:
        hu, start = dicom_geometry.straightened(hu, stack)
    hu, slice_mm, interpolated = dicom_geometry.evenly_spaced(hu, stack.along_mm)
    affine = dicom_geometry.affine_of(stack, start=start, slice_mm=slice_mm)
    notes = _notes(stack, n_copies=len(series.images) - len(images), slice_mm=slice_mm if interpolated else None)
    raw = Volume(name, np.rint(hu).transpose(2, 1, 0), affine, notes, _acquisition(stack))
    return checked(raw, label=name)


def _check_size(series: Series, name: str) -> None:
    """Refuses a series with too many voxels to decode; the sentence differs where slice positions repeat."""
    first = series.images[0]
    n_voxels = first.rows * first.columns * len(series.images)
    if n_voxels <= MAX_VOXELS:
        return
    n_places = len({_place(image) for image in series.images})
    if n_places < len(series.images):
        raise UnreadableVolume(
            Refusal.REPEATED_POSITIONS,
            f"{name}: {len(series.images)} slices lie at {n_places} positions (perfusion or phases); expected one "
            "slice at each, export one phase",
        )
    raise UnreadableVolume(
        Refusal.TOO_LARGE,
        f"{name}: {n_voxels:,} voxels; expected at most {MAX_VOXELS:,}, use a series of thicker slices",
    )


def _place(image: Image) -> tuple[float, ...]:
    """A slice's position rounded to 0.01 mm, as a key for comparing positions."""
    return tuple(image.position.round(2).tolist())


def _without_copies(images: tuple[Image, ...], pixels: dict[str, np.ndarray]) -> tuple[Image, ...]:
    """The slices without duplicates, which have the same position and the same pixels as another."""
    kept: dict[tuple[float, ...], list[Image]] = {}
    for image in images:
        here = kept.setdefault(_place(image), [])
        if not any(np.array_equal(pixels[image.file], pixels[other.file]) for other in here):
            here.append(image)
    return tuple(image for here in kept.values() for image in here)


def _acquisition(stack: Stack) -> Acquisition:
    kernel = "".join(character for character in stack.images[0].kernel if character in KERNEL_CHARACTERS)
    tilt = 0.0 if stack.is_straight else round(stack.tilt_degrees, 1)
    return Acquisition(MODALITY, kernel[:KERNEL_LENGTH].strip(), thicknesses_mm(stack.images), tilt)


def _notes(stack: Stack, *, n_copies: int, slice_mm: float | None) -> tuple[str, ...]:
    """Sentences on the processing of the slices, and on values in the headers that should be checked."""
    gaps, thickness = np.diff(stack.along_mm), thicknesses_mm(stack.images)
    named_tilt = max(abs(image.tilt_degrees) for image in stack.images)
    is_tilted = not stack.is_straight and stack.tilt_degrees >= TILT_DEGREES
    notes = {
        f"gantry tilt of {stack.tilt_degrees:.1f} degrees corrected": is_tilted,
        "slices were shifted against each other and moved back": not stack.is_straight and not is_tilted,
        f"the header names a gantry tilt of {named_tilt:g} degrees that the slices' positions do not show":
            named_tilt >= 1 and not is_tilted,
        f"slices lay {gaps.min():.2f} to {gaps.max():.2f} mm apart and were resampled to {slice_mm or 0:.2f} mm":
            slice_mm is not None,
        f"up to {gaps.max() - max(thickness, default=0):.1f} mm between slices were not scanned":
            bool(thickness) and gaps.max() > max(thickness) + GAPPED_MM,
        f"{n_copies} slices were there twice": n_copies > 0,
        "compressed with loss": any(image.lossy for image in stack.images),
    }
    return tuple(note for note, holds in notes.items() if holds)
