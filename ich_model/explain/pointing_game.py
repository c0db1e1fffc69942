"""Does a map point at the lesion? The pointing game and the share of energy inside, on the scan's own grid. Torch-free.

Pointing game: Zhang et al. 2018; energy: Wang et al. 2020 (Score-CAM). Negative values count as no evidence.
"""

import hashlib
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

import nibabel as nib
import numpy as np

from ich_model.scans import nifti
from ich_model.scans.volume import Volume


@dataclass(frozen=True)
class Pointing:
    """Where a map points: whether its highest voxel lies in the lesion, and how far from it (mm, 0 inside).

    `energy_inside` is the share (0-1) of all positive values that lies in the lesion, and `chance` the lesion's share
    of the brain: what a map without any knowledge reaches in both. A map without positive values points nowhere (None).
    """

    hit: bool
    distance_mm: float | None
    energy_inside: float | None
    chance: float

    @property
    def sentence(self) -> str:
        """What came out, in words."""
        if self.distance_mm is None:
            return "Pointing: this map has no positive evidence, so it points nowhere."
        where = "in the lesion" if self.hit else f"{self.distance_mm:.0f} mm from the lesion"
        return (
            f"Pointing: the strongest voxel lies {where}, and {self.energy_inside:.0%} of the positive evidence lies "
            f"in the lesion, which is {self.chance:.1%} of the brain."
        )


def point(values: np.ndarray, lesion: np.ndarray, *, brain: np.ndarray, affine: np.ndarray) -> Pointing:
    """Where a map (I, J, K) points; lesion and brain (I, J, K) bool, affine (4, 4) in mm.

    Raises:
        ValueError: where the mask is empty or lies on another grid.
    """
    if not lesion.any():
        raise ValueError("lesion mask: no voxel is marked; leave it out, or name the values that mark the lesion")
    if not values.shape == lesion.shape == brain.shape:
        raise ValueError(f"lesion mask of shape {lesion.shape}, map {values.shape}: expected the same grid")
    chance = float((lesion & brain).sum() / max(brain.sum(), 1))
    positive = np.maximum(values, 0)
    if not positive.any():
        return Pointing(hit=False, distance_mm=None, energy_inside=None, chance=chance)
    peak = np.unravel_index(positive.argmax(), positive.shape)
    away = (np.argwhere(lesion) - np.array(peak)) @ affine[:3, :3].T
    return Pointing(
        hit=bool(lesion[peak]),
        distance_mm=float(np.linalg.norm(away, axis=1).min()),
        energy_inside=float(positive[lesion].sum(dtype=float) / positive.sum(dtype=float)),
        chance=chance,
    )


def mask_sha256(lesion: np.ndarray | None) -> str | None:
    """The SHA-256 of a mask (I, J, K) bool; None where there is no mask."""
    return None if lesion is None else hashlib.sha256(np.packbits(lesion).tobytes()).hexdigest()


def load_lesion(path: str | Traversable, volume: Volume, *, values: tuple[int, ...] = ()) -> np.ndarray:
    """The mask (I, J, K) bool of a label file on a volume's grid: these values, or all above 0.

    Raises:
        ValueError: where the mask lies on another grid than the volume.
    """
    path = Path(path) if isinstance(path, str) else path
    labels, affine = nifti.read(path)
    to_ras = nib.io_orientation(affine)
    affine = affine @ nib.orientations.inv_ornt_aff(to_ras, labels.shape)
    labels = np.ascontiguousarray(nib.apply_orientation(labels, to_ras))
    if labels.shape != volume.shape or not np.allclose(affine, volume.affine, atol=1e-2):
        raise ValueError(
            f"{path.name}: lesion mask of shape {labels.shape} does not lie on the grid of {volume.name} "
            f"{volume.shape}; give a mask drawn on that scan"
        )
    return np.isin(np.rint(labels), values) if values else labels > 0
