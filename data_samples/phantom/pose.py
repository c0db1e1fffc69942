"""The pose of a head in the scanner, and the region of the scan in which its brain is rendered."""

from dataclasses import dataclass

import numpy as np

from data_samples.phantom.grids import Grid

TEMPLATE_CENTRE_MM = np.array([0.0, -16.0, 12.0])  # template position of the patient's origin
USUAL_SCALE = 0.925  # the MNI template is about 8 % larger than a usual head
TILTS_DEG = (3.0, 2.5, 2.0)  # standard deviations of yaw, pitch and roll


@dataclass(frozen=True)
class Pose:
    """Size and tilt of a head: patient mm = scale * rotation^T (template mm - centre)."""

    scale: np.ndarray  # (3,), patient mm per template mm
    rotation: np.ndarray  # (3, 3)

    def to_template_mm(self, grid: Grid) -> np.ndarray:
        """Template position in mm of every voxel, shape (3, I, J, K), float32."""
        matrix = self.rotation / self.scale
        parts = [
            sum(m * axis for m, axis in zip(row, np.ix_(*grid.axes), strict=True)) + c
            for row, c in zip(matrix, TEMPLATE_CENTRE_MM, strict=True)
        ]
        return np.stack(parts).astype(np.float32)

    def to_patient_mm(self, template_mm: tuple[float, float, float]) -> np.ndarray:
        """Patient position in mm of one point of the template, shape (3,)."""
        position: np.ndarray = self.scale * (self.rotation.T @ (np.asarray(template_mm) - TEMPLATE_CENTRE_MM))
        return position


@dataclass(frozen=True)
class Region:
    """A box of the scan that holds the inside of the skull.

    `template_mm` is the undeformed template position of each voxel in mm, shape (3, I, J, K); `depth` its depth inside
    the skull in mm, shape (I, J, K), negative outside.
    """

    grid: Grid
    template_mm: np.ndarray
    depth: np.ndarray


def draw_pose(rng: np.random.Generator) -> Pose:
    """A random pose of a head of typical size and small tilt."""
    yaw, pitch, roll = np.radians(rng.normal(0, TILTS_DEG))
    turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    nod = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    lean = np.array([[np.cos(roll), 0, np.sin(roll)], [0, 1, 0], [-np.sin(roll), 0, np.cos(roll)]])
    scale = rng.normal(USUAL_SCALE, 0.02) * (1 + 0.02 * rng.standard_normal(3))
    return Pose(scale=scale, rotation=turn @ nod @ lean)
