"""Saliency maps: Guided Backpropagation, Grad-CAM and their product, from one forward pass for all.

What is explained is the sum of a head's logits. Logit m of K - 1 says "the class is above m", so the sum is evidence
for a higher class over all cuts; for a binary head it is its one logit.

The network is copied first and the copy's ReLUs are exchanged, so the network itself is never touched: sessions may
share it. Guided Backpropagation: Springenberg et al. 2015; Grad-CAM and Guided Grad-CAM: Selvaraju et al. 2017. The
maps equal Captum's (LayerGradCam with ReLU, GuidedGradCam with trilinear interpolation).
"""

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ich_model.first_convolution import input_gradient
from ich_model.inference import check_fits
from ich_model.network import SALIENCY_LAYER, MultiTaskNetwork
from ich_model.preprocessing import NetworkInput
from ich_model.saliency_map import INPUT_LAYER, Method, SaliencyMap
from ich_model.tasks import Target, Task
from ich_model.variants import Encoder
from ich_model.weights import LoadedNetwork

LAYERS = {
    Encoder.DENSENET121: SALIENCY_LAYER,
    Encoder.PLAIN_CNN: "encoder.features.10",  # its last convolution
}
"""Where Grad-CAM is taken, by encoder."""


@dataclass
class _Rule:
    """Which gradient the exchanged ReLUs pass back: the true one, or only its positive part (guided)."""

    guided: bool = False


class _SwitchedReLU(torch.autograd.Function):
    """max(x, 0), whose gradient obeys the rule in force when the gradient is asked for."""

    @staticmethod
    def forward(ctx, x: Tensor, rule: _Rule) -> Tensor:
        y = x.clamp(min=0)
        ctx.save_for_backward(y)
        ctx.rule = rule
        return y

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        (y,) = ctx.saved_tensors
        passed = gradient.clamp(min=0) if ctx.rule.guided else gradient
        return torch.where(y > 0, passed, 0), None


class _RuledReLU(nn.Module):
    """Stands where a ReLU stood."""

    def __init__(self, rule: _Rule) -> None:
        super().__init__()
        self.rule = rule

    def forward(self, x: Tensor) -> Tensor:
        return _SwitchedReLU.apply(x, self.rule)


class _Pass:
    """One forward pass of one case through a copy of a network, kept for any number of gradients."""

    def __init__(self, network: MultiTaskNetwork, values: np.ndarray, *, layer: str) -> None:
        self.rule = _Rule()
        self.layer = layer
        self.grid = values.shape[-3:]
        ruled = copy.deepcopy(network).requires_grad_(False)
        _exchange_relus(ruled, self.rule)
        self.first = next(module for module in ruled.modules() if isinstance(module, nn.Conv3d))
        hooks = (
            self.first.register_forward_hook(self._keep_first),
            ruled.get_submodule(layer).register_forward_hook(self._keep_layer),
        )
        self.logits: dict[str, Tensor] = ruled(torch.from_numpy(values)[None])
        for hook in hooks:  # they refer to this pass, which would keep gigabytes alive in a circle
            hook.remove()

    def _keep_first(self, _module: nn.Module, _inputs: tuple, output: Tensor) -> Tensor:
        """The graph starts here: the step from here to the input is taken by a faster way of our own."""
        self.after_first = output.detach().requires_grad_()
        return self.after_first

    def _keep_layer(self, _module: nn.Module, _inputs: tuple, output: Tensor) -> None:
        self.activation = output


class _Evidence:
    """The gradients of one target's summed logits in a pass; each is computed when first asked for."""

    def __init__(self, run: _Pass, target: Target) -> None:
        self.run = run
        self.target = target
        self.score = run.logits[target.key].sum()

    @cached_property
    def cam(self) -> Tensor:
        """Grad-CAM (1, 1, d, h, w): activations of the layer weighted by their mean gradients, negatives cut off."""
        activation = self.run.activation
        (gradient,) = self._gradient(activation, guided=False)
        weights = gradient.mean(dim=(2, 3, 4), keepdim=True)
        return functional.relu((weights * activation.detach()).sum(dim=1, keepdim=True))

    @cached_property
    def cam_on_grid(self) -> Tensor:
        """Grad-CAM interpolated to the input, (1, 1, D, H, W)."""
        return functional.interpolate(self.cam, size=self.run.grid, mode="trilinear", align_corners=False)

    @cached_property
    def guided_gradient(self) -> Tensor:
        """Guided Backpropagation (1, 1, D, H, W), signed."""
        (gradient,) = self._gradient(self.run.after_first, guided=True)
        return input_gradient(self.run.first, gradient, input_shape=(1, 1, *self.run.grid))

    def _gradient(self, towards: Tensor, *, guided: bool) -> tuple[Tensor, ...]:
        self.run.rule.guided = guided
        return torch.autograd.grad(self.score, towards, retain_graph=True)


@dataclass(frozen=True)
class Row:
    """A method: the map (1, 1, D, H, W) it makes, and whether it is made at a layer or at the input."""

    of: Callable[[_Evidence], Tensor]
    at_layer: bool


METHODS = {
    Method.GUIDED_BACKPROP: Row(lambda evidence: evidence.guided_gradient, at_layer=False),
    Method.GRAD_CAM: Row(lambda evidence: evidence.cam_on_grid, at_layer=True),
    Method.GUIDED_GRAD_CAM: Row(lambda evidence: evidence.cam_on_grid * evidence.guided_gradient, at_layer=True),
}


def explain(
    loaded: LoadedNetwork, network_input: NetworkInput, *, method: str, task: Task, layer: str | None = None
) -> SaliencyMap:
    """The saliency map of one task by one method; `layer` is a module's name, by default the encoder's in `LAYERS`."""
    return explain_all(loaded, network_input, methods=(method,), tasks=(task,), layer=layer)[0]


def explain_all(
    loaded: LoadedNetwork,
    network_input: NetworkInput,
    *,
    methods: Iterable[str],
    tasks: Iterable[Task],
    layer: str | None = None,
) -> list[SaliencyMap]:
    """The saliency maps of several tasks, each by several methods, from one forward pass; ordered by task."""
    check_fits(loaded, network_input)
    rows = [method_named(method) for method in methods]
    targets = [loaded.variant.head_of(task).target for task in tasks]
    layer = layer or LAYERS[loaded.variant.encoder]
    _check_layer(loaded.network, layer)
    maps = []
    with torch.inference_mode(False), torch.enable_grad():
        run = _Pass(loaded.network, network_input.values, layer=layer)
        for target in targets:
            evidence = _Evidence(run, target)
            maps += [_map_of(evidence, method, loaded=loaded, case=network_input.name) for method in rows]
    return maps


def method_named(name: str) -> Method:
    """The method of a name; ValueError names the methods there are."""
    if name not in METHODS:
        raise ValueError(f"unknown saliency method {name!r}: expected one of {', '.join(METHODS)}")
    return Method(name)


def _map_of(evidence: _Evidence, method: Method, *, loaded: LoadedNetwork, case: str) -> SaliencyMap:
    """The map of one method with its origin."""
    row, run, target, weights_id = METHODS[method], evidence.run, evidence.target, loaded.manifest.weights_id
    values = row.of(evidence)[0, 0].numpy()
    if not np.isfinite(values).all():
        raise ValueError(f"{case}: {method} of {target.key} is not finite; replace weights {weights_id}")
    return SaliencyMap(
        case=case,
        variant=loaded.variant.key,
        weights_id=weights_id,
        synthetic_weights=loaded.manifest.synthetic,
        target=target,
        method=method,
        layer=run.layer if row.at_layer else INPUT_LAYER,
        native_shape=tuple(run.activation.shape[2:]) if row.at_layer else tuple(run.grid),
        cumulative=tuple(torch.sigmoid(run.logits[target.key][0]).tolist()),
        values=values,
    )


def _check_layer(network: MultiTaskNetwork, layer: str) -> None:
    """Refuses a layer that the network has not, or that makes no feature maps."""
    module = dict(network.named_modules()).get(layer)
    if not isinstance(module, nn.Conv3d):
        usual = LAYERS[network.variant.encoder]
        raise ValueError(f"layer {layer!r}: expected a convolution of {network.variant.key}, such as {usual}")


def _exchange_relus(module: nn.Module, rule: _Rule) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.ReLU):
            setattr(module, name, _RuledReLU(rule))
        else:
            _exchange_relus(child, rule)
