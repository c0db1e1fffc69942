"""Maps with their channels side by side in memory, and the oneDNN operators that want them so.

Rows (P, C) are P voxels, each with its C channels; seen as maps they are (1, C, d, h, w) in what torch calls channels
last. oneDNN is asked directly because PyTorch passes it by where there is one thread.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

Size = tuple[int, int, int]
_OPERATORS = (("aten", "mkldnn_convolution"), ("mkldnn", "_convolution_pointwise"))


@dataclass(frozen=True)
class Norm:
    """A norm in evaluation mode: scale (C,) and shift (C,)."""

    scale: Tensor
    shift: Tensor


def available() -> bool:
    """Whether this build of PyTorch has oneDNN and the operators called here."""
    found = (hasattr(getattr(torch.ops, space), name) for space, name in _OPERATORS)
    return torch.backends.mkldnn.is_available() and all(found)


def as_maps(rows: Tensor, size: Size) -> Tensor:
    """Rows (P, C) seen as (1, C, d, h, w)."""
    return rows.view(1, *size, -1).permute(0, 4, 1, 2, 3)


def as_rows(maps: Tensor) -> Tensor:
    """Maps (1, C, d, h, w) in channels last seen as rows (P, C)."""
    return maps.permute(0, 2, 3, 4, 1).reshape(-1, maps.shape[1])


def convolved(maps: Tensor, weight: Tensor, *, padding: tuple[int, ...] = ()) -> Tensor:
    """A convolution of stride 1 over two or three axes, with no padding unless told."""
    ones = [1] * (maps.dim() - 2)
    return torch.ops.aten.mkldnn_convolution(maps, weight, None, padding or [0] * len(ones), ones, ones, 1)


def convolved_relu(
    maps: Tensor, weight: Tensor, shift: Tensor, *, stride: int = 1, padding: tuple[int, ...] = (0, 0, 0)
) -> Tensor:
    """relu(convolution + shift) over three axes, in one go."""
    return torch.ops.mkldnn._convolution_pointwise(
        maps, weight, shift, padding, [stride] * 3, [1] * 3, 1, "relu", [], ""
    )


def normed(rows: Tensor, norm: Norm) -> Tensor:
    """scale x + shift of rows (P, C)."""
    return torch.addcmul(norm.shift, rows, norm.scale)


def normed_relu(rows: Tensor, norm: Norm) -> Tensor:
    """relu(scale x + shift) of rows (P, C)."""
    return normed(rows, norm).relu_()


def mixed_back(rows: Tensor, weight: Tensor) -> Tensor:
    """The gradient (P, C) before a 1x1x1 convolution from that after it.

    The ReLU of `convolved_relu` is not for gradients: it makes 0 of what is not a number, which would hide bad weights.
    """
    return as_rows(convolved(as_maps(rows, (1, 1, len(rows))), weight))


def through_relu(gradient: Tensor, output: Tensor, *, guided: bool, out: Tensor | None = None) -> Tensor:
    """A gradient after going back through a ReLU, into `out` or its own place; it is passed where `output` > 0."""
    if guided:
        gradient.clamp_(min=0)
    out = gradient if out is None else out
    return torch.ops.aten.threshold_backward.grad_input(gradient, output, 0, grad_input=out)
