from dataclasses import replace

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from data_samples.__main__ import main
from data_samples.cohort import draw_case
from data_samples.phantom.brain import Label
from data_samples.phantom.locations import LOCATIONS
from data_samples.phantom.outcome import draw_patient
from data_samples.phantom.phantom import render, scan_grid
from data_samples.phantom.pose import draw_pose

SMALL = {"spacing_mm": 3.0, "slices": 30, "slice_mm": 5.3}


def patient_with(**features):
    plain = {"location": "putamen", "side": 1, "volume_ml": 30.0, "ivh": False, "ivh_fill": 0.0, "atrophy": 0.0}
    plain |= {"hydrocephalus": False, "infratentorial": False}
    return replace(draw_patient(np.random.default_rng(1)), **(plain | features))


def phantom_of(seed=4, **features):
    return render(patient_with(**features), np.random.default_rng(seed), **SMALL)


def volume_ml(phantom, *labels):
    return np.isin(phantom.labels, labels).sum() * np.prod(np.diag(phantom.affine)[:3]) / 1000


@pytest.fixture(scope="module")
def phantom():
    return phantom_of()


def test_same_seed_is_the_same_bytes(phantom):
    again = phantom_of()
    assert again.head_hu.tobytes() == phantom.head_hu.tobytes()
    assert again.labels.tobytes() == phantom.labels.tobytes()


def test_another_seed_is_another_head(phantom):
    assert (phantom_of(seed=5).head_hu != phantom.head_hu).mean() > 0.2


def test_grid_is_what_was_asked_for(phantom):
    assert phantom.head_hu.shape == phantom.labels.shape == (77, 77, 30)
    assert (phantom.head_hu.dtype, phantom.labels.dtype) == (np.int16, np.uint8)
    assert np.diag(phantom.affine).tolist() == [3.0, 3.0, 5.3, 1.0]
    assert nib.aff2axcodes(phantom.affine) == ("R", "A", "S")


@pytest.mark.parametrize(("spacing_mm", "matrix"), [(1.0, 230), (0.45, 512), (2.0, 115)])
def test_matrix_covers_the_field_of_view(spacing_mm, matrix):
    pose = draw_pose(np.random.default_rng(1))
    grid = scan_grid(pose, spacing_mm=spacing_mm, slice_mm=5.0, slices=32, view_mm=230.0)
    assert grid.shape == (matrix, matrix, 32)
    assert grid.spacing_mm == pytest.approx((spacing_mm, spacing_mm, 5.0))


@pytest.mark.parametrize("place", LOCATIONS.values(), ids=LOCATIONS)
def test_clot_has_the_patients_volume(place):
    wanted_ml = min(40.0, 0.8 * place.max_ml)
    made = phantom_of(location=place.name, infratentorial=place.infratentorial, volume_ml=wanted_ml)
    assert volume_ml(made, Label.HAEMATOMA) == pytest.approx(wanted_ml, rel=0.1)


@pytest.mark.parametrize("side", [-1, 1])
def test_clot_is_on_its_side(side):
    made = phantom_of(side=side)
    i, j, k = np.nonzero(made.labels == Label.HAEMATOMA)
    right_mm = (made.affine @ [i.mean(), j.mean(), k.mean(), 1])[0]
    assert 10 < side * right_mm < 60


def test_densities_are_those_of_a_head_ct(phantom):
    hu, labels = phantom.head_hu, phantom.labels
    assert 55 < np.median(hu[labels == Label.HAEMATOMA]) < 80
    assert 28 < np.median(hu[labels == Label.BRAIN]) < 38
    assert np.median(hu[labels == Label.OEDEMA]) < np.median(hu[labels == Label.BRAIN]) - 3
    assert 700 < np.percentile(hu[hu > 300], 90) < 1500


def test_air_has_no_noise(phantom):
    assert phantom.head_hu.min() == -1000
    assert np.unique(phantom.head_hu[:5]).tolist() == [-1000]
    assert (phantom.head_hu == -1000).mean() > 0.5


def test_head_has_an_adults_brain_volume(phantom):
    everything = [label for label in Label if label > Label.OUTSIDE]
    assert 1100 < volume_ml(phantom, *everything) < 1800


def test_stripped_scan_is_the_head_inside_the_brain_and_zero_outside(phantom):
    inside = phantom.labels > 0
    assert (phantom.brain_hu[inside] == phantom.head_hu[inside]).all()
    assert not phantom.brain_hu[~inside].any()
    assert (phantom.brain_hu > 100).mean() < 0.001


def test_blood_in_the_ventricles_only_when_the_patient_has_it(phantom):
    assert volume_ml(phantom, Label.IVH) == 0
    assert volume_ml(phantom_of(ivh=True, ivh_fill=0.6), Label.IVH) > 3


def test_atrophy_means_more_fluid():
    def fluid_ml(atrophy):
        made = phantom_of(atrophy=atrophy, volume_ml=5.0)
        calm = ndimage.gaussian_filter(made.head_hu.astype(float), (1, 1, 0))
        return ((calm < 17) & (made.labels == Label.BRAIN)).sum()

    assert fluid_ml(2.0) > 2 * fluid_ml(-1.0)


def test_a_large_clot_pushes_the_other_side_of_the_midline(phantom):
    clotless = phantom_of(volume_ml=1.0)
    large = phantom_of(volume_ml=80.0)
    far = np.indices(large.labels.shape)[0] < 33  # the left half; the clot is on the right
    far &= (large.labels == Label.BRAIN) & (clotless.labels == Label.BRAIN)
    moved = np.abs(large.head_hu.astype(int) - clotless.head_hu)[far]
    assert moved.mean() > 1


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples") / "cohort"
    assert main(["cohort", "--n", "2", "--seed", "6", "--out", str(folder)]) == 0
    return folder


def test_cohort_has_a_row_for_each_scan(cohort):
    table = pd.read_csv(cohort / "cases.csv")
    assert {path.name for path in cohort.iterdir()} == {"cases.csv", *table["image"]}
    assert table["caseID"].is_unique
    assert table["poor"].isin([0, 1]).all()
    assert (table["synthetic"] == 1).all()


def test_cohort_scans_say_that_they_are_synthetic_and_cover_the_head(cohort):
    for path in cohort.glob("*_brain.nii.gz"):
        image = nib.load(path)
        assert b"SYNTHETIC" in image.header["descrip"].item()
        assert image.get_data_dtype() == np.int16
        assert 24 <= image.shape[2] <= 40
        assert 149 < image.shape[2] * image.header.get_zooms()[2] < 166


def test_a_case_does_not_depend_on_the_other_cases(cohort):
    row = pd.read_csv(cohort / "cases.csv").iloc[1]
    image = nib.load(cohort / row["image"])
    patient, made = draw_case(6, 1)
    assert (np.asanyarray(image.dataobj) == made.brain_hu).all()
    assert np.allclose(image.affine, made.affine)
    assert (row["gcs"], row["age"]) == (patient.gcs, patient.age)


def test_a_coarser_cohort_has_the_same_patients(cohort, tmp_path):
    assert main(["cohort", "--n", "1", "--seed", "6", "--spacing", "2", "--out", str(tmp_path / "coarse")]) == 0
    fine, coarse = (pd.read_csv(folder / "cases.csv").iloc[0] for folder in (cohort, tmp_path / "coarse"))
    assert coarse.equals(fine)
    assert nib.load(tmp_path / "coarse" / coarse["image"]).header.get_zooms()[:2] == pytest.approx((2, 2))


def test_a_folder_with_something_in_it_is_refused(tmp_path, capsys):
    (tmp_path / "kept.txt").write_text("mine")
    assert main(["cohort", "--n", "1", "--seed", "6", "--out", str(tmp_path)]) == 2
    assert "expected a new or an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_unknown_flags_and_empty_cohorts_are_refused(tmp_path, capsys):
    assert main(["cohort", "--n", "0", "--seed", "6", "--out", str(tmp_path)]) == 2
    assert "expected 1 or more" in capsys.readouterr().err
    assert main(["cohort", "--n", "1", "--seed", "6", "--spacing", "9", "--out", str(tmp_path)]) == 2
    assert "expected 0.3 to 3 mm" in capsys.readouterr().err
