"""Generating a cohort of skull-stripped phantoms with a clinical table, for training and testing the image model."""

import gzip
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd

from data_samples.phantom.outcome import Patient, draw_patient
from data_samples.phantom.phantom import Phantom, render
from ich_model.atomic import atomic_file

DESCRIPTION = "SYNTHETIC phantom - not a patient"  # header field descrip, at most 79 bytes
SLICES = tuple(range(24, 41))
USUAL_SLICES = range(28, 37)  # four times as likely as the others
COVERAGE_MM = (150.0, 165.0)  # head to foot
SPACING_MM = 1.0  # default in-plane spacing


ClinicalRow = dict[str, str | float]
"""One row of the clinical table."""


def draw_case(seed: int, index: int, *, spacing_mm: float = SPACING_MM) -> tuple[Patient, Phantom]:
    """Case number `index` of the cohort with a seed; it is independent of all other cases."""
    rng = np.random.default_rng([seed, index])
    patient = draw_patient(rng)
    weights = np.array([4.0 if count in USUAL_SLICES else 1.0 for count in SLICES])
    slices = int(rng.choice(SLICES, p=weights / weights.sum()))
    slice_mm = round(rng.uniform(*COVERAGE_MM) / slices, 2)
    return patient, render(patient, rng, slices=slices, slice_mm=slice_mm, spacing_mm=spacing_mm)


def write_case(index: int, *, seed: int, folder: Path, spacing_mm: float = SPACING_MM) -> ClinicalRow:
    """Writes the skull-stripped scan of one case into a folder and returns its clinical row."""
    patient, phantom = draw_case(seed, index, spacing_mm=spacing_mm)
    case_id = f"S{seed}-{index:04d}"
    image = f"{case_id}_brain.nii.gz"
    save_nifti(phantom.brain_hu, phantom.affine, path=folder / image)
    return {"caseID": case_id, "image": image, **clinical_row(patient)}


def clinical_row(patient: Patient) -> ClinicalRow:
    """A patient's row of the clinical table, without case id and image."""
    return {
        "poor": int(patient.poor),
        "gcs": patient.gcs,
        "age": patient.age,
        "sex": patient.sex,
        "location": patient.location,
        "volume_ml": round(patient.volume_ml, 1),
        "ivh": int(patient.ivh),
        "infratentorial": int(patient.infratentorial),
        "ich_score": patient.ich_score,
        "synthetic": 1,
    }


def save_nifti(voxels: np.ndarray, affine: np.ndarray, *, path: Path) -> None:
    """Writes a volume (I, J, K) with its affine (4, 4) in mm as .nii.gz; the header's description says synthetic."""
    image = nib.Nifti1Image(voxels, affine)
    image.header["descrip"] = DESCRIPTION.encode()
    image.set_sform(affine, code="scanner")
    image.set_qform(affine, code="scanner")
    image.header.set_xyzt_units("mm")
    with atomic_file(path) as file:
        file.write_bytes(gzip.compress(image.to_bytes(), compresslevel=9, mtime=0))


def write_cohort(
    folder: Path, *, count: int, seed: int, workers: int = 1, spacing_mm: float = SPACING_MM
) -> pd.DataFrame:
    """Writes a cohort's scans and `cases.csv` into a folder and returns its clinical table."""
    folder.mkdir(parents=True, exist_ok=True)
    work = partial(write_case, seed=seed, folder=folder, spacing_mm=spacing_mm)
    table = pd.DataFrame(rows(work, count=count, workers=workers))
    with atomic_file(folder / "cases.csv") as file:
        table.to_csv(file, index=False)
    return table


def rows(work: Callable[[int], ClinicalRow], *, count: int, workers: int) -> Iterator[ClinicalRow]:
    """The results of `work` for the indices 0 to count - 1, in order, computed by `workers` processes."""
    if workers == 1:
        yield from map(work, range(count))
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(work, range(count), chunksize=4)
