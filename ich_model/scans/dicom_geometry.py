"""From slices where they were made to one even, upright stack: order, gaps, gantry tilt, spacing. Torch-free.

The positions in the headers are believed, the gantry's tilt is read off them: each slice is moved within its plane to
where its position says it was, so the slices lie above each other along their normal.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ich_model.scans.dicom_headers import Image
from ich_model.scans.dicom_series import covered_mm
from ich_model.scans.hounsfield import AIR_HU
from ich_model.scans.limits import MAX_VOXELS, MIN_EXTENT_MM, MIN_SLICES, SKEWED, SPACING_RANGE_MM, STEEPEST
from ich_model.scans.refusal import Refusal, UnreadableVolume

SAME_MM = 0.01
HOLE = 1.5  # a gap this many times as long as expected lacks a slice
STILL_PX = 0.25  # slices that drift less are above each other
UNEVEN = 0.05  # of the median spacing
TISSUE_HU = -200
LOST_TISSUE = 0.005  # this share of what is not air may be cut off with the air that tilting added (head holder)


@dataclass(frozen=True, eq=False)
class Stack:
    """Slices from one end to the other along their normal: `along_mm` (n,), `drift_px` (n, 2) rows and columns by
    which each slice lies off the first."""

    images: tuple[Image, ...]
    along_mm: np.ndarray
    drift_px: np.ndarray

    @property
    def is_straight(self) -> bool:
        """Whether the slices lie above each other."""
        return float(np.abs(self.drift_px).max()) <= STILL_PX

    @property
    def tilt_degrees(self) -> float:
        """The angle between the slices' normal and the line along which they were made."""
        drift_mm = self.drift_px * self.images[0].pixel_spacing
        slope = np.polyfit(self.along_mm, drift_mm, 1)[0]
        return float(np.degrees(np.arctan(np.linalg.norm(slope))))


def stacked(images: Iterable[Image], *, label: str) -> Stack:
    """Slices in order, with UnreadableVolume where they are not one whole axial stack without holes."""
    unordered = list(images)
    first = unordered[0]
    _check_directions(first, label)
    ordered = tuple(sorted(unordered, key=lambda image: float(image.position @ first.normal)))
    positions = np.array([image.position for image in ordered])
    along = positions @ first.normal
    off = (positions - positions[0]) - np.outer(along - along[0], first.normal)
    across = np.stack([off @ first.orientation[1], off @ first.orientation[0]], axis=1)
    stack = Stack(ordered, along, across / first.pixel_spacing)
    _check_extent(stack, label)
    _check_drift(stack, label)
    _check_gaps(stack, label)
    return stack


def _check_directions(first: Image, label: str) -> None:
    """The slice's two directions must be unit vectors at a right angle, its pixels of a plausible size, and axial."""
    errors = np.abs(first.orientation @ first.orientation.T - np.eye(2))
    low, high = SPACING_RANGE_MM
    if errors.max() > SKEWED or first.pixel_spacing.min() < low or first.pixel_spacing.max() > high:
        raise UnreadableVolume(
            Refusal.SPACING,
            f"{label}: orientation {first.orientation.round(3).tolist()} with pixels of "
            f"{first.pixel_spacing.tolist()} mm; expected right angles and {low:g} to {high:g} mm, export it again",
        )
    if abs(first.normal[2]) < STEEPEST:
        raise UnreadableVolume(
            Refusal.NOT_AXIAL, f"{label}: the slices are not axial; expected slices across the head, use that series"
        )


def _check_extent(stack: Stack, label: str) -> None:
    n_slices, first = len(stack.images), stack.images[0]
    extent = min(covered_mm(stack.along_mm), *((first.rows, first.columns) * first.pixel_spacing))
    if n_slices < MIN_SLICES:
        raise UnreadableVolume(
            Refusal.TOO_FEW_SLICES, f"{label}: {n_slices} slices; expected at least {MIN_SLICES}, use the full series"
        )
    n_repeated = int((np.diff(stack.along_mm) < SAME_MM).sum())
    if n_repeated:
        raise UnreadableVolume(
            Refusal.REPEATED_POSITIONS,
            f"{label}: {n_repeated} of {n_slices} slices lie where another does (perfusion, phases, or two "
            "reconstructions); expected one slice at each position, export one phase",
        )
    if extent < MIN_EXTENT_MM:
        raise UnreadableVolume(
            Refusal.TOO_SHORT,
            f"{label}: only {extent:.0f} mm of head; expected {MIN_EXTENT_MM:.0f} mm or more each way",
        )


def _check_drift(stack: Stack, label: str) -> None:
    """Refuses slices that lie further aside of each other than any gantry leans: their positions are not to be
    believed, and would make a matrix of any size."""
    aside_mm = float(np.abs(stack.drift_px * stack.images[0].pixel_spacing).max())
    furthest_mm = float(np.ptp(stack.along_mm)) * np.tan(np.arccos(STEEPEST))
    if aside_mm > furthest_mm:
        raise UnreadableVolume(
            Refusal.SPACING,
            f"{label}: slices lie up to {aside_mm:.0f} mm aside of the first; expected at most {furthest_mm:.0f} mm, "
            "export the series again",
        )


def _check_gaps(stack: Stack, label: str) -> None:
    """Refuses a gap that the slices' thickness and the other gaps do not explain."""
    gaps = np.diff(stack.along_mm)
    low, high = SPACING_RANGE_MM
    if gaps.min() < low:
        raise UnreadableVolume(
            Refusal.SPACING,
            f"{label}: two slices are {gaps.min():.2g} mm apart; expected {low:g} to {high:g} mm, export it again",
        )
    thickness = np.array([image.thickness_mm for image in stack.images])
    touching = (thickness[1:] + thickness[:-1]) / 2
    pairs = touching.round(2)
    usual = np.array([np.median(gaps[pairs == pair]) for pair in pairs])
    allowed = HOLE * np.minimum(np.maximum(touching, usual), high)
    holes = (gaps > allowed) | ((touching > 0) & (gaps > HOLE * touching) & _jumps(stack))
    if holes.any():
        k = int(np.argmax(np.where(holes, gaps, 0)))
        raise UnreadableVolume(
            Refusal.MISSING_SLICES,
            f"{label}: {int(holes.sum())} gaps in the stack, of {gaps[k]:.1f} mm after slice {k + 1} of "
            f"{len(stack.images)} where {max(touching[k], gaps.min()):.1f} mm is expected; send the missing slices too",
        )


def _jumps(stack: Stack) -> np.ndarray:
    """Between which neighbours (n - 1,) the images' own numbering leaves one out; nowhere if it is not complete."""
    numbers = [image.number for image in stack.images if image.number is not None]
    if len(numbers) < len(stack.images):
        return np.zeros(len(stack.images) - 1, bool)
    steps = np.diff(np.array(numbers))
    in_order = bool((steps > 0).all() or (steps < 0).all())
    return (np.abs(steps) > 1) & in_order


def straightened(hu: np.ndarray, stack: Stack) -> tuple[np.ndarray, np.ndarray]:
    """Slices (n, rows, columns) moved above each other, air where there was nothing; and where (2,) rows and columns
    the new matrix begins in the first slice's."""
    start = np.floor(stack.drift_px.min(axis=0))
    n_rows, n_columns = hu.shape[1:] + np.ceil(stack.drift_px.max(axis=0) - start).astype(int)
    moved = np.full((len(hu), n_rows, n_columns), AIR_HU, np.float32)
    for canvas, one, shift in zip(moved, hu, stack.drift_px - start, strict=True):
        canvas[: one.shape[0], : one.shape[1]] = one
        canvas[:] = ndimage.shift(canvas, shift, order=1, cval=AIR_HU)
    for axis, length in ((1, hu.shape[1]), (2, hu.shape[2])):
        first = _window(moved, axis=axis, length=length)
        if first is not None:
            moved, start[axis - 1] = moved.take(range(first, first + length), axis=axis), start[axis - 1] + first
    return moved, start


def _window(hu: np.ndarray, *, axis: int, length: int) -> int | None:
    """Where `length` rows or columns begin that hold all but a little of what is not air; None where none do."""
    tissue = np.concatenate([[0], np.cumsum((hu > TISSUE_HU).sum(axis=tuple({0, 1, 2} - {axis})))])
    held = tissue[length:] - tissue[:-length]
    best = np.flatnonzero(held == held.max())
    return int(best[len(best) // 2]) if held.max() >= (1 - LOST_TISSUE) * tissue[-1] else None


def evenly_spaced(hu: np.ndarray, along_mm: np.ndarray) -> tuple[np.ndarray, float, bool]:
    """Slices (n, rows, columns) at equal distances from the first to the last, that distance in mm, and whether
    values had to be interpolated. The grid is as fine as the finest tenth of the gaps."""
    gaps = np.diff(along_mm)
    extent = float(along_mm[-1] - along_mm[0])
    if np.ptp(gaps) <= UNEVEN * np.median(gaps) + SAME_MM:
        return hu, extent / len(gaps), False
    n_most = max(len(hu), MAX_VOXELS // hu[0].size) - 1
    n_steps = min(round(extent / float(np.percentile(gaps, 10))), n_most)
    wanted = np.linspace(along_mm[0], along_mm[-1], n_steps + 1)
    below = np.clip(np.searchsorted(along_mm, wanted, side="right") - 1, 0, len(gaps) - 1)
    share = ((wanted - along_mm[below]) / gaps[below]).astype(np.float32)[:, None, None]
    return hu[below] * (1 - share) + hu[below + 1] * share, extent / n_steps, True


def affine_of(stack: Stack, *, start: np.ndarray, slice_mm: float) -> np.ndarray:
    """Affine (4, 4), RAS+ mm, of an array (columns, rows, slices) whose matrix begins at `start` (rows, columns)."""
    first = stack.images[0]
    along_row, down_column = first.orientation
    row_mm, column_mm = first.pixel_spacing
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = along_row * column_mm, down_column * row_mm
    affine[:3, 2] = first.normal * slice_mm
    affine[:3, 3] = first.position + start[0] * row_mm * down_column + start[1] * column_mm * along_row
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine  # DICOM's x and y run to the left and back
