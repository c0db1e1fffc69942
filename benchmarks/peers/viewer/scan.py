"""A synthetic volume of clinical size whose slices encode their number as a grey value, and a map over it."""

import gzip
from functools import cache

import nibabel as nib
import numpy as np

SHAPE = (512, 512, 32)  # (I, J, K)
SPACING_MM = (0.45, 0.45, 5.0)
GREY_STEP = 7  # of 255 between neighbouring slices: more than JPEG noise
WINDOW_HU = (0, 80)  # brain


def grey_of(k: int) -> int:
    """The grey value (0-255) of a slice's centre in the brain window."""
    return 12 + GREY_STEP * k


_NOISE_HU = 3.0  # SD; a 4 mm slice of a real head with a smooth kernel has 2.1
_SHELLS_HU = ((1.12, 40), (1.06, 1100), (0.97, 32))  # scalp, skull, brain: up to which share of the skull's radius


@cache
def volume_hu() -> np.ndarray:
    """The volume in HU (I, J, K) int16: a head of three shells in air, with a square of its own grey in each slice."""
    i, j, k = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    narrowing = 1 - 0.6 * ((k - 12) / 26) ** 2  # of the head towards its vertex
    radius = np.sqrt((((i - 255.5) / 160) ** 2 + ((j - 255.5) / 195) ** 2) / narrowing)
    hu = np.full(SHAPE, -1000.0, dtype=np.float32)
    for share, density in _SHELLS_HU:
        hu[radius < share] = density
    hu += np.random.default_rng(0).normal(0, _NOISE_HU, SHAPE)
    hu[216:296, 216:296] = [round(grey_of(number) / 255 * 80) for number in range(SHAPE[2])]
    return hu.round().astype(np.int16)


@cache
def map_values() -> np.ndarray:
    """The map (I, J, K) float32, 0 to 1, in a corner of every slice."""
    i, j, k = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]].astype(np.float32)
    values: np.ndarray = np.exp(-(((i - 110) / 60) ** 2 + ((j - 110) / 60) ** 2 + ((k - 16) / 40) ** 2))
    return values.astype(np.float32)


@cache
def payload(what: str) -> bytes:
    """The payload of the data route: voxels in screen order (K, J, I), gzip-compressed."""
    array = volume_hu().astype("<i2") if what == "volume" else (map_values() * 255).round().astype(np.uint8)
    return gzip.compress(np.ascontiguousarray(array[::-1, ::-1, :].transpose(2, 1, 0)).tobytes(), 1)


@cache
def nifti(what: str) -> bytes:
    """The scan (int16) or the map (uint8, 255 = maximum) as a .nii.gz file, for viewers that read NIfTI."""
    array = volume_hu() if what == "volume" else (map_values() * 255).round().astype(np.uint8)
    return gzip.compress(nib.Nifti1Image(array, np.diag([*SPACING_MM, 1])).to_bytes(), 1)


def screen_slice(array: np.ndarray, k: int) -> np.ndarray:
    """Slice k of an array (I, J, K) in screen orientation (J, I): rows from the front, columns from the right."""
    return array[::-1, ::-1, k].T
