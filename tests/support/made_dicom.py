"""Writing DICOM series of the simple head, with any axis order, tilt, spacing and header."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import nibabel as nib
import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from scipy import ndimage

from tests.support.simple_head import AFFINE, head_hu

TO_LPS = np.diag([-1.0, -1.0, 1.0])
Change = Callable[[FileDataset, int], None]


def nothing(_header: FileDataset, _k: int) -> None:
    """Leaves a slice's header unchanged."""


def noisy_head() -> np.ndarray:
    """The head in HU (I, J, K) with noise, so that no two slices are equal."""
    return (head_hu() + np.random.default_rng(0).integers(-9, 10, head_hu().shape)).astype(np.int16)


def write_slice(
    file: Path, pixels: np.ndarray, *, position: np.ndarray, orientation: np.ndarray, spacing_mm: Sequence[float],
    number: int, series: str = "1.2.3.4", change: Change = nothing,
) -> Path:
    """Writes a CT slice of HU (rows, columns) int16, with its header modified by `change`; returns the file."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
    header = FileDataset(str(file), {}, file_meta=meta, preamble=bytes(128))
    header.SOPClassUID, header.SOPInstanceUID, header.Modality = CTImageStorage, generate_uid(), "CT"
    meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    header.StudyInstanceUID, header.SeriesInstanceUID, header.InstanceNumber = "1.2.3", series, number + 1
    header.ImageType, header.SliceThickness, header.ConvolutionKernel = ["ORIGINAL", "PRIMARY", "AXIAL"], 5.0, "H31s"
    header.ImagePositionPatient, header.ImageOrientationPatient = list(position), list(np.ravel(orientation))
    header.PixelSpacing, header.RescaleSlope, header.RescaleIntercept = list(spacing_mm), 1, 0
    header.Rows, header.Columns = pixels.shape
    header.SamplesPerPixel, header.PhotometricInterpretation, header.PixelRepresentation = 1, "MONOCHROME2", 1
    header.BitsAllocated, header.BitsStored, header.HighBit = 16, 16, 15
    header.PixelData = pixels.astype("<i2").tobytes()
    change(header, number)
    file.parent.mkdir(parents=True, exist_ok=True)
    header.save_as(file)
    return file


def write_series(
    folder: Path, hu: np.ndarray | None = None, *, codes: str = "LPS", keep: Sequence[int] | None = None,
    series: str = "1.2.3.4", change: Change = nothing,
) -> Path:
    """Writes the slices of a head (I, J, K) in HU to a folder and returns it.

    `codes` are the directions of columns, rows and slices; `keep` selects the slices to write.
    """
    ornt = nib.orientations.ornt_transform(
        nib.orientations.axcodes2ornt("RAS"), nib.orientations.axcodes2ornt(codes)
    )
    image = nib.Nifti1Image(noisy_head() if hu is None else hu, AFFINE).as_reoriented(ornt)
    stored, affine = np.asanyarray(image.dataobj), image.affine
    directions = TO_LPS @ affine[:3, :3]
    spacing = np.linalg.norm(directions, axis=0)
    for k in range(stored.shape[2]) if keep is None else keep:
        write_slice(
            folder / f"IM{(k * 7) % 97:03d}", stored[:, :, k].T, number=k, series=series, change=change,
            position=TO_LPS @ (affine @ [0, 0, k, 1])[:3], orientation=(directions / spacing)[:, :2].T,
            spacing_mm=(spacing[1], spacing[0]),
        )
    return folder


def hu_at(points_lps: np.ndarray) -> np.ndarray:
    """HU (...) of the noise-free head at points (..., 3) in mm LPS, air outside."""
    index = np.moveaxis(points_lps @ TO_LPS / np.diag(AFFINE)[:3], -1, 0)
    return ndimage.map_coordinates(head_hu(), index, order=0, cval=-1000, mode="constant")


def write_slices_at(folder: Path, along_mm: Sequence[float], *, tilt_degrees: float = 0.0) -> Path:
    """Writes slices of the head as acquired with a gantry tilted about the left-right axis; returns their folder.

    The table moves along z to the positions `along_mm`, and the slices are tilted.
    """
    angle = np.radians(tilt_degrees)
    orientation = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)]])
    rows, columns = np.mgrid[0:130, 0:100]
    for number, z_mm in enumerate(along_mm):
        position = np.array([-194.0, -240.0, z_mm])
        points = position + 2.0 * (columns[..., None] * orientation[0] + rows[..., None] * orientation[1])
        write_slice(folder / f"{number:03d}", hu_at(points), position=position, orientation=orientation,
                    spacing_mm=(2, 2), number=number)
    return folder


def zipped(source: Path, target: Path) -> Path:
    """Writes a zip of a folder's files with their relative paths; returns it."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(source.rglob("*")):
            archive.write(file, file.relative_to(source))
    return target
