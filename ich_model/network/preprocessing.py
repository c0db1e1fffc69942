"""Preprocessing of a brain-only CT volume to the network's input, and resampling of maps back onto the volume.

The published validation pipeline (Cobo et al. 2024): load the file's voxel array, rotate by 90 degrees three times in
plane, flip axis 1, (HU - 15) / 85, zero below 0 and at 1 and above, pad the depth to 40 slices, resize by area
averaging, depth first. Rotation and flip together are the file's array transposed to (slices, rows, columns).

Orientation: the published pipeline uses the array in the file's storage order and ignores the affine. Its files are
named `{id}_brain.nii.gz`, FSL's convention, and head CTs from dcm2niix and FSL are stored left-anterior-superior, so
LAS is assumed to be the published storage order. A volume here is RAS+, so its first axis is reversed; the input does
not depend on the file's storage order.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from ich_model.scans.volume import Volume
from ich_model.variants import PUBLISHED_GRID

PREPROCESSING_ID = "hu15-100-las-area-1"  # must change with any change of the input that a volume gives
WINDOW_HU = (15.0, 100.0)  # mapped to 0 to 1 (Cobo et al. 2024)


@dataclass(frozen=True)
class NetworkInput:
    """One case on the network's grid.

    `values` is (1, D, H, W) float32 from 0 to 1: D from inferior to superior, H from posterior to anterior, W from the
    patient's right to left. `volume_shape` is (I, J, K) of the source volume; `padding` the numbers of empty slices
    added below and above.
    """

    name: str
    values: np.ndarray
    grid: tuple[int, int, int]
    volume_shape: tuple[int, int, int]
    padding: tuple[int, int]

    @property
    def padded_shape(self) -> tuple[int, int, int]:
        """Shape before the resize, (K with padding, J, I)."""
        i, j, k = self.volume_shape
        return (k + sum(self.padding), j, i)

    @property
    def voxel_from_grid(self) -> np.ndarray:
        """The matrix (4, 4) from grid indices (d, h, w) to voxel indices (i, j, k) of the RAS+ volume.

        With cell centres at integer indices, padded = (index + 1/2) * padded size / grid size - 1/2. The padding is
        subtracted from k, and i is reversed.

        >>> given = NetworkInput("case-001", np.zeros((1, 2, 2, 2)), (2, 2, 2), volume_shape=(4, 4, 2), padding=(0, 0))
        >>> (given.voxel_from_grid @ [0, 0, 0, 1])[:3].tolist()
        [2.5, 0.5, 0.0]
        """
        scale = np.array(self.padded_shape) / np.array(self.grid)
        shift = (scale - 1) / 2
        matrix = np.zeros((4, 4))
        matrix[0, 2], matrix[0, 3] = -scale[2], self.volume_shape[0] - 1 - shift[2]
        matrix[1, 1], matrix[1, 3] = scale[1], shift[1]
        matrix[2, 0], matrix[2, 3] = scale[0], shift[0] - self.padding[0]
        matrix[3, 3] = 1
        return matrix


def to_input(volume: Volume, grid: tuple[int, int, int] = PUBLISHED_GRID) -> NetworkInput:
    """A brain-only volume (HU, RAS+, 0 outside the brain) as network input on a grid (D, H, W).

    >>> one_row = Volume("case-001", np.array([15, 57.5]).reshape(2, 1, 1), np.eye(4))
    >>> to_input(one_row, (3, 1, 2)).values.ravel().tolist()
    [0.0, 0.0, 0.5, 0.0, 0.0, 0.0]
    """
    depth, height, width = grid
    slices_first = volume.hu[::-1].transpose(2, 1, 0)  # LAS, (K, J, I)
    n_slices = len(slices_first)
    missing = max(0, depth - n_slices)
    padding = (missing // 2, missing - missing // 2)
    values = torch.from_numpy(window_zeroing_100_hu_and_above(slices_first))
    # Padding after the resize gives the published result: where there is padding, the resize leaves the depth alone.
    resized = functional.interpolate(values[None, None], size=(min(n_slices, depth), height, width), mode="area")[0]
    padded = functional.pad(resized, (0, 0, 0, 0, *padding))
    return NetworkInput(volume.name, padded.numpy(), (depth, height, width), volume.shape, padding)


def window_zeroing_100_hu_and_above(hu: np.ndarray) -> np.ndarray:
    """Intensities (HU - 15) / 85 of `hu` (any shape) as float32 in C order: 0 below 15 HU and from 100 HU on.

    This is not a clamp: the published upper threshold (Cobo et al. 2024) replaces high values by 0, so 99 HU is 0.988
    and 100 HU is 0. In a skull-stripped volume it removes calcification.

    >>> window_zeroing_100_hu_and_above(np.array([14.0, 57.5, 99.0, 100.0])).round(3)
    array([0.   , 0.5  , 0.988, 0.   ], dtype=float32)
    """
    low, high = WINDOW_HU
    scaled = np.empty(hu.shape, np.float32)
    np.subtract(hu, np.float32(low), out=scaled)
    scaled /= np.float32(high - low)
    np.maximum(scaled, np.float32(0), out=scaled)
    scaled[scaled >= 1] = 0
    return scaled


def onto_volume(values: np.ndarray, network_input: NetworkInput) -> np.ndarray:
    """A map (D, H, W) on the network's grid, interpolated trilinearly to (I, J, K) float32 on the source volume.

    >>> given = NetworkInput("case-001", np.zeros((1, 3, 1, 2)), (3, 1, 2), volume_shape=(2, 1, 1), padding=(1, 1))
    >>> onto_volume(np.arange(6.0).reshape(3, 1, 2), given).ravel().tolist()
    [3.0, 2.0]

    Raises:
        ValueError: where the map is on another grid.
    """
    if values.shape != network_input.grid:
        raise ValueError(
            f"{network_input.name}: expected a map on the network's grid {network_input.grid}, got shape {values.shape}"
        )
    tensor = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))[None, None]
    padded = functional.interpolate(tensor, size=network_input.padded_shape, mode="trilinear", align_corners=False)
    below, n_slices = network_input.padding[0], network_input.volume_shape[2]
    slices_first = padded[0, 0, below : below + n_slices].numpy()
    return np.ascontiguousarray(slices_first.transpose(2, 1, 0)[::-1])
