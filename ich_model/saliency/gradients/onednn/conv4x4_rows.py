"""A convolution of slices with kernels 4 x 4, stride 1: by `winograd` along rows, as it is along columns.

Maps are slices (rows, columns, C) with the zeros around them that the kernels need. A tile of six rows gives three.
"""

import torch
from torch import Tensor

from ich_model.saliency.gradients.onednn.ops import convolved, room
from ich_model.saliency.gradients.onednn.winograd import N_POINTS, at_points, kernel_matrix

TAPS = 4  # rows of a kernel
TILE = N_POINTS + 1 - TAPS  # rows that a tile gives
_ALL_ONE = 1  # the point at which 1 stands for outputs of 1: what is added there is added to every output


def row_kernels(kernel: Tensor) -> Tensor:
    """Kernels (6, M, C, 1, 4) for the points, channels last, from one of (M, C, 4, 4)."""
    kernels = torch.einsum("ochw,ph->powc", kernel.double(), kernel_matrix(TAPS)).float()
    return kernels.movedim(-1, 2)[..., None, :]


class RowConvolution:
    """Convolves slices of one size. It holds the memory that this takes, so it serves one thread."""

    def __init__(self, kernels: Tensor, *, tiles: int, columns: int) -> None:
        self.kernels, self.tiles = kernels, tiles
        channels = kernels.shape[2]
        self._points = room(N_POINTS, tiles, columns, channels)
        self._spare = room(tiles, columns, channels)

    def products(self, padded: Tensor, *, shift: Tensor | None = None) -> list[Tensor]:
        """What `winograd.from_points` takes, six times (tiles, columns - 3, M), with a shift (M,) in it where given."""
        rows = [padded[k : k + TILE * self.tiles : TILE] for k in range(N_POINTS)]
        at_points(rows, self._points.unbind(), self._spare)
        return [
            convolved(maps[None].permute(0, 3, 1, 2), kernel, shift=shift if point == _ALL_ONE else None)
            .permute(0, 2, 3, 1)[0]
            for point, (maps, kernel) in enumerate(zip(self._points, self.kernels, strict=True))
        ]  # fmt: skip
