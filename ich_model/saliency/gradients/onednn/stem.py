"""The beginning of the network forward and back: first convolution (with its norm), ReLU, max pooling 3 by 2.

Pooled slice p is taken from the slices 2 p - 1, 2 p and 2 p + 1 of the first convolution, and no more of them are ever
held: the whole is eight times the size of what is pooled from it.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ich_model.saliency.gradients.input_convolution import BEFORE
from ich_model.saliency.gradients.onednn.folded_weights import FoldedDenseNet
from ich_model.saliency.gradients.onednn.ops import Size, as_rows, room, through_relu, zeros
from ich_model.saliency.gradients.onednn.stem_backward import FirstGradient
from ich_model.saliency.gradients.onednn.stem_forward import FirstForward

_WINDOW = 3  # slices of the first convolution from which one is pooled; the last is the first of the next


def half(size: Size) -> Size:
    """The size after the convolution, and again after the pooling: half, rounded up."""
    depth, height, width = size
    return -(-depth // 2), -(-height // 2), -(-width // 2)


class Stem:
    """A stem of which is kept where each pooled value came from within its three slices, (P, 64), and the value."""

    def __init__(self, ready: FoldedDenseNet, values: Tensor) -> None:
        self.ready, self.values = ready, values
        depth, height, width = values.shape[-3:]
        self.grid: Size = depth, height, width
        self.size = half(self.grid)
        self.pooled_size = half(self.size)
        self._gradient: FirstGradient | None = None

    def run(self, out: Tensor) -> None:
        """Writes the first block's input (P, 64), which is kept."""
        depth, height, width = self.size
        self.pooled = out
        self.origin = room(*out.shape, dtype=np.int64)
        numbers = _padded_numbers(self.size)
        ready, values = self.ready, self.values.view(self.grid)
        first = FirstForward(ready.first, ready.first_sums, ready.first_shift, values)
        window = zeros(1, _WINDOW, height, width, out.shape[1])  # before the first slice there is nothing
        for number, rows in enumerate(self._pooled_slices()):
            for k in range(1, _WINDOW):
                at = 2 * number + k - 1
                if at < depth:
                    first.write(at, window[0, k])
                else:
                    window[0, k] = 0
            maps = window.permute(0, 4, 1, 2, 3)
            values, index = functional.max_pool3d(maps, _WINDOW, 2, (0, 1, 1), return_indices=True)
            out[rows] = as_rows(values).relu_()  # it may as well come after the pooling
            torch.index_select(numbers, 0, as_rows(index).flatten(), out=self.origin[rows].view(-1))
            window[0, 0] = window[0, -1]

    def back(self, gradient: Tensor) -> Tensor:
        """The guided gradient (1, 1, D, H, W) at the network's input from that at the first block's input (P, 64)."""
        self._gradient = self._gradient or FirstGradient(self.ready.first_back, self.size)
        window = zeros(_WINDOW, *FirstGradient.padded(self.size), gradient.shape[1])
        whole = self._gradient.nothing()
        for number, rows in enumerate(self._pooled_slices()):
            passed = through_relu(gradient[rows].contiguous(), self.pooled[rows], guided=False)
            window.view(-1, gradient.shape[1]).scatter_add_(0, self.origin[rows], passed)
            for k in range(_WINDOW - 1):
                at = 2 * number + k - 1
                if at >= 0:
                    self._gradient.add(window[k].clamp_(min=0), at, whole)
            window[0] = window[-1]
            window[1:] = 0
        if self.size[0] % 2 == 0:
            self._gradient.add(window[0].clamp_(min=0), self.size[0] - 1, whole)
        return self._gradient.joined(whole, self.grid)[None, None]

    def _pooled_slices(self) -> list[slice]:
        """The rows of each pooled slice."""
        depth, height, width = self.pooled_size
        return [slice(k * height * width, (k + 1) * height * width) for k in range(depth)]


def _padded_numbers(size: Size) -> Tensor:
    """Voxel numbers within a window of slices as voxel numbers within the padded slices of their gradient."""
    _, height, width = size
    rows, columns = FirstGradient.padded(size)
    numbers = torch.arange(_WINDOW * rows * columns).view(_WINDOW, rows, columns)
    return numbers[:, BEFORE : BEFORE + height, BEFORE : BEFORE + width].flatten()
