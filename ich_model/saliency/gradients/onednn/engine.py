"""The fast gradient pass of a DenseNet on a CPU: no autograd, folded norms, channels last, oneDNN operators.

One forward pass keeps what going back takes; going back is written out, part by part: `stem`, `dense_block`,
`transition`. Maps are held as rows (P, C): P voxels, each with its C channels side by side.

Nothing here changes the network or what is shared, so threads may explain with one network at a time. How much faster
and how exact it is stands in this folder's README.
"""

import numpy as np
import torch
from torch import Tensor

from ich_model.jobs.queue import Watch
from ich_model.network.network import SALIENCY_LAYER, MultiTaskNetwork
from ich_model.saliency.gradients.base import Evidence, Pass
from ich_model.saliency.gradients.onednn import ops, transition
from ich_model.saliency.gradients.onednn.dense_block import DenseBlock
from ich_model.saliency.gradients.onednn.folded_weights import N_TILED, FoldedDenseNet, folded
from ich_model.saliency.gradients.onednn.ops import normed_relu
from ich_model.saliency.gradients.onednn.stem import Stem
from ich_model.tasks import Target
from ich_model.variants import Encoder


def can_explain(network: MultiTaskNetwork, layer: str) -> bool:
    """Whether this engine does it: a DenseNet in fp32 on the CPU, at the published layer, with oneDNN there."""
    weight = next(network.parameters())
    return (
        network.variant.encoder is Encoder.DENSENET121
        and layer == SALIENCY_LAYER
        and (weight.device.type, weight.dtype) == ("cpu", torch.float32)
        and ops.available()
    )


class EnginePass(Pass):
    """A pass of which what the ReLUs gave is kept."""

    @torch.inference_mode()
    def __init__(self, network: MultiTaskNetwork, values: np.ndarray, *, watch: Watch) -> None:
        super().__init__(network, values, watch=watch)
        self.ready: FoldedDenseNet = folded(network)
        self.stem = Stem(self.ready, torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)))
        self.blocks = [DenseBlock(self.ready.blocks[0], self.stem.pooled_size, tiled=True)]
        self.stem.run(self.blocks[0].entrance)
        for number, between in enumerate(self.ready.transitions, start=1):
            watch.check()
            before = self.blocks[-1]
            before.run()
            after = DenseBlock(self.ready.blocks[number], transition.pooled(before.size), tiled=number < N_TILED)
            transition.forward(before, between, after.entrance)
            self.blocks.append(after)
        self.activation = transition.activation(before, between)
        self.features = normed_relu(after.run(), self.ready.last)
        vector = self.features.mean(0)
        self.logits = {key: (weight @ vector + bias)[None] for key, (weight, bias) in self.ready.heads.items()}

    def evidence(self, target: Target) -> Evidence:
        """The gradients of one target."""
        return _EngineEvidence(self, target)


class _EngineEvidence(Evidence):
    run: EnginePass

    @torch.inference_mode()
    def _mean_gradients(self) -> Tensor:
        """Pooling by 2 hands each gradient on in eighths, so the sum before it is the sum after it."""
        gradient = self._from_head(guided=False)
        return gradient.sum(0) / np.prod(self.run.activation.shape[2:]).item()

    @torch.inference_mode()
    def _guided_gradient(self) -> Tensor:
        run = self.run
        gradient = self._from_head(guided=True)
        for block, after in zip(reversed(run.blocks[:-1]), reversed(run.ready.transitions), strict=True):
            run.watch.check()
            gradient = block.back(transition.back(gradient, block, after), guided=True)
        run.watch.check()
        return run.stem.back(gradient)

    def _from_head(self, *, guided: bool) -> Tensor:
        """The gradient (P, C) of the summed logits at the last block's input."""
        ready, block = self.run.ready, self.run.blocks[-1]
        weight = ready.heads[self.target.key][0].sum(0) / self.run.features.shape[0]
        weight = weight.clamp(min=0) if guided else weight
        gradient = torch.mul(self.run.features > 0, weight * ready.last.scale, out=block.gradient())
        return block.back(gradient, guided=guided)
