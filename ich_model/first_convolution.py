"""The gradient of a first convolution with respect to its input, where the general way is needlessly slow.

The DenseNet starts with one channel, kernel 7, stride 2 and padding 3. Its input gradient by the general way is half
of a whole backward pass on a CPU. Written out along one axis, with y[o] = sum over t of w[t] x[2 o + t - 3]:

    dx[2 m + r] = sum over b of w[r + 3 - 2 b] dy[m + b],    r in {0, 1},  b in {-1, 0, 1, 2}

(w is 0 outside its taps). So each of the 2 x 2 x 2 phases r of the input is an ordinary convolution of dy, stride 1
and kernel 4, and the phases are interleaved afterwards.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.grad import conv3d_input

KERNEL, STRIDE, PADDING = 7, 2, 3
OFFSETS = (-1, 0, 1, 2)  # b above


def input_gradient(convolution: nn.Conv3d, gradient: Tensor, *, input_shape: tuple[int, ...]) -> Tensor:
    """Gradient (N, C, D, H, W) at a convolution's input from the gradient (N, M, d, h, w) at its output."""
    if _has_phases(convolution):
        return _by_phases(convolution.weight, gradient, input_shape=input_shape)
    return conv3d_input(
        input_shape,
        convolution.weight,
        gradient,
        stride=convolution.stride,
        padding=convolution.padding,
        dilation=convolution.dilation,
        groups=convolution.groups,
    )


def _has_phases(convolution: nn.Conv3d) -> bool:
    return (
        convolution.in_channels == 1
        and convolution.kernel_size == (KERNEL,) * 3
        and convolution.stride == (STRIDE,) * 3
        and convolution.padding == (PADDING,) * 3
        and convolution.dilation == (1, 1, 1)
    )


def _by_phases(weight: Tensor, gradient: Tensor, *, input_shape: tuple[int, ...]) -> Tensor:
    n_cases, _, *size = gradient.shape
    around = (-OFFSETS[0], OFFSETS[-1]) * 3
    phases = functional.conv3d(functional.pad(gradient, around), _phase_weights(weight))
    apart = phases.view(n_cases, STRIDE, STRIDE, STRIDE, *size)
    together = apart.permute(0, 4, 1, 5, 2, 6, 3).reshape(n_cases, 1, *(STRIDE * n for n in size))
    depth, height, width = input_shape[2:]
    return together[:, :, :depth, :height, :width].contiguous()  # of an odd size the last phase has one less


def _phase_weights(weight: Tensor) -> Tensor:
    """Weights (8, M, 4, 4, 4) of the convolutions of all phases, from weights (M, 1, 7, 7, 7)."""
    for axis in (4, 3, 2):  # the last of these becomes the slowest phase
        taps = [[r + PADDING - STRIDE * b for b in OFFSETS] for r in range(STRIDE)]
        padded = torch.cat([weight, torch.zeros_like(weight.narrow(axis, 0, 1))], dim=axis)  # tap 7, and so -1, is 0
        phases = [padded.index_select(axis, torch.tensor([tap % (KERNEL + 1) for tap in row])) for row in taps]
        weight = torch.cat(phases, dim=1)
    return weight.transpose(0, 1).contiguous()
