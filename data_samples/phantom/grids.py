"""Voxel grids in mm, with smooth random fields, ellipsoids and distances on them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

COARSE_MM = 2.0  # in-plane spacing for smooth fields


@dataclass(frozen=True)
class Grid:
    """Voxel centres along the three axes (I,), (J,), (K,), in mm of the patient, RAS+, with the head's centre at 0."""

    i_mm: np.ndarray
    j_mm: np.ndarray
    k_mm: np.ndarray

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The three axes (I,), (J,), (K,) in mm.

        >>> [len(axis) for axis in Grid(np.arange(4.0), np.arange(3.0), np.arange(2.0)).axes]
        [4, 3, 2]
        """
        return self.i_mm, self.j_mm, self.k_mm

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along each axis."""
        return len(self.i_mm), len(self.j_mm), len(self.k_mm)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance in mm between voxel centres along each axis.

        >>> Grid(np.array([0.0, 0.5]), np.array([0.0, 0.5]), np.array([0.0, 5.0])).spacing_mm
        (0.5, 0.5, 5.0)
        """
        i_step, j_step, k_step = (float(axis[1] - axis[0]) for axis in self.axes)
        return i_step, j_step, k_step

    def inside(self, box_mm: np.ndarray) -> tuple[slice, slice, slice]:
        """The index slices of this grid that are in a box (3, 2): lowest and highest position in mm of each axis."""
        i_part, j_part, k_part = (
            slice(int(np.searchsorted(axis, low)), int(np.searchsorted(axis, high)))
            for axis, (low, high) in zip(self.axes, box_mm, strict=True)
        )
        return i_part, j_part, k_part

    def part(self, slices: tuple[slice, slice, slice]) -> "Grid":
        """The sub-grid of three index slices."""
        return Grid(*(axis[taken] for axis, taken in zip(self.axes, slices, strict=True)))

    def coarser_in_plane(self) -> "Grid":
        """A grid over the same extent and slices with an in-plane spacing of COARSE_MM or a little less."""
        i_axis, j_axis = (
            np.linspace(axis[0], axis[-1], max(2, int(np.ceil((axis[-1] - axis[0]) / COARSE_MM)) + 1))
            for axis in (self.i_mm, self.j_mm)
        )
        return Grid(i_axis, j_axis, self.k_mm)


def refine_in_plane(field: np.ndarray, *, coarse: Grid, fine: Grid) -> np.ndarray:
    """A field (I, J, K) on the coarse grid, interpolated linearly to a fine grid with the same slices.

    >>> coarse, fine = (Grid(np.array(axis), np.array([0.0, 1.0]), np.zeros(1)) for axis in ([0.0, 2.0], [0.5, 1.0]))
    >>> refine_in_plane(np.array([[[0.0], [0.0]], [[4.0], [4.0]]]), coarse=coarse, fine=fine)[:, :, 0].tolist()
    [[1.0, 1.0], [2.0, 2.0]]
    """
    along_i = linear_weights(coarse.i_mm, fine.i_mm)
    along_j = linear_weights(coarse.j_mm, fine.j_mm)
    return apply_along_axes(field, (along_i, along_j))


def linear_weights(known_mm: np.ndarray, wanted_mm: np.ndarray) -> np.ndarray:
    """The matrix (wanted, known) of linear interpolation from evenly spaced positions (known,) to others (wanted,).

    >>> linear_weights(np.array([0.0, 2.0]), np.array([0.0, 0.5])).tolist()
    [[1.0, 0.0], [0.75, 0.25]]
    """
    place = np.clip((wanted_mm - known_mm[0]) / (known_mm[1] - known_mm[0]), 0, len(known_mm) - 1)
    weights: np.ndarray = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(len(known_mm))))
    return weights.astype(np.float32)


def apply_along_axes(field: np.ndarray, matrices: tuple[np.ndarray, ...]) -> np.ndarray:
    """A field (I, J, ...) whose first axes are each multiplied by a matrix (new, old), as float32.

    >>> apply_along_axes(np.array([[1.0], [3.0]]), (np.array([[0.5, 0.5]]),)).tolist()
    [[2.0]]
    """
    for axis, matrix in enumerate(matrices):
        field = np.moveaxis(np.tensordot(matrix, field, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(field, dtype=np.float32)


def smooth_noise(rng: np.random.Generator, grid: Grid, *, length_mm: float) -> np.ndarray:
    """A Gaussian random field (I, J, K) with mean 0, variance 1 and a Gaussian correlation of about this length.

    White noise on a lattice of that spacing is smoothed by a Gaussian of that width; each row of weights has unit norm.

    >>> field = smooth_noise(np.random.default_rng(1), Grid(*[np.arange(60.0)] * 3), length_mm=2.0)
    >>> field.shape, round(float(field.std()), 1)
    ((60, 60, 60), 1.0)
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

    >>> ellipsoid_level(np.array([[4.0], [0.0], [0.0]]), centre_mm=(0, 0, 0), semi_axes_mm=(2, 1, 1)).tolist()
    [2.0]

    Args:
        points_mm: position along each of the three axes, full arrays (I, J, K) or open grids.
    """
    centre_mm, semi_axes_mm = np.asarray(centre_mm), np.asarray(semi_axes_mm)
    parts = zip(points_mm, centre_mm, semi_axes_mm, strict=True)
    level: np.ndarray = np.sqrt(reduce(np.add, [((points - centre) / axis) ** 2 for points, centre, axis in parts]))
    return level


def signed_distance_mm(mask: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Distance in mm to the border of the mask (I, J, K), positive inside, float32.

    >>> signed_distance_mm(np.array([[[True, False, False]]]), 2.0).tolist()
    [[[1.0, -1.0, -3.0]]]
    """
    inside = ndimage.distance_transform_edt(mask, sampling=spacing_mm)
    outside = ndimage.distance_transform_edt(~mask, sampling=spacing_mm)
    return (np.where(mask, inside - spacing_mm / 2, spacing_mm / 2 - outside)).astype(np.float32)
