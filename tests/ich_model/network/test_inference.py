"""A prediction says what the network said, changes nothing on it, and survives JSON."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch

from ich_model import software
from ich_model.network import inference
from ich_model.network.preprocessing import PREPROCESSING_ID
from ich_model.tasks import Prediction, Repeats, Spread
from ich_model.variants import VARIANTS
from tests.support.random_networks import random_input, random_network

pytestmark = pytest.mark.numeric


def prediction(cumulative: dict[str, tuple[float, ...]]) -> Prediction:
    return Prediction("c1", "any", "0123456789ab", (32, 96, 96), cumulative, seconds=0.5, synthetic_weights=True)


def test_a_prediction_is_the_sigmoid_of_the_networks_logits():
    loaded, network_input = random_network(), random_input()
    with torch.no_grad():
        logits = loaded.network(torch.from_numpy(network_input.values)[None])
    found = inference.predict(loaded, network_input)
    assert found.cumulative["gcs_ordinal"] == pytest.approx(torch.sigmoid(logits["gcs_ordinal"])[0].tolist())
    assert (found.case, found.weights_id, found.input_grid) == ("case", "0123456789ab", (32, 32, 32))
    assert found.synthetic_weights
    assert found.seconds > 0


@pytest.mark.parametrize("key", ["prognosis", "bin_gcs", "only_bin_age"])
def test_a_network_answers_its_own_targets_and_no_other(key):
    found = inference.predict(random_network(key), random_input())
    assert found.targets == tuple(head.target for head in VARIANTS[key].heads)
    content = inference.prediction_json(found)
    assert [task for task in ("prognosis", "gcs", "age") if content[task]] == list(VARIANTS[key].tasks)


def test_threads_that_share_a_network_get_the_answers_of_one_thread():
    loaded = random_network()
    inputs = [random_input(seed=seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda one: inference.predict(loaded, one).cumulative, inputs))
    assert together == [inference.predict(loaded, one).cumulative for one in inputs]


def test_the_json_has_the_published_format():
    content = inference.prediction_json(
        prediction({"prognosis": (0.75,), "gcs_ordinal": (0.875, 0.25), "age": (0.125,)})
    )
    assert content == {
        "case": "c1", "variant": "any", "weights_id": "0123456789ab", "input_grid": [32, 96, 96],
        "prognosis": {"p_poor": 0.75, "label": "poor"},
        "gcs": {"probabilities": {"mild": 0.125, "moderate": 0.625, "severe": 0.25}, "label": "moderate"},
        "age": {"p_80_or_more": 0.125, "label": "under_80"},
        "seconds": 0.5, "synthetic_weights": True,
        "preprocessing": "", "software": {}, "uncertainty": None,
        "cumulative": {"prognosis": [0.75], "gcs_ordinal": [0.875, 0.25], "age": [0.125]},
    }  # fmt: skip


def test_the_json_says_by_which_preprocessing_and_software():
    content = inference.prediction_json(inference.predict(random_network("prognosis"), random_input()))
    assert content["preprocessing"] == PREPROCESSING_ID
    assert torch.__version__.startswith(content["software"]["torch"])
    assert content["software"] == software.versions()
    assert set(content["software"]) == {software.TITLE, "torch", "monai", "numpy", "nibabel"}


def test_a_task_the_network_lacks_is_null():
    content = inference.prediction_json(prediction({"gcs_binary": (0.25,)}))
    assert content["prognosis"] is None
    assert content["gcs"] == {"probabilities": {"not_severe": 0.75, "severe": 0.25}, "label": "not_severe"}


def test_a_prediction_comes_back_from_its_json():
    before = prediction({"prognosis": (0.7,), "gcs_ordinal": (0.3, 0.6)})
    spread = Spread(Repeats.ENSEMBLE, 2, sd={"prognosis": (0.1,), "gcs_ordinal": (0.2, 0.3)}, members=("a", "b"))
    for one in (before, replace(before, spread=spread, preprocessing="p1", software={"torch": "2"})):
        assert inference.prediction_from_json(json.loads(json.dumps(inference.prediction_json(one)))) == one


def test_json_of_something_else_is_refused():
    with pytest.raises(ValueError, match="prediction without 'case'"):
        inference.prediction_from_json({"hello": 1})


def test_an_input_on_another_grid_is_refused():
    with pytest.raises(ValueError, match=r"case: input on grid \(32, 40, 40\), but weights 0123456789ab expect"):
        inference.predict(random_network(), random_input((32, 40, 40)))


def test_a_network_in_training_mode_is_refused():
    loaded = random_network("prognosis")
    with pytest.raises(ValueError, match="training mode"):
        inference.predict(replace(loaded, network=loaded.network.train()), random_input())
