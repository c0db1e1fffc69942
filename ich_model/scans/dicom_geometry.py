"""Sorting the slices of a series by position, correcting gantry tilt and resampling to even spacing. Torch-free.

Geometry comes from ImagePositionPatient alone, and the gantry's tilt is derived from it: each slice is shifted within
its plane by its offset from the first slice's normal, so that the stack becomes a rectangular array.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ich_model.scans.dicom_headers import Image
from ich_model.scans.dicom_series import covered_mm
from ich_model.scans.hounsfield import AIR_HU
from ich_model.scans.limits import (
    MAX_SKEW_COSINE,
    MAX_VOXELS,
    MIN_AXIAL_COSINE,
    MIN_EXTENT_MM,
    MIN_SLICES,
    SPACING_RANGE_MM,
)
from ich_model.scans.refusal import Refusal, UnreadableVolume

SAME_MM = 0.01
MAX_GAP_RATIO = 1.5  # a gap longer than this times the expected one means a missing slice
STRAIGHT_PX = 0.25  # in-plane offsets up to this count as no offset
UNEVEN_SHARE = 0.05  # range of the gaps, as a share of their median, up to which they count as even
TISSUE_HU = -200
MAX_LOST_TISSUE = 0.005  # share of the voxels above TISSUE_HU that cropping may remove (head holder)


@dataclass(frozen=True, eq=False)
class Stack:
    """Slices sorted along their normal: positions `along_mm` (n,) in mm, and in-plane offsets from the first slice
    `drift_px` (n, 2) in rows and columns."""

    images: tuple[Image, ...]
    along_mm: np.ndarray
    drift_px: np.ndarray

    @property
    def is_straight(self) -> bool:
        """Whether the slices have no in-plane offset from each other."""
        return float(np.abs(self.drift_px).max()) <= STRAIGHT_PX

    @property
    def tilt_degrees(self) -> float:
        """Angle in degrees between the slices' normal and the direction of table movement.

        >>> from types import SimpleNamespace
        >>> first = SimpleNamespace(pixel_spacing=np.array([1.0, 1.0]))
        >>> shifted = np.array([[0.0, 0.0], [5.0, 0.0], [10.0, 0.0]])
        >>> round(Stack((first,), np.array([0.0, 5.0, 10.0]), shifted).tilt_degrees, 3)
        45.0
        """
        drift_mm = self.drift_px * self.images[0].pixel_spacing
        slope = np.polyfit(self.along_mm, drift_mm, 1)[0]
        return float(np.degrees(np.arctan(np.linalg.norm(slope))))


def stacked(images: Iterable[Image], *, label: str) -> Stack:
    """The slices sorted along their normal.

    Raises:
        UnreadableVolume: where they are not one complete axial stack of a head without gaps.
    """
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
    """Refuses row and column directions that are not orthonormal, implausible pixel sizes, and non-axial slices."""
    errors = np.abs(first.orientation @ first.orientation.T - np.eye(2))
    low, high = SPACING_RANGE_MM
    if errors.max() > MAX_SKEW_COSINE or first.pixel_spacing.min() < low or first.pixel_spacing.max() > high:
        raise UnreadableVolume(
            Refusal.SPACING,
            f"{label}: orientation {first.orientation.round(3).tolist()} with pixels of "
            f"{first.pixel_spacing.tolist()} mm; expected right angles and {low:g} to {high:g} mm, export it again",
        )
    if abs(first.normal[2]) < MIN_AXIAL_COSINE:
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
    """Refuses in-plane offsets that no gantry tilt explains; the matrix that holds them could have any size."""
    aside_mm = float(np.abs(stack.drift_px * stack.images[0].pixel_spacing).max())
    furthest_mm = float(np.ptp(stack.along_mm)) * np.tan(np.arccos(MIN_AXIAL_COSINE))
    if aside_mm > furthest_mm:
        raise UnreadableVolume(
            Refusal.SPACING,
            f"{label}: slices lie up to {aside_mm:.0f} mm to the side of the first; expected at most "
            f"{furthest_mm:.0f} mm, export the series again",
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
    allowed = MAX_GAP_RATIO * np.minimum(np.maximum(touching, usual), high)
    holes = (gaps > allowed) | ((touching > 0) & (gaps > MAX_GAP_RATIO * touching) & _number_skipped(stack))
    if holes.any():
        k = int(np.argmax(np.where(holes, gaps, 0)))
        raise UnreadableVolume(
            Refusal.MISSING_SLICES,
            f"{label}: {int(holes.sum())} gaps in the stack, of {gaps[k]:.1f} mm after slice {k + 1} of "
            f"{len(stack.images)} where {max(touching[k], gaps.min()):.1f} mm is expected; send the missing slices too",
        )


def _number_skipped(stack: Stack) -> np.ndarray:
    """Whether InstanceNumber skips a value between neighbours, (n - 1,) bool; all False where a slice has none."""
    numbers = [image.number for image in stack.images if image.number is not None]
    if len(numbers) < len(stack.images):
        return np.zeros(len(stack.images) - 1, bool)
    steps = np.diff(np.array(numbers))
    in_order = bool((steps > 0).all() or (steps < 0).all())
    return (np.abs(steps) > 1) & in_order


def straightened(hu: np.ndarray, stack: Stack) -> tuple[np.ndarray, np.ndarray]:
    """Slices (n, rows, columns) in HU shifted by their in-plane offsets, and the new matrix's origin (2,).

    Shifts are bilinear, with air outside the scanned field. The matrix is cropped to the original size where that
    removes next to no tissue. The origin is in rows and columns of the first slice.

    >>> hu = np.full((2, 1, 3), 40.0, np.float32)
    >>> moved, start = straightened(hu, Stack((), np.array([0.0, 5.0]), np.array([[0.0, 0.0], [0.0, 1.0]])))
    >>> moved[:, 0].tolist()
    [[40.0, 40.0, 40.0, -1024.0], [-1024.0, 40.0, 40.0, 40.0]]
    >>> start.tolist()
    [0.0, 0.0]
    """
    start = np.floor(stack.drift_px.min(axis=0))
    n_rows, n_columns = hu.shape[1:] + np.ceil(stack.drift_px.max(axis=0) - start).astype(int)
    moved = np.full((len(hu), n_rows, n_columns), AIR_HU, np.float32)
    for canvas, one, shift in zip(moved, hu, stack.drift_px - start, strict=True):
        canvas[: one.shape[0], : one.shape[1]] = one
        canvas[:] = ndimage.shift(canvas, shift, order=1, cval=AIR_HU)
    for axis, length in ((1, hu.shape[1]), (2, hu.shape[2])):
        first = _crop_start(moved, axis=axis, length=length)
        if first is not None:
            moved, start[axis - 1] = moved.take(range(first, first + length), axis=axis), start[axis - 1] + first
    return moved, start


def _crop_start(hu: np.ndarray, *, axis: int, length: int) -> int | None:
    """First index of the `length` rows or columns that hold nearly all tissue; None where a crop would lose more."""
    tissue = np.concatenate([[0], np.cumsum((hu > TISSUE_HU).sum(axis=tuple({0, 1, 2} - {axis})))])
    held = tissue[length:] - tissue[:-length]
    best = np.flatnonzero(held == held.max())
    return int(best[len(best) // 2]) if held.max() >= (1 - MAX_LOST_TISSUE) * tissue[-1] else None


def evenly_spaced(hu: np.ndarray, along_mm: np.ndarray) -> tuple[np.ndarray, float, bool]:
    """Slices (m, rows, columns) in HU at equal distances, that distance in mm, and whether they were interpolated.

    `hu` is (n, rows, columns) at the positions `along_mm` (n,) in mm, ascending. Interpolation is linear; the new
    distance is the 10 % quantile of the gaps.

    >>> hu = np.array([0.0, 3.0, 12.0], np.float32).reshape(3, 1, 1)
    >>> even, spacing_mm, interpolated = evenly_spaced(hu, np.array([0.0, 1.0, 4.0]))
    >>> np.rint(even).ravel().tolist(), round(spacing_mm, 3), interpolated
    ([0.0, 4.0, 8.0, 12.0], 1.333, True)
    """
    gaps = np.diff(along_mm)
    extent = float(along_mm[-1] - along_mm[0])
    if np.ptp(gaps) <= UNEVEN_SHARE * np.median(gaps) + SAME_MM:
        return hu, extent / len(gaps), False
    n_most = max(len(hu), MAX_VOXELS // hu[0].size) - 1
    n_steps = min(round(extent / float(np.percentile(gaps, 10))), n_most)
    wanted = np.linspace(along_mm[0], along_mm[-1], n_steps + 1)
    below = np.clip(np.searchsorted(along_mm, wanted, side="right") - 1, 0, len(gaps) - 1)
    share = ((wanted - along_mm[below]) / gaps[below]).astype(np.float32)[:, None, None]
    return hu[below] * (1 - share) + hu[below + 1] * share, extent / n_steps, True


def affine_of(stack: Stack, *, start: np.ndarray, slice_mm: float) -> np.ndarray:
    """Affine (4, 4), RAS+ mm, of an array (columns, rows, slices) whose origin is `start` (2,), in rows and columns.

    >>> from types import SimpleNamespace
    >>> first = SimpleNamespace(orientation=np.array([[1.0, 0, 0], [0, 1, 0]]), pixel_spacing=np.array([0.5, 0.5]),
    ...                         normal=np.array([0.0, 0, 1]), position=np.array([-100.0, -120, 30]))
    >>> stack = Stack((first,), np.zeros(1), np.zeros((1, 2)))
    >>> affine_of(stack, start=np.zeros(2), slice_mm=5.0)[:3].tolist()
    [[-0.5, 0.0, 0.0, 100.0], [0.0, -0.5, 0.0, 120.0], [0.0, 0.0, 5.0, 30.0]]
    """
    first = stack.images[0]
    along_row, down_column = first.orientation
    row_mm, column_mm = first.pixel_spacing
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = along_row * column_mm, down_column * row_mm
    affine[:3, 2] = first.normal * slice_mm
    affine[:3, 3] = first.position + start[0] * row_mm * down_column + start[1] * column_mm * along_row
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine  # LPS, as DICOM has it, to RAS
