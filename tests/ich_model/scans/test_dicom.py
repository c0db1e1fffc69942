"""A DICOM series becomes a volume with its true geometry, or is refused with the reason."""

import itertools
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import RLELossless
from scipy import ndimage

from ich_model.scans import dicom, dicom_pixels, load, skull_strip, volume
from ich_model.scans.volume import Refusal, UnreadableVolume, Volume
from tests.support.made_dicom import TO_LPS, hu_at, noisy_head, write_series, write_slices_at
from tests.support.simple_head import AFFINE, head_hu

SCANS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "ct"
needs_scans = pytest.mark.skipif(not SCANS.is_dir(), reason="the real scans of ../shared/data/ct are not here")
ORDERS = ["".join(axes) for names in itertools.permutations(["RL", "AP", "SI"]) for axes in itertools.product(*names)]


def loaded(folder: Path, **options) -> Volume:
    """The one scan of a folder."""
    [found] = load.find([folder])
    return load.load(found, **options)


def refusal(folder: Path, **options) -> tuple[Refusal, str]:
    with pytest.raises(UnreadableVolume, match=folder.name) as caught:
        loaded(folder, **options)
    return caught.value.code, str(caught.value)


def truth_at(scan: Volume) -> np.ndarray:
    """HU of the noise-free head at the voxels of a volume."""
    index = np.moveaxis(np.indices(scan.shape), 0, -1)
    return hu_at((index @ scan.affine[:3, :3].T + scan.affine[:3, 3]) @ TO_LPS)


@pytest.mark.parametrize("codes", ORDERS)
def test_a_marked_voxel_lands_in_its_place_from_every_axis_order_and_only_axial_ones_are_taken(tmp_path, codes):
    hu = head_hu()
    hu[30, 41, 9] = 77
    if codes[2] not in "SI":
        assert refusal(write_series(tmp_path / "scan", hu, codes=codes, keep=range(8)))[0] is Refusal.NOT_AXIAL
        return
    scan = loaded(write_series(tmp_path / "scan", hu, codes=codes))
    np.testing.assert_array_equal(scan.hu, hu)
    np.testing.assert_allclose(scan.affine, AFFINE, atol=1e-6)


def test_slope_intercept_and_padding_are_each_slices_own(tmp_path):
    def change(header, k):
        header.RescaleIntercept, header.RescaleSlope = -1024 - k, 0.5
        stored = (header.pixel_array.astype(int) + 1024 + k) * 2
        stored[0, :9] = -2000
        header.PixelData, header.PixelPaddingValue = stored.astype("<i2").tobytes(), -2000

    expected = noisy_head()
    expected[-9:, -1, :] = -1024
    np.testing.assert_array_equal(loaded(write_series(tmp_path / "scan", change=change)).hu, expected)


@pytest.mark.parametrize("tilt", [-20, 15])
def test_a_gantry_tilt_is_corrected(tmp_path, tilt):
    scan = loaded(write_slices_at(tmp_path / "scan", np.arange(-20.0, 180, 5), tilt_degrees=tilt))
    assert scan.acquisition.tilt_degrees == abs(tilt)
    assert f"gantry tilt of {abs(tilt):.1f} degrees corrected" in scan.notes
    axes = scan.affine[:3, :3] / scan.spacing_mm
    np.testing.assert_allclose(axes.T @ axes, np.eye(3), atol=1e-6)
    assert (np.abs(scan.hu - truth_at(scan)) > 100).mean() < 0.03  # surfaces, by half a voxel
    expected = ndimage.center_of_mass(truth_at(scan) > 500)
    np.testing.assert_allclose(ndimage.center_of_mass(scan.hu > 500), expected, atol=0.2)


def test_uneven_slices_are_put_on_an_even_grid_and_it_is_said(tmp_path):
    along = [*np.arange(0.0, 60, 4), *np.arange(60.0, 156, 6)]
    scan = loaded(write_slices_at(tmp_path / "scan", along))
    assert scan.spacing_mm[2] == pytest.approx(4, abs=0.1)
    assert scan.spacing_mm[2] * (scan.shape[2] - 1) == pytest.approx(along[-1])
    assert scan.notes == (f"slices lay 4.00 to 6.00 mm apart and were resampled to {scan.spacing_mm[2]:.2f} mm",
                          "up to 1.0 mm between slices were not scanned")
    assert (np.abs(scan.hu - truth_at(scan)) > 100).mean() < 0.05


def test_slices_that_are_there_twice_count_once(tmp_path):
    folder = write_series(tmp_path / "scan")
    (folder / "copy").write_bytes((folder / "IM007").read_bytes())
    scan = loaded(folder)
    assert (scan.shape, scan.notes) == ((96, 112, 32), ("1 slices were there twice",))


def test_only_what_was_promised_is_kept_of_the_header(tmp_path):
    def change(header, _k):
        header.PatientName, header.SeriesDescription, header.ConvolutionKernel = "DOE^JANE", "for Dr Who", "H31s\\3"

    scan = loaded(write_series(tmp_path / "scan", change=change))
    assert scan.acquisition == volume.Acquisition("CT", "H31s/3", (5.0,), 0.0)
    assert scan.notes == ()


def shifted_by_half(header, k):
    header.ImagePositionPatient = [*header.ImagePositionPatient[:2], 5 * (k // 2)]


def numbered_in_twos(header, k):
    header.InstanceNumber, header.SliceThickness = 2 * k, 2.5


BAD_SERIES = {
    "a slice is missing": ({"keep": [k for k in range(32) if k != 12]}, Refusal.MISSING_SLICES, "gap.* of 10.0 mm"),
    "every second is missing": ({"change": numbered_in_twos}, Refusal.MISSING_SLICES, "31 gaps"),
    "two phases": ({"change": shifted_by_half}, Refusal.REPEATED_POSITIONS, "16 of 32 slices"),
    "7 slices": ({"keep": range(7)}, Refusal.TOO_FEW_SLICES, "7 slices; expected at least 8"),
    "a slab": ({"keep": range(10)}, Refusal.TOO_SHORT, "only 50 mm of head; expected 80 mm or more each way"),
    "no HU": ({"change": lambda h, _k: h.__delattr__("RescaleSlope")}, Refusal.NOT_HU, "32 without rescaling"),
    "optical density": ({"change": lambda h, _k: setattr(h, "RescaleType", "OD")}, Refusal.NOT_HU, "32 without"),
    "shifted": ({"change": lambda h, _k: setattr(h, "RescaleIntercept", 1024)}, Refusal.NOT_HU, "not HU of a head"),
    "doubled": ({"change": lambda h, _k: setattr(h, "RescaleSlope", 2)}, Refusal.NOT_HU, "the air has -20"),
    "MR": ({"change": lambda h, _k: setattr(h, "Modality", "MR")}, Refusal.NOT_CT, r"32 not CT \(MR\)"),
    "in colour": ({"change": lambda h, _k: setattr(h, "SamplesPerPixel", 3)}, Refusal.COLOUR, "32 in colour"),
    "frames": ({"change": lambda h, _k: setattr(h, "NumberOfFrames", 9)}, Refusal.NOT_CT, "32 enhanced multi-frame"),
    "burned in": ({"change": lambda h, _k: setattr(h, "BurnedInAnnotation", "YES")}, Refusal.BURNED_IN, "confirm"),
    "cut": ({"change": lambda h, _k: setattr(h, "PixelData", h.PixelData[:999])}, Refusal.TRUNCATED, "cut short"),
    "askew": ({"change": lambda h, _k: setattr(h, "ImageOrientationPatient", [1, 0, 0, .5, .8, 0])}, Refusal.SPACING,
              "right angles"),
}


@pytest.mark.parametrize("kind", BAD_SERIES)
def test_what_is_not_one_whole_axial_head_ct_is_refused(tmp_path, kind):
    making, code, words = BAD_SERIES[kind]
    found, sentence = refusal(write_series(tmp_path / "scan", **making))
    assert found is code
    with pytest.raises(ValueError, match=words):
        raise ValueError(sentence)


def test_a_perfusion_too_large_to_decode_is_told_as_one(tmp_path, monkeypatch):
    monkeypatch.setattr(dicom, "MAX_VOXELS", 1000)
    assert refusal(write_series(tmp_path / "scan", change=shifted_by_half))[0] is Refusal.REPEATED_POSITIONS
    assert refusal(write_series(tmp_path / "other"))[0] is Refusal.TOO_LARGE


def test_writing_in_the_pixels_is_taken_once_confirmed(tmp_path):
    folder = write_series(tmp_path / "scan", change=lambda h, _k: setattr(h, "BurnedInAnnotation", "YES"))
    assert loaded(folder, allow_burned_in=True).shape == (96, 112, 32)


def test_a_file_cut_in_its_pixels_and_one_cut_in_its_header_are_refused(tmp_path):
    for name, length in (("pixels", 9000), ("header", 300)):
        folder = write_series(tmp_path / name)
        (folder / "IM007").write_bytes((folder / "IM007").read_bytes()[:length])
        assert refusal(folder)[0] is Refusal.TRUNCATED


TEST_FILES = Path(pydicom.__file__).parent / "data" / "test_files"


@pytest.mark.parametrize("coding", ["jpeg_ls_lossless", "jp2klossless", "RLE"])
def test_every_lossless_coding_gives_the_pixels_of_the_plain_file(tmp_path, coding):
    names = {"RLE": "MR_small_RLE.dcm"}
    plain, packed = (
        dicom_pixels._decoded(pydicom.dcmread(TEST_FILES / name), tmp_path)
        for name in ("MR_small.dcm", names.get(coding, f"MR_small_{coding}.dcm"))
    )
    np.testing.assert_array_equal(packed, plain)
    assert list(tmp_path.iterdir()) == []


def test_a_series_packed_by_run_lengths_is_the_same_scan(tmp_path):
    plain = write_series(tmp_path / "plain")
    packed = write_series(tmp_path / "packed", change=lambda header, _k: header.compress(RLELossless))
    np.testing.assert_array_equal(loaded(packed).hu, loaded(plain).hu)


@pytest.mark.parametrize("compressor", ["JPEG", "JPEG2000"])
def test_a_compressed_series_is_the_same_scan(tmp_path, compressor):
    import SimpleITK

    plain, packed = write_series(tmp_path / "plain"), tmp_path / "packed"
    packed.mkdir()
    writer = SimpleITK.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.UseCompressionOn()
    writer.SetCompressor(compressor)
    writer.KeepOriginalImageUIDOn()
    for file in plain.iterdir():
        writer.SetFileName(str(packed / f"{file.name}.dcm"))
        writer.Execute(SimpleITK.ReadImage(file, imageIO="GDCMImageIO"))
    syntaxes = {pydicom.dcmread(file, stop_before_pixels=True).file_meta.TransferSyntaxUID.name
                for file in packed.iterdir()}
    assert all(compressor.replace("JPEG2000", "JPEG 2000") in name for name in syntaxes)
    np.testing.assert_array_equal(loaded(packed).hu, loaded(plain).hu)


@needs_scans
def test_the_real_tilted_uneven_series_agrees_with_its_reference():
    scan, reference = loaded(SCANS / "ge_head_dicom"), volume.load(SCANS / "GE_head_tiltcorrected.nii.gz")
    assert (scan.shape, scan.acquisition) == ((512, 512, 37), volume.Acquisition("CT", "STD+", (4.0, 7.0), 18.5))
    np.testing.assert_allclose(scan.spacing_mm, reference.spacing_mm, atol=1e-3)
    place = np.linalg.inv(scan.affine) @ reference.affine
    there = ndimage.affine_transform(scan.hu.astype(np.float32), place[:3, :3], place[:3, 3], reference.shape,
                                     order=1, mode="nearest")
    off = np.abs(there - reference.hu)
    assert np.median(off) < 0.5
    assert np.corrcoef(there.ravel(), reference.hu.ravel())[0, 1] > 0.9999
    assert skull_strip.skull_strip(scan).volume_ml == pytest.approx(1422, abs=5)


@needs_scans
def test_the_real_mr_series_is_refused():
    assert refusal(SCANS / "bad" / "mr_series") == (
        Refusal.NOT_CT, "mr_series: no usable slice of a CT in 8 DICOM files (8 not CT (MR)); expected an axial CT "
        "series, export that")
