"""The input gradient of `input_convolution` in the fast engine: its phases by `conv4x4_rows`."""

from torch import Tensor
from torch.nn import functional

from ich_model.saliency.gradients.input_convolution import AFTER, BEFORE, KERNEL, PADDING, STRIDE, phase_weights
from ich_model.saliency.gradients.onednn.conv4x4_rows import TILE, RowConvolution, row_kernels
from ich_model.saliency.gradients.onednn.ops import Size, room, zeros
from ich_model.saliency.gradients.onednn.winograd import from_points

_N_MAPS = 32  # 7 taps x 4 phases, and some that are zero


def gradient_kernels(weight: Tensor) -> Tensor:
    """`row_kernels` (6, 32, M, 1, 4) of the phases' convolution from weights (M, 1, 7, 7, 7).

    The last 4 are zero: oneDNN makes 32 faster than 28.
    """
    phases = phase_weights(weight)
    return row_kernels(functional.pad(phases, (0, 0, 0, 0, 0, 0, 0, _N_MAPS - len(phases))))


class FirstGradient:
    """The gradient at the input from that at the output, slice by slice. It holds memory, so it serves one thread."""

    def __init__(self, kernels: Tensor, size: Size) -> None:
        self.size = size
        rows, columns = self.padded(size)
        self._convolution = RowConvolution(kernels, tiles=rows // TILE - 1, columns=columns)

    @staticmethod
    def padded(size: Size) -> tuple[int, int]:
        """Rows and columns of a slice of the gradient (d, h, w) with the zeros that it needs around it."""
        _, height, width = size
        return (-(-height // TILE) + 1) * TILE, BEFORE + width + AFTER

    def nothing(self) -> Tensor:
        """Zeros for the gradient at the input, (padded slices, 2, 2, h, w): rows and columns in phases."""
        depth, height, width = self.size
        return zeros(PADDING + STRIDE * depth + KERNEL, STRIDE, STRIDE, height, width)

    def add(self, gradient: Tensor, number: int, whole: Tensor) -> None:
        """Adds what comes from one slice of the output's gradient, padded (rows, columns, M)."""
        taps = self._phases(gradient)[: self.size[1], :, : KERNEL * STRIDE**2]
        whole[STRIDE * number :][:KERNEL] += taps.permute(2, 0, 1).unflatten(0, (KERNEL, STRIDE, STRIDE))

    @staticmethod
    def joined(whole: Tensor, grid: Size) -> Tensor:
        """The gradient (D, H, W) of which all was added."""
        gradient = room(*grid)
        for row in range(STRIDE):
            for column in range(STRIDE):
                phase = gradient[:, row::STRIDE, column::STRIDE]
                phase[:] = whole[PADDING : PADDING + grid[0], row, column, : phase.shape[1], : phase.shape[2]]
        return gradient

    def _phases(self, gradient: Tensor) -> Tensor:
        """Taps and phases (h or more, w, 32) of one padded slice of the gradient."""
        products = self._convolution.products(gradient)
        tiles, width, channels = products[0].shape
        phases = room(tiles, TILE, width, channels)
        from_points(products, phases.unbind(1))
        return phases.flatten(0, 1)
