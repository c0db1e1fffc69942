"""What the browser is sent of a case: gzipped voxels, made at the first request and kept beside it, and its place."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError

from ich_model.atomic import atomic_file
from ich_model.scans import browser_payload, skull_strip, volume


def of_volume(source: Path) -> bytes:
    """The payload of a scan."""
    return _kept(source, lambda: browser_payload.volume_payload(volume.load(source)))


def first_slice_mm(source: Path) -> float:
    """Where a scan's lowest slice lies along the normal of its slices, in the file's own mm; 0 without a sound file.

    What is wrong with a file is said where its voxels are asked for; nothing else of the case waits for it.
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
    return _kept(source, lambda: browser_payload.map_payload(map_values(source)))


def map_values(source: Path) -> np.ndarray:
    """A saliency map (I, J, K) float32 on its scan's grid."""
    return np.asarray(nib.Nifti1Image.from_filename(source).dataobj, dtype=np.float32)


def of_brain(source: Path) -> bytes:
    """The payload of the brain's mask in a scan; it takes a second or two, the first time."""
    return _kept(source, lambda: browser_payload.mask_payload(skull_strip.skull_strip(volume.load(source)).mask),
                 name="brain")


def _kept(source: Path, make: Callable[[], bytes], *, name: str = "") -> bytes:
    """The payload beside a NIfTI file, made first where it is missing or older than the file."""
    target = source.with_name(f"{name or source.name.removesuffix('.nii.gz')}.bin.gz")
    if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
        with atomic_file(target) as file:
            file.write_bytes(make())
    return target.read_bytes()
