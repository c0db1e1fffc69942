"""A transition between two dense blocks forward and back: norm, ReLU, 1x1x1 convolution, average pooling by 2.

Pooling and a 1x1x1 convolution may be exchanged, and pooled first there is an eighth to convolve. Maps are rows (P, C).
"""

import torch
from torch import Tensor

from ich_model.saliency.gradients.onednn.dense_block import DenseBlock
from ich_model.saliency.gradients.onednn.folded_weights import Transition
from ich_model.saliency.gradients.onednn.ops import (
    Size,
    as_maps,
    as_rows,
    convolved,
    mixed_back,
    normed,
    normed_relu,
    room,
)


def pooled(size: Size) -> Size:
    """The size after pooling by 2; what an odd size has over is left out."""
    depth, height, width = size
    return depth // 2, height // 2, width // 2


def forward(block: DenseBlock, transition: Transition, out: Tensor) -> None:
    """Writes the next block's input (p, C / 2)."""
    depth, height, width = size = pooled(block.size)
    maps = block.channels.view(*block.size, -1)
    means = room(depth, height, width, maps.shape[-1])
    for number in range(depth):
        below, above = (normed_relu(maps[2 * number + k], transition.norm) for k in range(2))
        both = below.add_(above)[: 2 * height, : 2 * width]
        rows = both[::2] + both[1::2]
        torch.add(rows[:, ::2], rows[:, 1::2], out=means[number]).div_(8)
    out.copy_(as_rows(convolved(as_maps(means.flatten(0, 2), size), transition.mix)))


def activation(block: DenseBlock, transition: Transition) -> Tensor:
    """What the convolution gives where it is not pooled, (1, C / 2, d, h, w)."""
    return convolved(as_maps(normed_relu(block.channels, transition.norm), block.size), transition.mix)


def back(gradient: Tensor, block: DenseBlock, transition: Transition) -> Tensor:
    """The guided gradient (P, C) at the block's output from that at the next block's input (p, C / 2)."""
    depth, height, width = pooled(block.size)
    means = mixed_back(gradient.contiguous(), transition.mix_back).clamp_(min=0).mul_(transition.norm.scale / 8)
    spread = means.view(depth, height, 1, width, 1, -1).expand(-1, -1, 2, -1, 2, -1)
    whole = block.gradient()
    maps, channels = (rows.view(*block.size, -1) for rows in (whole, block.channels))
    if block.size != (2 * depth, 2 * height, 2 * width):
        whole.zero_()
    for number in range(2 * depth):
        before = normed(channels[number], transition.norm, memory=block.spare)
        at, output = (
            one[: 2 * height, : 2 * width].unflatten(1, (width, 2)).unflatten(0, (height, 2))
            for one in (maps[number], before)
        )
        torch.ops.aten.threshold_backward.grad_input(spread[number // 2], output, 0, grad_input=at)
    return whole
