"""A dense block forward and back, with norms folded and maps as rows (P, C), as `ops` says.

Each layer reads all channels before it and writes 32 more beside them. It goes slice by slice, so that what lies
between two convolutions stays in the processor's cache.
"""

from collections.abc import Iterator

from torch import Tensor

from ich_model.saliency.gradients.onednn.conv3x3x3 import Kernels, TiledConvolution
from ich_model.saliency.gradients.onednn.folded_weights import DenseLayer
from ich_model.saliency.gradients.onednn.ops import (
    Size,
    as_maps,
    as_rows,
    convolved,
    mixed_back,
    normed,
    normed_relu,
    room,
    through_relu,
)


class DirectConvolution:
    """A 3x3x3 convolution of small maps, with the methods of `TiledConvolution`."""

    def __init__(self, size: Size) -> None:
        self.size = size

    def kept(self, channels: int) -> Tensor:
        """Room for a map (d, h, w, C)."""
        return room(*self.size, channels)

    def put(self, maps: Tensor, kept: Tensor, *, slices: slice) -> None:
        """Writes slices (k, h, w, C) of a map into its room."""
        kept[slices] = maps

    def forward(self, kept: Tensor, kernels: Kernels, out: Tensor) -> None:
        """Writes the convolution (d, h, w, C') of a map with one kernel."""
        ((kernel,),) = kernels
        out.copy_(self._convolved(kept, kernel).view(out.shape))

    def back(self, gradient: Tensor, kernels: Kernels, *, output: Tensor, guided: bool) -> Iterator[Tensor]:
        """Of each slice the rows (P, C) of the gradient after the convolution and the ReLU that gave `output`."""
        ((kernel,),) = kernels
        rows = through_relu(self._convolved(gradient.contiguous(), kernel), output.flatten(0, 2), guided=guided)
        yield from rows.chunk(self.size[0])

    def _convolved(self, maps: Tensor, kernel: Tensor) -> Tensor:
        return as_rows(convolved(as_maps(maps.flatten(0, 2), self.size), kernel, padding=(1, 1, 1)))


class DenseBlock:
    """A dense block of which is kept what going back takes: all channels and what each layer's second ReLU gave.

    Write the block's input into `entrance` (P, C), then call `run`.
    """

    def __init__(self, layers: tuple[DenseLayer, ...], size: Size, *, tiled: bool) -> None:
        self.layers, self.size = layers, size
        self.growth, squeezed = layers[0].growth, layers[0].squeeze.shape[0]
        depth, height, width = size
        n = layers[0].squeeze.shape[1]
        self.channels = room(depth * height * width, n + self.growth * len(layers))
        self.entrance = self.channels[:, :n]
        self.spare = room(height * width * self.channels.shape[1])  # for the norms of one slice
        self.convolution = (
            TiledConvolution(size, channels=squeezed, growth=self.growth) if tiled else DirectConvolution(size)
        )
        self._squeezed: list[Tensor] = []
        self._gradient: Tensor | None = None

    def run(self) -> Tensor:
        """All channels (P, C')."""
        maps, n = self.channels.view(*self.size, -1), self.entrance.shape[1]
        for layer in self.layers:
            kept = self.convolution.kept(layer.squeeze.shape[0])
            for number, rows in self._slices():
                x = normed_relu(self.channels[rows, :n], layer.norm, memory=self.spare)
                y = convolved(as_maps(x, (1, *self.size[1:])), layer.squeeze, shift=layer.squeeze_shift, relu=True)
                self.convolution.put(y.permute(0, 2, 3, 4, 1)[0], kept, slices=slice(number, number + 1))
            self.convolution.forward(kept, layer.grow, maps[..., n : n + self.growth])
            self._squeezed.append(kept)
            n += self.growth
        return self.channels

    def gradient(self) -> Tensor:
        """Room for the gradient (P, C') at the block's output, the same every time."""
        if self._gradient is None:
            self._gradient = room(*self.channels.shape)
        return self._gradient

    def back(self, gradient: Tensor, *, guided: bool) -> Tensor:
        """The gradient (P, C) at the block's input from that at its output (P, C'), which is used up."""
        maps, n = gradient.view(*self.size, -1), gradient.shape[1]
        for layer, kept in zip(reversed(self.layers), reversed(self._squeezed), strict=True):
            n -= self.growth
            grown = maps[..., n : n + self.growth]
            slices = self.convolution.back(grown, layer.grow_back, output=kept, guided=guided)
            for y, (_, rows) in zip(slices, self._slices(), strict=True):
                x = mixed_back(y, layer.squeeze_back)
                before = normed(self.channels[rows, :n], layer.norm, memory=self.spare)
                x = through_relu(x, before, guided=guided)
                gradient[rows, :n].addcmul_(x, layer.norm.scale)
        return gradient[:, :n]

    def _slices(self) -> Iterator[tuple[int, slice]]:
        """The rows of each slice, with its number."""
        depth, height, width = self.size
        for number in range(depth):
            yield number, slice(number * height * width, (number + 1) * height * width)
