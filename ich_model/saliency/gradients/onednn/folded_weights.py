"""A DenseNet's weights prepared for `engine`: norms folded, channels last, with the kernels of the backward pass.

A norm in evaluation mode is y = scale x + shift for each channel. One that follows a convolution is folded into it. A
dense layer's first norm follows a concatenation and stays. To go backward through a convolution of stride 1 is to
convolve with the flipped kernel, its channels exchanged.

The ready weights are kept as long as the network lives, so that a study is explained with one preparation; they are
made again once a weight of the network has been changed in place.
"""

from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from ich_model.network.network import MultiTaskNetwork, part_of
from ich_model.saliency.gradients.onednn.conv3x3x3 import Kernels, tiled_kernels
from ich_model.saliency.gradients.onednn.ops import Norm
from ich_model.saliency.gradients.onednn.stem_backward import gradient_kernels
from ich_model.saliency.gradients.onednn.stem_forward import first_kernels

N_BLOCKS = 4
N_TILED = 1
"""Blocks, from the first, whose maps are large enough to gain by `conv3x3x3`."""


@dataclass(frozen=True)
class DenseLayer:
    """C channels to 128 (`squeeze`, with the second norm in it) to 32 more (`grow`).

    `grow` and `grow_back` hold tiled kernels in large blocks, else one kernel.
    """

    norm: Norm
    squeeze: Tensor
    squeeze_shift: Tensor
    grow: Kernels
    squeeze_back: Tensor
    grow_back: Kernels
    growth: int


@dataclass(frozen=True)
class Transition:
    """C channels to C / 2; a pooling by 2 follows."""

    norm: Norm
    mix: Tensor
    mix_back: Tensor


@dataclass(frozen=True)
class FoldedDenseNet:
    """All weights; those of the first convolution for `stem_forward` and `stem_backward`, heads as (weight, bias)."""

    first: Tensor
    first_sums: Tensor
    first_shift: Tensor
    first_back: Tensor
    blocks: tuple[tuple[DenseLayer, ...], ...]
    transitions: tuple[Transition, ...]
    last: Norm
    heads: dict[str, tuple[Tensor, Tensor]]


_Stamp = tuple[tuple[int, int], ...]  # where each weight lies, and how often it was changed in place
_ready: WeakKeyDictionary[nn.Module, tuple[_Stamp, FoldedDenseNet]] = WeakKeyDictionary()
_lock = Lock()


def folded(network: MultiTaskNetwork) -> FoldedDenseNet:
    """The ready weights of a DenseNet in evaluation mode on the CPU."""
    stamp = tuple((tensor.data_ptr(), _version(tensor)) for tensor in network.state_dict(keep_vars=True).values())
    with _lock:
        known = _ready.get(network)
        if known is None or known[0] != stamp:
            with torch.inference_mode(False), torch.no_grad():
                known = _ready[network] = (stamp, _fold(network))
        return known[1]


def _version(tensor: Tensor) -> int:
    """Grows with every change in place; an inference tensor counts none."""
    return 0 if tensor.is_inference() else tensor._version


def _fold(network: MultiTaskNetwork) -> FoldedDenseNet:
    features = network.encoder.features
    norm = _norm(part_of(features, "norm0", nn.BatchNorm3d))
    first = (part_of(features, "conv0", nn.Conv3d).weight * norm.scale.view(-1, 1, 1, 1, 1)).contiguous()
    blocks = [features.get_submodule(f"denseblock{number}").children() for number in range(1, N_BLOCKS + 1)]
    return FoldedDenseNet(
        first=first_kernels(first),
        first_sums=first.flatten(1).sum(1),
        first_shift=norm.shift,
        first_back=gradient_kernels(first),
        blocks=tuple(
            tuple(_dense_layer(layer.get_submodule("layers"), tiled=number < N_TILED) for layer in block)
            for number, block in enumerate(blocks)
        ),
        transitions=tuple(_transition(features.get_submodule(f"transition{number}")) for number in range(1, N_BLOCKS)),
        last=_norm(part_of(features, "norm5", nn.BatchNorm3d)),
        heads={key: (head.weight.clone(), head.bias.clone()) for key, head in network.linear_heads()},
    )


def _norm(norm: nn.BatchNorm3d) -> Norm:
    if norm.running_var is None or norm.running_mean is None:
        raise ValueError("a norm keeps no running mean and variance; expected a network as it was trained")
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return Norm(scale, norm.bias - norm.running_mean * scale)


def _dense_layer(layers: nn.Module, *, tiled: bool) -> DenseLayer:
    second = _norm(part_of(layers, "norm2", nn.BatchNorm3d))
    squeeze = part_of(layers, "conv1", nn.Conv3d).weight.flatten(1) * second.scale[:, None]
    grow, as_kernels = part_of(layers, "conv2", nn.Conv3d).weight, tiled_kernels if tiled else _one_kernel
    return DenseLayer(
        norm=_norm(part_of(layers, "norm1", nn.BatchNorm3d)),
        squeeze=_one_by_one(squeeze),
        squeeze_shift=second.shift,
        grow=as_kernels(grow),
        squeeze_back=_one_by_one(squeeze.t()),
        grow_back=as_kernels(grow.flip(2, 3, 4).transpose(0, 1)),
        growth=grow.shape[0],
    )


def _transition(layers: nn.Module) -> Transition:
    mix = part_of(layers, "conv", nn.Conv3d).weight.flatten(1)
    return Transition(_norm(part_of(layers, "norm", nn.BatchNorm3d)), _one_by_one(mix), _one_by_one(mix.t()))


def _one_kernel(kernel: Tensor) -> Kernels:
    return ((_channels_last(kernel),),)


def _one_by_one(matrix: Tensor) -> Tensor:
    """A matrix (out, in) as the kernel of a convolution, (out, in, 1, 1, 1)."""
    return _channels_last(matrix[..., None, None, None])


def _channels_last(kernel: Tensor) -> Tensor:
    return kernel.clone().contiguous(memory_format=torch.channels_last_3d)
