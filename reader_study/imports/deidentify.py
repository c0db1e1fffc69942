"""De-identification: a study's copy of a scan has its voxels and their geometry, and nothing else of the file.

Of a DICOM header kernel, slice thickness, modality and tilt stand beside it, with notes on what was done in reading.

One text survives: the mark of a synthetic scan, which must be said wherever the scan is shown.
"""

import gzip
import json
from contextlib import nullcontext
from dataclasses import asdict
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path

from nibabel import Nifti1Header, Nifti2Header

from ich_model.atomic import atomic_file
from ich_model.scans import volume
from ich_model.scans.load import FoundScan
from ich_model.scans.volume import Volume
from reader_study.store.workspace import SCAN_FILE, VOLUME_FILE

SYNTHETIC_MARK = "SYNTHETIC"  # how the header description of a phantom begins
GZIP_MAGIC = b"\x1f\x8b"
LONGEST_DESCRIPTION = 79  # characters that `volume.save` takes
NIFTI_1_BYTES, NIFTI_2_BYTES = 348, 540  # sizes of the two kinds of header


def digest(scan: Volume) -> str:
    """SHA-256 of a scan's voxels (I, J, K) in RAS+ and of its affine: the same scan under another name has the same."""
    return sha256(scan.hu.astype("<f4").tobytes() + scan.affine.astype("<f8").tobytes()).hexdigest()


def write(found: FoundScan, scan: Volume, folder: Path) -> bool:
    """Write the scan that was found and loaded into a new folder; whether it is synthetic."""
    description = ""
    if found.file:
        with found.container.opened() as root:
            description = header_description(root.joinpath(found.file))
    synthetic = description.startswith(SYNTHETIC_MARK)
    folder.mkdir()
    volume.save(scan.hu, scan.affine, folder / VOLUME_FILE, description=description if synthetic else "")
    if scan.notes or scan.acquisition:
        facts = {"notes": scan.notes, "acquisition": scan.acquisition and asdict(scan.acquisition)}
        with atomic_file(folder / SCAN_FILE) as file:
            file.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return synthetic


def header_description(file: Traversable) -> str:
    """The free text in the header of a NIfTI file that was loaded, whatever its name says of its compression."""
    with file.open("rb") as raw:
        compressed = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        raw.seek(0)
        with gzip.GzipFile(fileobj=raw) if compressed else nullcontext(raw) as stream:
            block = stream.read(NIFTI_2_BYTES)
    kind: type[Nifti1Header]
    if NIFTI_2_BYTES in {int.from_bytes(block[:4], order) for order in ("little", "big")}:
        kind, size = Nifti2Header, NIFTI_2_BYTES
    else:
        kind, size = Nifti1Header, NIFTI_1_BYTES
    header = kind(block[:size], check=False)
    text: bytes = header["descrip"].item()
    return text.decode("ascii", "ignore")[:LONGEST_DESCRIPTION]
