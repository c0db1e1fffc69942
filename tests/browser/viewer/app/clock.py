"""The clock phantom: known blocks and a hand that turns slice by slice, so that every pixel can be foretold."""

import gzip
import math
from functools import cache

import numpy as np

SHAPE = (200, 240, 30)  # (I, J, K), RAS+
SPACING_MM = (1.0, 0.75, 5.0)  # not square: 200 mm across, 180 mm down
AIR_HU, BRAIN_HU, BLOCK_HU, BONE_HU, HAND_HU = -1000, 30, 60, 1000, 80
BLOCK = (slice(140, 160), slice(160, 180), slice(5, 25))  # on the patient's right, in front
BONE = (slice(40, 50), slice(60, 90), slice(0, 30))  # on the patient's left, behind
STRONGEST_SLICE = 20  # of the map, counted from 1


@cache
def volume_hu() -> np.ndarray:
    """The phantom, (I, J, K) int16 HU."""
    i, j = np.mgrid[: SHAPE[0], : SHAPE[1]]
    inside = ((i - 99.5) / 90) ** 2 + ((j - 119.5) / 110) ** 2 <= 1
    hu = np.where(inside, BRAIN_HU, AIR_HU).astype(np.int16)[:, :, None].repeat(SHAPE[2], axis=2)
    hu[BLOCK] = BLOCK_HU
    hu[BONE] = BONE_HU
    for k in range(SHAPE[2]):
        i_hand, j_hand = hand(k)
        hu[i_hand - 4 : i_hand + 4, j_hand - 4 : j_hand + 4, k] = HAND_HU
    return hu


def hand(k: int) -> tuple[int, int]:
    """Where the hand's end, 8 x 8 voxels, lies on a slice: (i, j)."""
    angle = 2 * math.pi * k / SHAPE[2]
    return round(100 + 55 * math.sin(angle)), round(120 + 70 * math.cos(angle))


@cache
def map_values() -> np.ndarray:
    """A saliency map: a ball round the block, strongest on one slice; (I, J, K) float32, 0 to 1."""
    i, j, k = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]].astype(np.float32)
    squared = ((i - 149.5) / 22) ** 2 + ((j - 169.5) / 28) ** 2 + ((k - (STRONGEST_SLICE - 1)) / 5) ** 2
    values: np.ndarray = np.exp(-squared / 2).astype(np.float32)
    return values


def volume_payload(hu: np.ndarray) -> bytes:
    """Voxels as the data route sends them, before gzip: int16 little-endian, [k][y][x] in screen order."""
    return np.ascontiguousarray(hu[::-1, ::-1, :].transpose(2, 1, 0)).astype("<i2").tobytes()


def map_payload(values: np.ndarray) -> bytes:
    """A map as the data route sends it, before gzip: uint8, 255 = its maximum."""
    scaled = (np.maximum(values, 0) / values.max() * 255).round().astype(np.uint8)
    return np.ascontiguousarray(scaled[::-1, ::-1, :].transpose(2, 1, 0)).tobytes()


def zipped(payload: bytes) -> bytes:
    """The payload, gzip-compressed quickly."""
    return gzip.compress(payload, 1)
