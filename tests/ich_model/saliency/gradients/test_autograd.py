"""The reference path equals Captum's maps and the paper's tool's formula, and leaves nothing behind."""

import copy
import gc

import numpy as np
import pytest
import torch
from captum.attr import GuidedBackprop, GuidedGradCam, LayerAttribution, LayerGradCam
from torch import Tensor, nn

from ich_model.jobs.queue import Watch
from ich_model.saliency import methods
from ich_model.saliency.gradients.autograd import AutogradPass
from ich_model.saliency.gradients.base import Pass
from ich_model.saliency.gradients.input_convolution import input_gradient
from ich_model.saliency.saliency_map import Engine, Method
from ich_model.tasks import GCS_ORDINAL, PROGNOSIS, Target, Task
from ich_model.variants import Encoder
from tests.support.random_networks import random_input, random_network

pytestmark = pytest.mark.numeric

QUICK = [method for method, row in methods.METHODS.items() if not row.through_captum]
GRID = (32, 48, 48)


class SummedHead(nn.Module):
    """What Captum wants: one output. The sum of a head's logits, (N, 1)."""

    def __init__(self, network: nn.Module, key: str) -> None:
        super().__init__()
        self.network, self.key = network, key

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x)[self.key].sum(dim=1, keepdim=True)


def captum_maps(network: nn.Module, values: np.ndarray, target: Target) -> dict[Method, np.ndarray]:
    network = copy.deepcopy(network)
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False  # Captum's hooks cannot see through an in-place ReLU
    head, layer = SummedHead(network, target.key), network.get_submodule(methods.LAYERS[network.variant.encoder])
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
    loaded, network_input = random_network(grid=GRID), random_input(GRID)
    expected = captum_maps(loaded.network, network_input.values, GCS_ORDINAL)
    found = methods.explain_all(loaded, network_input, methods=QUICK, tasks=[Task.GCS], engine=Engine.AUTOGRAD)
    for one in found:
        largest = np.abs(expected[one.method]).max()
        assert largest > 0
        assert np.abs(one.values - expected[one.method]).max() < 1e-5 * largest


@pytest.mark.filterwarnings("ignore:Setting backward hooks on ReLU:UserWarning")
def test_in_double_precision_maps_of_a_small_network_are_captums():
    network = random_network("baseline_cnn").network.double()
    values = random_input((40, 40, 40)).values.astype(np.float64)
    expected = captum_maps(network, values, PROGNOSIS)
    run = AutogradPass(network, values, layer=methods.LAYERS[Encoder.PLAIN_CNN], watch=Watch())
    evidence = run.evidence(PROGNOSIS)
    for method in QUICK:
        found = methods.METHODS[method].of(evidence)[0, 0].numpy()
        assert np.abs(found - expected[method]).max() < 1e-9 * np.abs(expected[method]).max()


def stretched(values: np.ndarray) -> np.ndarray:
    return (values - values.min()) / (values.max() - values.min())


def test_the_published_form_is_m3d_cams():
    network = random_network(grid=GRID).network
    run = AutogradPass(network, random_input(GRID).values, layer="encoder.features.transition3.conv", watch=Watch())
    evidence = run.evidence(GCS_ORDINAL)
    small = stretched(evidence.cam.numpy())
    cam = nn.functional.interpolate(torch.from_numpy(small), size=GRID, mode="trilinear").numpy()
    gradient = evidence.guided_gradient.numpy()
    expected = {"guided_backprop": stretched(gradient), "grad_cam": cam, "guided_grad_cam": stretched(cam * gradient)}
    for method, values in expected.items():
        found = methods.METHODS[method].published(evidence).numpy()
        np.testing.assert_allclose(found, values, atol=1e-6)


def test_the_published_form_of_no_evidence_is_zero():
    network = random_network("prognosis").network
    torch.nn.init.zeros_(network.heads["prognosis"].weight)
    run = AutogradPass(network, random_input().values, layer="encoder.features.transition3.conv", watch=Watch())
    assert not methods.METHODS["guided_grad_cam"].published(run.evidence(PROGNOSIS)).any()


def test_the_network_is_left_as_it_was_after_a_failure(monkeypatch):
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("broken on purpose")

    loaded = random_network()
    monkeypatch.setattr(torch.autograd, "grad", broken)
    with pytest.raises(RuntimeError, match="broken on purpose"):
        methods.explain_all(loaded, random_input(), methods=QUICK, tasks=[Task.AGE], engine=Engine.AUTOGRAD)
    assert not any(module._forward_hooks or module._backward_hooks for module in loaded.network.modules())
    assert all(weight.requires_grad and weight.grad is None for weight in loaded.network.parameters())
    assert not any(module.training for module in loaded.network.modules())


@pytest.mark.parametrize("engine", [Engine.AUTOGRAD, Engine.ONEDNN])
def test_a_pass_is_freed_at_once_as_it_holds_gigabytes(engine):
    gc.collect()
    gc.disable()
    try:
        methods.explain_all(random_network(), random_input(), methods=QUICK, tasks=[Task.AGE], engine=engine)
        assert not [kept for kept in gc.get_objects() if issubclass(type(kept), Pass)]
    finally:
        gc.enable()


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
