"""A study for the app in a workspace of its own: a scan, the model's output for it, and session tokens."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ich_model.scans import volume
from pages.shared import resources
from reader_study.access import accounts
from reader_study.store.store import Store
from reader_study.study.design import Design, Study
from tests.support import simple_head
from tests.support.databases import sqlite_file
from tests.support.small_study import CASES, KEY, TRUTHS, open_as_is, prediction_of, small_case

OTHER = "other"
PASSWORD = "a long password"
WEIGHTS = prediction_of("any").weights_id
MAP = f"/data/{KEY}/case-001/map/{WEIGHTS}/guided_grad_cam/prognosis"


def open_workspace(folder: Path, monkeypatch: pytest.MonkeyPatch, *, design: Design = Design.SEQUENTIAL) -> Store:
    """The app's store in a new workspace with the study, its cases, reference standard and predictions."""
    monkeypatch.setenv("ICH_WORKSPACE", str(folder))
    monkeypatch.delenv("ICH_DATABASE_URL", raising=False)
    sqlite_file(folder / "study.db")
    resources.forget()
    store = resources.store()
    for key in (KEY, OTHER):
        store.create_study(Study(key=key, title=f"Study {key}", seed=1, design=design, demo=key == KEY))
    store.add_cases(KEY, [replace(small_case(key), shape=simple_head.SHAPE) for key in CASES], TRUTHS)
    for key in CASES:
        store.add_prediction(KEY, prediction_of(key))
    for key in (KEY, OTHER):
        open_as_is(store, key)
    return store


def write_scan(case: str = "case-001", *, with_map: bool = True) -> np.ndarray:
    """Writes a head as the scan of a case, by default with a saliency map; returns its HU (I, J, K)."""
    hu, place = simple_head.head_hu(), resources.workspace()
    place.case_folder(KEY, case).mkdir(parents=True)
    volume.save(hu, simple_head.AFFINE, place.volume_path(KEY, case), description="SYNTHETIC head for tests")
    if with_map:
        _write_map(place.outputs_folder(KEY, case, WEIGHTS), hu.shape)
    return hu


def _write_map(outputs: Path, shape: tuple[int, int, int]) -> None:
    """Writes a prognosis map with the values 2, 1 and -3 and its manifest."""
    outputs.mkdir(parents=True)
    saliency = np.zeros(shape, np.float32)
    saliency[10, 20, 5], saliency[11, 20, 5], saliency[12, 20, 5] = 2.0, 1.0, -3.0
    volume.save(saliency, simple_head.AFFINE, outputs / "guided_grad_cam_prognosis.nii.gz", description="map for tests")
    manifest = {"task": "prognosis", "method": "guided_grad_cam", "native_shape": [2, 6, 6]}
    (outputs / "guided_grad_cam_prognosis.json").write_text(json.dumps(manifest))


def reader(name: str = "Ana") -> str:
    """The session token of a new reader."""
    return accounts.join_demo(resources.store(), KEY, name, PASSWORD)


def coordinator() -> str:
    """The session token of the study's coordinator."""
    return accounts.enter_demo_coordinator(resources.store(), KEY)


def redefine(store: Store, **changes: Any) -> Study:
    """Stores a new definition of the study, with these changes to the default one, and returns it."""
    default: dict[str, Any] = {"title": "A study", "seed": 1, "demo": True, "design": Design.SEQUENTIAL}
    new = Study(key=KEY, **default | changes)
    store.update_study(new)
    return new
