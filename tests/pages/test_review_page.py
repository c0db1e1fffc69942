"""What the review page has of its own: several models, how far their maps may be believed, the brain's contour."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from ich_model.explain import faithfulness
from ich_model.scans import browser_payload, skull_strip
from pages.shared import resources
from pages.shared import routes as data_routes
from pages.shared.model import run
from pages.shared.review import case_view
from reader_study.access import accounts, permissions
from reader_study.study.design import Design
from tests.support import app_study, simple_head
from tests.support.app_study import KEY, WEIGHTS
from tests.support.small_study import lock_all, lock_next, prediction_of, small_case

PAGE = Path(__file__).resolve().parents[2] / "pages" / "review.py"
BRAIN = f"/data/{KEY}/case-001/brain"
SECOND = "fedcba987654"


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The app's store, on a fresh workspace with one scan and its map."""
    opened = app_study.open_workspace(tmp_path, monkeypatch)
    app_study.write_scan()
    yield opened
    resources.store().close()
    resources.forget()


@pytest.fixture
def client(store):
    """A browser on the data routes."""
    return TestClient(Starlette(routes=data_routes.ROUTES))


def review(monkeypatch: pytest.MonkeyPatch, token: str, **query: str) -> AppTest:
    """The page as the holder of a session token sees it."""
    monkeypatch.setattr(resources, "session_token", lambda: token)
    page = AppTest.from_file(PAGE, default_timeout=120)
    page.query_params.update(query)
    page.run()
    assert [error.message for error in page.exception] == []
    return page


def viewer_data(page: AppTest) -> dict:
    """What the viewer is told."""
    (component,) = page.get("bidi_component")
    return json.loads(component.proto.json or component.proto.mixed.json)


def add_second_model(store) -> None:
    """Another model's output of the case, with a map of its own."""
    store.add_prediction(KEY, prediction_of("case-001", weights_id=SECOND))
    place = resources.workspace()
    shutil.copytree(place.outputs_folder(KEY, "case-001", WEIGHTS), place.outputs_folder(KEY, "case-001", SECOND))


# The brain's contour


def test_the_brain_comes_as_the_mask_of_the_skull_stripping_in_screen_order(client):
    client.cookies.set(resources.COOKIE, app_study.reader())
    answer = client.get(BRAIN)
    assert answer.headers["content-encoding"] == "gzip"
    expected = browser_payload.screen_order(skull_strip.skull_strip(simple_head.head()).mask)
    assert np.array_equal(np.frombuffer(answer.content, np.uint8), expected.ravel())


def test_the_brain_is_looked_for_once(client, monkeypatch):
    looked, look = [], skull_strip.skull_strip
    monkeypatch.setattr(skull_strip, "skull_strip", lambda scan: looked.append(scan) or look(scan))
    client.cookies.set(resources.COOKIE, app_study.reader())
    assert client.get(BRAIN).content == client.get(BRAIN).content
    assert len(looked) == 1


def test_the_brain_is_refused_with_the_scan(client, store):
    client.cookies.set(resources.COOKIE, app_study.reader())
    for url in (BRAIN.replace("case-001", "case-002"), BRAIN.replace("case-001", "case-009")):
        assert (client.get(url).status_code, client.get(url).text) == (404, "Not found")
    client.cookies.clear()
    assert client.get(BRAIN).status_code == 404


def test_the_review_page_offers_the_contour(store, monkeypatch):
    assert viewer_data(review(monkeypatch, app_study.coordinator()))["scan"]["brain_url"] == BRAIN[1:]


# Where the slices lie


@pytest.mark.parametrize("codes", ["RAS", "LPI", "SAR"])
def test_the_lowest_slices_place_is_the_same_however_a_scan_is_stored(tmp_path, codes):
    affine = np.diag([1.0, 1.0, 5.0, 1.0])
    affine[:3, 3] = (-48, -56, -62.5)
    ras = nib.Nifti1Image(np.zeros((8, 9, 10), np.int16), affine)
    turn = nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("RAS"), nib.orientations.axcodes2ornt(codes))
    nib.save(ras.as_reoriented(turn), tmp_path / "volume.nii.gz")
    assert browser_payload.first_slice_mm(tmp_path / "volume.nii.gz") == pytest.approx(-62.5)


def test_a_tilted_stack_is_measured_along_its_own_normal(tmp_path):
    angle = np.radians(20)
    turned = np.eye(4)
    turned[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    affine = turned @ np.array([[1, 0, 0, -4], [0, 1, 0, -5], [0, 0, 5, 30], [0, 0, 0, 1.0]])
    nib.save(nib.Nifti1Image(np.zeros((8, 9, 10), np.int16), affine), tmp_path / "volume.nii.gz")
    assert browser_payload.first_slice_mm(tmp_path / "volume.nii.gz") == pytest.approx(30, abs=1e-4)


def test_the_viewer_is_told_where_the_lowest_slice_lies(store, monkeypatch):
    path = resources.workspace().volume_path(KEY, "case-001")
    affine = simple_head.AFFINE.copy()
    affine[2, 3] = -71
    nib.save(nib.Nifti1Image(simple_head.head_hu(), affine), path)
    assert viewer_data(review(monkeypatch, app_study.coordinator()))["scan"]["first_slice_mm"] == -71


# Which cases, and what was said of them


def test_between_the_sessions_of_a_crossover_no_case_is_seen_again(tmp_path, monkeypatch):
    store = app_study.open_workspace(tmp_path, monkeypatch, design=Design.CROSSOVER)
    person = accounts.person(store, app_study.reader("Ana"))
    seen = []
    for _ in range(4):
        lock_next(store, "Ana")
        seen.append([case.key for case in permissions.cases_to_review(store, person)])
    last = store.worklist(KEY, "Ana").steps[2].case_key
    store.close()
    resources.forget()
    assert seen == [[], [], [last], ["case-001", "case-002"]]


def test_reads_are_told_in_the_words_of_the_studys_questions(store):
    person = accounts.person(store, app_study.reader("Ana"))
    case = lock_next(store, "Ana").case_key
    (row,) = case_view.reads_of(person, case).to_dict("records")
    assert row == {"Reader": "Ana", "Condition": "unaided", "Prognosis": "Poor", "Probability of poor outcome, %": 70,
                   "Glasgow Coma Scale": "Severe (GCS 3–8)", "Age": "Under 80 years", "Comment": "haematoma, left",
                   "Seconds": 30}


# Models


def test_with_one_model_its_maps_bear_no_models_name(store, monkeypatch):
    page = review(monkeypatch, app_study.coordinator())
    assert [one["label"] for one in viewer_data(page)["overlays"]] == ["Prognosis – Guided Grad-CAM"]
    assert [box.label for box in page.selectbox] == ["Case"]


def test_the_same_map_of_two_models_stands_side_by_side_under_their_names(store, monkeypatch):
    add_second_model(store)
    page = review(monkeypatch, app_study.coordinator())
    first, second = viewer_data(page)["overlays"]
    assert (WEIGHTS[:8] in first["label"], SECOND[:8] in second["label"]) == (True, True)
    assert first["url"] == f"data/{KEY}/case-001/map/{WEIGHTS}/guided_grad_cam/prognosis"
    assert second["url"] == f"data/{KEY}/case-001/map/{SECOND}/guided_grad_cam/prognosis"
    assert len(page.selectbox(key="model").options) == 2


def test_maps_stand_by_task_first(store):
    add_second_model(store)
    for weights in (WEIGHTS, SECOND):
        folder = resources.workspace().outputs_folder(KEY, "case-001", weights)
        manifest = {"task": "age", "method": "guided_grad_cam", "native_shape": [2, 6, 6]}
        (folder / "guided_grad_cam_age.json").write_text(json.dumps(manifest))
    person = accounts.person(store, app_study.coordinator())
    found = case_view.maps_of(KEY, case_view.models_of(person, "case-001"))
    assert [one.task for one in found] == ["prognosis", "prognosis", "age", "age"]


def test_no_model_is_named_to_a_reader_before_its_time(store):
    person = accounts.person(store, app_study.reader("Ana"))
    assert case_view.models_of(person, "case-001") == {}
    while lock_next(store, "Ana").case_key != "case-001":
        pass
    assert len(case_view.models_of(person, "case-001")) == 1


def test_a_reader_sees_only_the_studys_model_until_the_results_are_open(client, store):
    add_second_model(store)
    token = app_study.reader("Ana")
    person = accounts.person(store, token)
    while lock_next(store, "Ana").case_key != "case-001":
        pass
    client.cookies.set(resources.COOKIE, token)
    other = app_study.MAP.replace(WEIGHTS, SECOND)
    assert [one.weights_id for one in case_view.models_of(person, "case-001").values()] == [WEIGHTS]
    assert (client.get(app_study.MAP).status_code, client.get(other).status_code) == (200, 404)
    lock_all(store, "Ana")
    store.set_unlocked(KEY)
    assert len(case_view.models_of(person, "case-001")) == 2
    assert client.get(other).status_code == 200


# How far the maps may be believed


def test_the_sentences_of_the_checks_stand_under_their_map(store, monkeypatch):
    folder = resources.workspace().outputs_folder(KEY, "case-001", WEIGHTS)
    sentences = ["It points into the lesion.", "It fades."]
    faithfulness.write({"guided_grad_cam_prognosis": {"sentences": sentences}}, folder)
    page = review(monkeypatch, app_study.coordinator())
    (expander,) = page.expander
    assert expander.label == "Checked: Prognosis – Guided Grad-CAM"
    assert expander.caption[0].value == "- It points into the lesion.\n- It fades."


def test_without_checks_nothing_is_said_of_belief(store, monkeypatch):
    assert len(review(monkeypatch, app_study.coordinator()).expander) == 0


# A case that no model has seen


@pytest.fixture
def unseen(store) -> str:
    """A case without any output."""
    store.add_cases(KEY, [small_case("case-003")], {})
    return "case-003"


def run_and_refuse(study_key, cases, *, tell_place, tell_step) -> Iterator:
    """Stands in for the network: waits behind another, makes one map of three, and gives up."""
    tell_place(2)
    tell_step(1, 3)
    yield cases[0], "there is no brain in it"


def test_a_coordinator_may_run_the_model_and_sees_place_and_progress(store, unseen, monkeypatch):
    seen = []
    monkeypatch.setattr(run, "run", run_and_refuse)
    monkeypatch.setattr("streamlit.delta_generator.DeltaGenerator.progress",
                        lambda self, value, text: seen.append((round(value, 2), text)) or self)
    page = review(monkeypatch, app_study.coordinator(), case=unseen)
    page.button[0].click().run()
    assert page.warning[0].value == "there is no brain in it"
    assert "Number 2 in line: another explanation is running." in [each.value for each in page.caption]
    assert (0.33, "Map 1 of 3") in seen


def test_a_reader_is_not_offered_to_run_it(store, unseen, monkeypatch):
    token = app_study.reader("Ana")
    while lock_next(store, "Ana").case_key != unseen:
        pass
    assert len(review(monkeypatch, token, case=unseen).button) == 0
