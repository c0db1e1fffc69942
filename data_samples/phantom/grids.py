"""Voxel grids in mm; smooth random fields, ellipsoids and distances on them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

COARSE_MM = 2.0  # in-plane spacing at which smooth things are computed


@dataclass(frozen=True)
class Grid:
    """Voxel centres along the three axes, in mm of the patient, RAS+, the head's centre at 0."""

    i_mm: np.ndarray
    j_mm: np.ndarray
    k_mm: np.ndarray

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The three axes (I,), (J,), (K,) in mm."""
        return self.i_mm, self.j_mm, self.k_mm

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along each axis."""
        return len(self.i_mm), len(self.j_mm), len(self.k_mm)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres."""
        i_step, j_step, k_step = (float(axis[1] - axis[0]) for axis in self.axes)
        return i_step, j_step, k_step

    def inside(self, box_mm: np.ndarray) -> tuple[slice, slice, slice]:
        """The slices of this grid that lie in a box, shape (3, 2): lowest and highest position of each axis."""
        i_part, j_part, k_part = (
            slice(int(np.searchsorted(axis, low)), int(np.searchsorted(axis, high)))
            for axis, (low, high) in zip(self.axes, box_mm, strict=True)
        )
        return i_part, j_part, k_part

    def part(self, slices: tuple[slice, slice, slice]) -> "Grid":
        """The sub-grid under three slices."""
        return Grid(*(axis[taken] for axis, taken in zip(self.axes, slices, strict=True)))

    def coarser_in_plane(self) -> "Grid":
        """A grid over the same extent and slices with an in-plane spacing of COARSE_MM or a little less."""
        i_axis, j_axis = (
            np.linspace(axis[0], axis[-1], max(2, int(np.ceil((axis[-1] - axis[0]) / COARSE_MM)) + 1))
            for axis in (self.i_mm, self.j_mm)
        )
        return Grid(i_axis, j_axis, self.k_mm)


def refine_in_plane(field: np.ndarray, *, coarse: Grid, fine: Grid) -> np.ndarray:
    """A field (I, J, K) on the coarse grid, interpolated linearly onto the fine grid with the same slices."""
    along_i = linear_weights(coarse.i_mm, fine.i_mm)
    along_j = linear_weights(coarse.j_mm, fine.j_mm)
    return apply_along_axes(field, (along_i, along_j))


def linear_weights(known_mm: np.ndarray, wanted_mm: np.ndarray) -> np.ndarray:
    """The matrix (wanted, known) of linear interpolation from evenly spaced positions to others."""
    place = np.clip((wanted_mm - known_mm[0]) / (known_mm[1] - known_mm[0]), 0, len(known_mm) - 1)
    weights: np.ndarray = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(len(known_mm))))
    return weights.astype(np.float32)


def apply_along_axes(field: np.ndarray, matrices: tuple[np.ndarray, ...]) -> np.ndarray:
    """The field with the first axes multiplied by one matrix (new, old) each."""
    for axis, matrix in enumerate(matrices):
        field = np.moveaxis(np.tensordot(matrix, field, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(field, dtype=np.float32)


def smooth_noise(rng: np.random.Generator, grid: Grid, *, length_mm: float) -> np.ndarray:
    """A Gaussian random field (I, J, K) with mean 0, variance 1 and a Gaussian correlation of about this length.

    White noise on a lattice of that spacing is spread with a Gaussian as wide; each row of weights has unit length.
    """
    weights = []
    for axis in grid.axes:
        knots = np.arange(axis[0] - 2 * length_mm, axis[-1] + 3 * length_mm, length_mm)
        kernel = np.exp(-0.5 * ((axis[:, None] - knots) / (0.8 * length_mm)) ** 2)
        weights.append((kernel / np.linalg.norm(kernel, axis=1, keepdims=True)).astype(np.float32))
    white = rng.standard_normal([w.shape[1] for w in weights], dtype=np.float32)
    return apply_along_axes(white, tuple(weights))


def ellipsoid_level(
    points_mm: Iterable[np.ndarray], *, centre_mm: ArrayLike, semi_axes_mm: ArrayLike
) -> np.ndarray:
    """Distance from the centre in units of the semi-axes (I, J, K): below 1 inside.

    Args:
        points_mm: position along each of the three axes, full arrays (I, J, K) or open grids.
    """
    centre_mm, semi_axes_mm = np.asarray(centre_mm), np.asarray(semi_axes_mm)
    parts = zip(points_mm, centre_mm, semi_axes_mm, strict=True)
    level: np.ndarray = np.sqrt(reduce(np.add, [((points - centre) / axis) ** 2 for points, centre, axis in parts]))
    return level


def signed_distance_mm(mask: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Distance in mm to the border of the mask (I, J, K), positive inside, float32."""
    inside = ndimage.distance_transform_edt(mask, sampling=spacing_mm)
    outside = ndimage.distance_transform_edt(~mask, sampling=spacing_mm)
    return (np.where(mask, inside - spacing_mm / 2, spacing_mm / 2 - outside)).astype(np.float32)
