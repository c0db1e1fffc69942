"""The scanner's effects on a phantom: thick slices, blur, beam hardening and noise."""

import numpy as np
from scipy import ndimage

from data_samples.phantom.grids import Grid, smooth_noise
from data_samples.phantom.pose import Pose

SUB_SLICES = 2  # computed in each slice and averaged
BLUR_MM = 0.55  # standard deviation of the in-plane point spread
NOISE_HU = 3.2  # standard deviation in the middle of the head, 5 mm slices
NOISE_GRAIN_MM = 0.7
CUPPING_HU, CUPPING_MM = 5.0, 3.0  # brightening under the skull
PETROUS_BAR_HU = 7.0  # dark band between the petrous bones
PETROUS_MM = (0, -25, -36)  # middle between them, mm of the template
RANGE_HU = (-1000, 3000)
AIR_HU = RANGE_HU[0]


def thick_slices(field: np.ndarray) -> np.ndarray:
    """A field (I, J, SUB_SLICES * K) averaged to slices (I, J, K)."""
    slices: np.ndarray = field.reshape(*field.shape[:2], -1, SUB_SLICES).mean(3)
    return slices


def scan(
    hu: np.ndarray, depth: np.ndarray, *, grid: Grid, pose: Pose, rng: np.random.Generator
) -> np.ndarray:
    """The scan in HU (I, J, K), int16; air is exactly -1000, without noise.

    Args:
        hu: density of the head averaged to slices (I, J, K).
        depth: mm inside the skull (I, J, K).
        grid: the scan's voxels.
    """
    air = ndimage.binary_erosion(hu <= AIR_HU + 1, structure=np.ones((3, 3, 1), bool), border_value=1)
    blur = BLUR_MM / grid.spacing_mm[0]
    hu = ndimage.gaussian_filter(hu, (blur, blur, 0))
    hu = hu + CUPPING_HU * np.exp(-np.clip(depth, 0, None) / CUPPING_MM) * (depth > 0)
    hu = hu - PETROUS_BAR_HU * petrous_bar(grid, pose=pose, rng=rng) * (depth > 2)
    hu = hu + noise_hu(grid, depth, rng=rng)
    return np.where(air, AIR_HU, np.clip(hu, *RANGE_HU)).round().astype(np.int16)


def noise_hu(grid: Grid, depth: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Noise in HU (I, J, K): fine grain plus some coarser mottle, stronger in the middle of the head.

    `depth` is mm inside the skull (I, J, K).
    """
    grain = NOISE_GRAIN_MM / grid.spacing_mm[0]
    fine = ndimage.gaussian_filter(rng.standard_normal(grid.shape, dtype=np.float32), (grain, grain, 0))
    fine /= fine.std()
    mottle = smooth_noise(rng, grid, length_mm=3)
    middle = 0.75 + 0.25 * np.clip(depth / 40, 0, 1)
    return NOISE_HU * middle * (0.93 * fine + 0.37 * mottle)


def petrous_bar(grid: Grid, *, pose: Pose, rng: np.random.Generator) -> np.ndarray:
    """Strength of the Hounsfield bar (I, J, K), streaky, around the line between the petrous bones."""
    _, front_mm, up_mm = pose.to_patient_mm(PETROUS_MM)
    front, up = grid.j_mm[None, :, None], grid.k_mm[None, None, :]
    band = np.exp(-(((front - front_mm) / 9) ** 2) - ((up - up_mm) / 9) ** 2)
    lines = np.interp(grid.j_mm, np.linspace(grid.j_mm[0], grid.j_mm[-1], 60), rng.standard_normal(60))
    bar: np.ndarray = band * np.clip(0.6 + 0.6 * lines[None, :, None], 0, 2)
    return bar
