"""A study with unique confidential values, so that a search of the traffic finds any of them that is leaked."""

from pathlib import Path

import numpy as np

from data_samples import demo_study
from ich_model.scans import volume
from ich_model.tasks import AGE, GCS_ORDINAL, PROGNOSIS, Prediction
from reader_study.access import accounts
from reader_study.imports import import_cases
from reader_study.store import workspace
from reader_study.store.store import Store
from reader_study.store.workspace import Workspace
from reader_study.study.design import Design, Study
from reader_study.study.read import Answers, Condition, Read
from tests.browser.support.traffic import forms_of

KEY = "planted"
PASSWORD = "a long password"
WEIGHTS_ID = "feedc0ffee12"
OTHER_READER = "Doctor Xylander"
OTHER_COMMENT = "zinnober sits in the thalamus"
P_POOR, P_ABOVE_MILD, P_SEVERE, P_OLD = 0.82513, 0.61347, 0.28719, 0.43761
MAP_ADDRESS = f"data/{KEY}/case-001/map/{WEIGHTS_ID}/guided_grad_cam/prognosis"

MODEL_SECRETS = [WEIGHTS_ID.encode(), b"/map/", b"guided_grad_cam", b"MT (ord GCS",
                 *forms_of(P_POOR), *forms_of(P_ABOVE_MILD), *forms_of(P_SEVERE), *forms_of(P_OLD)]
OTHERS_SECRETS = [OTHER_READER.encode(), OTHER_READER.lower().encode(), OTHER_COMMENT.encode()]
TRUTH_SECRETS = [b"Reference standard:", b"reference_standard", b"demo-01", b"demo-02"]


def plant(folder: Path) -> str:
    """Creates a sequential study of two cases, read by another reader; returns the invitation of a new reader."""
    place = workspace.at(folder)
    store = place.open_store()
    store.create_study(Study(key=KEY, title="A planted study", seed=7, design=Design.SEQUENTIAL))
    files = [demo_study.CASES / "demo-01.nii.gz", demo_study.CASES / "demo-02.nii.gz"]
    import_cases.import_cases(store, KEY, files, place, truth_csv=_truth_of(folder, files))
    for case in store.cases(KEY):
        store.add_prediction(KEY, _prediction(case.key))
        _write_map(place, case.key)
    accounts.add_simulated(store, KEY, OTHER_READER)
    store.open_study(KEY)
    _read_all(store)
    token = accounts.invite(store, KEY, "Ana")
    store.close()
    return token


def _truth_of(folder: Path, files: list[Path]) -> Path:
    table = folder / "truth.csv"
    rows = demo_study.TRUTH.read_text().splitlines()
    stems = {import_cases.stem(file) for file in files}
    table.write_text("\n".join([rows[0], *(row for row in rows[1:] if row.split(",")[0] in stems)]) + "\n")
    return table


def _prediction(case: str) -> Prediction:
    cumulative = {PROGNOSIS.key: (P_POOR,), GCS_ORDINAL.key: (P_ABOVE_MILD, P_SEVERE), AGE.key: (P_OLD,)}
    return Prediction(case, "ord_gcs_bin_age", WEIGHTS_ID, (32, 80, 80), cumulative, 1.0, True)


def _write_map(place: Workspace, case: str) -> None:
    """Writes one map in the form of `explain`, with its maximum in the middle of the scan."""
    scan = volume.load(place.volume_path(KEY, case))
    outputs = place.outputs_folder(KEY, case, WEIGHTS_ID)
    outputs.mkdir(parents=True)
    values = np.zeros(scan.shape, np.float32)
    values[tuple(slice(size // 2 - 3, size // 2 + 3) for size in scan.shape)] = 1
    volume.save(values, scan.affine, outputs / "guided_grad_cam_prognosis.nii.gz", description="planted map")
    (outputs / "guided_grad_cam_prognosis.json").write_text(
        '{"task": "prognosis", "method": "guided_grad_cam", "native_shape": [2, 5, 5]}')


def _read_all(store: Store) -> None:
    answers = Answers(prognosis="good", p_poor=23, gcs="mild", age="under_80", comment=OTHER_COMMENT)
    while step := store.worklist(KEY, OTHER_READER).next_step:
        shown = {"weights_id": WEIGHTS_ID} if step.condition is Condition.AIDED else {}
        started = store.start_read(KEY, OTHER_READER, step)
        store.lock_read(Read(study=KEY, reader=OTHER_READER, case=step.case_key, condition=step.condition,
                             answers=answers, started_at=started, seconds=30.0, shown=shown))
