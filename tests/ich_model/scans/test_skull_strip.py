"""Skull stripping finds the brain's volume and place, keeps blood, and refuses what is no adult brain."""

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from ich_model.scans import skull_strip, volume
from ich_model.scans.skull_strip import ImplausibleBrain
from ich_model.scans.volume import Volume
from tests.support import simple_head

SCANS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "ct"
needs_scans = pytest.mark.skipif(not SCANS.is_dir(), reason="the real scans of ../shared/data/ct are not here")


def dice(one: np.ndarray, other: np.ndarray) -> float:
    """2 |A and B| / (|A| + |B|)."""
    return 2 * float((one & other).sum()) / float(one.sum() + other.sum())


def test_the_brain_of_a_head_is_found():
    found = skull_strip.skull_strip(simple_head.head())
    assert found.volume_ml == pytest.approx(simple_head.BRAIN_ML, rel=0.10)  # surface voxels are lost
    assert dice(found.mask, simple_head.brain_mask()) > 0.95


def test_the_volume_is_the_voxels_of_the_mask_in_ml():
    found = skull_strip.skull_strip(simple_head.head())
    assert found.volume_ml == pytest.approx(found.mask.sum() * 2 * 2 * 5 / 1000)


def test_outside_the_brain_there_is_0_hu_and_inside_nothing_changes():
    head = simple_head.head()
    mask = skull_strip.skull_strip(head).mask
    stripped = skull_strip.brain_only(head)
    assert (stripped.hu[~mask] == 0).all()
    np.testing.assert_array_equal(stripped.hu[mask], head.hu[mask])
    assert (stripped.name, stripped.hu.dtype) == (head.name, head.hu.dtype)


def test_blood_stays_in_the_brain():
    head = simple_head.head()
    clot = np.s_[60:76, 52:68, 12:18]
    head.hu[clot] = 75
    assert (skull_strip.brain_only(head).hu[clot] == 75).all()


def test_a_stripped_brain_is_returned_as_it_is():
    stripped = simple_head.brain()
    assert skull_strip.brain_only(stripped) is stripped
    np.testing.assert_array_equal(skull_strip.skull_strip(stripped).mask, stripped.hu != 0)


@pytest.mark.parametrize("scale", [0.7, 1.3])
def test_a_head_that_is_no_adults_is_refused(scale):
    affine = simple_head.AFFINE @ np.diag([scale, scale, scale, 1])
    with pytest.raises(ImplausibleBrain, match=r"head: a brain of \d+ mL was found; expected 1000 to 1900 mL"):
        skull_strip.brain_only(Volume("head", simple_head.head_hu(), affine))


def test_a_stripped_volume_of_no_brain_is_refused():
    small = Volume("small", np.where(simple_head.brain_mask(), 30, 0), simple_head.AFFINE @ np.diag([0.7, 0.7, 0.7, 1]))
    with pytest.raises(ImplausibleBrain, match="expected 700 to 2200 mL"):
        skull_strip.brain_only(small)


def test_a_brain_too_dense_is_refused():
    head = simple_head.head()
    head.hu[simple_head.brain_mask()] = 70
    with pytest.raises(ImplausibleBrain, match="median of 70 HU; expected 15 to 50 HU"):
        skull_strip.brain_only(head)


def test_a_body_without_a_skull_is_refused():
    body = np.where(simple_head.brain_mask(), 40, -1000)
    with pytest.raises(ImplausibleBrain, match="use a CT of a whole adult head"):
        skull_strip.brain_only(Volume("body", body, simple_head.AFFINE))


def test_an_empty_slab_of_air_gives_an_empty_mask():
    assert skull_strip.skull_strip(Volume("air", np.full((9, 9, 9), -1000), np.eye(4))).volume_ml == 0


@needs_scans
def test_a_real_head_agrees_with_its_reference_brain():
    head = volume.load(SCANS / "GE_head_tiltcorrected.nii.gz")
    found = skull_strip.skull_strip(head)
    assert found.volume_ml == pytest.approx(1422, abs=5)
    assert dice(found.mask, volume.load(SCANS / "GE_brain.nii.gz").hu != 0) > 0.99
    assert ndimage.label(found.mask)[1] < 20  # one brain, a few crumbs


@needs_scans
def test_a_real_torso_is_refused():
    with pytest.raises(ImplausibleBrain, match="body_ct_not_head"):
        skull_strip.brain_only(volume.load(SCANS / "bad" / "body_ct_not_head.nii.gz"))
