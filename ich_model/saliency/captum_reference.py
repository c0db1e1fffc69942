"""Slower methods through Captum, as references: they ask the network hundreds of times.

Both compare with a scan without tissue (all 0), and run on a copy of the network that takes no gradients of weights.
"""

import copy
import math

import torch
from torch import Tensor, nn

from ich_model.saliency.gradients.base import Evidence, Pass
from ich_model.tasks import Target

WINDOWS = (5, 8, 8)  # a map of so many blocks along depth, height and width
N_STEPS = 20  # on the way from no tissue to the scan


class _Watched(nn.Module):
    """A network as Captum wants it: one output (N, 1), the summed logits of a target. Stops when it is told to."""

    def __init__(self, run: Pass, target: Target) -> None:
        super().__init__()
        self.network = copy.deepcopy(run.network).requires_grad_(False)
        self.watch, self.target = run.watch, target

    def forward(self, x: Tensor) -> Tensor:
        self.watch.check()
        logits: dict[str, Tensor] = self.network(x)
        return logits[self.target.key].sum(dim=1, keepdim=True)


def occlusion(evidence: Evidence) -> Tensor:
    """How much the summed logits fall when a block is emptied, (1, 1, D, H, W) (Zeiler & Fergus 2014)."""
    from captum.attr import Occlusion  # takes seconds, and only these two methods need it

    window = (1, *(math.ceil(n / parts) for n, parts in zip(evidence.run.grid, WINDOWS, strict=True)))
    method = Occlusion(_Watched(evidence.run, evidence.target))
    with torch.inference_mode():
        x = torch.from_numpy(evidence.run.values)[None]
        attributed: Tensor = method.attribute(x, sliding_window_shapes=window, strides=window, target=0)
        return attributed.float()


def integrated_gradients(evidence: Evidence) -> Tensor:
    """Voxel times its mean gradient on the way from no tissue to the scan, (1, 1, D, H, W) (Sundararajan 2017)."""
    from captum.attr import IntegratedGradients

    method = IntegratedGradients(_Watched(evidence.run, evidence.target))
    x = torch.from_numpy(evidence.run.values)[None]
    attributed: Tensor = method.attribute(x, target=0, n_steps=N_STEPS, internal_batch_size=1)
    return attributed.detach().float()
