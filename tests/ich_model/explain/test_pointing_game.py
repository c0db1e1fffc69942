"""A map points where its highest voxel lies; masks must lie on the scan's own grid."""

import numpy as np
import pytest

from benchmarks import pointing as benchmark
from ich_model.explain.pointing_game import Pointing, load_lesion, point
from tests.support import simple_head

AFFINE = np.diag([1.0, 2.0, 5.0, 1.0])
BRAIN = np.ones((4, 5, 5), bool)


def lesion() -> np.ndarray:
    mask = np.zeros((4, 5, 5), bool)
    mask[0, 0, :2] = True
    return mask


def at(*voxels: tuple[int, int, int]) -> np.ndarray:
    """A map of ones at these voxels, with -9 in a corner."""
    values = np.zeros((4, 5, 5), np.float32)
    values[3, 4, 4] = -9
    for voxel in voxels:
        values[voxel] = 1
    return values


def test_a_peak_in_the_lesion_is_a_hit():
    found = point(at((0, 0, 1)), lesion(), brain=BRAIN, affine=AFFINE)
    assert (found.hit, found.distance_mm, found.energy_inside, found.chance) == (True, 0.0, 1.0, 0.02)


def test_a_miss_says_how_many_mm_and_what_share_lies_inside():
    found = point(at((0, 2, 3)) * 2 + at((0, 0, 0), (0, 0, 1)), lesion(), brain=BRAIN, affine=AFFINE)
    assert not found.hit
    assert found.distance_mm == pytest.approx(np.hypot(2 * 2, 2 * 5))
    assert found.energy_inside == pytest.approx(2 / 4)
    assert "11 mm from the lesion, and 50% of the positive evidence" in found.sentence


def test_a_map_without_positive_evidence_points_nowhere():
    found = point(at(), lesion(), brain=BRAIN, affine=AFFINE)
    assert (found.hit, found.distance_mm, found.energy_inside) == (False, None, None)
    assert "points nowhere" in found.sentence


def test_an_empty_mask_is_refused():
    with pytest.raises(ValueError, match="no voxel is marked"):
        point(at(), np.zeros_like(BRAIN), brain=BRAIN, affine=AFFINE)


def test_a_mask_of_chosen_values_is_brought_to_the_scans_orientation(tmp_path):
    labels = np.zeros(simple_head.SHAPE, np.uint8)
    labels[10, 20, 5], labels[30, 20, 5] = 2, 1
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    flip[0, 3] = simple_head.SHAPE[0] - 1
    path = simple_head.written(tmp_path / "x_labels.nii.gz", labels[::-1], simple_head.AFFINE @ flip)
    assert np.argwhere(load_lesion(path, simple_head.brain(), values=(2, 3))).tolist() == [[10, 20, 5]]
    assert load_lesion(path, simple_head.brain()).sum() == 2


def test_a_mask_of_another_grid_is_refused(tmp_path):
    path = simple_head.written(tmp_path / "x_labels.nii.gz", np.ones((99, 112, 32), np.uint8))
    with pytest.raises(ValueError, match=r"lesion mask of shape \(99, 112, 32\) does not lie on the grid of brain"):
        load_lesion(path, simple_head.brain())


def test_the_benchmark_tells_the_hit_rate_with_wilsons_interval_and_chance():
    hit = Pointing(hit=True, distance_mm=0.0, energy_inside=0.5, chance=0.02)
    miss = Pointing(hit=False, distance_mm=30.0, energy_inside=0.1, chance=0.04)
    nowhere = Pointing(hit=False, distance_mm=None, energy_inside=None, chance=0.03)
    # Wilson, 1 of 3 at 95 %: 0.0615 to 0.7923 (Brown, Cai & DasGupta 2001, formula 4)
    assert benchmark.row("a map", [hit, miss, nowhere]) == (
        "| a map | 3 | 1 | 0.33 (0.06-0.79) | 0.030 | 0.30 | 15 | 1 |")  # fmt: skip
