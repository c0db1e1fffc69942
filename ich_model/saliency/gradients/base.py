"""Base classes of a gradient pass: one forward pass of a case, and the gradients that the methods need."""

from abc import ABC, abstractmethod
from functools import cached_property

import numpy as np
from torch import Tensor
from torch.nn import functional

from ich_model.jobs.queue import Watch
from ich_model.network.network import MultiTaskNetwork
from ich_model.tasks import Target


class Pass(ABC):
    """One forward pass of one case (1, D, H, W) through a network, kept for any number of gradients.

    `logits` holds (1, K - 1) under each target key, `activation` (1, C, d, h, w) what the chosen layer gave.
    """

    logits: dict[str, Tensor]
    activation: Tensor

    def __init__(self, network: MultiTaskNetwork, values: np.ndarray, *, watch: Watch) -> None:
        watch.check()
        self.network = network
        self.values = values
        self.watch = watch
        self.grid: tuple[int, int, int] = tuple(values.shape[-3:])

    @abstractmethod
    def evidence(self, target: Target) -> "Evidence":
        """The gradients of one target."""


class Evidence(ABC):
    """The gradients of one target's summed logits in a pass; each is computed when first asked for."""

    def __init__(self, run: Pass, target: Target) -> None:
        self.run = run
        self.target = target

    @cached_property
    def cam(self) -> Tensor:
        """Grad-CAM (1, 1, d, h, w): activations of the layer weighted by their mean gradients, negatives cut off."""
        self.run.watch.check()
        weights = self._mean_gradients()[None, :, None, None, None]
        return functional.relu((weights * self.run.activation.detach()).sum(dim=1, keepdim=True))

    @cached_property
    def cam_on_grid(self) -> Tensor:
        """Grad-CAM interpolated to the input, (1, 1, D, H, W)."""
        return on_grid(self.cam, self.run.grid)

    @cached_property
    def guided_gradient(self) -> Tensor:
        """Guided Backpropagation (1, 1, D, H, W), signed."""
        self.run.watch.check()
        return self._guided_gradient()

    @abstractmethod
    def _mean_gradients(self) -> Tensor:
        """The mean gradient at each channel of the layer, (C,)."""

    @abstractmethod
    def _guided_gradient(self) -> Tensor:
        """Guided Backpropagation (1, 1, D, H, W), signed."""


def on_grid(cam: Tensor, grid: tuple[int, int, int]) -> Tensor:
    """A map (1, 1, d, h, w) interpolated to (1, 1, D, H, W)."""
    return functional.interpolate(cam, size=grid, mode="trilinear", align_corners=False)
