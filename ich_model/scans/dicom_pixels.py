"""Decoding the pixels of a DICOM file to HU: pydicom where no codec is needed, else SimpleITK. Torch-free."""

import tempfile
from collections.abc import Iterable
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.config import disable_value_validation
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import generate_frames
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
    generate_uid,
)

from ich_model.scans import dicom_bytes, jpeg_size
from ich_model.scans.dicom_headers import UNREADABLE_BY_PYDICOM, Image
from ich_model.scans.hounsfield import AIR_HU
from ich_model.scans.refusal import Refusal, UnreadableVolume, shown

PIXEL_TAGS = (
    "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation",
)
MAX_COMPRESSED_RATIO, SMALL_BYTES = 2, 64 * 1024  # lossless coding doubles no image's size, very small ones excepted
UNCOMPRESSED = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)


def hounsfield(image: Image, root: Traversable, *, label: str, scratch: Path | None = None) -> np.ndarray:
    """HU (rows, columns) float32 of one slice, with padding replaced by air: stored value * slope + intercept.

    `scratch` is a folder for temporary files during decoding; these hold pixels and no element about the patient.
    UnreadableVolume where the pixels are missing, damaged or of another size than the header's.
    """
    stored, n_bits = _stored(image, root, label=label, scratch=scratch)
    hu = stored.astype(np.float32) * np.float32(image.slope) + np.float32(image.intercept)
    if image.padding is not None:
        bits = (1 << n_bits) - 1  # compared bit by bit: headers confuse signed and unsigned padding values
        hu[(stored.astype(np.int64) & bits) == (image.padding & bits)] = AIR_HU
    return hu


def _stored(image: Image, root: Traversable, *, label: str, scratch: Path | None) -> tuple[np.ndarray, int]:
    """Stored values (rows, columns) before rescaling, and BitsStored."""
    place = f"{label}, {shown(root.joinpath(image.file).name)}"
    try:
        with root.joinpath(image.file).open("rb") as file, disable_value_validation():
            stream = BytesIO(dicom_bytes.read_bounded(dicom_bytes.parsable(file)))
            pixels = dcmread(stream, specific_tags=[*PIXEL_TAGS, "PixelData"], force=True)
            _check_length(pixels, image, place)
            values = _decoded(pixels, scratch)
            n_bits = int(pixels.BitsStored)
    except UnreadableVolume:
        raise
    except OverflowError as error:
        raise UnreadableVolume(
            Refusal.TOO_LARGE, f"{place}: the file {error}; expected one slice of a CT, export it again"
        ) from error
    except UNREADABLE_BY_PYDICOM as error:
        raise UnreadableVolume(
            Refusal.UNREADABLE, f"{place}: the pixels cannot be decoded ({type(error).__name__}); export it again"
        ) from error
    if values.shape != (image.rows, image.columns):
        raise _mismatch(place, values.shape, image)
    return values, n_bits


def _mismatch(place: str, found: Iterable[int | str], image: Image) -> UnreadableVolume:
    shape = " x ".join(map(str, found))
    return UnreadableVolume(
        Refusal.OTHER_MATRIX,
        f"{place}: holds a picture of {shape}; its header announces {image.rows} x {image.columns}, export it again",
    )


def _check_length(pixels: Dataset, image: Image, place: str) -> None:
    """Refuses truncated pixel data, and compressed data that are too long or announce another matrix."""
    expected = image.rows * image.columns * (int(pixels.BitsAllocated) // 8)
    found = len(pixels.PixelData) if "PixelData" in pixels else 0
    compressed = _syntax(pixels) not in UNCOMPRESSED
    if found < (1 if compressed else expected):
        raise UnreadableVolume(
            Refusal.TRUNCATED, f"{place}: the file is cut short ({found:,} of {expected:,} pixel bytes); copy it again"
        )
    if not compressed:
        return
    if found > MAX_COMPRESSED_RATIO * expected + SMALL_BYTES:
        raise UnreadableVolume(
            Refusal.TOO_LARGE,
            f"{place}: {found:,} compressed bytes for a slice of {expected:,}; expected fewer, export it again",
        )
    if _syntax(pixels) != RLELossless:
        said = jpeg_size.matrix(next(generate_frames(pixels.PixelData, number_of_frames=1), b""))
        if said != (image.rows, image.columns, 1):
            raise _mismatch(place, said or ("unknown size",), image)


def _syntax(pixels: Dataset) -> str:
    """The transfer syntax; files without file meta information are Implicit VR Little Endian."""
    syntax: str = pixels.file_meta.get("TransferSyntaxUID", ImplicitVRLittleEndian)
    return syntax


def _decoded(pixels: Dataset, scratch: Path | None) -> np.ndarray:
    if _syntax(pixels) not in (*UNCOMPRESSED, RLELossless):
        return _decoded_by_simpleitk(pixels, scratch)
    if "TransferSyntaxUID" not in pixels.file_meta:
        pixels.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    return pixels.pixel_array


def _decoded_by_simpleitk(pixels: Dataset, scratch: Path | None) -> np.ndarray:
    """Decoded JPEG (also lossless), JPEG-LS or JPEG 2000. SimpleITK reads only files, so a minimal one is written."""
    import SimpleITK  # imported here because most scans do not need it

    bare = Dataset()
    bare.file_meta = FileMetaDataset()
    bare.file_meta.TransferSyntaxUID = pixels.file_meta.TransferSyntaxUID
    bare.SOPClassUID, bare.SOPInstanceUID, bare.Modality = CTImageStorage, generate_uid(), "CT"
    for tag in (*PIXEL_TAGS, "PixelData"):
        bare[tag] = pixels[tag]
    with tempfile.TemporaryDirectory(prefix=".decoding-", dir=scratch) as folder:
        file = Path(folder) / "slice.dcm"
        bare.save_as(file, enforce_file_format=True)
        return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(file, imageIO="GDCMImageIO")).squeeze(axis=0)
