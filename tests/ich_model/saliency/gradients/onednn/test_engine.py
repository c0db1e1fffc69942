"""The fast engine gives the reference's maps, keeps nothing of a case, and follows changed weights."""

import copy
import functools
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import data_samples
from ich_model.jobs.queue import FairQueue, Watch
from ich_model.network import weights
from ich_model.network.preprocessing import NetworkInput, to_input
from ich_model.network.weights import LoadedNetwork
from ich_model.saliency import methods
from ich_model.saliency.gradients.autograd import AutogradPass
from ich_model.saliency.gradients.onednn import folded_weights, stem_forward
from ich_model.saliency.saliency_map import Engine, Method
from ich_model.scans import volume
from ich_model.scans.skull_strip import brain_only
from ich_model.tasks import Task
from tests.support.random_networks import random_input, random_network

pytestmark = pytest.mark.numeric

QUICK = [method for method, row in methods.METHODS.items() if not row.through_captum]
CASES = Path(data_samples.__file__).parent / "cases"
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


def head_like(grid: tuple[int, int, int]) -> NetworkInput:
    """A ball of noise in an empty background, with one value alone in the middle, as skull-stripping leaves a bleed."""
    ball = sum(axis**2 for axis in np.ogrid[tuple(slice(-1, 1, complex(n)) for n in grid)])
    noise = random_input(grid)
    values = np.where(ball < 0.6, noise.values, 0).astype(np.float32)
    values[0][ball < 0.1] = 0.7
    return replace(noise, values=values)


def demo_case() -> NetworkInput:
    """A demo case as its network sees it."""
    return to_input(brain_only(volume.load(CASES / "demo-01.nii.gz")), weights.load_demo().manifest.grid)


def in_float64(loaded: LoadedNetwork, case: NetworkInput) -> dict[tuple[str, str], np.ndarray]:
    """The maps of the quick methods by method and task, the network and all gradients in float64."""
    network = copy.deepcopy(loaded.network).double()
    layer = methods.LAYERS[loaded.variant.encoder]
    with torch.enable_grad():
        run = AutogradPass(network, case.values.astype(np.float64), layer=layer, watch=Watch())
        evidences = [run.evidence(head.target) for head in loaded.variant.heads]
        return {(method, each.target.task): methods.METHODS[method].of(each)[0, 0].detach().numpy()
                for each in evidences for method in QUICK}


@pytest.mark.parametrize(("network", "case"), [
    (weights.load_demo, demo_case),
    (lambda: lively_network(grid=(33, 45, 51)), lambda: head_like((33, 45, 51))),
    (lambda: lively_network(grid=(32, 40, 40)), lambda: head_like((32, 40, 40))),
    (lambda: lively_network("only_ord_gcs", grid=(32, 32, 32)), lambda: head_like((32, 32, 32))),
], ids=["demo", "odd", "even", "one head"])
def test_every_voxel_of_every_map_agrees_with_float64_to_a_hundredth_of_the_maximum(network, case):
    loaded, given = network(), case()
    exact = in_float64(loaded, given)
    for engine in (Engine.ONEDNN, Engine.AUTOGRAD):
        for one in methods.explain_all(loaded, given, methods=QUICK, tasks=loaded.variant.tasks, engine=engine):
            expected = exact[one.method, one.task]
            assert np.abs(one.values - expected).max() < 1e-2 * np.abs(expected).max(), (engine, one.method, one.task)


def test_outputs_of_one_value_under_the_kernel_are_equal_to_the_last_digit():
    loaded, case = lively_network(grid=(33, 45, 51)), head_like((33, 45, 51))
    ready, values = folded_weights.folded(loaded.network), torch.from_numpy(case.values[0])
    low, high = stem_forward.extremes(values)
    first = stem_forward.FirstForward(ready.first, ready.first_sums, ready.first_shift, values)
    out = torch.zeros(*low.shape, len(ready.first_shift))
    for number, one in enumerate(out):
        first.write(number, one)
    for value in (0.0, float(np.float32(0.7))):
        level = out[(low == value) & (high == value)]
        assert len(level) > 1
        assert torch.equal(level, level[:1].expand_as(level))
        expected = ready.first_shift + value * ready.first_sums
        torch.testing.assert_close(level[0], expected)


@pytest.mark.parametrize("grid", ODD_GRIDS)
def test_all_maps_of_all_heads_agree_with_the_reference_at_odd_sizes(grid):
    for fast, reference in both(lively_network(grid=grid), grid):
        assert fast.shape == grid
        assert np.corrcoef(fast.ravel(), reference.ravel())[0, 1] > 0.9999
        assert np.abs(fast - reference).max() < 1e-2 * np.abs(reference).max()


def test_a_network_of_one_ordinal_head_agrees_too():
    for fast, reference in both(lively_network("only_ord_gcs", grid=(32, 32, 32)), (32, 32, 32)):
        assert np.abs(fast - reference).max() < 1e-2 * np.abs(reference).max()


def test_its_outputs_are_the_networks():
    loaded, case = lively_network(grid=(32, 32, 32)), random_input()
    one = methods.explain(loaded, case, method="grad_cam", task=Task.GCS)
    with torch.no_grad():
        expected = torch.sigmoid(loaded.network(torch.from_numpy(case.values)[None])["gcs_ordinal"][0])
    assert one.engine is Engine.ONEDNN
    np.testing.assert_allclose(one.cumulative, expected, atol=1e-6)


def test_two_threads_at_once_get_the_maps_of_one():
    loaded, line = lively_network(grid=(32, 32, 32)), FairQueue(at_once=2)

    def values(seed: int) -> np.ndarray:
        maps = methods.explain_all(loaded, random_input(seed=seed), methods=[Method.GUIDED_GRAD_CAM],
                                   tasks=[Task.GCS], queue=line)  # fmt: skip
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
