"""The brain with its hemorrhage: density and labels, before the scanner's effects."""

from enum import IntEnum

import numpy as np
from scipy import ndimage

from data_samples.phantom.acquisition import SUB_SLICES
from data_samples.phantom.anatomy import Anatomy
from data_samples.phantom.brain_tissue import Tissue, tissue_of
from data_samples.phantom.deformation import tissue_source
from data_samples.phantom.grids import Grid, refine_in_plane, smooth_noise
from data_samples.phantom.haematoma import Clot, blood_in_ventricles, clot_hu, clot_shape, draw_clot, oedema_rim
from data_samples.phantom.outcome import Patient
from data_samples.phantom.pose import Pose, Region

IVH_HU = (52.0, 62.0)  # range of the mean of blood in the ventricles
OEDEMA_DROP_HU = 13.0
OEDEMA_LABEL_FROM = 0.45  # lowest strength of oedema that is labelled
EDGE_MM = 0.8  # blur of the border of blood
CLEAR_OF_SKULL_MM = 2  # minimum distance of blood from the skull


class Label(IntEnum):
    """Values of the label map."""

    OUTSIDE = 0
    BRAIN = 1
    HAEMATOMA = 2
    IVH = 3
    OEDEMA = 4


def brain(
    anatomy: Anatomy, patient: Patient, *, region: Region, pose: Pose, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Density in HU and labels of the brain in its region, each (I, J, K)."""
    clot = draw_clot(anatomy, patient, pose=pose, rng=rng)
    coarse = region.grid.coarser_in_plane()
    source_mm, wall_mm = tissue_source(
        anatomy, patient, clot=clot, grid=coarse, template_mm=pose.to_template_mm(coarse), rng=rng
    )
    source_mm = np.stack([refine_in_plane(part, coarse=coarse, fine=region.grid) for part in source_mm])
    ventricle = refine_in_plane(wall_mm, coarse=coarse, fine=region.grid)
    tissue = tissue_of(anatomy, patient, region=region, source_mm=source_mm, ventricle=ventricle, rng=rng)
    return bleed(tissue, clot, patient=patient, region=region, rng=rng)


def bleed(
    tissue: Tissue, clot: Clot, *, patient: Patient, region: Region, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Density in HU and labels, each (I, J, K), with the clot, its oedema and the blood in the ventricles."""
    grid, inside = region.grid, region.depth > CLEAR_OF_SKULL_MM
    allowed = inside & (tissue.ventricle > 0)
    mask, core = clot_shape(clot, patient.volume_ml, region=region, allowed=allowed, rng=rng)
    ventricle = inside & (tissue.ventricle < 0)
    ivh = blood_in_ventricles(clot, patient.ivh_fill, region=region, ventricle=ventricle, rng=rng)
    oedema = oedema_rim(mask, clot, grid=grid, rng=rng) * (0.35 + 0.65 * tissue.white) * (1 - tissue.fluid)
    hu = tissue.hu - OEDEMA_DROP_HU * oedema
    ivh_hu = rng.uniform(*IVH_HU) + 3 * smooth_noise(rng, grid, length_mm=4)
    hu = blend(hu, ivh_hu, share=soft_edge(ivh, grid))
    hu = blend(hu, clot_hu(core, grid, rng=rng), share=soft_edge(mask, grid))

    labels = np.full(grid.shape, Label.BRAIN, np.uint8)
    labels[oedema > OEDEMA_LABEL_FROM] = Label.OEDEMA
    labels[ivh] = Label.IVH
    labels[mask] = Label.HAEMATOMA
    return hu, labels


def blend(below: np.ndarray, above: np.ndarray, *, share: np.ndarray) -> np.ndarray:
    """The mixture below * (1 - share) + above * share, with share 0-1; all (I, J, K)."""
    blended: np.ndarray = below * (1 - share) + above * share
    return blended


def soft_edge(mask: np.ndarray, grid: Grid) -> np.ndarray:
    """The mask (I, J, K) as a share 0-1 with an edge about a mm wide."""
    return ndimage.gaussian_filter(mask.astype(np.float32), [EDGE_MM / step for step in grid.spacing_mm])


def slice_labels(labels: np.ndarray) -> np.ndarray:
    """Labels of thick slices (I, J, K) by majority vote of their sub-slices, blood before oedema before brain.

    The lowest sub-slice breaks ties, so that volumes are unbiased.
    """
    weights = np.linspace(1.01, 0.99, SUB_SLICES, dtype=np.float32)
    stacked = labels.reshape(*labels.shape[:2], -1, SUB_SLICES)
    result = np.zeros(stacked.shape[:3], np.uint8)
    result[(stacked > Label.OUTSIDE) @ weights > SUB_SLICES / 2] = Label.BRAIN
    for label in (Label.OEDEMA, Label.IVH, Label.HAEMATOMA):
        result[(stacked == label) @ weights > SUB_SLICES / 2] = label
    return result
