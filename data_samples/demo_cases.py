"""The twelve committed demo cases: a table of what is wanted, and the first simulated patients who are like that.

The case numbers say nothing about the truth. Three cases go against the impression of the image, so that readers and
models have something to disagree about.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd

from data_samples.cohort import clinical_row, draw_case, save_nifti
from data_samples.phantom.outcome import Patient, draw_patient
from data_samples.phantom.phantom import Phantom
from ich_model.atomic import atomic_file

SEED = 41  # no cohort for training or testing uses it
MILD, MODERATE, SEVERE = (13, 15), (9, 12), (3, 8)  # GCS bands of the method
OLD_YEARS = 80
TRUTH_COLUMNS = [
    "caseID", "poor", "gcs", "age", "sex", "location", "volume_ml", "ivh", "infratentorial", "synthetic",
]  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What one demo case should be like; ranges include both ends."""

    location: str
    poor: bool
    gcs: tuple[int, int]
    volume_ml: tuple[float, float]
    old: bool  # 80 years and more
    ivh: bool

    def fits(self, patient: Patient) -> bool:
        """Whether a patient is like that."""
        return (
            patient.location == self.location
            and patient.poor == self.poor
            and self.gcs[0] <= patient.gcs <= self.gcs[1]
            and self.volume_ml[0] <= patient.volume_ml <= self.volume_ml[1]
            and (patient.age >= OLD_YEARS) == self.old
            and patient.ivh == self.ivh
        )


WANTED: dict[str, Wanted] = {
    "demo-01": Wanted("putamen", poor=False, gcs=MILD, volume_ml=(6, 18), old=False, ivh=False),
    "demo-02": Wanted("parietal", poor=True, gcs=SEVERE, volume_ml=(40, 80), old=True, ivh=False),
    "demo-03": Wanted("thalamus", poor=True, gcs=MODERATE, volume_ml=(8, 20), old=False, ivh=True),
    "demo-04": Wanted("cerebellum", poor=False, gcs=MILD, volume_ml=(5, 15), old=True, ivh=False),
    "demo-05": Wanted("frontal", poor=False, gcs=MODERATE, volume_ml=(40, 70), old=False, ivh=False),  # looks poor
    "demo-06": Wanted("temporal", poor=True, gcs=SEVERE, volume_ml=(30, 60), old=False, ivh=True),
    "demo-07": Wanted("occipital", poor=False, gcs=MILD, volume_ml=(15, 28), old=False, ivh=False),
    "demo-08": Wanted("brainstem", poor=True, gcs=SEVERE, volume_ml=(3, 8), old=False, ivh=False),
    "demo-09": Wanted("putamen", poor=True, gcs=MILD, volume_ml=(3, 12), old=True, ivh=False),  # looks good
    "demo-10": Wanted("thalamus", poor=False, gcs=MODERATE, volume_ml=(4, 12), old=False, ivh=True),  # looks poor
    "demo-11": Wanted("parietal", poor=False, gcs=SEVERE, volume_ml=(12, 28), old=True, ivh=False),
    "demo-12": Wanted("putamen", poor=True, gcs=MODERATE, volume_ml=(40, 90), old=False, ivh=True),
}


def demo_case(case_id: str) -> tuple[Patient, Phantom]:
    """One of the demo cases, made anew."""
    return draw_case(SEED, first_index(WANTED[case_id].fits))


def first_index(fits: Callable[[Patient], bool]) -> int:
    """The number of the first patient of the demo's seed who fits."""
    return next(index for index in count() if fits(draw_patient(np.random.default_rng([SEED, index]))))


def write_demo_cases(folder: Path) -> pd.DataFrame:
    """The reference standard of the demo cases, after it, the scans and their label maps have been written."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for case_id in WANTED:
        patient, phantom = demo_case(case_id)
        save_nifti(phantom.head_hu, phantom.affine, path=folder / f"{case_id}.nii.gz")
        save_nifti(phantom.labels, phantom.affine, path=folder / f"{case_id}_labels.nii.gz")
        rows.append({"caseID": case_id, **clinical_row(patient)})
    truth = pd.DataFrame(rows)[TRUTH_COLUMNS]
    with atomic_file(folder / "truth.csv") as file:
        truth.to_csv(file, index=False)
    return truth
