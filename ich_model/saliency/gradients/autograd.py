"""The reference gradient pass, by autograd. It works for every network, layer and device.

The network is copied first and the copy's ReLUs are exchanged, so the network itself is never touched: sessions may
share it. The step from the first convolution to the input is taken by `input_convolution`.
"""

import copy
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ich_model.jobs.queue import Watch
from ich_model.network.network import MultiTaskNetwork
from ich_model.saliency.gradients.base import Evidence, Pass
from ich_model.saliency.gradients.input_convolution import input_gradient
from ich_model.tasks import Target


@dataclass
class _Rule:
    """Which gradient the exchanged ReLUs pass back: the true one, or only its positive part (guided)."""

    guided: bool = False


class _Context(Protocol):
    """What torch hands from forward to backward; its own class has no place for the rule."""

    rule: _Rule
    saved_tensors: tuple[Tensor, ...]

    def save_for_backward(self, *tensors: Tensor) -> None:
        """Keeps tensors for backward."""


class _SwitchedReLU(torch.autograd.Function):
    """max(x, 0), whose gradient obeys the rule in force when the gradient is asked for."""

    @staticmethod
    def forward(ctx: _Context, x: Tensor, rule: _Rule) -> Tensor:
        y = x.clamp(min=0)
        ctx.save_for_backward(y)
        ctx.rule = rule
        return y

    @staticmethod
    def backward(ctx: _Context, gradient: Tensor) -> tuple[Tensor, None]:
        (y,) = ctx.saved_tensors
        passed = gradient.clamp(min=0) if ctx.rule.guided else gradient
        return torch.where(y > 0, passed, 0), None


class _RuledReLU(nn.Module):
    """Stands where a ReLU stood."""

    def __init__(self, rule: _Rule) -> None:
        super().__init__()
        self.rule = rule

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = _SwitchedReLU.apply(x, self.rule)  # type: ignore[no-untyped-call]  # torch gives it no types
        return y


class AutogradPass(Pass):
    """A pass whose graph autograd keeps."""

    def __init__(self, network: MultiTaskNetwork, values: np.ndarray, *, layer: str, watch: Watch) -> None:
        super().__init__(network, values, watch=watch)
        self.rule = _Rule()
        ruled = copy.deepcopy(network).requires_grad_(False)
        _exchange_relus(ruled, self.rule)
        self.first = next(module for module in ruled.modules() if isinstance(module, nn.Conv3d))
        hooks = (
            self.first.register_forward_hook(self._keep_first),
            ruled.get_submodule(layer).register_forward_hook(self._keep_layer),
        )
        device = self.first.weight.device
        self.logits = ruled(torch.from_numpy(values)[None].to(device))
        for hook in hooks:  # they refer to this pass, which would keep gigabytes alive in a circle
            hook.remove()

    def _keep_first(self, _module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        """The graph starts here: the step from here to the input is taken by a faster way of our own."""
        self.after_first = output.detach().requires_grad_()
        return self.after_first

    def _keep_layer(self, _module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        self.activation = output

    def evidence(self, target: Target) -> Evidence:
        """The gradients of one target."""
        return _AutogradEvidence(self, target)


class _AutogradEvidence(Evidence):
    run: AutogradPass

    def _mean_gradients(self) -> Tensor:
        return self._gradient(self.run.activation, guided=False).mean(dim=(0, 2, 3, 4))

    def _guided_gradient(self) -> Tensor:
        gradient = self._gradient(self.run.after_first, guided=True)
        return input_gradient(self.run.first, gradient, input_shape=(1, 1, *self.run.grid))

    def _gradient(self, towards: Tensor, *, guided: bool) -> Tensor:
        self.run.rule.guided = guided
        score = self.run.logits[self.target.key].sum()
        return torch.autograd.grad(score, towards, retain_graph=True)[0]


def _exchange_relus(module: nn.Module, rule: _Rule) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.ReLU):
            setattr(module, name, _RuledReLU(rule))
        else:
            _exchange_relus(child, rule)
