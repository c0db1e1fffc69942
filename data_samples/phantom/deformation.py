"""Deformation of the template's brain to the patient's: ventricles, atrophy and the mass effect of the clot.

All deformations are backward mappings: for each voxel of the patient, the template position of its tissue.
"""

import numpy as np

from data_samples.phantom.anatomy import Anatomy
from data_samples.phantom.grids import Grid, smooth_noise
from data_samples.phantom.haematoma import Clot
from data_samples.phantom.outcome import Patient

PUSHED_SHARE = 0.75  # of the clot's volume that displaces tissue; the rest replaces it
PUSHED_SHARE_INFRATENTORIAL = 0.4  # the posterior fossa has less room
PUSH_REACH_MM = 55.0  # decay length of the displacement
TOWARDS_MIDLINE = 2.5  # additional factor of the displacement towards the midline
MIDLINE_MM = np.array([0.0, -15.0, 10.0])  # the point towards which a supratentorial clot displaces tissue
FIXED_MM = 16.0  # depth below the skull over which displacement falls to 0
GROWTH_REACH_MM = 18.0  # decay length of the ventricles' growth
WOBBLE_MM = 1.6  # standard deviation of the variation between brains


def tissue_source(
    anatomy: Anatomy,
    patient: Patient,
    *,
    clot: Clot,
    grid: Grid,
    template_mm: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Template position in mm of each voxel's tissue (3, I, J, K), and mm to the ventricles' wall (I, J, K).

    Args:
        template_mm: undeformed template position of each voxel of the grid, shape (3, I, J, K).
    """
    soft = np.clip(anatomy.at("depth", template_mm) / FIXED_MM, 0, 1)
    source = template_mm - mass_effect(clot, template_mm, soft=soft)
    source = source - surface_retreat_mm(patient) * anatomy.at("surface_push", template_mm)
    wobble = np.stack([smooth_noise(rng, grid, length_mm=18) for _ in range(3)])
    source = source + WOBBLE_MM * soft * wobble
    wall_mm = anatomy.at("ventricle", source)
    growth = ventricle_growth_mm(patient) * np.exp(-np.maximum(wall_mm, 0) / GROWTH_REACH_MM)
    moved = np.minimum(growth, np.maximum(wall_mm, 0))  # tissue comes from beyond the wall, never from inside
    return source - moved * anatomy.at("ventricle_outwards", source), wall_mm - growth


def mass_effect(clot: Clot, template_mm: np.ndarray, *, soft: np.ndarray) -> np.ndarray:
    """Displacement of the tissue by the clot in template mm, shape (3, I, J, K).

    The model is a growing incompressible ball: tissue at distance r was at the cube root of r^3 - share * radius^3. The
    displacement decays with distance and towards the skull.

    Args:
        template_mm: undeformed template position of each voxel, shape (3, I, J, K).
        soft: factor of the displacement, 0 at the skull to 1, shape (I, J, K).
    """
    away = template_mm - clot.centre_mm.reshape(3, 1, 1, 1).astype(np.float32)
    distance = np.sqrt((away**2).sum(0)) + 1e-3
    fade = np.exp(-np.maximum(distance - clot.radius_mm, 0) / PUSH_REACH_MM) * soft
    share = PUSHED_SHARE_INFRATENTORIAL if clot.place.infratentorial else PUSHED_SHARE
    push = distance - np.cbrt(np.maximum(distance**3 - share * clot.radius_mm**3 * fade, 0))
    if not clot.place.infratentorial:
        inward = (MIDLINE_MM - clot.centre_mm) / np.linalg.norm(MIDLINE_MM - clot.centre_mm)
        facing = np.tensordot(inward.astype(np.float32), away, axes=1) / distance
        push = push * (1 + TOWARDS_MIDLINE * np.clip(facing, 0, 1))
    pushed_mm: np.ndarray = push * away / distance
    return pushed_mm


def ventricle_growth_mm(patient: Patient) -> float:
    """Outward displacement in mm of the ventricles' walls: more with atrophy or hydrocephalus, less with a big clot."""
    growth = float(np.clip(1.4 + 1.8 * patient.atrophy, -1.2, 6.0)) + 3.0 * patient.hydrocephalus
    squeezed = 0.2 * np.sqrt(patient.volume_ml) if not patient.infratentorial else 0.0
    return float(np.clip(growth - squeezed, -1.5, 9.0))


def surface_retreat_mm(patient: Patient) -> float:
    """Distance in mm by which the brain's surface has receded from the skull: more with atrophy."""
    return float(np.clip(1.1 + 1.5 * patient.atrophy, -0.3, 4.5))
