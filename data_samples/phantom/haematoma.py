"""The clot: its position, irregular shape, intraventricular blood and rim of oedema."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from data_samples.phantom.anatomy import Anatomy
from data_samples.phantom.grids import Grid, ellipsoid_level, smooth_noise
from data_samples.phantom.locations import LOCATIONS, Location
from data_samples.phantom.outcome import Patient
from data_samples.phantom.pose import Pose, Region

CLOT_HU = (58.0, 68.0)  # range of a fresh clot's mean
CLOT_RANGE_HU = (48, 85)
SWIRL_SHARE = 0.3  # of clots with dark, not yet clotted blood: the swirl sign
LOBAR = ("frontal", "parietal", "temporal", "occipital")
SMALLEST_PIECE = 0.04  # of the largest piece; smaller ones are dropped


@dataclass(frozen=True)
class Clot:
    """Position and semi-axes of the clot, in template mm."""

    place: Location
    side: int  # +1 right, -1 left
    centre_mm: np.ndarray  # (3,)
    semi_axes_mm: np.ndarray  # (3,)

    @property
    def radius_mm(self) -> float:
        """Radius of the ball with the same volume."""
        return float(np.prod(self.semi_axes_mm) ** (1 / 3))


def draw_clot(anatomy: Anatomy, patient: Patient, *, pose: Pose, rng: np.random.Generator) -> Clot:
    """A clot of the patient's volume at the patient's location, moved inwards until most of it is in the brain."""
    place = LOCATIONS[patient.location]
    centre_mm = np.array(place.centre_mm) + np.array(place.jitter_mm) * np.clip(rng.standard_normal(3), -1.6, 1.6)
    radius_mm = (patient.volume_ml * 1000 * 3 / (4 * np.pi)) ** (1 / 3) / np.prod(pose.scale) ** (1 / 3)
    axes = np.array(place.axes_ratio) * np.exp(0.12 * rng.standard_normal(3))
    centre_mm[0] *= patient.side
    inner_mm = np.array([patient.side * 14.0, -12.0, 16.0])
    for _ in range(0 if place.infratentorial else 25):
        if anatomy.at("depth", centre_mm.reshape(3, 1))[0] >= 3 + 0.55 * radius_mm:
            break
        centre_mm = centre_mm + 1.5 * (inner_mm - centre_mm) / np.linalg.norm(inner_mm - centre_mm)
    return Clot(place, patient.side, centre_mm, radius_mm * axes / np.prod(axes) ** (1 / 3))


def clot_shape(
    clot: Clot, volume_ml: float, *, region: Region, allowed: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The clot as a mask (I, J, K) of a volume, and each voxel's relative depth in it (I, J, K): 0 rim, 1 core.

    The mask is a level set of an ellipsoid with noise of two length scales, at the level that gives the volume.

    Args:
        allowed: voxels that blood may fill, (I, J, K), boolean.
    """
    rough = 0.24 if clot.place.name in LOBAR else 0.19
    level = (
        ellipsoid_level(region.template_mm, centre_mm=clot.centre_mm, semi_axes_mm=clot.semi_axes_mm)
        + rough * smooth_noise(rng, region.grid, length_mm=max(5.0, 0.55 * clot.radius_mm))
        + 0.05 * smooth_noise(rng, region.grid, length_mm=2.5)
        + barrier_mm(clot, region.template_mm) / clot.radius_mm
    )
    level = np.where(allowed, level, np.inf)
    voxels = round(volume_ml * 1000 / np.prod(region.grid.spacing_mm))
    threshold = np.partition(level.ravel(), voxels)[voxels]
    mask = level < threshold
    labels, count = ndimage.label(mask)
    sizes = np.bincount(labels.ravel())[1:]
    mask = np.isin(labels, 1 + np.flatnonzero(sizes > SMALLEST_PIECE * sizes.max())) if count > 1 else mask
    return mask, np.clip((threshold - level) / 0.5, 0, 1)


def barrier_mm(clot: Clot, template_mm: np.ndarray) -> np.ndarray:
    """Penalty in mm (I, J, K) that confines a clot to its side of the falx and of the tentorium.

    The tentorium is modelled behind the brainstem as a tent, 5 mm above the template's origin at the midline with a
    slope of 0.5 to both sides. In front of it the floor of the middle fossa is the limit.
    """
    right, front, up = template_mm
    above_tentorium = up - (5 - 0.5 * np.abs(right))
    if clot.place.infratentorial:
        above: np.ndarray = 2 * np.maximum(above_tentorium + 3, 0)
        return above
    below = np.where(front < -25, np.maximum(2 - above_tentorium, 0), np.maximum(-38 - up, 0))
    outside: np.ndarray = 2 * below + 1.5 * np.maximum(1 - clot.side * right, 0)
    return outside


def blood_in_ventricles(
    clot: Clot, fill: float, *, region: Region, ventricle: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """The part of the ventricles filled with blood (I, J, K), boolean: first the dependent horns and near the clot.

    Args:
        fill: share of the ventricles that blood fills, 0-1; 0 means none.
        ventricle: the ventricles (I, J, K), boolean.
    """
    blood = np.zeros(ventricle.shape, bool)
    if fill == 0 or not ventricle.any():
        return blood
    distance = ellipsoid_level(region.template_mm, centre_mm=clot.centre_mm, semi_axes_mm=np.ones(3))[ventricle]
    uneven = smooth_noise(rng, region.grid, length_mm=8)[ventricle]
    order = region.template_mm[1][ventricle] + 0.5 * distance + 5 * uneven
    blood[ventricle] = order <= np.quantile(order, np.clip(fill, 0.08, 0.95))
    return blood


def oedema_rim(mask: np.ndarray, clot: Clot, *, grid: Grid, rng: np.random.Generator) -> np.ndarray:
    """Strength of the oedema around the clot's mask, 0-1 (I, J, K): it decays over some mm, wider in older clots."""
    hours = float(np.clip(rng.gamma(1.6, 4), 0.5, 24))
    width_mm = 1.5 + 1.1 * clot.radius_mm**0.6 * (0.35 + 0.04 * hours)
    away_mm = ndimage.distance_transform_edt(~mask, sampling=grid.spacing_mm).astype(np.float32)
    return np.where(mask, 0, np.clip(1 - away_mm / width_mm, 0, 1) ** 0.7)


def clot_hu(core: np.ndarray, grid: Grid, *, rng: np.random.Generator) -> np.ndarray:
    """Density of the clot in HU (I, J, K): denser in the core (0-1), mottled, in some with the swirl sign."""
    hu = rng.uniform(*CLOT_HU) + 6 * core + 3.5 * smooth_noise(rng, grid, length_mm=5)
    if rng.random() < SWIRL_SHARE:
        hu = hu - 9 * np.clip(smooth_noise(rng, grid, length_mm=7), 0, 2)
    return np.clip(hu, *CLOT_RANGE_HU)
