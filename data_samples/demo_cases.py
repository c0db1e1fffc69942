"""The twelve committed demo cases: a table of criteria, and for each the first simulated patient who meets them.

Case numbers carry no information on the reference standard. In three cases the image suggests the wrong outcome, so
that readers and models disagree.
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

SEED = 41  # not used by any cohort for training or testing
MILD, MODERATE, SEVERE = (13, 15), (9, 12), (3, 8)  # GCS bands of the method
OLD_YEARS = 80
TRUTH_COLUMNS = [
    "caseID", "poor", "gcs", "age", "sex", "location", "volume_ml", "ivh", "infratentorial", "synthetic",
]  # fmt: skip


@dataclass(frozen=True)
class Criteria:
    """The criteria of one demo case; ranges include both ends."""

    location: str
    poor: bool
    gcs: tuple[int, int]
    volume_ml: tuple[float, float]
    old: bool  # 80 years and more
    ivh: bool

    def fits(self, patient: Patient) -> bool:
        """Whether a patient meets the criteria."""
        return (
            patient.location == self.location
            and patient.poor == self.poor
            and self.gcs[0] <= patient.gcs <= self.gcs[1]
            and self.volume_ml[0] <= patient.volume_ml <= self.volume_ml[1]
            and (patient.age >= OLD_YEARS) == self.old
            and patient.ivh == self.ivh
        )


CRITERIA: dict[str, Criteria] = {
    "demo-01": Criteria("putamen", poor=False, gcs=MILD, volume_ml=(6, 18), old=False, ivh=False),
    "demo-02": Criteria("parietal", poor=True, gcs=SEVERE, volume_ml=(40, 80), old=True, ivh=False),
    "demo-03": Criteria("thalamus", poor=True, gcs=MODERATE, volume_ml=(8, 20), old=False, ivh=True),
    "demo-04": Criteria("cerebellum", poor=False, gcs=MILD, volume_ml=(5, 15), old=True, ivh=False),
    "demo-05": Criteria("frontal", poor=False, gcs=MODERATE, volume_ml=(40, 70), old=False, ivh=False),  # looks poor
    "demo-06": Criteria("temporal", poor=True, gcs=SEVERE, volume_ml=(30, 60), old=False, ivh=True),
    "demo-07": Criteria("occipital", poor=False, gcs=MILD, volume_ml=(15, 28), old=False, ivh=False),
    "demo-08": Criteria("brainstem", poor=True, gcs=SEVERE, volume_ml=(3, 8), old=False, ivh=False),
    "demo-09": Criteria("putamen", poor=True, gcs=MILD, volume_ml=(3, 12), old=True, ivh=False),  # looks good
    "demo-10": Criteria("thalamus", poor=False, gcs=MODERATE, volume_ml=(4, 12), old=False, ivh=True),  # looks poor
    "demo-11": Criteria("parietal", poor=False, gcs=SEVERE, volume_ml=(12, 28), old=True, ivh=False),
    "demo-12": Criteria("putamen", poor=True, gcs=MODERATE, volume_ml=(40, 90), old=False, ivh=True),
}


def demo_case(case_id: str) -> tuple[Patient, Phantom]:
    """One of the demo cases, generated again from the seed."""
    return draw_case(SEED, first_index(CRITERIA[case_id].fits))


def first_index(fits: Callable[[Patient], bool]) -> int:
    """The index of the first patient of the demo's seed who meets the criteria."""
    return next(index for index in count() if fits(draw_patient(np.random.default_rng([SEED, index]))))


def write_demo_cases(folder: Path) -> pd.DataFrame:
    """Writes the demo cases' scans, label maps and truth.csv into a folder and returns the reference standard."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for case_id in CRITERIA:
        patient, phantom = demo_case(case_id)
        save_nifti(phantom.head_hu, phantom.affine, path=folder / f"{case_id}.nii.gz")
        save_nifti(phantom.labels, phantom.affine, path=folder / f"{case_id}_labels.nii.gz")
        rows.append({"caseID": case_id, **clinical_row(patient)})
    truth = pd.DataFrame(rows)[TRUTH_COLUMNS]
    with atomic_file(folder / "truth.csv") as file:
        truth.to_csv(file, index=False)
    return truth
