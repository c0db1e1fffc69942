"""The head around the brain in HU: vault with diploe, scalp with fat and skin, face, skull base."""

import numpy as np

from data_samples.phantom.anatomy import Anatomy
from data_samples.phantom.brain_tissue import FLUID_HU
from data_samples.phantom.grids import Grid, refine_in_plane, smooth_noise
from data_samples.phantom.pose import Pose
from data_samples.phantom.skull_base import AIR_HU, FAT_HU, MUSCLE_HU, paint_skull_base

TABLE_HU, DIPLOE_HU, MARROW_HU = 1350.0, 650.0, 120.0  # marrow: spread of the diploe
SKIN_MM, SKIN_HU = 2.0, 30.0
GALEA_MM = 1.6  # muscle and galea over the bone
INTO_BONE_MM = 1.5  # depth to which the parts of the skull base overlap the bone around the brain


def head_around(
    anatomy: Anatomy, grid: Grid, *, pose: Pose, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Density of the head in HU with fluid in place of the brain, and depth in mm inside the skull, each (I, J, K)."""
    coarse = grid.coarser_in_plane()
    coarse_mm = pose.to_template_mm(coarse)
    depth = refine_in_plane(anatomy.at("depth", coarse_mm), coarse=coarse, fine=grid)
    skin = refine_in_plane(anatomy.at("head", coarse_mm), coarse=coarse, fine=grid)
    thickness = refine_in_plane(vault_thickness_mm(coarse_mm, coarse, rng=rng), coarse=coarse, fine=grid)
    skin = skin + 1.2 * refine_in_plane(smooth_noise(rng, coarse, length_mm=25), coarse=coarse, fine=grid)

    outside_skull_mm = -depth - thickness
    inside = skin > 0
    strands = smooth_noise(rng, grid, length_mm=4)
    hu = np.full(grid.shape, AIR_HU, np.float32)
    hu[inside] = soft_tissue_hu(strands, grid, pose=pose, rng=rng)[inside]
    hu[inside & (outside_skull_mm < GALEA_MM)] = MUSCLE_HU
    hu[inside & (skin < SKIN_MM)] = SKIN_HU
    paint_skull_base(hu, grid, pose=pose, allowed=inside & (outside_skull_mm > -INTO_BONE_MM), rng=rng)
    bone = (depth <= 0) & (outside_skull_mm <= 0)
    hu[bone] = vault_hu(depth, thickness, marrow=strands)[bone]
    hu[depth > 0] = FLUID_HU
    return hu, depth


def soft_tissue_hu(
    strands: np.ndarray, grid: Grid, *, pose: Pose, rng: np.random.Generator
) -> np.ndarray:
    """Density of soft tissue in HU (I, J, K): mostly fat in the scalp, mostly muscle below the skull base."""
    heights_mm = [pose.to_patient_mm((0, 0, height))[2] for height in (-60, -20)]
    muscle_above = np.interp(grid.k_mm, heights_mm, (-0.5, 1.3))
    share = np.clip((smooth_noise(rng, grid, length_mm=7) + 0.5 * strands - muscle_above) / 0.4, 0, 1)
    hu: np.ndarray = FAT_HU + (MUSCLE_HU - FAT_HU) * share
    return hu


def vault_thickness_mm(template_mm: np.ndarray, grid: Grid, *, rng: np.random.Generator) -> np.ndarray:
    """Thickness of the skull in template mm (I, J, K): thin at the temples and over the orbits, thick at the back."""
    right, front, up = template_mm
    temple = np.exp(-(((np.abs(right) - 66) / 18) ** 2) - ((front - 5) / 38) ** 2 - ((up + 8) / 24) ** 2)
    base = 1 / (1 + np.exp((up + 15) / 4)) * (front > -60)
    back = np.exp(-(((front + 105) / 22) ** 2) - ((up + 5) / 22) ** 2)
    forehead = np.exp(-(((front - 76) / 14) ** 2) - ((up - 15) / 26) ** 2)
    usual = rng.uniform(5.8, 8.2)
    wave = 0.5 * smooth_noise(rng, grid, length_mm=16)
    thickness: np.ndarray = usual - 3.0 * temple - 4.0 * base + 1.6 * back + 1.2 * forehead + wave
    return thickness.clip(1.9, 11)


def vault_hu(depth: np.ndarray, thickness: np.ndarray, *, marrow: np.ndarray) -> np.ndarray:
    """Density of the skull in HU (I, J, K): two dense tables, with diploe between them where the bone is thick.

    Args:
        depth: mm inside the skull, negative in the bone (I, J, K).
        thickness: of the bone in mm (I, J, K).
        marrow: noise of variance 1 (I, J, K).
    """
    across = -depth / thickness  # 0 inner surface, 1 outer surface
    diploe = np.clip(1 - np.abs(across - 0.5) / 0.27, 0, 1) * np.clip((thickness - 3.5) / 2, 0, 1)
    weight = np.clip(diploe * 2.5, 0, 1)
    hu: np.ndarray = TABLE_HU * (1 - weight) + (DIPLOE_HU + MARROW_HU * marrow) * weight
    return hu
