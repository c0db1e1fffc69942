"""Outputs of a case lie on the scan's grid, say where they came from, and appear whole or not at all."""

import functools
import json
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest

from ich_model import software
from ich_model.explain import outputs
from ich_model.network.inference import prediction_from_json
from ich_model.network.preprocessing import NetworkInput, to_input
from ich_model.saliency import methods
from ich_model.scans.skull_strip import ImplausibleBrain
from ich_model.scans.volume import Volume
from ich_model.tasks import Task
from tests.support import simple_head
from tests.support.random_networks import GRID, random_network

pytestmark = pytest.mark.numeric

network = functools.cache(random_network)


def brain_input() -> NetworkInput:
    return to_input(simple_head.brain(), GRID)


def gcs_map() -> methods.SaliencyMap:
    return methods.explain(network(), brain_input(), method="guided_grad_cam", task=Task.GCS)


def test_a_map_lies_on_the_scans_grid_and_says_so_in_its_header(tmp_path):
    path = outputs.write_map(gcs_map(), brain_input(), simple_head.brain(), tmp_path)
    image = nib.load(path)
    assert path.name == "guided_grad_cam_gcs.nii.gz"
    assert (image.shape, image.get_data_dtype()) == (simple_head.SHAPE, np.float32)
    np.testing.assert_allclose(image.affine, simple_head.AFFINE)
    assert b"guided_grad_cam gcs ord_gcs_bin_age; synthetic weights" in image.header["descrip"].item()


def test_the_manifest_tells_where_a_map_came_from(tmp_path):
    outputs.write_map(gcs_map(), brain_input(), simple_head.brain(), tmp_path)
    found = json.loads((tmp_path / "guided_grad_cam_gcs.json").read_text())
    assert (found["case"], found["variant"], found["weights_id"]) == ("brain", "ord_gcs_bin_age", "0123456789ab")
    assert (found["task"], found["target"], found["target_logit"]) == ("gcs", "gcs_ordinal", "sum of 2")
    assert (found["layer"], found["native_shape"]) == ("encoder.features.transition3.conv", [2, 2, 2])
    assert found["synthetic_weights"] is True
    assert sum(found["p"].values()) == pytest.approx(1)
    assert found["software"] == software.versions()


def test_case_outputs_are_the_prediction_and_a_map_a_task(tmp_path):
    prediction = outputs.case_outputs(network(), simple_head.brain(), tmp_path / "new" / "out")
    stems = [f"guided_grad_cam_{task}" for task in ("prognosis", "gcs", "age")]
    expected = {"prediction.json", *(stem + end for stem in stems for end in (".nii.gz", ".json"))}
    assert {path.name for path in (tmp_path / "new" / "out").iterdir()} == expected
    content = json.loads((tmp_path / "new" / "out" / "prediction.json").read_text())
    assert prediction_from_json(content) == prediction


def test_a_map_says_the_same_probabilities_as_the_prediction(tmp_path):
    prediction = outputs.case_outputs(network(), simple_head.brain(), tmp_path / "out", tasks=[Task.PROGNOSIS])
    found = json.loads((tmp_path / "out" / "guided_grad_cam_prognosis.json").read_text())
    assert found["p"] == pytest.approx(prediction.probabilities(prediction.targets[0]), abs=1e-5)


def test_a_whole_head_is_stripped_first(tmp_path):
    outputs.case_outputs(network(), simple_head.head(), tmp_path / "out", methods=["grad_cam"], tasks=[Task.AGE])
    assert nib.load(tmp_path / "out" / "grad_cam_age.nii.gz").shape == simple_head.SHAPE


def test_an_existing_folder_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="exists already, expected a new folder"):
        outputs.case_outputs(network(), simple_head.brain(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_nothing_stays_behind_when_writing_fails(tmp_path, monkeypatch):
    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(outputs, "save", full)
    with pytest.raises(OSError, match="disk full"):
        outputs.case_outputs(network(), simple_head.brain(), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_brain_leaves_nothing(tmp_path):
    body = Volume("body", np.where(simple_head.brain_mask(), 40, -1000), simple_head.AFFINE)
    with pytest.raises(ImplausibleBrain, match="body"):
        outputs.case_outputs(network(), body, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_prediction_file_that_holds_no_object_is_refused(tmp_path):
    (tmp_path / "prediction.json").write_text("[]")
    with pytest.raises(ValueError, match=r"prediction\.json: expected a JSON object, got list; make the file again"):
        outputs.prediction_in(tmp_path)


def test_a_map_of_another_volume_is_refused(tmp_path):
    other = Volume("other", np.zeros((9, 9, 9)), np.eye(4))
    with pytest.raises(ValueError, match=r"other: has shape \(9, 9, 9\), but the input was made from"):
        outputs.write_map(gcs_map(), brain_input(), other, tmp_path)


def test_evidence_at_the_clot_lies_at_the_clot_of_the_scan(tmp_path):
    bright = replace(gcs_map(), values=brain_input().values[0])
    path = outputs.write_map(bright, brain_input(), simple_head.brain(), tmp_path)
    values = nib.load(path).get_fdata()
    assert simple_head.brain().hu[np.unravel_index(values.argmax(), values.shape)] == 65
    assert values[simple_head.brain().hu == 65].mean() > 2 * values[simple_head.brain().hu == 30].mean()
