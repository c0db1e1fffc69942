"""Reading a DICOM file's header: geometry and acquisition, no element that identifies a patient. Torch-free.

pydicom reads only the elements in TAGS and skips all others. The two UIDs and the description serve to sort files into
series and to let the user choose one; they are not stored.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.config import disable_value_validation
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.uid import CTImageStorage, MediaStorageDirectoryStorage

from ich_model.scans.dicom_bytes import parsable

TAGS = (
    "SOPClassUID", "Modality", "ImageType", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "InstanceNumber",
    "SeriesDescription", "ConvolutionKernel", "SliceThickness", "BurnedInAnnotation", "LossyImageCompression",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "SamplesPerPixel",
    "NumberOfFrames", "GantryDetectorTilt", "RescaleSlope", "RescaleIntercept", "RescaleType", "PixelRepresentation",
    "PhotometricInterpretation", "PixelPaddingValue",
)
UNREADABLE_BY_PYDICOM = (
    InvalidDicomError, AttributeError, KeyError, TypeError, ValueError, OverflowError, EOFError, OSError,
    NotImplementedError, RuntimeError, struct.error, BadZipFile, ZlibError,
)
"""Errors that pydicom and zipfile raise for damaged files."""

GREY = ("MONOCHROME",)
_PREAMBLE, _MAGIC = 128, b"DICM"
_OLD_STARTS = (b"\x08\x00", b"\x02\x00")  # first group of files without a preamble


class Skipped(StrEnum):
    """Why a DICOM file is not a usable CT slice, as text that can follow a count ("2 localizer")."""

    DAMAGED = "damaged DICOM file"
    DIRECTORY = "DICOM directory"
    NOT_CT = "not CT"
    ENHANCED = "enhanced multi-frame"
    CAPTURE = "screen or secondary capture"
    COLOUR = "in colour"
    LOCALIZER = "localizer"
    NO_GEOMETRY = "without position, orientation or pixel spacing"
    NO_HU = "without rescaling to HU"


@dataclass(frozen=True, eq=False)
class Image:
    """One CT slice: `file` within its folder or zip; position (3,) and orientation (2, 3: along a row, down a column)
    in mm of the patient (LPS); pixel spacing (2,) in mm between rows and between columns."""

    file: str
    study: str
    series: str
    series_number: int
    number: int | None
    description: str
    kernel: str
    kind: tuple[str, ...]
    thickness_mm: float
    tilt_degrees: float
    position: np.ndarray
    orientation: np.ndarray
    pixel_spacing: np.ndarray
    rows: int
    columns: int
    slope: float
    intercept: float
    padding: int | None
    burned_in: bool
    lossy: bool

    @property
    def normal(self) -> np.ndarray:
        """Unit vector across the slice, (3,), LPS."""
        return np.cross(*self.orientation)


@dataclass(frozen=True)
class SkippedFile:
    """A DICOM file that is not a usable CT slice, with the reason; modality and study UID where the header has them."""

    file: str
    reason: Skipped
    modality: str = ""
    study: str = ""


def is_dicom(file: Traversable) -> bool:
    """Whether a file is DICOM, by its content and not by its name."""
    with file.open("rb") as stream:
        start = stream.read(_PREAMBLE + len(_MAGIC))
    return start[_PREAMBLE:] == _MAGIC or (len(start) > _PREAMBLE and start[:2] in _OLD_STARTS and start[3:4] == b"\0")


def read_header(file: Traversable, *, name: str) -> Image | SkippedFile:
    """The CT slice of a DICOM file, or why it is skipped. `name` is the file's path within its folder or zip."""
    try:
        with file.open("rb") as stream, disable_value_validation():
            header = dcmread(parsable(stream), stop_before_pixels=True, specific_tags=list(TAGS), force=True)
            reason = _why_not(header)
            if reason is None:
                return _image(header, name)
            modality, study = (str(header.get(tag) or "") for tag in ("Modality", "StudyInstanceUID"))
            return SkippedFile(name, reason, modality, study)
    except UNREADABLE_BY_PYDICOM:
        return SkippedFile(name, Skipped.DAMAGED)


def _why_not(header: Dataset) -> Skipped | None:
    """The first reason for which a file is no CT slice in HU."""
    kind = set(_kind(header))
    is_ct, sop_class = header.get("Modality") == "CT", header.get("SOPClassUID", CTImageStorage)
    made_of = getattr(header, "file_meta", {}).get("MediaStorageSOPClassUID")
    rules = {
        Skipped.DIRECTORY: made_of == MediaStorageDirectoryStorage,
        Skipped.DAMAGED: "Modality" not in header and "SOPClassUID" not in header,
        Skipped.NOT_CT: not is_ct,
        Skipped.ENHANCED: int(header.get("NumberOfFrames") or 1) > 1 or "Enhanced" in getattr(sop_class, "name", ""),
        Skipped.COLOUR: int(header.get("SamplesPerPixel") or 1) != 1
        or not str(header.get("PhotometricInterpretation") or GREY[0]).strip().startswith(GREY),
        Skipped.CAPTURE: sop_class != CTImageStorage or "SCREEN SAVE" in kind,
        Skipped.LOCALIZER: bool(kind & {"LOCALIZER", "REF_SURVIEW"}),
        Skipped.NO_GEOMETRY: not _has_geometry(header),
        Skipped.NO_HU: not _is_rescaled(header),
    }
    return next((reason for reason, holds in rules.items() if holds), None)


def _has_geometry(header: Dataset) -> bool:
    lengths = {"ImagePositionPatient": 3, "ImageOrientationPatient": 6, "PixelSpacing": 2}
    return all(len(header.get(tag) or ()) == n for tag, n in lengths.items()) and bool(
        header.get("Rows") and header.get("Columns")
    )


def _is_rescaled(header: Dataset) -> bool:
    known = header.get("RescaleSlope") is not None and header.get("RescaleIntercept") is not None
    return known and str(header.get("RescaleType") or "HU").upper() in ("HU", "US")  # unspecified: as CT files are


def _image(header: Dataset, name: str) -> Image:
    """The slice of a complete header; ValueError where a value is not a finite number."""
    numbers = {tag: np.array(header[tag].value, float) for tag in (
        "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"
    )}
    scale = float(header.RescaleSlope), float(header.RescaleIntercept)
    if not all(np.isfinite(values).all() for values in (*numbers.values(), np.array(scale))):
        raise ValueError("expected finite numbers")
    padding, number = (_number(header, tag) for tag in ("PixelPaddingValue", "InstanceNumber"))
    return Image(
        file=name,
        study=str(header.get("StudyInstanceUID") or ""),
        series=str(header.get("SeriesInstanceUID") or ""),
        series_number=int(_number(header, "SeriesNumber") or 0),
        number=None if number is None else int(number),
        description=str(header.get("SeriesDescription") or ""),
        kernel=_text(header.get("ConvolutionKernel")),
        kind=_kind(header)[2:3],
        thickness_mm=max(0.0, _number(header, "SliceThickness") or 0.0),
        tilt_degrees=_number(header, "GantryDetectorTilt") or 0.0,
        position=numbers["ImagePositionPatient"],
        orientation=numbers["ImageOrientationPatient"].reshape(2, 3),
        pixel_spacing=numbers["PixelSpacing"],
        rows=int(header.Rows),
        columns=int(header.Columns),
        slope=scale[0],
        intercept=scale[1],
        padding=None if padding is None else int(padding),
        burned_in=str(header.get("BurnedInAnnotation") or "").upper() == "YES",
        lossy=str(header.get("LossyImageCompression") or "") == "01",
    )


def _number(header: Dataset, tag: str) -> float | None:
    """The number in an optional element; None where it is missing, empty or not a number ("5,0")."""
    try:
        number = float(header.get(tag))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if np.isfinite(number) else None


def _kind(header: Dataset) -> tuple[str, ...]:
    """The values of the image type."""
    return tuple(str(value).upper() for value in _values(header.get("ImageType")))


def _text(value: object) -> str:
    """A kernel's name; it may have several values."""
    return "/".join(str(one) for one in _values(value))


def _values(value: object) -> Sequence[object]:
    """The values of an element as a sequence; a single value is not a list in pydicom, and may be a number."""
    if value is None or value == "":
        return ()
    return value if isinstance(value, MultiValue) else (value,)
