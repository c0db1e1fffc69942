"""What a notebook calls takes texts: for a path, for a task, method, form or engine, for a variant its key."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from ich_model.choices import all_chosen, chosen
from ich_model.dataset.cases import read_cases
from ich_model.explain import batch, faithfulness
from ich_model.explain import outputs as explain_outputs
from ich_model.explain.batch import Job, Outcome
from ich_model.explain.outputs import Request
from ich_model.explain.pointing_game import load_lesion
from ich_model.explain.scan_list import find_cases
from ich_model.network import inference, weights
from ich_model.network.preprocessing import to_input
from ich_model.saliency import methods
from ich_model.saliency.saliency_map import Engine, Form, Method
from ich_model.scans import load, volume
from ich_model.scans.dicom import load as load_series
from ich_model.tasks import Task
from ich_model.variants import VARIANTS, variant_named
from tests.support import simple_head
from tests.support.made_dicom import noisy_head, write_series
from tests.support.random_networks import random_input, random_network, saved_network
from tests.support.tiny_cohort import tiny_cohort

TASKS = re.escape("expected one of prognosis, gcs, age")


@pytest.fixture(scope="module")
def loaded():
    return random_network()


@pytest.fixture
def scan(tmp_path) -> str:
    return str(simple_head.written(tmp_path / "a.nii.gz", simple_head.brain().hu))


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory) -> str:
    """Of the smallest network."""
    path = tmp_path_factory.mktemp("weights") / "w.safetensors"
    return str(saved_network(path, "baseline_cnn", grid=(38, 38, 38)))


def test_a_task_as_text_is_explained_as_the_task_itself(loaded):
    by_text, by_task = (methods.explain(loaded, random_input(), method="grad_cam", task=task)
                        for task in ("prognosis", Task.PROGNOSIS))  # fmt: skip
    assert by_text.task is Task.PROGNOSIS
    np.testing.assert_array_equal(by_text.values, by_task.values)


def test_a_single_text_is_one_name_and_not_its_letters(loaded):
    maps = methods.explain_all(loaded, random_input(), methods="grad_cam", tasks="gcs", form="absolute",
                               engine="autograd")  # fmt: skip
    assert [(one.method, one.task, one.form, one.engine) for one in maps] == [
        (Method.GRAD_CAM, Task.GCS, Form.ABSOLUTE, Engine.AUTOGRAD)]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"tasks": ["outcome"]}, f"unknown task 'outcome': {TASKS}"),
        ({"methods": ["lime"]}, "unknown saliency method 'lime': expected one of guided_backprop, grad_cam,"),
        ({"form": "raw"}, "unknown form of a map 'raw': expected one of signed, absolute, published"),
        ({"engine": "fast"}, "unknown engine 'fast': expected one of onednn, autograd, captum"),
    ],
)
def test_an_unknown_text_is_answered_by_those_there_are(loaded, wrong, sentence):
    with pytest.raises(ValueError, match=f"^{sentence}"):
        methods.explain_all(loaded, random_input(), **{"methods": ["grad_cam"], "tasks": ["age"], **wrong})


def test_a_task_that_a_network_lacks_is_not_said_to_be_predicted():
    with pytest.raises(ValueError, match=r"^prognosis does not predict gcs; it predicts prognosis$"):
        VARIANTS["prognosis"].head_of("gcs")


def test_a_predictions_target_is_found_by_its_tasks_text(loaded):
    found = inference.predict(loaded, random_input())
    assert [found.target_of(str(task)) for task in Task] == list(VARIANTS["ord_gcs_bin_age"].targets)
    with pytest.raises(ValueError, match=f"^unknown task 'outcome': {TASKS}$"):
        found.target_of("outcome")


def test_from_a_scan_to_its_maps_in_texts_alone(scan, weights_file, tmp_path):
    network, out = weights.load(weights_file, variant="baseline_cnn"), str(tmp_path / "out")
    explain_outputs.case_outputs(network, volume.load(scan), out, methods="grad_cam", tasks="prognosis")
    assert (tmp_path / "out" / "grad_cam_prognosis.nii.gz").is_file()
    assert faithfulness.read_sentences(out, method="grad_cam", task="prognosis") == []
    again = explain_outputs.prediction_in(out)
    assert again.cumulative == inference.predict(network, to_input(volume.load(scan), network.manifest.grid)).cumulative


def test_outputs_and_maps_are_written_to_a_folder_named_by_text(scan, weights_file, tmp_path):
    network, request = weights.load(weights_file), Request(("grad_cam",), ("prognosis",), form="absolute")
    outputs = explain_outputs.compute(network, volume.load(scan), request=request)
    explain_outputs.write(outputs, volume.load(scan), str(tmp_path))
    path = explain_outputs.write_map(outputs.maps[0], outputs.network_input, volume.load(scan), str(tmp_path))
    assert {path, tmp_path / "prediction.json"} <= set(tmp_path.iterdir())


def test_many_cases_are_explained_by_texts_and_then_kept(scan, weights_file, tmp_path):
    [case] = find_cases(str(tmp_path), out=str(tmp_path / "out"))
    job = Job(case, str(tmp_path / "out"), Request(("grad_cam",), ("prognosis",)), weights_file, "baseline_cnn")
    results = [batch.explain_case(job) for _ in range(2)]
    assert [result.outcome for result in results] == [Outcome.MADE, Outcome.KEPT]
    batch.write_tables(job.out, results)
    assert (tmp_path / "out" / "explained.csv").is_file()


def test_scans_masks_and_tables_are_read_from_texts(scan, tmp_path):
    np.testing.assert_array_equal(load.load_one(scan).hu, volume.load(scan).hu)
    assert [found.name for found in load.find(scan)] == [found.name for found in load.find([scan])] == ["a.nii.gz"]
    assert load_lesion(scan, volume.load(scan), values=(65,)).any()
    volume.save(np.zeros((3, 3, 3)), np.eye(4), str(tmp_path / "b.nii"), description="empty")
    assert len(read_cases(str(tiny_cohort(tmp_path, count=2)))) == 2


def test_a_dicom_series_is_read_below_a_folder_named_by_text(tmp_path):
    [found] = load.find(str(write_series(tmp_path / "ct")))
    read = load_series(found.series[0], str(found.container.root), name="ct")
    np.testing.assert_array_equal(read.hu, noisy_head())


def test_weights_are_saved_and_loaded_by_text_and_their_variant_by_its_key(tmp_path):
    network = random_network("baseline_cnn", grid=(40, 40, 40))
    path = str(tmp_path / "cnn.safetensors")
    written = weights.save(path, network=network.network, manifest=network.manifest)
    assert weights.load(path, variant="baseline_cnn").manifest == weights.read_manifest(path) == written
    with pytest.raises(weights.WeightsMismatch, match="weights of baseline_cnn, expected prognosis"):
        weights.load(path, variant="prognosis")


def test_a_published_checkpoints_variant_is_named_by_its_key(tmp_path):
    network = random_network("baseline_cnn", grid=(40, 40, 40)).network
    state = {name.replace("heads.prognosis.", "classifier.1."): value for name, value in network.state_dict().items()}
    torch.save(state, tmp_path / "p.pth")
    assert weights.load(str(tmp_path / "p.pth"), variant="baseline_cnn").variant is VARIANTS["baseline_cnn"]
    with pytest.raises(ValueError, match=r"^unknown variant 'cnn': expected one of baseline_cnn, prognosis"):
        weights.load(tmp_path / "p.pth", variant="cnn")


def test_a_variant_stays_itself_and_a_member_too():
    row = replace(VARIANTS["prognosis"], title="another")
    assert variant_named(row) is row
    assert chosen(Task, Task.AGE, noun="task") is Task.AGE
    assert all_chosen(Task, ["age", Task.GCS], noun="task") == (Task.AGE, Task.GCS)
