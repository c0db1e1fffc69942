"""The first convolution in the fast engine, by phase decomposition of its stride.

With an eighth tap w[-1] = 0, y[o] = sum over s of w[s - 1] x[2 o + s - 4]. So in plane it is an ordinary convolution,
stride 1 and kernel 4, of the 2 x 2 phases of x: its even and odd rows and columns. An output slice reads seven slices;
hence 7 x 4 channels where the image has one.

Where all values under the kernel are one and the same, as in the background, all outputs are equal, and which of them
the max pooling takes decides where the gradient goes. A tile of `winograd` also reads rows beyond the kernel, whose
rounding errors of 1e-6 would decide it by chance (errors of up to 0.28 of a map's maximum outside the brain, measured
against float64). So these outputs are set to the one value that they have.
"""

import torch
from torch import Tensor
from torch.nn import functional

from ich_model.saliency.gradients.input_convolution import KERNEL, PADDING, STRIDE
from ich_model.saliency.gradients.onednn.conv4x4_rows import TAPS, TILE, RowConvolution, row_kernels
from ich_model.saliency.gradients.onednn.ops import zeros
from ich_model.saliency.gradients.onednn.winograd import from_points

_BEFORE = (PADDING + 1) // STRIDE  # rows and columns of zeros that a phase needs before it


def first_kernels(weight: Tensor) -> Tensor:
    """`row_kernels` (6, M, 28, 1, 4) of the phases' convolution from weights (M, 1, 7, 7, 7)."""
    taps = functional.pad(weight[:, 0], (1, 0, 1, 0)).unflatten(3, (TAPS, STRIDE)).unflatten(2, (TAPS, STRIDE))
    return row_kernels(taps.permute(0, 1, 3, 5, 2, 4).flatten(1, 3))  # slice, phases of rows and columns, then taps


class FirstForward:
    """The convolution of one volume (D, H, W), slice by slice. It holds memory, so it serves one thread.

    `kernels` are those of `first_kernels`, `sums` (M,) the sums of each kernel's weights, `shift` (M,) is added.
    """

    def __init__(self, kernels: Tensor, sums: Tensor, shift: Tensor, values: Tensor) -> None:
        self.sums, self.shift = sums, shift
        self._low, self._high = extremes(values)
        height, width = (-(-length // STRIDE) for length in values.shape[1:])
        tiles, columns = -(-height // TILE), width + TAPS - 1
        phases = zeros(TILE * tiles + TAPS - 1, columns, values.shape[0] + 2 * PADDING, STRIDE, STRIDE)
        for row in range(STRIDE):
            for column in range(STRIDE):
                phase = values[:, row::STRIDE, column::STRIDE].permute(1, 2, 0)
                within = phases[_BEFORE:, _BEFORE:, PADDING:-PADDING, row, column]
                within[: phase.shape[0], : phase.shape[1]] = phase
        self._phases = phases.flatten(2)
        self._convolution = RowConvolution(kernels, tiles=tiles, columns=columns)

    def write(self, number: int, out: Tensor) -> None:
        """Writes one slice (h, w, M) with the shift."""
        start = STRIDE**3 * number  # the phases of as many slices as lie between two outputs
        channels = self._convolution.kernels.shape[2]
        products = self._convolution.products(self._phases[:, :, start : start + channels], shift=self.shift)
        whole = len(out) // TILE
        from_points([each[:whole] for each in products], [out[k : TILE * whole : TILE] for k in range(TILE)])
        if rest := len(out) - TILE * whole:
            last = out.new_empty(TILE, 1, *out.shape[1:])
            from_points([each[whole:] for each in products], last.unbind())
            out[-rest:] = last[:rest, 0]
        low, high = self._low[number], self._high[number]
        level = low == high
        out[level] = torch.addcmul(self.shift, low[level][:, None], self.sums)


def extremes(values: Tensor) -> tuple[Tensor, Tensor]:
    """The lowest and the highest value under the kernel at each output (d, h, w) for a volume (D, H, W).

    Beyond the volume lie zeros, as the convolution has them.
    """
    padded = functional.pad(values, (PADDING,) * 6)
    return -_highest(-padded), _highest(padded)


def _highest(padded: Tensor) -> Tensor:
    for axis in range(padded.dim()):
        padded = padded.unfold(axis, KERNEL, STRIDE).amax(-1)
    return padded
