"""What is taken in as a head CT, how it is laid out, and what is refused with which words."""

import gzip
from itertools import permutations, product
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from ich_model.scans import browser_payload, nifti, volume
from ich_model.scans.volume import Refusal, UnreadableVolume, Volume
from tests.support.made_dicom import noisy_head
from tests.support.simple_head import AFFINE, SHAPE, brain_hu, head_hu, written

SCANS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "ct"
needs_scans = pytest.mark.skipif(not SCANS.is_dir(), reason="the real scans of ../shared/data/ct are not here")


def with_header(path: Path, **fields: float | bytes) -> Path:
    """`head_hu` under a header whose fields were overwritten, uncompressed."""
    content = nib.Nifti1Image(head_hu(), AFFINE).to_bytes()
    header = nib.Nifti1Header(content[:348], check=False)
    for field, value in fields.items():
        header[field] = value
    path.write_bytes(header.binaryblock + content[348:])
    return path


def refusal(path: Path) -> tuple[Refusal, str]:
    with pytest.raises(UnreadableVolume, match=path.name) as caught:
        volume.load(path)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".NII.GZ"])
def test_a_head_is_loaded_as_int16_under_its_file_name(tmp_path, suffix):
    loaded = volume.load(written(tmp_path / "a.nii.gz", head_hu().astype(np.float32)).rename(tmp_path / f"b{suffix}"))
    assert (loaded.name, loaded.hu.dtype, loaded.shape) == ("b", np.int16, SHAPE)
    assert loaded.spacing_mm == (2, 2, 5)
    assert loaded.voxel_ml == pytest.approx(0.02)


ORDERS = ["".join(axes) for names in permutations(["RL", "AP", "SI"]) for axes in product(*names)]


@pytest.mark.parametrize("codes", ORDERS)
def test_a_marked_voxel_lands_at_the_same_place_and_pixel_from_all_48_storage_orders(tmp_path, codes):
    hu = head_hu()
    hu[30, 41, 9] = 77  # left of the middle, behind it, low
    stored = nib.Nifti1Image(hu, AFFINE).as_reoriented(
        nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("RAS"), nib.orientations.axcodes2ornt(codes))
    )
    nib.save(stored, tmp_path / "case.nii")
    loaded = volume.load(tmp_path / "case.nii")
    np.testing.assert_array_equal(loaded.hu, hu)
    np.testing.assert_allclose(loaded.affine, AFFINE)
    k, y, x = np.argwhere(browser_payload.screen_order(loaded.hu) == 77)[0]
    assert (k, y, x) == (9, 112 - 1 - 41, 96 - 1 - 30)  # slice from below, row from the front, column from the right


@pytest.mark.parametrize("factor", [0.8, 1.2, 2])
@pytest.mark.parametrize("padded", [False, True])
def test_a_whole_head_that_was_scaled_is_told_by_its_air(tmp_path, factor, padded):
    hu = noisy_head()
    hu[0] = -3024 if padded else hu[0]
    assert volume.load(written(tmp_path / "a.nii", hu)).hu.min() >= -1024
    code, sentence = refusal(written(tmp_path / "b.nii", (hu * factor).astype(np.int16)))
    assert (code, "the air has" in sentence) == (Refusal.NOT_HU, True)


def test_fractions_of_hu_stay_float32(tmp_path):
    assert volume.load(written(tmp_path / "a.nii", head_hu() + np.float32(0.25))).hu.dtype == np.float32


def test_padding_below_air_becomes_air(tmp_path):
    hu = head_hu()
    hu[0] = -3024
    assert volume.load(written(tmp_path / "a.nii.gz", hu)).hu.min() == -1024


def test_stored_values_are_rescaled_to_hu(tmp_path):
    image = nib.Nifti1Image((head_hu() + 1024).astype(np.uint16), AFFINE)
    image.header.set_slope_inter(1, -1024)
    nib.save(image, tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(volume.load(tmp_path / "a.nii.gz").hu, head_hu())


def test_a_fourth_axis_of_one_is_no_fourth_axis(tmp_path):
    assert volume.load(written(tmp_path / "a.nii.gz", head_hu()[..., None])).shape == SHAPE


def test_a_brain_alone_is_told_from_a_head(tmp_path):
    assert volume.is_skull_stripped(volume.load(written(tmp_path / "a.nii.gz", brain_hu())))
    assert not volume.is_skull_stripped(volume.load(written(tmp_path / "b.nii.gz", head_hu())))


BAD_ARRAYS = {
    "one image": (lambda: head_hu()[..., 12], Refusal.TWO_D, "expected a 3D volume, got one image"),
    "two phases": (lambda: np.stack([head_hu()] * 2, -1), Refusal.FOUR_D, r"shape \(96, 112, 32, 2\)"),
    "constant": (lambda: np.full(SHAPE, 7, np.int16), Refusal.CONSTANT, "every voxel is 7"),
    "8 bit": (lambda: ((head_hu() + 1000) / 8).astype(np.uint8), Refusal.NOT_HU, "8 bit"),
    "0 to 1": (lambda: brain_hu() / np.float32(30), Refusal.NOT_HU, "rescaled to 0-1"),
    "shifted up": (lambda: head_hu() + np.int16(1024), Refusal.NOT_HU, "shifted"),
    "shifted down": (lambda: head_hu().clip(-600) - np.int16(400), Refusal.NOT_HU, "soft tissue"),
    "windowed head": (lambda: head_hu().clip(0, 80), Refusal.NOT_HU, "cut off at 80: windowed"),
    "windowed with air": (lambda: head_hu().clip(-100, 300), Refusal.NOT_HU, "not HU of a head"),
    "no bone": (lambda: head_hu().clip(-1000, 100), Refusal.NOT_HU, "no bone"),
    "label mask": (lambda: (brain_hu() > 0).astype(np.uint8) * 3, Refusal.NOT_HU, "median 3"),
    "7 slices": (lambda: head_hu()[..., 8:15], Refusal.TOO_FEW_SLICES, "7 slices; expected at least 8"),
    "slab": (lambda: head_hu()[..., 8:18], Refusal.TOO_SHORT, "only 50 mm of head"),
    "not a number": (lambda: np.where(head_hu() == 40, np.nan, head_hu()), Refusal.NOT_FINITE, "not numbers"),
    "complex": (lambda: head_hu().astype(np.complex64), Refusal.NOT_HU, "complex64 voxels"),
}


@pytest.mark.parametrize("kind", BAD_ARRAYS)
def test_what_is_not_one_head_in_hu_is_refused(tmp_path, kind):
    make, code, words = BAD_ARRAYS[kind]
    found, sentence = refusal(written(tmp_path / "case.nii.gz", make()))
    assert found is code
    with pytest.raises(ValueError, match=words):
        raise ValueError(sentence)


def test_colour_is_refused(tmp_path):
    rgb = np.zeros(SHAPE, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    assert refusal(written(tmp_path / "a.nii.gz", rgb))[0] is Refusal.COLOUR


@pytest.mark.parametrize("spacing_mm", [0.001, 50.0])
def test_absurd_spacing_is_refused(tmp_path, spacing_mm):
    path = written(tmp_path / "a.nii.gz", head_hu(), np.diag([2, 2, spacing_mm, 1]))
    assert refusal(path)[0] is Refusal.SPACING


def test_axes_in_one_plane_are_refused(tmp_path):
    image = nib.Nifti1Image(head_hu(), None)
    image.set_sform(np.array([[2, 2, 0, 0], [0, 0, 2, 0], [0, 0, 3, 0], [0, 0, 0, 1]]), code=1)
    nib.save(image, tmp_path / "a.nii.gz")
    assert refusal(tmp_path / "a.nii.gz")[0] is Refusal.SPACING


def test_unknown_left_and_right_is_refused(tmp_path):
    assert refusal(with_header(tmp_path / "a.nii", sform_code=0, qform_code=0))[0] is Refusal.NO_ORIENTATION


BAD_FILES = {
    "a.nii": [(b"", Refusal.EMPTY), (b"hello " * 100, Refusal.UNREADABLE), (b"\x5c\x01\0\0", Refusal.TRUNCATED)],
    "a.nii.gz": [(gzip.compress(b"", mtime=0), Refusal.EMPTY), (b"\x1f\x8bnonsense" * 9, Refusal.UNREADABLE)],
    "a.txt": [(b"words", Refusal.UNREADABLE)],
    ".nii.gz": [(b"words", Refusal.UNREADABLE)],
}


@pytest.mark.parametrize(("name", "content", "code"), [(n, *row) for n, rows in BAD_FILES.items() for row in rows])
def test_files_that_are_no_nifti_are_refused(tmp_path, name, content, code):
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name)[0] is code


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "gone.nii.gz")[1]
    (tmp_path / "folder.nii").mkdir()
    assert refusal(tmp_path / "folder.nii")[0] is Refusal.UNREADABLE


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.999])
def test_a_file_cut_short_is_refused(tmp_path, name, share):
    noise = np.random.default_rng(0).integers(0, 9, SHAPE, dtype=np.int16)
    content = written(tmp_path / name, head_hu() + noise).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * share)])
    assert refusal(tmp_path / name)[0] is Refusal.TRUNCATED


def test_a_damaged_gzip_stream_is_refused(tmp_path):
    path = written(tmp_path / "a.nii.gz", head_hu())
    content = path.read_bytes()
    path.write_bytes(content[:-8] + bytes(4) + content[-4:])  # the checksum
    assert "CRC check failed" in refusal(path)[1]


def test_an_absurd_size_is_refused_by_the_header_alone(tmp_path):
    path = with_header(tmp_path / "a.nii", dim=[3, 4096, 4096, 4096, 1, 1, 1, 1])
    assert refusal(path)[0] is Refusal.TOO_LARGE


def test_more_voxels_than_the_header_announces_are_refused(tmp_path):
    content = nib.Nifti1Image(head_hu(), AFFINE).to_bytes() + bytes(10**6)
    (tmp_path / "a.nii.gz").write_bytes(gzip.compress(content))
    assert refusal(tmp_path / "a.nii.gz")[0] is Refusal.TOO_LARGE


@pytest.mark.parametrize(("field", "value"), [("dim", -3), ("datatype", 4242), ("vox_offset", -1), ("vox_offset", 1e9)])
def test_a_header_of_nonsense_is_refused(tmp_path, field, value):
    assert refusal(with_header(tmp_path / "a.nii", **{field: value}))[0] is Refusal.UNREADABLE


def test_a_nifti_2_file_of_big_endian_numbers_is_read(tmp_path):
    header = nib.Nifti2Header(endianness=">")
    header.set_data_dtype(np.dtype(">i2"))
    nib.save(nib.Nifti2Image(head_hu().astype(">i2"), AFFINE, header), tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(volume.load(tmp_path / "a.nii.gz").hu, head_hu())


def test_an_uncorrected_gantry_tilt_is_loaded_with_a_note(tmp_path):
    tilted = AFFINE.copy()
    tilted[1, 2] = 5 * np.tan(np.radians(18))
    [note] = volume.load(written(tmp_path / "a.nii.gz", head_hu(), tilted)).notes
    assert note == "slices are sheared by 18 degrees (uncorrected gantry tilt)"


def test_saved_voxels_come_back_and_equal_voxels_give_equal_bytes(tmp_path):
    for name in ("a.nii.gz", "b.nii.gz"):
        volume.save(head_hu(), AFFINE, tmp_path / name, description="synthetic head")
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()
    np.testing.assert_array_equal(volume.load(tmp_path / "a.nii.gz").hu, head_hu())
    assert nib.load(tmp_path / "a.nii.gz").header["descrip"].item() == b"synthetic head"


def test_a_description_too_long_for_the_header_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at most 79 bytes"):
        volume.save(head_hu(), AFFINE, tmp_path / "a.nii.gz", description="x" * 80)


def test_a_volume_is_three_dimensional():
    with pytest.raises(ValueError, match=r"a: expected HU \(I, J, K\)"):
        Volume("a", np.zeros((3, 3)), np.eye(4))


def test_the_screen_shows_right_on_the_left_anterior_on_top_and_inferior_first():
    array = np.zeros((4, 5, 6), np.int16)
    array[3, 4, 0] = 1  # rightmost, most anterior, lowest
    shown = browser_payload.screen_order(array)
    assert shown.shape == (6, 5, 4)
    assert shown[0, 0, 0] == 1
    assert shown.flags.c_contiguous


def test_the_volume_payload_is_little_endian_int16_in_screen_order():
    hu = np.arange(24, dtype=np.float32).reshape(2, 3, 4) - 1000.4
    sent = gzip.decompress(browser_payload.volume_payload(Volume("a", hu, AFFINE)))
    content = np.frombuffer(sent, "<i2").reshape(4, 3, 2)
    assert content[0, 0, 0] == round(float(hu[1, 2, 0]))
    assert content[3, 2, 1] == round(float(hu[0, 0, 3]))


def test_the_map_payload_scales_positive_evidence_to_255():
    values = np.array([-4.0, 0, 1, 2], np.float32).reshape(4, 1, 1)
    assert list(gzip.decompress(browser_payload.map_payload(values))) == [255, 128, 0, 0]
    assert set(gzip.decompress(browser_payload.map_payload(np.zeros((4, 1, 1))))) == {0}


@needs_scans
@pytest.mark.parametrize("name", ["GE_head_tiltcorrected", "GE_brain", "GE_hybrid_brain"])
def test_real_scans_load(name):
    loaded = volume.load(SCANS / f"{name}.nii.gz")
    assert (loaded.shape, loaded.hu.dtype) == ((430, 465, 37), np.int16)
    assert volume.is_skull_stripped(loaded) == name.endswith("brain")


@needs_scans
def test_real_files_that_are_no_head_ct_are_refused():
    assert refusal(SCANS / "bad" / "CT_pitch_8bit_phantom.nii.gz")[0] is Refusal.NOT_HU
    assert refusal(SCANS / "bad" / "ct_perfusion_RGB.nii.gz")[0] is Refusal.COLOUR
    assert refusal(SCANS / "bad" / "mr_series" / "brain_002.dcm")[0] is Refusal.UNREADABLE
    assert refusal(SCANS / "GE_hybrid_ICH38mL_lesion.nii.gz")[0] is Refusal.NOT_HU


def test_a_case_is_named_after_its_file():
    assert nifti.case_name(Path("x/case-07_brain.nii.gz")) == "case-07_brain"
