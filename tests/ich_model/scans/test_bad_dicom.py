"""DICOM files that mean harm, or that are odd and right: the first are refused before they cost memory."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    MediaStorageDirectoryStorage,
    RLELossless,
)

from ich_model.scans import dicom_bytes, dicom_geometry, jpeg_size, load
from ich_model.scans.refusal import Refusal, UnreadableVolume
from tests.support.made_dicom import Change, noisy_head, write_series

ONE = "IM049"  # the eighth slice from below


def refusal(folder: Path) -> tuple[Refusal, str]:
    with pytest.raises(UnreadableVolume, match=rf"^{folder.name}.*; .*|^{folder.name}.*, ") as caught:
        load.load(load.find([folder])[0])
    return caught.value.code, str(caught.value)


def one_in(syntax: str, frame: bytes) -> Change:
    """The eighth slice's pixels replaced by a packed frame."""
    def change(header, k):
        if k == 7:
            header.file_meta.TransferSyntaxUID = syntax
            header.PixelData = encapsulate([frame]) if frame else b"\xfe\xff\x00\xe0\0\0\0\0"
            header["PixelData"].VR, header["PixelData"].is_undefined_length = "OB", True
    return change


def jpeg(marker: int, *, rows: int = 65535, columns: int = 65535, samples: int = 1) -> bytes:
    """A JPEG of one frame header, after a segment of comment and a fill byte."""
    comment = b"\xff\xfe\x00\x06text"
    return b"\xff\xd8" + comment + b"\xff" + struct.pack(">BBHBHHB", 0xFF, marker, 11, 16, rows, columns, samples)


def jpeg_2000(*, rows: int = 60000, columns: int = 60000, samples: int = 1) -> bytes:
    size = struct.pack(">HH8IH", 38 + 3 * samples, 0, columns, rows, 0, 0, columns, rows, 0, 0, samples)
    return b"\xff\x4f\xff\x51" + size + b"\x0f\x01\x01" * samples


RLE_RUNS = bytes([129, 0]) * 200_000  # 51 MB of zeros
BOMBS = {
    "JPEG lossless": (one_in(JPEGLosslessSV1, jpeg(0xC3)), Refusal.OTHER_MATRIX, "65535 x 65535 x 1; its header"),
    "JPEG-LS": (one_in(JPEGLSLossless, jpeg(0xF7)), Refusal.OTHER_MATRIX, "65535 x 65535 x 1; its header"),
    "JPEG 2000": (one_in(JPEG2000Lossless, jpeg_2000()), Refusal.OTHER_MATRIX, "60000 x 60000 x 1; its header"),
    "many components": (one_in(JPEG2000Lossless, jpeg_2000(rows=112, columns=96, samples=9)), Refusal.OTHER_MATRIX,
                        "112 x 96 x 9; its header announces 112 x 96"),
    "rubbish": (one_in(JPEGLosslessSV1, b"rubbish"), Refusal.OTHER_MATRIX, "unknown size"),
    "RLE": (one_in(RLELossless, struct.pack("<16I", 1, 64, *[0] * 14) + RLE_RUNS), Refusal.TOO_LARGE,
            "compressed bytes"),
    "no pixels": (one_in(JPEGLosslessSV1, b""), Refusal.OTHER_MATRIX, "unknown size"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_packed_slice_that_unpacks_to_something_else_is_refused_unopened(tmp_path, kind, monkeypatch):
    change, code, words = BOMBS[kind]
    monkeypatch.setattr("ich_model.scans.dicom_pixels._decoded", lambda pixels, _: unpacked_plain(pixels))
    found, sentence = refusal(write_series(tmp_path / "scan", change=change))
    assert (found, words in sentence) == (code, True)


def unpacked_plain(pixels) -> np.ndarray:
    """Pixels of the plain slices; a packed one must not come here."""
    if pixels.file_meta.TransferSyntaxUID.is_encapsulated:
        raise AssertionError("a bomb reached the decoder")
    return pixels.pixel_array


@pytest.mark.parametrize(("content", "matrix"), [
    (jpeg(0xC0, rows=3, columns=4), (3, 4, 1)), (jpeg(0xC4), None), (jpeg_2000(rows=3, columns=4), (3, 4, 1)),
    (b"\0" * 77 + jpeg_2000(rows=3, columns=4), (3, 4, 1)), (b"\xff\xd8\xff", None), (b"\xff\x4f\xff\x51", None),
    (b"", None),
])
def test_a_codestream_says_its_matrix(content, matrix):
    assert jpeg_size.matrix(content) == matrix


def deflated(folder: Path, *, bomb: bool = False) -> Path:
    """The series with its data sets deflated; of one, a data set that goes on for ever."""
    for file in folder.iterdir():
        header = pydicom.dcmread(file)
        header.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        header.save_as(file, enforce_file_format=True)
    if bomb:
        content = (folder / ONE).read_bytes()
        end = 144 + int.from_bytes(content[140:144], "little")
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        plain = zlib.decompress(content[end:], -zlib.MAX_WBITS)
        (folder / ONE).write_bytes(content[:end] + packer.compress(plain + bytes(2**20)) + packer.flush())
    return folder


def test_a_deflated_series_is_the_same_scan(tmp_path):
    [found] = load.find([deflated(write_series(tmp_path / "scan"))])
    np.testing.assert_array_equal(load.load(found).hu, noisy_head())


def test_a_deflated_file_that_goes_on_is_not_unpacked(tmp_path, monkeypatch):
    folder = deflated(write_series(tmp_path / "scan"), bomb=True)
    monkeypatch.setattr(dicom_bytes, "MAX_FILE_BYTES", 2**19)
    code, sentence = refusal(folder)
    assert (code, f"such as {ONE}" in sentence) == (Refusal.TRUNCATED, True)


def test_a_file_larger_than_any_slice_is_refused(tmp_path, monkeypatch):
    folder = write_series(tmp_path / "scan")
    monkeypatch.setattr(dicom_bytes, "MAX_FILE_BYTES", 20_000)
    assert refusal(folder) == (Refusal.TOO_LARGE, f"scan, {sorted_first(folder)}: the file has more than 20,000 bytes; "
                               "expected one slice of a CT, export it again")


def sorted_first(folder: Path) -> str:
    return min(file.name for file in folder.iterdir())


def moved(axis: int, millimetres: float, *, at: int = 20, thickness_mm: float = 5) -> Change:
    """Slices from the number `at` on lie elsewhere along an axis."""
    def change(header, k):
        if k >= at:
            position = list(header.ImagePositionPatient)
            position[axis] += millimetres
            header.ImagePositionPatient, header.SliceThickness = position, thickness_mm
    return change


BAD_PLACES = {
    "a kilometre aside": (moved(0, 1e6), Refusal.SPACING, "slices lie up to 1000000 mm to the side of the first"),
    "a kilometre on": (moved(2, 1e6), Refusal.MISSING_SLICES, "1 gaps in the stack"),
    "a kilometre on, in thick slices": (moved(2, 1e6, thickness_mm=2e6), Refusal.MISSING_SLICES, "1 gaps in the stack"),
    "a hair's breadth on": (moved(2, -4.95), Refusal.SPACING, "two slices are 0.05 mm apart; expected 0.1 to 10 mm"),
}


@pytest.mark.parametrize("kind", BAD_PLACES)
def test_positions_that_would_make_a_volume_of_any_size_are_refused(tmp_path, kind):
    change, code, words = BAD_PLACES[kind]
    found, sentence = refusal(write_series(tmp_path / "scan", change=change))
    assert (found, words in sentence) == (code, True)


def test_an_even_grid_never_has_more_voxels_than_a_scan_may(monkeypatch):
    monkeypatch.setattr(dicom_geometry, "MAX_VOXELS", 4 * 20)
    hu, slice_mm, _ = dicom_geometry.evenly_spaced(np.zeros((12, 2, 2)), np.r_[0:1:0.1, 5, 10])
    assert (hu.shape, slice_mm) == ((20, 2, 2), pytest.approx(10 / 19))


def test_a_matrix_of_absurd_size_is_refused_by_the_header_alone(tmp_path):
    def change(header, _k):
        header.Rows = header.Columns = 65535

    assert refusal(write_series(tmp_path / "scan", change=change))[0] is Refusal.TOO_LARGE


def without_what_is_optional(header, _k):
    for tag in ("InstanceNumber", "SliceThickness", "ConvolutionKernel", "ImageType", "SeriesInstanceUID",
                "StudyInstanceUID"):
        del header[tag]


def twelve_bits(header, k):
    """Twelve of sixteen bits count; an old scanner has drawn in the others."""
    stored = (header.pixel_array.astype(int) + 1024).clip(0, 4095) | (0xA000 if k % 2 else 0)
    header.PixelData, header.RescaleIntercept = stored.astype("<u2").tobytes(), -1024
    header.BitsStored, header.HighBit, header.PixelRepresentation = 12, 11, 0


def twelve_signed_bits(header, _k):
    header.PixelData = (header.pixel_array.astype(int) & 0xFFF).astype("<u2").tobytes()
    header.BitsStored, header.HighBit = 12, 11


def named_in(charset: str | list[str], description: str) -> Change:
    def change(header, _k):
        header.SpecificCharacterSet, header.SeriesDescription = charset, description
    return change


def with_wobbling_angles(header, k):
    """The last digits of the directions differ from slice to slice, about where three decimals are rounded."""
    angle = 0.0005 + (-1) ** k * 1e-5
    header.ImageOrientationPatient = [1, 0, 0, 0, float(np.cos(angle)), float(np.sin(angle))]


def with_a_number_as_kernel(header, _k):
    del header.ConvolutionKernel
    header.add_new("ConvolutionKernel", "IS", 31)


ODD_AND_RIGHT = {
    "kernel is a number": with_a_number_as_kernel,
    "what is optional is missing": without_what_is_optional, "12 bits with drawings": twelve_bits,
    "12 bits with sign": twelve_signed_bits, "wobbling": with_wobbling_angles,
    "inverted on screen": lambda header, _k: setattr(header, "PhotometricInterpretation", "MONOCHROME1"),
    "UTF-8": named_in("ISO_IR 192", "Schädel"), "Japanese": named_in(["", "ISO 2022 IR 87"], "頭部"),
}


@pytest.mark.parametrize("kind", ODD_AND_RIGHT)
def test_what_is_odd_and_right_is_read(tmp_path, kind):
    [found] = load.find([write_series(tmp_path / "scan", change=ODD_AND_RIGHT[kind])])
    np.testing.assert_array_equal(load.load(found).hu, noisy_head())


@pytest.mark.parametrize(("charset", "description"), [("ISO_IR 192", "Schädel"), (["", "ISO 2022 IR 87"], "頭部")])
def test_a_description_is_shown_in_its_own_letters(tmp_path, charset, description):
    [found] = load.find([write_series(tmp_path / "scan", change=named_in(charset, description))])
    assert found.series[0].label.startswith(f"{description}, 32 slices")


@pytest.mark.parametrize("text", [b"5,0 ", b"nan ", b"inf "])
def test_a_thickness_that_is_no_number_counts_as_missing(tmp_path, text):
    folder, tag = write_series(tmp_path / "scan"), b"\x18\x00\x50\x00DS\x04\x00"
    for file in folder.iterdir():
        content = file.read_bytes()
        assert tag + b"5.0 " in content
        file.write_bytes(content.replace(tag + b"5.0 ", tag + text))
    scan = load.load(load.find([folder])[0])
    assert (scan.shape, scan.acquisition.thickness_mm) == ((96, 112, 32), ())


@pytest.mark.parametrize(("tag", "value", "code", "words"), [
    ("PhotometricInterpretation", "PALETTE COLOR", Refusal.COLOUR, "32 in colour"),
    ("ImageType", "LOCALIZER", Refusal.NOT_CT, "32 localizer"),
    ("Rows", 0, Refusal.NOT_CT, "32 without position"),
    ("PixelSpacing", [0.5, 0.5], Refusal.TOO_SHORT, "only 48 mm of head; expected 80 mm or more each way"),
    ("RescaleSlope", 0, Refusal.CONSTANT, "every voxel is 0"),
    ("RescaleSlope", -1, Refusal.NOT_HU, "not HU of a head"),
    ("RescaleIntercept", 100, Refusal.NOT_HU, "not HU of a head"),
])
def test_headers_that_make_no_head_ct_are_refused(tmp_path, tag, value, code, words):
    found, sentence = refusal(write_series(tmp_path / "scan", change=lambda header, _k: setattr(header, tag, value)))
    assert (found, words in sentence) == (code, True)


def test_a_directory_file_beside_the_slices_is_skipped_whatever_its_name(tmp_path):
    folder = write_series(tmp_path / "scan")
    directory = pydicom.dcmread(folder / ONE, stop_before_pixels=True)
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    del directory.Modality, directory.SOPClassUID
    directory.save_as(folder / "INDEX")
    assert load.load(load.find([folder])[0]).notes == ("skipped: 1 DICOM directory",)


def test_series_in_one_folder_are_told_apart_though_their_files_alternate(tmp_path):
    for number, name in enumerate("ab"):
        for file in write_series(tmp_path / name, series=f"1.{number}",
                                 change=lambda header, _k, n=number: setattr(header, "SeriesNumber", n)).iterdir():
            (tmp_path / "scan").mkdir(exist_ok=True)
            file.rename(tmp_path / "scan" / f"{file.name}{name}")
    [found] = load.find([tmp_path / "scan"])
    assert refusal(tmp_path / "scan")[0] is Refusal.SEVERAL_SERIES
    np.testing.assert_array_equal(load.load(found, series="2").hu, noisy_head())


def test_a_negative_padding_value_written_without_its_sign_becomes_air(tmp_path):
    def change(header, _k):
        stored = header.pixel_array.copy()
        stored[:, :4] = -2000
        header.PixelData = stored.tobytes()
        header[0x00280120] = pydicom.DataElement(0x00280120, "US", 63536)

    hu = load.load(load.find([write_series(tmp_path / "scan", change=change)])[0]).hu
    assert (hu == -1024).sum() == 4 * 112 * 32


def test_files_cut_anywhere_are_refused_or_whole(tmp_path):
    folder, rng = write_series(tmp_path / "scan"), np.random.default_rng(3)
    content = (folder / ONE).read_bytes()
    for length in [0, 1, 131, 132, 140, *rng.integers(140, len(content), 12)]:
        (folder / ONE).write_bytes(content[:length])
        assert refusal(folder)[0] in (Refusal.TRUNCATED, Refusal.MISSING_SLICES)
