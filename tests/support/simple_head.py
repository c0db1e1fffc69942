"""A head of nested ellipsoids for tests: brain 30 HU in a skull of 1000 HU under a scalp of 40 HU, in air."""

from pathlib import Path

import nibabel as nib
import numpy as np

from ich_model.scans.volume import Volume

SHAPE = (96, 112, 32)
AFFINE = np.diag([2.0, 2.0, 5.0, 1.0])
BRAIN_RADII_MM = (66.0, 82.0, 62.0)
BRAIN_ML = 4 / 3 * np.pi * np.prod(BRAIN_RADII_MM) / 1000  # 1405


def _within(thicker_mm: float) -> np.ndarray:
    """The ellipsoid of the brain, thickened, (I, J, K) bool."""
    radii = [radius + thicker_mm for radius in BRAIN_RADII_MM]
    axes = [(np.arange(n) - (n - 1) / 2) * AFFINE[a, a] / radii[a] for a, n in enumerate(SHAPE)]
    inside: np.ndarray = sum(axis**2 for axis in np.meshgrid(*axes, indexing="ij")) < 1
    return inside


def brain_mask() -> np.ndarray:
    """The brain's mask, (I, J, K) bool."""
    return _within(0)


def head_hu() -> np.ndarray:
    """The whole head in air, (I, J, K) int16 HU."""
    return np.select([_within(0), _within(10), _within(16)], [30, 1000, 40], -1000).astype(np.int16)


def brain_hu() -> np.ndarray:
    """The brain alone, 0 outside, (I, J, K) int16 HU."""
    return np.where(brain_mask(), 30, 0).astype(np.int16)


def head(name: str = "head") -> Volume:
    """The whole head as a volume."""
    return Volume(name, head_hu(), AFFINE)


def brain(name: str = "brain") -> Volume:
    """The brain alone as a volume, with a brighter clot on the right."""
    hu = brain_hu()
    hu[64:76, 52:68, 14:20] = 65
    return Volume(name, hu, AFFINE)


def written(path: Path, array: np.ndarray, affine: np.ndarray = AFFINE) -> Path:
    """Writes an array (I, J, K) as NIfTI; returns its path."""
    nib.save(nib.Nifti1Image(array, affine), path)
    return path
