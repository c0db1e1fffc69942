"""Skull stripping of a head CT by mathematical morphology: the soft tissue that the skull encloses. Torch-free.

Designed for elderly patients with haemorrhage: blood, oedema and calcium stay inside the mask. It works on a grid of
about 1.5 mm, where it takes a second, and resamples to the scan's grid at the end. The only automatic checks are the
mask's volume and median: inspect the result on unusual anatomy (craniectomy, infants, metal).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from ich_model.scans.hounsfield import BRAIN_MEDIAN_HU
from ich_model.scans.refusal import Refusal, UnreadableVolume
from ich_model.scans.volume import Volume, is_skull_stripped

BRAIN_ML = (1000.0, 1900.0)  # what an adult skull holds, with margin
STRIPPED_ML = (700.0, 2200.0)  # brains stripped elsewhere, where other masks lose or keep cerebrospinal fluid

WORKING_MM = 1.5
BONE_HU = 150
SOFT_HU = (0, 100)  # brain, fluid and blood, between fat and bone
SURFACE_HU = (-15, 150)  # of voxels that dilation may add at the brain's surface
SUTURE_MM = 3.0  # closing radius for gaps in the skull
NECK_MM = 4.5  # erosion radius that separates the brain from orbits, foramina and neck
REGROWN_MM = 6.0
SULCUS_MM = 8.0
CORD_SHARE = 0.10  # slices with less than this share of the largest brain area hold only the cord
TRIMMED_BONE_HU = 110
RIM_MM, RIM_HU = 1.5, 80  # bright partial volume beneath the skull looks like a thin subdural haematoma

Spacing = Sequence[float]


class ImplausibleBrain(UnreadableVolume):
    """Raised where the mask found is no adult brain by its volume or density; its text is one sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Refusal.NOT_A_HEAD, sentence)


@dataclass(frozen=True, eq=False)
class BrainMask:
    """The brain's mask (I, J, K) bool on the volume's grid, and its volume in mL."""

    mask: np.ndarray
    volume_ml: float


def brain_only(volume: Volume) -> Volume:
    """The volume with 0 HU outside the brain; one already skull-stripped is returned unchanged.

    ImplausibleBrain where the mask found is no adult brain by its volume or density.
    """
    brain = plausible_brain(volume)
    if is_skull_stripped(volume):
        return volume
    return replace(volume, hu=np.where(brain.mask, volume.hu, 0).astype(volume.hu.dtype))


def plausible_brain(volume: Volume) -> BrainMask:
    """The brain's mask, checked to be as large as an adult's and as dense as brain tissue.

    Raises:
        ImplausibleBrain: where its volume is outside BRAIN_ML, or its median outside BRAIN_MEDIAN_HU.
    """
    brain = skull_strip(volume)
    low, high = STRIPPED_ML if is_skull_stripped(volume) else BRAIN_ML
    if not low <= brain.volume_ml <= high:
        raise ImplausibleBrain(
            f"{volume.name}: a brain of {brain.volume_ml:.0f} mL was found; expected {low:.0f} to {high:.0f} mL, "
            "use a CT of a whole adult head or a skull-stripped brain"
        )
    median = float(np.median(volume.hu[brain.mask]))
    low, high = BRAIN_MEDIAN_HU
    if not low <= median <= high:
        raise ImplausibleBrain(
            f"{volume.name}: the brain found has a median of {median:.0f} HU; expected {low} to {high} HU, "
            "export the original CT values"
        )
    return brain


def skull_strip(volume: Volume) -> BrainMask:
    """The brain's mask and its volume in mL; in a skull-stripped volume the mask is all voxels other than 0.

    >>> stripped = Volume("case-001", np.array([[[0, 30, 35]]], np.int16), np.eye(4))
    >>> brain = skull_strip(stripped)
    >>> brain.mask.tolist(), round(brain.volume_ml, 3)
    ([[[False, True, True]]], 0.002)
    """
    mask = volume.hu != 0 if is_skull_stripped(volume) else _brain_mask(volume.hu, volume.spacing_mm)
    return BrainMask(mask, float(mask.sum() * volume.voxel_ml))


def _brain_mask(hu: np.ndarray, spacing: Spacing) -> np.ndarray:
    """Brain voxels (I, J, K) of a whole head, HU with axis 2 from inferior to superior, spacing in mm."""
    coarse, coarse_spacing = _coarse(hu, spacing)
    skull = _closed(_largest(coarse > BONE_HU), SUTURE_MM, spacing=coarse_spacing)
    core = _enclosed_core(coarse, skull, spacing=coarse_spacing)
    if not core.any():
        return np.zeros(hu.shape, bool)
    brain = _regrown(core, coarse, skull=skull, spacing=coarse_spacing)
    brain = _filled(_without_cord(brain))
    smooth = ndimage.gaussian_filter(brain.astype(np.float32), [1.0 / mm for mm in coarse_spacing]) > 0.5
    return _trimmed(_resized(smooth.astype(np.float32), hu.shape) > 0.5, hu, spacing=spacing)


def _coarse(hu: np.ndarray, spacing: Spacing) -> tuple[np.ndarray, tuple[float, ...]]:
    """The head smoothed on a grid of WORKING_MM or more, (i, j, k) float32, and that grid's spacing in mm."""
    extent = np.array(hu.shape) * spacing
    shape = np.maximum(1, np.round(extent / np.maximum(spacing, WORKING_MM))).astype(int)
    coarse_spacing = extent / shape
    ratios = coarse_spacing / spacing
    against_aliasing = np.where(ratios > 1.05, 0.4 * ratios, 0)
    values = ndimage.gaussian_filter(np.clip(hu, -200, 600).astype(np.float32), against_aliasing)
    against_noise = [0.8 / mm if mm < 3 else 0 for mm in coarse_spacing]  # thick slices are smooth already
    return ndimage.gaussian_filter(_resized(values, tuple(shape)), against_noise), tuple(coarse_spacing)


def _enclosed_core(coarse: np.ndarray, skull: np.ndarray, *, spacing: Spacing) -> np.ndarray:
    """The connected component of eroded soft tissue with most voxels inside the skull; empty where there is none."""
    low, high = SOFT_HU
    pieces, n_pieces = ndimage.label(_eroded((coarse > low) & (coarse < high) & ~skull, NECK_MM, spacing=spacing))
    if n_pieces == 0:
        return np.zeros(coarse.shape, bool)
    enclosed = ndimage.sum_labels(_filled(skull), pieces, np.arange(1, n_pieces + 1))
    core: np.ndarray = (pieces == 1 + np.argmax(enclosed)) & bool(enclosed.max())
    return core


def _regrown(core: np.ndarray, coarse: np.ndarray, *, skull: np.ndarray, spacing: Spacing) -> np.ndarray:
    """The core dilated back to the skull and closed over the sulci."""
    low, high = SURFACE_HU
    grown = _dilated(core, REGROWN_MM, spacing=spacing) & ~skull & (coarse > low) & (coarse < high)
    return _largest(_closed(grown, SULCUS_MM, spacing=spacing) & ~skull)


def _without_cord(brain: np.ndarray) -> np.ndarray:
    """The brain without the slices below the foramen magnum, where only the spinal cord is left."""
    areas = brain.sum(axis=(0, 1))
    lowest = int(np.argmax(areas > CORD_SHARE * areas.max()))
    return brain & (np.arange(brain.shape[2]) >= lowest)


def _trimmed(brain: np.ndarray, hu: np.ndarray, *, spacing: Spacing) -> np.ndarray:
    """The brain at full resolution without the skull and the bright rim beneath it."""
    brain = brain & ~_largest(ndimage.uniform_filter(hu.astype(np.float32), (3, 3, 1)) > TRIMMED_BONE_HU)
    n_rim = max(1, round(RIM_MM / spacing[0]))
    inner = ndimage.binary_erosion(brain, np.ones((3, 3, 1), bool), iterations=n_rim)
    return brain & (inner | (hu < RIM_HU))


def _largest(mask: np.ndarray) -> np.ndarray:
    """The largest connected component of a mask."""
    pieces, n_pieces = ndimage.label(mask)
    if n_pieces == 0:
        return mask
    sizes = np.bincount(pieces.ravel())
    largest: np.ndarray = pieces == 1 + np.argmax(sizes[1:])
    return largest


def _filled(mask: np.ndarray) -> np.ndarray:
    """The mask with holes filled in each axial slice."""
    return np.stack([ndimage.binary_fill_holes(mask[:, :, k]) for k in range(mask.shape[2])], axis=2)


def _eroded(mask: np.ndarray, radius_mm: float, *, spacing: Spacing) -> np.ndarray:
    """The voxels of the mask farther than the radius from every voxel outside it.

    Distances are computed in the mask's bounding box with a margin of one voxel, which contains each voxel's nearest
    outside voxel; the whole grid would give the same result more slowly.
    """
    box = _box(mask, margins=(1, 1, 1))
    eroded = np.zeros(mask.shape, bool)
    eroded[box] = ndimage.distance_transform_edt(mask[box], sampling=spacing) > radius_mm
    return eroded


def _dilated(mask: np.ndarray, radius_mm: float, *, spacing: Spacing) -> np.ndarray:
    """The voxels at most the radius away from the mask, computed in its bounding box widened by the radius."""
    if not mask.any():
        return mask
    box = _box(mask, margins=[int(np.ceil(radius_mm / mm)) for mm in spacing])
    dilated = np.zeros(mask.shape, bool)
    dilated[box] = ndimage.distance_transform_edt(~mask[box], sampling=spacing) <= radius_mm
    return dilated


def _box(mask: np.ndarray, *, margins: Sequence[int]) -> tuple[slice, ...]:
    """The smallest box that holds the mask, (i, j, k), widened by margins in voxels as far as the grid goes."""
    found = ndimage.find_objects(mask.astype(np.uint8))
    if not found:
        return (slice(0, 0),) * mask.ndim
    return tuple(slice(max(0, side.start - margin), min(size, side.stop + margin))
                 for side, margin, size in zip(found[0], margins, mask.shape, strict=True))


def _closed(mask: np.ndarray, radius_mm: float, *, spacing: Spacing) -> np.ndarray:
    """The mask's morphological closing, on a padded grid so that the volume's border does not count as outside."""
    if not mask.any():
        return mask
    margins = [int(np.ceil(radius_mm / mm)) + 1 for mm in spacing]
    padded = np.pad(mask, [(margin, margin) for margin in margins])
    closed = _eroded(_dilated(padded, radius_mm, spacing=spacing), radius_mm, spacing=spacing)
    return closed[tuple(slice(margin, -margin) for margin in margins)]


def _resized(values: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Values (i, j, k) interpolated linearly onto another grid of the same extent."""
    factors = np.array(shape) / np.array(values.shape)
    return ndimage.zoom(values, factors, order=1, grid_mode=True, mode="nearest")
