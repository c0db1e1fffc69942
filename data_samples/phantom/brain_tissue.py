"""Density of the brain in HU without hemorrhage, before the scanner's effects: tissue, fluid, falx, calcifications."""

from dataclasses import dataclass

import numpy as np

from data_samples.phantom.anatomy import Anatomy
from data_samples.phantom.grids import smooth_noise
from data_samples.phantom.outcome import Patient
from data_samples.phantom.pose import Region

GREY_HU, WHITE_HU, FLUID_HU = 38.0, 29.0, 8.0
FALX_HU, SINUS_HU, CALCIUM_HU = 52.0, 52.0, 150.0
CALCIFIED_FROM_YEARS, CALCIFIED_SHARE = 45, 0.6
CALCIFICATIONS = (  # (part, centre in mm of the template, radius in mm)
    ("choroid plexus, right", (24, -38, 10), 2.4),
    ("choroid plexus, left", (-24, -38, 10), 2.4),
    ("pineal gland", (0, -29, 4), 1.8),
)


@dataclass(frozen=True)
class Tissue:
    """The brain in a region, arrays (I, J, K): density in HU, shares 0-1, distance in mm to the ventricles' wall."""

    hu: np.ndarray
    fluid: np.ndarray
    white: np.ndarray
    ventricle: np.ndarray  # negative inside


def tissue_of(
    anatomy: Anatomy,
    patient: Patient,
    *,
    region: Region,
    source_mm: np.ndarray,
    ventricle: np.ndarray,
    rng: np.random.Generator,
) -> Tissue:
    """The patient's brain without blood.

    Args:
        source_mm: template position of each voxel's tissue in mm, (3, I, J, K).
        ventricle: mm to the ventricles' wall, negative inside (I, J, K).
    """
    grey, white = anatomy.at("grey", source_mm), anatomy.at("white", source_mm)
    grain = smooth_noise(rng, region.grid, length_mm=2.5)
    widened = (0.07 + 0.15 * patient.atrophy) * np.exp(-np.maximum(region.depth, 0) / 14)  # sulci open with atrophy
    fluid = np.maximum(
        sigmoid((1 - grey - white + 0.10 * grain + widened - 0.5) / 0.08),
        sigmoid(-ventricle / 0.5),
    )
    in_wall = np.clip((ventricle - 1.5) / 2, 0, 1)  # the maps have a grey seam around the ventricles
    share_grey = sigmoid((grey - white + 0.10 * grain) / 0.18) * in_wall
    patchy = np.clip(1 + 0.5 * smooth_noise(rng, region.grid, length_mm=9), 0, 2)
    leukoaraiosis = np.clip(2 + 3 * patient.atrophy, 0, 9) * np.exp(-np.maximum(ventricle, 0) / 9) * patchy
    hu = GREY_HU * share_grey + (WHITE_HU - leukoaraiosis) * (1 - share_grey)
    hu = with_midline(hu * (1 - fluid) + FLUID_HU * fluid, source_mm, depth=region.depth, fluid=fluid)
    hu = with_calcifications(hu, source_mm, age=patient.age, rng=rng)
    return Tissue(hu=hu, fluid=fluid, white=(1 - share_grey) * (1 - fluid), ventricle=ventricle)


def with_midline(hu: np.ndarray, source_mm: np.ndarray, *, depth: np.ndarray, fluid: np.ndarray) -> np.ndarray:
    """The density in HU (I, J, K) with the falx and the superior sagittal sinus, both denser than brain."""
    right, front, up = source_mm
    falx = np.exp(-((right / 1.1) ** 2)) * (up > -2) * np.clip((44 - depth) / 6, 0, 1)
    falx = falx * np.where((front < 30) | (up > 20), 1.0, 0.6) * np.clip(fluid * 2.5, 0, 1)
    sinus = np.exp(-((right / 3.5) ** 2) - (np.maximum(depth - 1, 0) / 2.5) ** 2)
    sinus = sinus * ((front < 0) | (up > 40)) * (up > -12)
    hu = hu + np.clip(FALX_HU - hu, 0, None) * 0.8 * falx
    with_sinus: np.ndarray = hu + np.clip(SINUS_HU - hu, 0, None) * sinus
    return with_sinus


def with_calcifications(
    hu: np.ndarray, source_mm: np.ndarray, *, age: int, rng: np.random.Generator
) -> np.ndarray:
    """The density in HU (I, J, K) with the benign calcifications that most older patients have."""
    for _, centre_mm, radius_mm in CALCIFICATIONS:
        present = rng.random() < CALCIFIED_SHARE
        if present and age >= CALCIFIED_FROM_YEARS:
            squared = sum((s - c) ** 2 for s, c in zip(source_mm, centre_mm, strict=True))
            hu = hu + CALCIUM_HU * np.exp(-squared / (2 * (0.8 * radius_mm) ** 2))
    return hu


def sigmoid(field: np.ndarray) -> np.ndarray:
    """The logistic function of a field (I, J, K), element by element; float32 stays float32."""
    share: np.ndarray = 1 / (1 + np.exp(-np.clip(field, -30, 30)))
    return share
