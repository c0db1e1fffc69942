"""The cascade shuffles a copy from the output to the input, and says how much of a map is left."""

import functools

import pytest
import torch

from ich_model.explain import sanity_check
from ich_model.explain.sanity_check import Step
from ich_model.saliency import methods
from ich_model.saliency.saliency_map import Method
from ich_model.tasks import Task
from tests.support.random_networks import random_input, random_network

pytestmark = pytest.mark.numeric

GRID = (38, 38, 38)  # the small network of the table is enough here
PARTS = ["heads", "12", "10", "7", "3", "0"]


@functools.cache
def cascades() -> list[list[Step]]:
    loaded, case = random_network("baseline_cnn", grid=GRID), random_input(GRID)
    maps = methods.explain_all(loaded, case, methods=[Method.GUIDED_BACKPROP, Method.GUIDED_GRAD_CAM],
                               tasks=[Task.PROGNOSIS])  # fmt: skip
    return sanity_check.cascade(loaded, case, maps)


def test_each_map_has_a_step_for_each_part_with_weights_from_the_output_down():
    assert [[step.part for step in steps] for steps in cascades()] == [PARTS, PARTS]


def test_correlations_lie_between_minus_one_and_one_and_fall_at_the_end():
    shown = [step.correlation for step in cascades()[0]]
    assert all(-1 <= correlation <= 1 for correlation in shown)
    assert shown[-1] < shown[0]


def test_the_network_keeps_its_weights():
    loaded, case = random_network("baseline_cnn", grid=GRID), random_input(GRID)
    before = {name: value.clone() for name, value in loaded.network.state_dict().items()}
    maps = methods.explain_all(loaded, case, methods=[Method.GUIDED_BACKPROP], tasks=[Task.PROGNOSIS])
    assert sanity_check.cascade(loaded, case, maps) == [cascades()[0]]  # and seeded, it is the same again
    assert all(torch.equal(value, before[name]) for name, value in loaded.network.state_dict().items())


def test_a_shuffled_tensor_holds_the_same_values():
    part = random_network("prognosis").network.heads
    before = part["prognosis"].weight.clone()
    sanity_check._shuffle(part, torch.Generator().manual_seed(0))
    assert not torch.equal(part["prognosis"].weight, before)
    assert torch.equal(part["prognosis"].weight.sort().values, before.sort().values)


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (Step("0", 0.1, 0.8), "correlates 0.10 with the true one (0.80 without signs)"),
        (Step("0", None, None), "vanishes"),
    ],
)
def test_the_sentence_tells_the_first_and_the_last_step(last, words):
    sentence = sanity_check.sentence([Step("heads", 0.9, 0.95), last])
    assert "weights shuffled this map correlates 0.90" in sentence
    assert f"with all weights shuffled it {words}" in sentence
