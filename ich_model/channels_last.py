"""Maps with their channels side by side in memory, and the oneDNN operators that want them so.

Rows (P, C) are P voxels, each with its C channels; seen as maps they are (1, C, d, h, w) in what torch calls channels
last. oneDNN is asked directly because PyTorch passes it by where there is one thread.
"""

import numpy as np
import torch
from torch import Tensor

from ich_model.folded_densenet import Norm

Size = tuple[int, int, int]
_OPERATORS = (("aten", "mkldnn_convolution"), ("mkldnn", "_convolution_pointwise"))


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


def convolved_relu(maps: Tensor, weight: Tensor, shift: Tensor, *, stride: int = 1, padding: int = 0) -> Tensor:
    """relu(convolution + shift) over three axes, in one go."""
    return torch.ops.mkldnn._convolution_pointwise(
        maps, weight, shift, [padding] * 3, [stride] * 3, [1] * 3, 1, "relu", [], ""
    )


def normed_relu(rows: Tensor, norm: Norm) -> Tensor:
    """relu(scale x + shift) of rows (P, C)."""
    return torch.addcmul(norm.shift, rows, norm.scale).relu_()


def unpooled(gradient: Tensor, *, size: Size, pooled: Size) -> Tensor:
    """A gradient (p, C) after average pooling by 2 as (P, C) before it; what an odd size leaves over gets 0."""
    even = all(n == 2 * half for n, half in zip(size, pooled, strict=True))
    whole = (gradient.new_empty if even else gradient.new_zeros)(*size, gradient.shape[1])
    eighth = (gradient / 8).view(*pooled, -1)
    depth, height, width = (2 * n for n in pooled)
    for k, j, i in np.ndindex(2, 2, 2):
        whole[k:depth:2, j:height:2, i:width:2] = eighth
    return whole.view(-1, gradient.shape[1])
