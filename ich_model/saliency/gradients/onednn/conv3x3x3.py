"""A 3x3x3 convolution of large maps by tiles: `winograd` along rows and columns, as it is along the depth.

A tile of 6 x 6 values gives 4 x 4 outputs with 36 multiplications in place of 144. The values are taken from a padded
form (d, 4 T + 2, 4, U + 1, C) with T x U tiles a slice, in which the same column of all tiles lies side by side: column
c at place c // 4 of quarter c % 4. One row and column of zeros comes before a map, one or more after it.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ich_model.saliency.gradients.onednn.ops import Size, convolved, first_of, ready_kernel, room, through_relu, zeros
from ich_model.saliency.gradients.onednn.winograd import N_POINTS, at_points, from_points, kernel_matrix

Kernels = tuple[tuple[Tensor, ...], ...]
_DEPTH = (1, 0)  # padding of a convolution along the depth
_USUAL = (10, 190)  # slices, and tiles at once, at the published grid
TILE = 4  # rows and columns that a tile gives
_TILES_AT_ONCE = 10  # rows of tiles: more do not stay in the processor's cache, fewer are not worth a call


def tiled_kernels(kernel: Tensor) -> Kernels:
    """Kernels (out, in, 3, 1) for each point of rows, for each point of columns, from one of (out, in, 3, 3, 3)."""
    points = kernel_matrix(3)
    kernels = torch.einsum("oidhw,rh,cw->rcoid", kernel.double(), points, points).float()[..., None]
    return tuple(tuple(ready_kernel(one, padding=_DEPTH, like=_USUAL) for one in row) for row in kernels)


class TiledConvolution:
    """Convolves maps of one size. It holds the memory that this takes, so it serves one thread."""

    def __init__(self, size: Size, *, channels: int, growth: int) -> None:
        self.size = depth, height, width = size
        self.rows, self.columns = -(-height // TILE), -(-width // TILE)
        self.at_once = -(-self.rows // -(-self.rows // _TILES_AT_ONCE))
        values = depth * self.at_once * (self.columns + 1) * TILE * max(channels, growth)
        self._by_rows, self._spare = room(N_POINTS * values), room(2 * values)
        self._by_both = room(N_POINTS**2 * values // TILE)
        self._gradient = self.kept(growth)
        self._outputs = room(depth * TILE * self.rows * TILE * self.columns * max(channels, growth))
        self._slice = room(1, height, width, channels)

    def kept(self, channels: int) -> Tensor:
        """Zeros in the padded form (d, 4 T + 2, 4, U + 1, C)."""
        depth = self.size[0]
        return zeros(depth, TILE * self.rows + 2, TILE, self.columns + 1, channels)

    def put(self, maps: Tensor, padded: Tensor, *, slices: slice = slice(None)) -> None:
        """Writes slices (k, h, w, C) of a map into the padded form."""
        for quarter, within in zip(self._quarters(padded[slices]), _columns(maps), strict=True):
            quarter.copy_(within)

    def forward(self, padded: Tensor, kernels: Kernels, out: Tensor) -> None:
        """Writes the convolution (d, h, w, C') of a padded map."""
        for within, quarter in zip(_columns(out), self._tiled(padded, kernels).unbind(2), strict=True):
            within.copy_(quarter[:, : self.size[1], : within.shape[2]])

    def back(self, gradient: Tensor, kernels: Kernels, *, output: Tensor, guided: bool) -> Iterator[Tensor]:
        """Of each slice the gradient's rows (P, C) after the convolution and the ReLU that gave `output`, padded.

        The gradient before is (d, h, w, C'). A slice's rows are overwritten by those of the next.
        """
        self.put(gradient, self._gradient)
        tiled, rows = self._tiled(self._gradient, kernels), self._slice.view(-1, self._slice.shape[-1])
        for number in range(self.size[0]):
            one = slice(number, number + 1)
            quarters = zip(tiled[one].unbind(2), self._quarters(output[one]), _columns(self._slice), strict=True)
            for quarter, kept, within in quarters:
                through_relu(quarter[:, : self.size[1], : within.shape[2]], kept, guided=guided, out=within)
            yield rows

    def _quarters(self, padded: Tensor) -> Iterator[Tensor]:
        """Where every fourth column of a map from the first, second, third and fourth lies in the padded form."""
        _, height, width = self.size
        for number in range(TILE):
            place, quarter = divmod(number + 1, TILE)
            n = -(-(width - number) // TILE)
            yield padded[:, 1 : height + 1, quarter, place : place + n]

    def _tiled(self, padded: Tensor, kernels: Kernels) -> Tensor:
        """The convolution of a padded map as (d, 4 T, 4, U, C'), columns in quarters."""
        shape = (self.size[0], TILE * self.rows, TILE, self.columns, kernels[0][0].shape[0])
        out = first_of(self._outputs, shape)
        for start in range(0, self.rows, self.at_once):
            end = min(start + self.at_once, self.rows)
            points = self._points(padded, start, end)
            self._from_points(points, kernels, out[:, TILE * start : TILE * end])
        return out

    def _points(self, padded: Tensor, start: int, end: int) -> Tensor:
        """Some rows of tiles at the points of columns and rows, (6, 6, d, T, U, C)."""
        depth, _, _, columns, channels = padded.shape
        n, last = end - start, TILE * (end - start) - TILE + 1
        by_rows = first_of(self._by_rows, (N_POINTS, depth, n, TILE, columns, channels))
        rows = [padded[:, TILE * start + k : TILE * start + k + last : TILE] for k in range(N_POINTS)]
        at_points(rows, by_rows.unbind(), first_of(self._spare, by_rows.shape[1:]))
        by_both = first_of(self._by_both, (N_POINTS, N_POINTS, depth, n, columns - 1, channels))
        places = [divmod(k, TILE) for k in range(N_POINTS)]
        values = [by_rows[:, :, :, quarter, place : place + columns - 1] for place, quarter in places]
        at_points(values, by_both.unbind(), first_of(self._spare, by_both.shape[1:]))
        return by_both

    def _from_points(self, points: Tensor, kernels: Kernels, out: Tensor) -> None:
        """Writes the outputs (d, 4 T, 4, U, C') of some rows of tiles: for each point a convolution along the depth."""
        _, _, depth, n, columns, _ = points.shape
        by_rows = first_of(self._by_rows, (N_POINTS, depth, n, TILE, columns, out.shape[-1]))
        for one, maps, row in zip(by_rows, points.unbind(1), kernels, strict=True):
            products = [
                convolved(x.flatten(1, 2)[None].permute(0, 3, 1, 2), kernel, padding=_DEPTH)
                for x, kernel in zip(maps, row, strict=True)
            ]
            products = [product[0].permute(1, 2, 0).view(depth, n, columns, -1) for product in products]
            from_points(products, one.unbind(2))
        from_points(by_rows.unbind(), [out[:, k::TILE] for k in range(TILE)])


def _columns(maps: Tensor) -> list[Tensor]:
    """Every fourth column of maps (d, h, w, C) from the first, second, third and fourth."""
    return [maps[:, :, number::TILE] for number in range(TILE)]
