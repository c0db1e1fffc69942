"""Gzipped voxels of scans and maps, made at the first request and kept beside the case."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np

from ich_model import display, volume


def of_volume(source: Path) -> bytes:
    """The payload of a scan."""
    return _kept(source, lambda: display.volume_payload(volume.load(source)))


def of_map(source: Path) -> bytes:
    """The payload of a saliency map, a NIfTI file on its scan's grid."""
    return _kept(source, lambda: display.map_payload(np.asarray(nib.load(source).dataobj, dtype=np.float32)))


def _kept(source: Path, make: Callable[[], bytes]) -> bytes:
    """The payload beside a NIfTI file, made first where it is missing or older than the file."""
    target = source.with_name(source.name.removesuffix(".nii.gz") + ".bin.gz")
    if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
        write_whole(target, make())
    return target.read_bytes()


def write_whole(target: Path, content: bytes) -> None:
    """Writes a file in one step: whoever reads beside us gets the old content or the new, never half of it."""
    handle, partial = tempfile.mkstemp(dir=target.parent, prefix=f"{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(partial).replace(target)
    finally:
        Path(partial).unlink(missing_ok=True)
