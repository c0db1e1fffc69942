"""The network's input against MONAI's own transforms, and the way back onto the volume."""

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from monai.transforms import Compose

from benchmarks.peers.preprocessing import array_transforms, published_input
from ich_model.network.preprocessing import onto_volume, to_input, window_zeroing_100_hu_and_above
from ich_model.scans import volume
from ich_model.scans.skull_strip import brain_only
from ich_model.scans.volume import Volume
from ich_model.variants import PUBLISHED_GRID

pytestmark = pytest.mark.numeric

GRID = (16, 20, 24)
SCANS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "ct"


def volume_of(hu: np.ndarray) -> Volume:
    return Volume("case", hu, np.diag([2.0, 2.0, 5.0, 1.0]))


def published(stored: np.ndarray) -> np.ndarray:
    """MONAI's transforms in the published order, on an array (I, J, K) as it lies in the file, to (1, D, H, W)."""
    return np.asarray(Compose(array_transforms(GRID))(stored[None].astype(np.float32)))


@pytest.mark.parametrize("shape", [(48, 40, 11), (30, 31, 16), (18, 17, 23)])
def test_input_equals_the_published_transforms_on_a_las_file(shape):
    stored_las = np.random.default_rng(0).integers(-20, 140, shape).astype(np.int16)
    ours = to_input(volume_of(stored_las[::-1]), GRID)
    np.testing.assert_allclose(ours.values, published(stored_las), atol=1e-6)
    assert ours.values.dtype == np.float32
    assert ours.values.shape == (1, *GRID)


@pytest.mark.skipif(not SCANS.is_dir(), reason="the real scans of ../shared/data/ct are not here")
@pytest.mark.parametrize("name", ["GE_brain.nii.gz", "GE_hybrid_ICH38mL_putamen.nii.gz"])
def test_a_real_scan_gives_every_voxel_of_the_published_pipeline(name, tmp_path):
    scan = brain_only(volume.load(SCANS / name))
    las = scan.affine @ np.array([[-1, 0, 0, scan.shape[0] - 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    nib.save(nib.Nifti1Image(scan.hu[::-1], las), tmp_path / "las.nii.gz")
    for file in (tmp_path / "las.nii.gz", SCANS / name):  # a scan is the same however it was stored
        ours = to_input(brain_only(volume.load(file)))
        np.testing.assert_allclose(
            ours.values, published_input(tmp_path / "las.nii.gz", PUBLISHED_GRID, reader="NibabelReader"), atol=1e-6
        )


@pytest.mark.parametrize(("hu", "expected"), [(14, 0), (15, 0), (16, 1 / 85), (99, 84 / 85), (100, 0), (101, 0)])
def test_the_intensity_step_zeroes_from_100_hu_on(hu, expected):
    assert window_zeroing_100_hu_and_above(np.array([hu], np.int16))[0] == pytest.approx(expected)


@pytest.mark.parametrize("voxel", [(5, 30, 2), (33, 8, 9), (20, 21, 0)])
def test_a_marked_voxel_goes_there_and_back(voxel):
    hu = np.zeros((40, 44, 10), np.int16)
    hu[voxel] = 99
    made = to_input(volume_of(hu), (32, 44, 40))
    peak = np.unravel_index(made.values[0].argmax(), made.grid)
    np.testing.assert_allclose((made.voxel_from_grid @ [*peak, 1])[:3], voxel, atol=0.5)
    back = onto_volume(made.values[0], made)
    assert back.shape == hu.shape
    assert np.unravel_index(back.argmax(), back.shape) == voxel


def test_the_affine_says_where_the_map_goes():
    made = to_input(volume_of(np.full((40, 36, 50), 50, np.int16)), (30, 20, 24))
    i, j, k = np.indices(made.volume_shape)
    inverse = np.linalg.inv(made.voxel_from_grid)
    depth = inverse[0, 0] * i + inverse[0, 1] * j + inverse[0, 2] * k + inverse[0, 3]
    ramp = np.broadcast_to(np.arange(30.0)[:, None, None], made.grid)
    np.testing.assert_allclose(onto_volume(ramp, made), depth.clip(0, 29), atol=1e-4)


def test_directions_of_the_grid():
    hu = np.zeros((20, 20, 20), np.int16)
    hu[15:, 15:, 15:] = 50  # right, anterior, superior
    marked = np.argwhere(to_input(volume_of(hu), (20, 20, 20)).values[0])
    assert marked.min(0).tolist() == [15, 15, 0]
    assert marked.max(0).tolist() == [19, 19, 4]


def test_a_map_of_another_grid_is_refused():
    made = to_input(volume_of(np.full((20, 20, 20), 50, np.int16)), GRID)
    with pytest.raises(ValueError, match="expected a map on the network's grid"):
        onto_volume(np.zeros((2, 3, 4)), made)
