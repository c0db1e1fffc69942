"""Payloads of voxels for a browser: in the order in which it draws them, gzipped, cached beside their source file.

The cache file is written at the first request and again when the source file is newer. Torch-free.
"""

import gzip
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError

from ich_model.atomic import atomic_file
from ich_model.scans import skull_strip, volume
from ich_model.scans.volume import Volume

GZIP_LEVEL = 4  # measured on a real head: as small as level 6 in half the time


def screen_order(array: np.ndarray) -> np.ndarray:
    """An array (I, J, K) RAS+ as (K, J, I), contiguous, in radiological display convention.

    Slices run from inferior to superior, rows from anterior to posterior, columns from the patient's right to left.

    >>> screen_order(np.arange(8).reshape(2, 2, 2))[0]
    array([[6, 2],
           [4, 0]])
    """
    return np.ascontiguousarray(array[::-1, ::-1, :].transpose(2, 1, 0))


def volume_payload(scan: Volume) -> bytes:
    """HU of a volume in screen order (K, J, I), int16 little-endian, gzipped; equal volumes give equal bytes.

    >>> scan = Volume("case-001", np.array([[[40, -1000]]], np.int16), np.eye(4))
    >>> np.frombuffer(gzip.decompress(volume_payload(scan)), "<i2").tolist()
    [40, -1000]
    """
    limits = np.iinfo(np.int16)
    hu = np.clip(np.rint(scan.hu), limits.min, limits.max) if scan.hu.dtype != np.int16 else scan.hu
    return _packed(screen_order(hu.astype("<i2")))


def map_payload(values: np.ndarray) -> bytes:
    """A saliency map (I, J, K) in screen order as uint8, gzipped: 0 for zero and below, 255 for the maximum.

    >>> list(gzip.decompress(map_payload(np.array([[[-1.0, 0.5, 1.0]]]))))
    [0, 128, 255]
    """
    positive = np.maximum(values, 0)
    highest = float(positive.max())
    scaled = np.rint(positive * (255 / highest)) if highest > 0 else positive
    return _packed(screen_order(scaled.astype(np.uint8)))


def mask_payload(mask: np.ndarray) -> bytes:
    """A mask (I, J, K) in screen order as uint8, gzipped: 1 inside, 0 outside.

    >>> list(gzip.decompress(mask_payload(np.array([[[True, False]]]))))
    [1, 0]
    """
    return _packed(screen_order(mask.astype(np.uint8)))


def _packed(array: np.ndarray) -> bytes:
    return gzip.compress(array.tobytes(), GZIP_LEVEL, mtime=0)


def of_volume(source: Path) -> bytes:
    """The payload of a scan, a NIfTI file; UnreadableVolume where it is no head CT."""
    return _cached(source, lambda: volume_payload(volume.load(source)))


def first_slice_mm(source: Path) -> float:
    """Position of a scan's lowest slice along the slices' normal, in mm of the file's space; 0 where it is unreadable.

    An unreadable file is refused when its voxels are requested; this value alone must not stop a case from opening.

    >>> first_slice_mm(Path("no-such-file.nii.gz"))
    0.0
    """
    try:
        return _first_slice_mm(source, source.stat().st_mtime_ns)
    except (OSError, ImageFileError):
        return 0.0


@lru_cache(maxsize=4096)
def _first_slice_mm(source: Path, _changed_ns: int) -> float:
    image = nib.Nifti1Image.from_filename(source)
    to_ras = nib.io_orientation(image.affine)
    affine = image.affine @ nib.orientations.inv_ornt_aff(to_ras, image.shape)
    normal = np.cross(affine[:3, 0], affine[:3, 1])
    return float(normal @ affine[:3, 3] / np.linalg.norm(normal))


def of_map(source: Path) -> bytes:
    """The payload of a saliency map, a NIfTI file on its scan's grid."""
    return _cached(source, lambda: map_payload(map_values(source)))


def map_values(source: Path) -> np.ndarray:
    """The values of a saliency map's NIfTI file, (I, J, K) float32, on its scan's grid.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "map.nii.gz"
    ...     volume.save(np.array([[[0.0, 0.5]]], np.float32), np.eye(4), file, description="a map")
    ...     map_values(file).tolist()
    [[[0.0, 0.5]]]
    """
    return np.asarray(nib.Nifti1Image.from_filename(source).dataobj, dtype=np.float32)


def of_brain(source: Path) -> bytes:
    """The payload of the brain's mask of a scan, a NIfTI file; the first request takes a second or two.

    UnreadableVolume where the file is no head CT.
    """
    return _cached(source, lambda: mask_payload(skull_strip.skull_strip(volume.load(source)).mask),
                 name="brain")


def _cached(source: Path, make: Callable[[], bytes], *, name: str = "") -> bytes:
    """The payload from the cache file beside a NIfTI file, which is written first where it is missing or older."""
    target = source.with_name(f"{name or source.name.removesuffix('.nii.gz')}.bin.gz")
    if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
        with atomic_file(target) as file:
            file.write_bytes(make())
    return target.read_bytes()
