"""Voxels as the browser draws them: rows of slices in radiological order, gzipped. Torch-free."""

import gzip

import numpy as np

from ich_model.scans.volume import Volume

GZIP_LEVEL = 4  # measured on a real head: as small as level 6 in half the time


def screen_order(array: np.ndarray) -> np.ndarray:
    """An array (I, J, K) RAS+ as (K, J, I), contiguous, as radiologists hang a slice.

    Slices run from inferior to superior, rows from anterior to posterior, columns from the patient's right to left.

    >>> screen_order(np.arange(8).reshape(2, 2, 2))[0]
    array([[6, 2],
           [4, 0]])
    """
    return np.ascontiguousarray(array[::-1, ::-1, :].transpose(2, 1, 0))


def volume_payload(volume: Volume) -> bytes:
    """HU of a volume in screen order, int16 little-endian, gzipped; equal volumes give equal bytes."""
    limits = np.iinfo(np.int16)
    hu = np.clip(np.rint(volume.hu), limits.min, limits.max) if volume.hu.dtype != np.int16 else volume.hu
    return _packed(screen_order(hu.astype("<i2")))


def map_payload(values: np.ndarray) -> bytes:
    """A saliency map (I, J, K) in screen order as uint8, gzipped: 0 for zero and below, 255 for the maximum."""
    positive = np.maximum(values, 0)
    highest = float(positive.max())
    scaled = np.rint(positive * (255 / highest)) if highest > 0 else positive
    return _packed(screen_order(scaled.astype(np.uint8)))


def mask_payload(mask: np.ndarray) -> bytes:
    """A mask (I, J, K) in screen order as uint8, gzipped: 1 inside, 0 outside."""
    return _packed(screen_order(mask.astype(np.uint8)))


def _packed(array: np.ndarray) -> bytes:
    return gzip.compress(array.tobytes(), GZIP_LEVEL, mtime=0)
