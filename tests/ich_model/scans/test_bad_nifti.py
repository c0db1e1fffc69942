"""NIfTI files that mean harm, or that are odd and right."""

import gzip
import tracemalloc
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from ich_model.scans import volume
from ich_model.scans.volume import Refusal, UnreadableVolume
from tests.support.simple_head import AFFINE, SHAPE, head_hu, written

FLIPPED = np.diag([-2.0, 2, 5, 1])


def image(dtype: str = "<i2", *, kind: type = nib.Nifti1Image, **fields: float) -> nib.Nifti1Image:
    """The head in voxels of a type, with fields of the header overwritten."""
    made = kind(head_hu().astype(dtype), AFFINE, kind.header_class(endianness=dtype[0] if dtype[0] in "<>" else "<"))
    made.header.set_data_dtype(dtype)
    made.header.set_sform(AFFINE, code=1)
    made.header.set_qform(AFFINE, code=1)
    for field, value in fields.items():
        made.header[field] = value
    return made


def written_raw(path: Path, header: nib.Nifti1Header, voxels: np.ndarray) -> Path:
    """A header as it is, and voxels after it."""
    path.write_bytes(header.binaryblock + b"\0" * 4 + voxels.tobytes(order="F"))
    return path


def refusal(path: Path) -> tuple[Refusal, str]:
    with pytest.raises(UnreadableVolume, match=rf"^{path.name}: .*[;,] ") as caught:
        volume.load(path)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize("dtype", ["<i2", ">i2", "<i4", ">i4", "<i8", "<f4", ">f4", "<f8", ">f8"])
@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_every_type_of_real_number_is_read_in_either_byte_order(tmp_path, dtype, kind):
    (tmp_path / "a.nii").write_bytes(image(dtype, kind=kind).to_bytes())
    loaded = volume.load(tmp_path / "a.nii")
    np.testing.assert_array_equal(loaded.hu, head_hu())
    assert loaded.hu.dtype == np.int16


@pytest.mark.parametrize(("slope", "intercept"), [(0.0, 0.0), (0.0, 50.0), (np.nan, 0.0), (1.0, 0.0)])
def test_a_slope_of_nothing_means_unscaled(tmp_path, slope, intercept):
    header = image().header
    header["scl_slope"], header["scl_inter"], header["vox_offset"] = slope, intercept, 352
    header["magic"] = b"n+1"
    np.testing.assert_array_equal(volume.load(written_raw(tmp_path / "a.nii", header, head_hu())).hu, head_hu())


def test_a_qfac_of_nothing_means_one(tmp_path):
    header = image().header
    header["sform_code"], header["magic"], header["vox_offset"] = 0, b"n+1", 352
    header["pixdim"][0] = 0
    loaded = volume.load(written_raw(tmp_path / "a.nii", header, head_hu()))
    np.testing.assert_allclose(loaded.affine, AFFINE, atol=1e-5)


@pytest.mark.parametrize("shape", [(*SHAPE, 1), (*SHAPE, 1, 1), (*SHAPE, 1, 1, 1, 1)])
def test_one_volume_in_four_and_more_axes_is_one_volume(tmp_path, shape):
    nib.save(nib.Nifti1Image(head_hu().reshape(shape), AFFINE), tmp_path / "a.nii.gz")
    assert volume.load(tmp_path / "a.nii.gz").shape == SHAPE


@pytest.mark.parametrize(("other", "words"), [
    (FLIPPED, "sform says RAS of 2 x 2 x 5 mm and qform LAS of 2 x 2 x 5 mm; expected them to agree"),
    (np.diag([1.5, 1.5, 4, 1]), "qform RAS of 1.5 x 1.5 x 4 mm"),
])
def test_two_descriptions_that_disagree_are_refused(tmp_path, other, words):
    made = nib.Nifti1Image(head_hu(), AFFINE)
    made.set_qform(other, code=1, update_affine=False)
    made.set_sform(AFFINE, code=1, update_affine=False)
    nib.save(made, tmp_path / "a.nii.gz")
    code, sentence = refusal(tmp_path / "a.nii.gz")
    assert (code, words in sentence) == (Refusal.TWO_ORIENTATIONS, True)


def test_two_descriptions_of_which_one_counts_need_not_agree(tmp_path):
    made = nib.Nifti1Image(head_hu(), AFFINE)
    made.set_qform(FLIPPED, code=0, update_affine=False)
    made.set_sform(AFFINE, code=2, update_affine=False)
    nib.save(made, tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(volume.load(tmp_path / "a.nii.gz").hu, head_hu())


def test_a_place_in_an_atlas_a_little_turned_is_no_disagreement(tmp_path):
    made, turn = nib.Nifti1Image(head_hu(), AFFINE), np.eye(4)
    turn[:2, :2] = [[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]]
    made.set_qform(AFFINE, code=1, update_affine=False)
    made.set_sform(turn @ AFFINE, code=4, update_affine=False)
    nib.save(made, tmp_path / "a.nii.gz")
    assert volume.load(tmp_path / "a.nii.gz").shape == SHAPE


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_one_voxel_that_is_no_number_is_refused(tmp_path, value):
    values = head_hu().astype(np.float64)
    values[3, 4, 5] = value
    code, sentence = refusal(written(tmp_path / "a.nii.gz", values))
    assert (code, "1 voxels are not numbers" in sentence) == (Refusal.NOT_FINITE, True)


def test_a_stream_that_inflates_without_end_is_read_no_further_than_its_header_says(tmp_path):
    with gzip.open(tmp_path / "a.nii.gz", "wb") as file:
        file.write(image().to_bytes())
        for _ in range(100):
            file.write(bytes(2**20))
    tracemalloc.start()
    code, _ = refusal(tmp_path / "a.nii.gz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (code, peak < 8 * 2**20) == (Refusal.TOO_LARGE, True)


@pytest.mark.parametrize("dim", [[3, 32767, 32767, 32767, 1, 1, 1, 1], [4, 96, 112, 32, 32767, 1, 1, 1],
                                 [7, 32767, 32767, 32767, 32767, 32767, 32767, 32767]])
def test_absurd_dimensions_are_refused_before_any_memory_is_taken(tmp_path, dim):
    header = image().header
    header["dim"], header["magic"], header["vox_offset"] = dim, b"n+1", 352
    path = written_raw(tmp_path / "a.nii", header, head_hu())
    tracemalloc.start()
    code, _ = refusal(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (code, peak < 2**20) == (Refusal.TOO_LARGE, True)


@pytest.mark.parametrize("affine", [np.zeros((3, 4)), np.full((3, 4), np.nan), np.full((3, 4), np.inf)])
def test_an_affine_that_is_none_is_refused(tmp_path, affine):
    header = image().header
    header["srow_x"], header["srow_y"], header["srow_z"] = affine
    header["qform_code"], header["magic"], header["vox_offset"] = 0, b"n+1", 352
    assert refusal(written_raw(tmp_path / "a.nii", header, head_hu()))[0] in (Refusal.SPACING, Refusal.UNREADABLE)


def test_a_pair_of_files_under_the_name_of_one_is_refused(tmp_path):
    nib.save(nib.Nifti1Pair(head_hu(), AFFINE), tmp_path / "a.img")
    nib.save(nib.AnalyzeImage(head_hu(), AFFINE), tmp_path / "b.img")
    for name in ("a", "b"):
        path = (tmp_path / f"{name}.hdr").rename(tmp_path / f"{name}.nii")
        assert refusal(path) == (Refusal.UNREADABLE, f"{name}.nii: the content is not single-file NIfTI; expected .nii "
                                 "or .nii.gz, convert the scan")
