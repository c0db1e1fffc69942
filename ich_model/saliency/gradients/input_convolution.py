"""The gradient of a first convolution with respect to its input, where the general way is needlessly slow.

The DenseNet starts with one channel, kernel 7, stride 2 and padding 3. Its input gradient by the general way is half
of a whole backward pass on a CPU. Written out along one axis, with y[o] = sum over t of w[t] x[2 o + t - 3]:

    dx[2 m + r] = sum over b of w[r + 3 - 2 b] dy[m + b],    r in {0, 1},  b in {-1, 0, 1, 2}

(w is 0 outside its taps). So in plane each of the 2 x 2 phases r of the input is an ordinary convolution of dy, stride
1 and kernel 4. Along the depth tap t of output o simply falls on slice 2 o + t - 3. Together: one 2D convolution to 7
taps x 4 phases for every slice of dy, then the taps' slices are added up.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.grad import conv3d_input

KERNEL, STRIDE, PADDING = 7, 2, 3
OFFSETS = (-1, 0, 1, 2)  # b above
BEFORE, AFTER = -OFFSETS[0], OFFSETS[-1]
"""Rows and columns of zeros that the phases' convolution needs around a gradient."""


def input_gradient(convolution: nn.Conv3d, gradient: Tensor, *, input_shape: tuple[int, ...]) -> Tensor:
    """Gradient (N, C, D, H, W) at a convolution's input from the gradient (N, M, d, h, w) at its output."""
    if has_phases(convolution):
        depth, height, width = input_shape[2:]
        weight, grid = phase_weights(convolution.weight), (depth, height, width)
        return torch.stack([_by_phases(case, weight, grid=grid) for case in gradient])[:, None]
    at_input: Tensor = conv3d_input(
        input_shape,
        convolution.weight,
        gradient,
        stride=convolution.stride,
        padding=convolution.padding,
        dilation=convolution.dilation,
        groups=convolution.groups,
    )
    return at_input


def has_phases(convolution: nn.Conv3d) -> bool:
    """Whether a convolution is of the kind written out above."""
    return (
        convolution.in_channels == 1
        and convolution.kernel_size == (KERNEL,) * 3
        and convolution.stride == (STRIDE,) * 3
        and convolution.padding == (PADDING,) * 3
        and convolution.dilation == (1, 1, 1)
    )


def phase_weights(weight: Tensor) -> Tensor:
    """Weights (7 taps x 4 phases, M, 4, 4) of the phases' 2D convolution, from weights (M, 1, 7, 7, 7)."""
    taps = torch.tensor([[r + PADDING - STRIDE * b for b in OFFSETS] for r in range(STRIDE)], device=weight.device)
    padded = functional.pad(weight[:, 0], (0, 1, 0, 1))  # tap 7, and so -1, is 0
    taps = taps % (KERNEL + 1)
    chosen = padded[:, :, taps][..., taps]  # (M, tap, phase and offset of rows, phase and offset of columns)
    return chosen.permute(1, 2, 4, 0, 3, 5).reshape(KERNEL * STRIDE**2, weight.shape[0], len(OFFSETS), len(OFFSETS))


def joined(phases: Iterable[Tensor], *, grid: tuple[int, int, int]) -> Tensor:
    """The gradient (D, H, W) from the taps and phases (28, h, w) of each slice of the gradient at the output.

    Raises:
        ValueError: where there is no slice.
    """
    whole: Tensor | None = None
    for number, taps in enumerate(phases):
        _, height, width = taps.shape
        apart = taps.reshape(KERNEL, STRIDE, STRIDE, height, width)
        slices = apart.permute(0, 3, 1, 4, 2).reshape(KERNEL, STRIDE * height, STRIDE * width)
        if whole is None:
            whole = taps.new_zeros(PADDING + grid[0] + KERNEL, STRIDE * height, STRIDE * width)
        whole[STRIDE * number : STRIDE * number + KERNEL] += slices
    if whole is None:
        raise ValueError("a gradient without slices; expected one slice or more")
    return whole[PADDING : PADDING + grid[0], : grid[1], : grid[2]].contiguous()  # of an odd size a phase has one less


def _by_phases(gradient: Tensor, weight: Tensor, *, grid: tuple[int, int, int]) -> Tensor:
    """The gradient (D, H, W) at the input from that at the output, (M, d, h, w)."""
    padded = functional.pad(gradient.transpose(0, 1), (BEFORE, AFTER) * 2)
    return joined((functional.conv2d(one, weight) for one in padded), grid=grid)
