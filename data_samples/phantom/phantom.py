"""Rendering a synthetic head CT with an intracranial hemorrhage: `render(patient, rng)`."""

from dataclasses import dataclass
from itertools import product
from math import ceil

import numpy as np

from data_samples.phantom.acquisition import SUB_SLICES, scan, thick_slices
from data_samples.phantom.anatomy import template
from data_samples.phantom.brain import Label, brain, slice_labels
from data_samples.phantom.grids import Grid
from data_samples.phantom.outcome import Patient
from data_samples.phantom.pose import TEMPLATE_CENTRE_MM, Pose, Region, draw_pose
from data_samples.phantom.skull import head_around

BRAIN_BOX_MM = np.array([[-76, 76], [-112, 80], [-74, 86]])  # template box that holds the inside of the skull
RIM_MM = 5.0  # depth below the skull within which voxels denser than brain count as bone
DENSEST_BRAIN_HU = 100  # upper threshold of skull stripping in head CT, Muschelli et al., NeuroImage 2015;114:379-385
VERTEX_MM = 82 + 13 + 3  # template height of the top of the scan: brain, skull and scalp, a little air


@dataclass(frozen=True)
class Phantom:
    """A synthetic scan: `head_hu` int16 and `labels` uint8, both (I, J, K) in RAS+, and the affine (4, 4) in mm."""

    head_hu: np.ndarray
    labels: np.ndarray
    affine: np.ndarray

    @property
    def brain_hu(self) -> np.ndarray:
        """The skull-stripped scan (I, J, K), int16: HU inside the brain, 0 outside."""
        return np.where(self.labels > Label.OUTSIDE, self.head_hu, 0).astype(np.int16)


def render(
    patient: Patient,
    rng: np.random.Generator,
    *,
    spacing_mm: float = 1.0,
    slice_mm: float = 5.0,
    slices: int = 32,
    field_of_view_mm: float = 230.0,
) -> Phantom:
    """The patient's scan on a square matrix that covers the field of view; equal seeds give equal bytes.

    A typical scanner's 512 x 512 matrix needs spacing_mm=0.45, which takes about six times as long as 1 mm.
    """
    anatomy, pose = template(), draw_pose(rng)
    grid = scan_grid(pose, spacing_mm=spacing_mm, slice_mm=slice_mm, slices=slices, view_mm=field_of_view_mm)
    fine = sub_slice_grid(grid)
    hu, depth = head_around(anatomy, fine, pose=pose, rng=rng)
    box = fine.inside(brain_box_mm(pose))
    region = Region(fine.part(box), pose.to_template_mm(fine.part(box)), depth[box])
    brain_hu, brain_labels = brain(anatomy, patient, region=region, pose=pose, rng=rng)
    edge = np.clip(depth[box] + 0.5, 0, 1)
    hu[box] = hu[box] * (1 - edge) + brain_hu * edge
    labels = np.zeros(fine.shape, np.uint8)
    labels[box] = np.where(depth[box] > 0, brain_labels, Label.OUTSIDE)
    affine = np.diag([spacing_mm, spacing_mm, slice_mm, 1.0])
    affine[:3, 3] = [axis[0] for axis in grid.axes]
    depth = thick_slices(depth)
    head_hu = scan(thick_slices(hu), depth, grid=grid, pose=pose, rng=rng)
    labels = np.where((depth < RIM_MM) & (head_hu > DENSEST_BRAIN_HU), Label.OUTSIDE, slice_labels(labels))
    return Phantom(head_hu=head_hu, labels=labels.astype(np.uint8), affine=affine)


def scan_grid(pose: Pose, *, spacing_mm: float, slice_mm: float, slices: int, view_mm: float) -> Grid:
    """The scan's voxel centres: centred in plane, from just above the vertex downwards."""
    matrix = ceil(round(view_mm / spacing_mm, 6))
    in_plane = (np.arange(matrix) - (matrix - 1) / 2) * spacing_mm
    top_mm = pose.scale[2] * (VERTEX_MM - TEMPLATE_CENTRE_MM[2])
    return Grid(in_plane, in_plane, top_mm - slice_mm * (slices - 0.5 - np.arange(slices)))


def sub_slice_grid(grid: Grid) -> Grid:
    """The same grid with each slice divided into SUB_SLICES thinner ones."""
    step = grid.spacing_mm[2] / SUB_SLICES
    offsets = (np.arange(SUB_SLICES) - (SUB_SLICES - 1) / 2) * step
    return Grid(grid.i_mm, grid.j_mm, (grid.k_mm[:, None] + offsets).ravel())


def brain_box_mm(pose: Pose) -> np.ndarray:
    """The bounding box (3, 2), in patient mm, of the inside of the skull for a pose."""
    corners = np.array([pose.to_patient_mm(corner) for corner in product(*BRAIN_BOX_MM)])
    return np.stack([corners.min(0), corners.max(0)], axis=1)
