"""Tensors in channels-last layout, and the oneDNN operators that work on it.

Rows (P, C) are P voxels, each with its C channels; seen as maps they are (1, C, d, h, w) in what torch calls channels
last. oneDNN is asked directly because PyTorch passes it by where there is one thread.
"""

from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from torch import Tensor

Size = tuple[int, int, int]
_OPERATORS = ("_convolution_pointwise", "_reorder_convolution_weight")


@dataclass(frozen=True)
class Norm:
    """A norm in evaluation mode: scale (C,) and shift (C,)."""

    scale: Tensor
    shift: Tensor


def available() -> bool:
    """Whether this build of PyTorch has oneDNN and the operators called here."""
    found = (hasattr(torch.ops.mkldnn, name) for name in _OPERATORS)
    return torch.backends.mkldnn.is_available() and all(found)


def room(*shape: int, dtype: type = np.float32) -> Tensor:
    """Memory (*shape) without values. NumPy asks for huge pages where it is large, PyTorch does not: fewer faults."""
    return torch.from_numpy(np.empty(shape, dtype))


def zeros(*shape: int) -> Tensor:
    """Zeros (*shape) in the same kind of memory; those of fresh pages cost nothing."""
    return torch.from_numpy(np.zeros(shape, np.float32))


def first_of(memory: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The beginning of a piece of memory (n,) as a tensor of some shape."""
    return memory[: prod(shape)].view(shape)


def as_maps(rows: Tensor, size: Size) -> Tensor:
    """Rows (P, C) seen as (1, C, d, h, w)."""
    return rows.view(1, *size, -1).permute(0, 4, 1, 2, 3)


def as_rows(maps: Tensor) -> Tensor:
    """Maps (1, C, d, h, w) in channels last seen as rows (P, C)."""
    return maps.permute(0, 2, 3, 4, 1).reshape(-1, maps.shape[1])


def convolved(
    maps: Tensor, weight: Tensor, *, padding: tuple[int, ...] = (), shift: Tensor | None = None, relu: bool = False
) -> Tensor:
    """A convolution of stride 1 over two or three axes; no padding, no shift (M,) and no ReLU unless told."""
    ones = [1] * (maps.dim() - 2)
    after = "relu" if relu else "none"
    out: Tensor = torch.ops.mkldnn._convolution_pointwise(
        maps, weight, shift, padding or [0] * len(ones), ones, ones, 1, after, [], ""
    )
    return out


def ready_kernel(weight: Tensor, *, padding: tuple[int, ...], like: tuple[int, ...]) -> Tensor:
    """A kernel (out, in, ...) in oneDNN's own order, for `convolved`: else each call spends time on reordering it.

    The order is chosen for maps of about the size `like`; it serves all sizes.
    """
    ones = [1] * (weight.dim() - 2)
    shape = [1, weight.shape[1], *like]
    kernel: Tensor = torch.ops.mkldnn._reorder_convolution_weight(weight, padding, ones, ones, 1, shape)
    return kernel


def normed(rows: Tensor, norm: Norm, *, memory: Tensor | None = None) -> Tensor:
    """scale x + shift of rows (P, C), in the beginning of a piece of memory where one is given."""
    out = None if memory is None else first_of(memory, tuple(rows.shape))
    return torch.addcmul(norm.shift, rows, norm.scale, out=out)


def normed_relu(rows: Tensor, norm: Norm, *, memory: Tensor | None = None) -> Tensor:
    """relu(scale x + shift) of rows (P, C), in the beginning of a piece of memory where one is given."""
    return normed(rows, norm, memory=memory).relu_()


def mixed_back(rows: Tensor, weight: Tensor) -> Tensor:
    """The gradient (P, C) before a 1x1x1 convolution from that after it.

    The ReLU of `convolved` is not for gradients: it makes 0 of what is not a number, which would hide bad weights.
    """
    return as_rows(convolved(as_maps(rows, (1, 1, len(rows))), weight))


def through_relu(gradient: Tensor, output: Tensor, *, guided: bool, out: Tensor | None = None) -> Tensor:
    """A gradient (P, C) after going back through a ReLU, into `out` or in place; it is passed where `output` > 0."""
    if guided:
        gradient.clamp_(min=0)
    out = gradient if out is None else out
    torch.ops.aten.threshold_backward.grad_input(gradient, output, 0, grad_input=out)
    return out
