"""The fast way to all gradients of a DenseNet on a CPU: no autograd, folded norms, channels last, oneDNN itself.

One forward pass keeps what every ReLU gave: a gradient goes back where that is above 0. Going back is written out. Maps
are held as rows (P, C): P voxels, each with its C channels side by side.

Nothing here changes the network or what is shared, so threads may explain with one network at a time.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ich_model import channels_last
from ich_model.channels_last import Size, as_maps, as_rows, convolved, convolved_relu, normed_relu, unpooled
from ich_model.evidence import Evidence, Pass
from ich_model.first_convolution import AFTER, BEFORE, joined
from ich_model.folded_densenet import DenseLayer, FoldedDenseNet, folded
from ich_model.network import SALIENCY_LAYER, MultiTaskNetwork
from ich_model.tasks import Target
from ich_model.variants import Encoder
from ich_model.waiting_line import Watch


def can_explain(network: MultiTaskNetwork, layer: str) -> bool:
    """Whether this engine does it: a DenseNet in fp32 on the CPU, at the published layer, with oneDNN there."""
    weight = next(network.parameters())
    return (
        network.variant.encoder is Encoder.DENSENET121
        and layer == SALIENCY_LAYER
        and (weight.device.type, weight.dtype) == ("cpu", torch.float32)
        and channels_last.available()
    )


@dataclass(frozen=True)
class _Stem:
    """What is kept of the first convolution, ReLU and pooling: the convolution's size (d, h, w), and for each pooled
    value which row of the padded gradient it came from, (P, 64), and the value itself, (P, 64)."""

    size: Size
    origin: Tensor
    pooled: Tensor


@dataclass(frozen=True)
class _Block:
    """What is kept of a dense block: its size, and of each layer what its two ReLUs gave."""

    size: Size
    relus: list[tuple[Tensor, Tensor]]


class EnginePass(Pass):
    """A pass of which what the ReLUs gave is kept."""

    @torch.inference_mode()
    def __init__(self, network: MultiTaskNetwork, values: np.ndarray, *, watch: Watch) -> None:
        super().__init__(network, values, watch=watch)
        self.ready: FoldedDenseNet = folded(network)
        self.blocks: list[_Block] = []
        self.transition_relus: list[Tensor] = []
        pooled = self._through_stem(torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)))
        for number, layers in enumerate(self.ready.blocks):
            size = tuple(pooled.shape[2:])
            channels, relus = _through_block(as_rows(pooled), layers, size=size)
            self.blocks.append(_Block(size, relus))
            if number < len(self.ready.transitions):
                self.activation = self._through_transition(number, channels)
                pooled = functional.avg_pool3d(self.activation, 2)
        self.features = normed_relu(channels, self.ready.last)
        vector = self.features.mean(0)
        self.logits = {key: (weight @ vector + bias)[None] for key, (weight, bias) in self.ready.heads.items()}

    def _through_stem(self, values: Tensor) -> Tensor:
        depth, height, width = self.grid
        strides = (depth * height * width, 1, height * width, width, 1)  # the same memory, named channels last
        x = values[None].as_strided((1, 1, *self.grid), strides)
        x = convolved_relu(x, self.ready.first, self.ready.first_shift, stride=2, padding=3)
        size = tuple(x.shape[2:])
        pooled, index = functional.max_pool3d(x, 3, 2, 1, return_indices=True)
        self.stem = _Stem(size, _padded_index(as_rows(index), size), as_rows(pooled))
        return pooled

    def _through_transition(self, number: int, channels: Tensor) -> Tensor:
        """The activation (1, C / 2, d, h, w) of a transition's convolution, before its pooling."""
        transition = self.ready.transitions[number]
        x = normed_relu(channels, transition.norm)
        self.transition_relus.append(x)
        return convolved(as_maps(x, self.blocks[number].size), transition.mix)

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
        for number in reversed(range(len(run.ready.transitions))):
            run.watch.check()
            gradient = self._back_through_transition(number, gradient)
            gradient = _back_through_block(gradient, run.ready.blocks[number], run.blocks[number], guided=True)
        return self._back_through_stem(gradient)

    def _from_head(self, *, guided: bool) -> Tensor:
        """The gradient (P, C) of the summed logits at the last block's input."""
        ready, block = self.run.ready, self.run.blocks[-1]
        weight = ready.heads[self.target.key][0].sum(0) / self.run.features.shape[0]
        weight = weight.clamp(min=0) if guided else weight
        gradient = (self.run.features > 0) * (weight * ready.last.scale)
        return _back_through_block(gradient, ready.blocks[-1], block, guided=guided)

    def _back_through_transition(self, number: int, gradient: Tensor) -> Tensor:
        """From the next block's input (p, C / 2) to this block's output (P, C), guided."""
        run, transition = self.run, self.run.ready.transitions[number]
        size, pooled = run.blocks[number].size, run.blocks[number + 1].size
        spread = unpooled(gradient, size=size, pooled=pooled)
        back = as_rows(convolved(as_maps(spread, size), transition.mix_back))
        return _through_relu(back, run.transition_relus[number], guided=True).mul_(transition.norm.scale)

    def _back_through_stem(self, gradient: Tensor) -> Tensor:
        """From the first block's input (P, 64) to the network's input (1, 1, D, H, W), guided."""
        stem, ready = self.run.stem, self.run.ready
        depth, height, width = stem.size
        rows, columns = _padded(height), _padded(width)
        at_first = gradient.new_zeros(depth * rows * columns, gradient.shape[1])
        at_first.scatter_add_(0, stem.origin, _through_relu(gradient, stem.pooled, guided=False)).clamp_(min=0)
        slices = at_first.view(depth, 1, rows, columns, -1).permute(0, 1, 4, 2, 3)
        return joined((convolved(one, ready.first_back)[0] for one in slices), grid=self.run.grid)[None, None]


def _through_block(rows: Tensor, layers: tuple[DenseLayer, ...], *, size: Size) -> tuple[Tensor, list]:
    """All channels (P, C') of a dense block from its input (P, C), and what its ReLUs gave."""
    voxels, n = rows.shape
    growth = layers[0].grow.shape[0]
    channels = torch.empty(voxels, n + growth * len(layers))
    channels[:, :n] = rows
    relus = []
    for layer in layers:
        x = normed_relu(channels[:, :n], layer.norm)
        y = convolved_relu(as_maps(x, size), layer.squeeze, layer.squeeze_shift)
        channels[:, n : n + growth] = as_rows(convolved(y, layer.grow, padding=(1, 1, 1)))
        relus.append((x, as_rows(y)))
        n += growth
    return channels, relus


def _back_through_block(gradient: Tensor, layers: tuple[DenseLayer, ...], block: _Block, *, guided: bool) -> Tensor:
    """The gradient (P, C) at a dense block's input from that at its output (P, C'), which is used up.

    Slice by slice, so that what lies between two convolutions stays in the processor's cache.
    """
    n, growth, (depth, height, width) = gradient.shape[1], layers[0].grow.shape[0], block.size
    voxels = height * width
    grown = gradient.new_zeros((depth + 2) * voxels, growth)  # with an empty slice below and above
    for layer, (before, after) in zip(reversed(layers), reversed(block.relus), strict=True):
        n -= growth
        grown[voxels:-voxels] = gradient[:, n : n + growth]
        for k in range(depth):
            three, one = slice(k * voxels, (k + 3) * voxels), slice(k * voxels, (k + 1) * voxels)
            y = as_rows(convolved(as_maps(grown[three], (3, height, width)), layer.grow_back, padding=(0, 1, 1)))
            y = _through_relu(y, after[one], guided=guided)
            x = as_rows(convolved(as_maps(y, (1, height, width)), layer.squeeze_back))
            gradient[one, :n].addcmul_(_through_relu(x, before[one], guided=guided), layer.norm.scale)
    return gradient[:, :n].contiguous()


def _through_relu(gradient: Tensor, output: Tensor, *, guided: bool) -> Tensor:
    """A gradient, in its own place, after going back through a ReLU that gave `output`."""
    if guided:
        gradient.clamp_(min=0)
    return torch.ops.aten.threshold_backward.grad_input(gradient, output, 0, grad_input=gradient)


def _padded(n: int) -> int:
    """Rows or columns with the zeros that the phases of the first convolution need around them."""
    return BEFORE + n + AFTER


def _padded_index(index: Tensor, size: Size) -> Tensor:
    """Voxel numbers within (d, h, w) as voxel numbers within the padded slices."""
    depth, height, width = size
    numbers = torch.arange(depth * _padded(height) * _padded(width)).view(depth, _padded(height), _padded(width))
    return numbers[:, BEFORE : BEFORE + height, BEFORE : BEFORE + width].flatten()[index]
