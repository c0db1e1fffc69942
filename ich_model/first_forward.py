"""The first convolution in the fast engine: its phases by `winograd` along rows, channels last.

With an eighth tap w[-1] = 0, y[o] = sum over s of w[s - 1] x[2 o + s - 4]. So in plane it is an ordinary convolution,
stride 1 and kernel 4, of the 2 x 2 phases of x: its even and odd rows and columns. An output slice reads seven slices;
hence 7 x 4 channels where the image has one.
"""

import torch
from torch import Tensor
from torch.nn import functional

from ich_model.channels_last import convolved, room, zeros
from ich_model.first_convolution import KERNEL, PADDING, STRIDE
from ich_model.winograd import N_POINTS, at_points, from_points, kernel_matrix

_TAPS = (KERNEL + 1) // STRIDE  # of a phase
_BEFORE = (PADDING + 1) // STRIDE  # rows and columns of zeros that a phase needs before it
_AFTER = _TAPS - 1 - _BEFORE
_TILE = N_POINTS + 1 - _TAPS  # rows that a tile gives
_ALL_ONE = 1  # the point at which 1 stands for outputs of 1: what is added there is added to every output


def row_kernels(weight: Tensor) -> Tensor:
    """Kernels (6, M, 28, 1, 4) of the phases' convolution, by `winograd` along rows, from weights (M, 1, 7, 7, 7)."""
    taps = functional.pad(weight[:, 0].double(), (1, 0, 1, 0)).unflatten(3, (_TAPS, STRIDE))
    taps = taps.unflatten(2, (_TAPS, STRIDE))  # (M, slice, tap and phase of rows, tap and phase of columns)
    kernels = torch.einsum("mzhrwc,ph->pmwzrc", taps, kernel_matrix(_TAPS)).flatten(3).float()
    return kernels.movedim(-1, 2)[..., None, :]  # channels last


class FirstForward:
    """The convolution of one volume (D, H, W), slice by slice. It holds memory, so it serves one thread."""

    def __init__(self, kernels: Tensor, shift: Tensor, values: Tensor) -> None:
        self.kernels, self.shift = kernels, shift
        height, width = (-(-length // STRIDE) for length in values.shape[1:])
        self.tiles = -(-height // _TILE)
        columns, channels = _BEFORE + width + _AFTER, kernels.shape[2]
        phases = zeros(_TILE * self.tiles + _TAPS - 1, columns, values.shape[0] + 2 * PADDING, STRIDE, STRIDE)
        for row in range(STRIDE):
            for column in range(STRIDE):
                phase = values[:, row::STRIDE, column::STRIDE].permute(1, 2, 0)
                within = phases[_BEFORE:, _BEFORE:, PADDING:-PADDING, row, column]
                within[: phase.shape[0], : phase.shape[1]] = phase
        self._phases = phases.flatten(2)
        self._points = room(N_POINTS, self.tiles, columns, channels)
        self._spare = room(self.tiles, columns, channels)

    def write(self, number: int, out: Tensor) -> None:
        """Writes one slice (h, w, M) with the shift."""
        start = STRIDE**3 * number  # the phases of as many slices as lie between two outputs
        slices = self._phases[:, :, start : start + self._points.shape[-1]]
        rows = [slices[k : k + _TILE * self.tiles : _TILE] for k in range(N_POINTS)]
        at_points(rows, self._points.unbind(), self._spare)
        products = [
            convolved(maps[None].permute(0, 3, 1, 2), kernel, shift=self.shift if point == _ALL_ONE else None)[0]
            for point, (maps, kernel) in enumerate(zip(self._points, self.kernels, strict=True))
        ]
        products = [product.permute(1, 2, 0) for product in products]
        whole = len(out) // _TILE
        from_points([each[:whole] for each in products], [out[k : _TILE * whole : _TILE] for k in range(_TILE)])
        if rest := len(out) - _TILE * whole:
            last = out.new_empty(_TILE, 1, *out.shape[1:])
            from_points([each[whole:] for each in products], last.unbind())
            out[-rest:] = last[:rest, 0]
