"""Saliency maps equal Captum's, walk every method and variant, and leave the network as it was."""

import copy
import functools
import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from captum.attr import GuidedBackprop, GuidedGradCam, LayerAttribution, LayerGradCam
from torch import Tensor, nn

from ich_model import saliency
from ich_model.first_convolution import input_gradient
from ich_model.saliency_map import Method
from ich_model.tasks import GCS_ORDINAL, Task
from ich_model.variants import VARIANTS
from ich_model.weights import LoadedNetwork
from tests.random_networks import random_input, random_network

BASELINE_GRID = (40, 40, 40)
CAPTUM_GRID = (32, 64, 64)
loaded_once = functools.cache(random_network)


class SummedHead(nn.Module):
    """What Captum wants: one output. The sum of a head's logits, (N, 1)."""

    def __init__(self, network: nn.Module, key: str) -> None:
        super().__init__()
        self.network, self.key = network, key

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x)[self.key].sum(dim=1, keepdim=True)


def captum_maps(loaded: LoadedNetwork, values: np.ndarray, key: str) -> dict[Method, np.ndarray]:
    network = copy.deepcopy(loaded.network)
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False  # Captum's hooks cannot see through an in-place ReLU
    head, layer = SummedHead(network, key), network.encoder.features.transition3.conv
    x = torch.from_numpy(values)[None].requires_grad_()
    cam = LayerGradCam(head, layer).attribute(x, target=0, relu_attributions=True)
    maps = {
        Method.GUIDED_BACKPROP: GuidedBackprop(head).attribute(x, target=0),
        Method.GRAD_CAM: LayerAttribution.interpolate(cam, values.shape[1:], "trilinear"),
        Method.GUIDED_GRAD_CAM: GuidedGradCam(head, layer).attribute(x, target=0, interpolate_mode="trilinear"),
    }
    return {method: values.detach().numpy()[0, 0] for method, values in maps.items()}


@pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU:UserWarning")
def test_maps_equal_captums():
    loaded, network_input = random_network(grid=CAPTUM_GRID), random_input(CAPTUM_GRID)
    expected = captum_maps(loaded, network_input.values, GCS_ORDINAL.key)
    found = saliency.explain_all(loaded, network_input, methods=saliency.METHODS, tasks=[Task.GCS])
    for one in found:
        largest = np.abs(expected[one.method]).max()
        assert largest > 0
        assert np.abs(one.values - expected[one.method]).max() < 1e-5 * largest


@pytest.mark.parametrize("method", saliency.METHODS)
def test_every_method_returns_a_map_with_its_origin(method):
    one = saliency.explain(loaded_once(), random_input(), method=method, task=Task.GCS)
    assert one.values.shape == (32, 32, 32)
    assert one.values.dtype == np.float32
    assert np.isfinite(one.values).all()
    assert (one.case, one.variant, one.task, one.method) == ("case", "ord_gcs_bin_age", Task.GCS, method)
    assert len(one.cumulative) == 2


def test_the_native_shape_is_that_of_the_layer_or_of_the_input():
    maps = saliency.explain_all(loaded_once(), random_input(), methods=saliency.METHODS, tasks=[Task.AGE])
    assert [(one.layer, one.native_shape) for one in maps] == [
        ("input", (32, 32, 32)),
        ("encoder.features.transition3.conv", (2, 2, 2)),
        ("encoder.features.transition3.conv", (2, 2, 2)),
    ]


@pytest.mark.parametrize("key", ["baseline_cnn", "prognosis", "only_ord_gcs"])
def test_variants_explain_each_of_their_tasks(key):
    grid = BASELINE_GRID if key == "baseline_cnn" else (32, 32, 32)
    loaded = random_network(key, grid=grid)
    maps = saliency.explain_all(loaded, random_input(grid), methods=saliency.METHODS, tasks=VARIANTS[key].tasks)
    assert len(maps) == 3 * len(VARIANTS[key].tasks)


@pytest.mark.parametrize("method", saliency.METHODS)
def test_the_network_is_left_as_it_was(method):
    network = loaded_once().network
    before = {name: (type(module), module.training, len(module._forward_hooks), len(module._backward_hooks))
              for name, module in network.named_modules()}  # fmt: skip
    saliency.explain(loaded_once(), random_input(), method=method, task=Task.PROGNOSIS)
    assert before == {name: (type(module), module.training, len(module._forward_hooks), len(module._backward_hooks))
                      for name, module in network.named_modules()}  # fmt: skip
    assert all(weight.requires_grad and weight.grad is None for weight in network.parameters())


@pytest.mark.parametrize("method", saliency.METHODS)
def test_the_network_is_left_as_it_was_after_a_failure(method, monkeypatch):
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("broken on purpose")

    loaded = random_network()
    monkeypatch.setattr(torch.autograd, "grad", broken)
    with pytest.raises(RuntimeError, match="broken on purpose"):
        saliency.explain(loaded, random_input(), method=method, task=Task.PROGNOSIS)
    assert not any(module._forward_hooks or module._backward_hooks for module in loaded.network.modules())
    assert all(weight.requires_grad and weight.grad is None for weight in loaded.network.parameters())
    assert not any(module.training for module in loaded.network.modules())


def test_a_pass_is_freed_at_once_as_it_holds_gigabytes():
    gc.collect()
    gc.disable()
    try:
        saliency.explain(loaded_once(), random_input(), method="guided_grad_cam", task=Task.AGE)
        assert not [kept for kept in gc.get_objects() if type(kept) is saliency._Pass]
    finally:
        gc.enable()


def test_threads_that_share_a_network_get_the_maps_of_one_thread():
    def values(seed: int) -> np.ndarray:
        one = saliency.explain(loaded_once(), random_input(seed=seed), method="guided_grad_cam", task=Task.GCS)
        return one.values

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(values, range(2)))
    np.testing.assert_allclose(together, [values(0), values(1)], atol=1e-6 * np.abs(together).max())


def test_no_positive_evidence_is_an_empty_map_of_zeros():
    loaded = random_network("prognosis")
    with torch.no_grad():
        loaded.network.heads["prognosis"].weight.zero_()
    one = saliency.explain(loaded, random_input(), method="guided_grad_cam", task=Task.PROGNOSIS)
    assert one.empty
    assert (one.values == 0).all()


def test_grad_cam_has_no_negative_values_and_the_product_has():
    cam, product = saliency.explain_all(
        loaded_once(), random_input(), methods=["grad_cam", "guided_grad_cam"], tasks=[Task.GCS]
    )
    assert cam.values.min() >= 0
    assert product.values.min() < 0 < product.values.max()


def test_explaining_works_under_no_grad_and_in_inference_mode():
    with torch.inference_mode():
        one = saliency.explain(loaded_once(), random_input(), method="guided_backprop", task=Task.AGE)
    assert one.values.any()


def test_another_layer_can_be_chosen_and_a_wrong_one_is_refused():
    one = saliency.explain(loaded_once(), random_input(), method="grad_cam", task=Task.AGE,
                           layer="encoder.features.transition2.conv")  # fmt: skip
    assert one.native_shape == (4, 4, 4)
    with pytest.raises(ValueError, match="layer 'nowhere': expected a convolution of ord_gcs_bin_age"):
        saliency.explain(loaded_once(), random_input(), method="grad_cam", task=Task.AGE, layer="nowhere")


def test_an_unknown_method_and_a_task_the_network_lacks_are_refused():
    with pytest.raises(ValueError, match="unknown saliency method 'lime': expected one of guided_backprop"):
        saliency.explain(loaded_once(), random_input(), method="lime", task=Task.AGE)
    with pytest.raises(ValueError, match="prognosis does not predict age"):
        saliency.explain(random_network("prognosis"), random_input(), method="grad_cam", task=Task.AGE)


def test_weights_that_give_no_numbers_are_named():
    loaded = random_network("prognosis")
    with torch.no_grad():
        loaded.network.heads["prognosis"].weight.fill_(float("inf"))
    with pytest.raises(ValueError, match="not finite; replace weights 0123456789ab"):
        saliency.explain(loaded, random_input(), method="guided_backprop", task=Task.PROGNOSIS)


@pytest.mark.parametrize("size", [(9, 10, 11), (8, 13, 16)])
@pytest.mark.parametrize("convolution", [nn.Conv3d(1, 4, 7, 2, 3, bias=False), nn.Conv3d(1, 4, 3, 1, 0)])
def test_the_first_convolutions_input_gradient_equals_autograds(convolution, size):
    x = torch.randn(2, 1, *size, generator=torch.Generator().manual_seed(0), requires_grad=True)
    y = convolution(x)
    gradient = torch.randn(y.shape, generator=torch.Generator().manual_seed(1))
    (expected,) = torch.autograd.grad(y, x, gradient)
    torch.testing.assert_close(
        input_gradient(convolution, gradient, input_shape=tuple(x.shape)), expected, rtol=1e-4, atol=1e-5
    )
