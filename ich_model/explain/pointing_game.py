"""Localisation of the lesion by a map: the pointing game and the energy inside, on the scan's grid. Torch-free.

Pointing game: Zhang et al. 2018. Energy-based pointing game: Wang et al. 2020 (Score-CAM). Negative values count as 0.
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
    """Whether a map's highest voxel is in the lesion (`hit`), and its distance from it in mm (0 inside).

    `energy_inside` is the share (0-1) of the sum of positive values in the lesion. `chance` is the lesion's share of
    the brain, the expected value of `hit` and `energy_inside` for a random map. Without positive values both measures
    are None.
    """

    hit: bool
    distance_mm: float | None
    energy_inside: float | None
    chance: float

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        if self.distance_mm is None:
            return "Pointing: this map has no positive evidence, so it points nowhere."
        where = "in the lesion" if self.hit else f"{self.distance_mm:.0f} mm from the lesion"
        return (
            f"Pointing: the strongest voxel lies {where}, and {self.energy_inside:.0%} of the positive evidence lies "
            f"in the lesion, which is {self.chance:.1%} of the brain."
        )


def point(values: np.ndarray, lesion: np.ndarray, *, brain: np.ndarray, affine: np.ndarray) -> Pointing:
    """The pointing game of a map (I, J, K) with lesion and brain (I, J, K) bool and affine (4, 4) in mm.

    >>> lesion = np.array([[[True, False, False]]])
    >>> brain, affine = np.ones((1, 1, 3), bool), np.diag([1.0, 1.0, 5.0, 1.0])
    >>> found = point(np.array([[[0.25, 0.0, 0.75]]]), lesion, brain=brain, affine=affine)
    >>> found.hit, found.distance_mm, found.energy_inside, round(found.chance, 3)
    (False, 10.0, 0.25, 0.333)

    Raises:
        ValueError: where the mask is empty or on another grid.
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
    """The mask (I, J, K) bool of a label file on a volume's grid: voxels with these values, by default all above 0.

    >>> from tempfile import TemporaryDirectory
    >>> from ich_model.scans.volume import save
    >>> scan = Volume("case-001", np.zeros((20, 20, 20)), np.diag([5.0, 5.0, 5.0, 1.0]))
    >>> labels = np.zeros(scan.shape, np.uint8)
    >>> labels[0, 0, :2] = 1, 2
    >>> with TemporaryDirectory() as folder:
    ...     save(labels, scan.affine, Path(folder) / "labels.nii.gz", description="labels")
    ...     np.argwhere(load_lesion(Path(folder) / "labels.nii.gz", scan, values=(2,))).tolist()
    [[0, 0, 1]]

    Raises:
        ValueError: where the mask is on another grid than the volume.
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
