"""A network on a study's cases: outputs once, refusals by themselves, and the commands that start it."""

import re

import numpy as np
import pytest

from ich_model.network import weights
from ich_model.saliency.saliency_map import Method
from ich_model.scans import volume
from reader_study.__main__ import main
from reader_study.models import run as models
from reader_study.models.run import Maps
from reader_study.models.weights_files import weights_file
from reader_study.store.workspace import Workspace, at
from tests.support import simple_head
from tests.support.random_networks import saved_network
from tests.support.small_study import KEY, small_case, store_at

CASES = ("case-001", "case-002")


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> str:
    """Weights of the smallest network, which has seen nothing."""
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    return str(saved_network(path, "baseline_cnn", grid=(38, 38, 38)))


@pytest.fixture
def place(tmp_path, monkeypatch) -> Workspace:
    """A workspace with a study of two scans."""
    workspace = at(tmp_path / "workspace")
    workspace.root.mkdir()
    monkeypatch.setenv("ICH_WORKSPACE", str(workspace.root))
    monkeypatch.delenv("ICH_DATABASE_URL", raising=False)
    store_at(workspace.database_url, cases=CASES).close()
    for case in CASES:
        path = workspace.volume_path(KEY, case)
        volume.save(simple_head.head_hu(), simple_head.AFFINE, path, description="SYNTHETIC")
    return workspace


def outcomes(place: Workspace, file: str, **wanted) -> list[str]:
    """Runs the network on all cases: the refusals."""
    store = place.existing_store()
    try:
        return [one.refusal for one in models.run(store, place, KEY, loaded=weights.load(file), cases=store.cases(KEY),
                                                  **wanted)]
    finally:
        store.close()


def test_each_case_gets_its_prediction_and_the_maps_that_were_asked_for(place, file):
    assert outcomes(place, file, maps=Maps.PROGNOSIS, methods=(Method.GRAD_CAM,)) == ["", ""]
    with_maps = sorted(path.name for path in (place.root / "cases").rglob("*_prognosis.nii.gz"))
    assert with_maps == ["grad_cam_prognosis.nii.gz"] * 2
    store = place.existing_store()
    assert [(one.case, one.variant) for one in store.predictions(KEY)] == [(case, "baseline_cnn") for case in CASES]
    store.close()


def test_a_second_run_computes_nothing_and_another_request_only_what_is_missing(place, file):
    outcomes(place, file, maps=Maps.NONE)
    folder = next((place.root / "cases").rglob("prediction.json")).parent
    before = (folder / "prediction.json").stat().st_mtime_ns
    assert outcomes(place, file, maps=Maps.NONE) == ["", ""]
    assert (folder / "prediction.json").stat().st_mtime_ns == before
    assert outcomes(place, file, maps=Maps.ALL, methods=(Method.GRAD_CAM,)) == ["", ""]
    assert (folder / "grad_cam_prognosis.nii.gz").is_file()
    store = place.existing_store()
    assert len(store.predictions(KEY)) == 2
    store.close()


def test_a_scan_that_no_network_can_take_is_refused_by_itself(place, file):
    flat = np.full(simple_head.SHAPE, 40, np.int16)
    volume.save(flat, simple_head.AFFINE, place.volume_path(KEY, CASES[0]), description="SYNTHETIC")
    assert outcomes(place, file, maps=Maps.NONE) == [
        "volume.nii.gz: every voxel is 40; expected a CT, export it again", ""]


def test_the_command_runs_a_network_and_the_other_lists_it(place, file, capsys):
    assert main(["models", KEY]) == 0
    assert "has no model outputs" in capsys.readouterr().out
    assert main(["add-model", KEY, "--weights", file, "--maps", "none"]) == 0
    assert re.search(r"Study small: .* \([0-9a-f]{12}\) on 2 of 2 cases\.", capsys.readouterr().out)
    assert main(["models", KEY]) == 0
    assert re.match(r"baseline_cnn [0-9a-f]{12}: .*; 2 of 2 cases", capsys.readouterr().out)


def test_the_command_names_the_case_it_could_not_run_on_and_stores_the_others(place, file, capsys):
    place.volume_path(KEY, CASES[1]).write_bytes(b"no scan")
    assert main(["add-model", KEY, "--weights", file, "--maps", "none"]) == 2
    printed = capsys.readouterr()
    assert re.search(rf"2 of 2: {CASES[1]} .", printed.err)
    assert "on 1 of 2 cases" in printed.out


def test_weights_are_named_by_file_or_by_key(place, file):
    assert weights_file("ord_gcs_bin_age", place) == weights.DEMO_WEIGHTS
    assert str(weights_file(file, place)) == file
    with pytest.raises(ValueError, match="other: no such weights file, and no weights of that name at hand"):
        weights_file("other", place)


def test_a_study_without_cases_is_told_to_import_some(place, capsys):
    assert main(["init", "empty", "--title", "T"]) == 0
    assert main(["add-model", "empty"]) == 2
    assert capsys.readouterr().err == "study empty has no cases yet: import scans first\n"


def test_a_case_without_a_scan_is_one_of_those_that_wait(place):
    store = place.existing_store()
    store.add_cases(KEY, [small_case("case-003")])
    assert [case.key for case in models.cases_without(store, KEY, "0" * 12)] == [*CASES, "case-003"]
    store.close()
