"""The fast engine gives the reference's maps, keeps nothing of a case, and follows changed weights."""

import functools
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from ich_model.jobs.queue import WaitingLine
from ich_model.network.weights import LoadedNetwork
from ich_model.saliency import methods
from ich_model.saliency.gradients.onednn import folded_weights
from ich_model.saliency.saliency_map import Engine, Method
from ich_model.tasks import Task
from tests.support.random_networks import random_input, random_network

pytestmark = pytest.mark.numeric

QUICK = [method for method, row in methods.METHODS.items() if not row.through_captum]
ODD_GRIDS = [(33, 45, 51), (29, 46, 39), (40, 32, 35)]


def lively_network(variant: str = "ord_gcs_bin_age", *, grid: tuple[int, int, int]) -> LoadedNetwork:
    """A network whose norms have statistics of their own, as after training, and whose heads find evidence."""
    loaded, random = random_network(variant, grid=grid), torch.Generator().manual_seed(1)
    with torch.no_grad():
        for norm in (module for module in loaded.network.modules() if isinstance(module, torch.nn.BatchNorm3d)):
            for values in (norm.running_var, norm.weight):
                values.copy_(0.5 + torch.rand(values.shape, generator=random))
            for values in (norm.running_mean, norm.bias):
                values.copy_(0.2 * torch.randn(values.shape, generator=random))
        for head in loaded.network.heads.values():
            head.weight.abs_()
    return loaded


def both(loaded: LoadedNetwork, grid: tuple[int, int, int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each map by the engine and by the reference."""
    ask = functools.partial(methods.explain_all, loaded, random_input(grid), methods=QUICK, tasks=loaded.variant.tasks)
    pairs = zip(ask(engine=Engine.ONEDNN), ask(engine=Engine.AUTOGRAD), strict=True)
    return [(fast.values, reference.values) for fast, reference in pairs]


@pytest.mark.parametrize("grid", ODD_GRIDS)
def test_all_maps_of_all_heads_agree_with_the_reference_at_odd_sizes(grid):
    for fast, reference in both(lively_network(grid=grid), grid):
        assert fast.shape == grid
        assert np.corrcoef(fast.ravel(), reference.ravel())[0, 1] > 0.9999
        assert np.abs(fast - reference).max() < 2e-2 * np.abs(reference).max()


def test_a_network_of_one_ordinal_head_agrees_too():
    for fast, reference in both(lively_network("only_ord_gcs", grid=(32, 32, 32)), (32, 32, 32)):
        assert np.abs(fast - reference).max() < 2e-2 * np.abs(reference).max()


def test_its_outputs_are_the_networks():
    loaded, case = lively_network(grid=(32, 32, 32)), random_input()
    one = methods.explain(loaded, case, method="grad_cam", task=Task.GCS)
    with torch.no_grad():
        expected = torch.sigmoid(loaded.network(torch.from_numpy(case.values)[None])["gcs_ordinal"][0])
    assert one.engine is Engine.ONEDNN
    np.testing.assert_allclose(one.cumulative, expected, atol=1e-6)


def test_two_threads_at_once_get_the_maps_of_one():
    loaded, line = lively_network(grid=(32, 32, 32)), WaitingLine(at_once=2)

    def values(seed: int) -> np.ndarray:
        maps = methods.explain_all(loaded, random_input(seed=seed), methods=[Method.GUIDED_GRAD_CAM],
                                   tasks=[Task.GCS], line=line)  # fmt: skip
        return maps[0].values

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(values, [0, 1, 0, 1]))
    np.testing.assert_array_equal(together, [values(0), values(1)] * 2)


def test_the_network_is_untouched():
    loaded = lively_network(grid=(32, 32, 32))
    before = {name: value.clone() for name, value in loaded.network.state_dict().items()}
    methods.explain_all(loaded, random_input(), methods=QUICK, tasks=list(Task))
    assert all(torch.equal(value, before[name]) for name, value in loaded.network.state_dict().items())
    assert all(weight.requires_grad and weight.grad is None for weight in loaded.network.parameters())


def test_weights_are_made_ready_once_and_again_when_they_change():
    loaded = random_network("prognosis")
    ready = folded_weights.folded(loaded.network)
    assert folded_weights.folded(loaded.network) is ready
    with torch.no_grad():
        loaded.network.heads["prognosis"].weight.mul_(2)
    assert folded_weights.folded(loaded.network) is not ready


def test_ready_weights_go_with_their_network():
    network = random_network("prognosis").network
    gone = weakref.ref(folded_weights.folded(network).first)
    del network
    gc.collect()
    assert gone() is None
