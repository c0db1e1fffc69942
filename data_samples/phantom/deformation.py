"""From the template's brain to this patient's: ventricles, atrophy and the mass effect of the clot.

Everything is written as "where does this voxel's tissue come from": positions in the template for voxels of the
patient.
"""

import numpy as np

from data_samples.phantom.anatomy import Anatomy
from data_samples.phantom.grids import Grid, smooth_noise
from data_samples.phantom.haematoma import Clot
from data_samples.phantom.outcome import Patient

PUSHED_SHARE = 0.75  # of the clot's volume that displaces tissue; the rest has replaced it
PUSHED_SHARE_INFRATENTORIAL = 0.4  # the posterior fossa has less room
PUSH_REACH_MM = 55.0  # over which the push fades
TOWARDS_MIDLINE = 2.5  # how much stronger the push is there, where there is room
MIDLINE_MM = np.array([0.0, -15.0, 10.0])  # what a supratentorial clot pushes towards and past
FIXED_MM = 16.0  # under the skull: on the way to it tissue moves less and less
GROWTH_REACH_MM = 18.0  # over which the growth of the ventricles fades
WOBBLE_MM = 1.6  # how far one brain differs from the next, standard deviation


def tissue_source(
    anatomy: Anatomy,
    patient: Patient,
    *,
    clot: Clot,
    grid: Grid,
    template_mm: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Where each voxel's tissue comes from, template mm (3, I, J, K), and mm to the ventricles' wall (I, J, K).

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

    An incompressible ball grows: tissue now at distance r was at the cube root of r^3 - share * radius^3. The push
    fades with distance and towards the skull.

    Args:
        template_mm: undeformed template position of each voxel, shape (3, I, J, K).
        soft: how freely tissue moves, 0-1, shape (I, J, K).
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
    """How far the ventricles' walls move outwards: with atrophy and hydrocephalus, less under a large clot."""
    growth = float(np.clip(1.4 + 1.8 * patient.atrophy, -1.2, 6.0)) + 3.0 * patient.hydrocephalus
    squeezed = 0.2 * np.sqrt(patient.volume_ml) if not patient.infratentorial else 0.0
    return float(np.clip(growth - squeezed, -1.5, 9.0))


def surface_retreat_mm(patient: Patient) -> float:
    """How far the brain's surface has moved away from the skull: more with atrophy."""
    return float(np.clip(1.1 + 1.5 * patient.atrophy, -0.3, 4.5))
