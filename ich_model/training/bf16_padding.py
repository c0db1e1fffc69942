"""Explicit padding for bf16: the implicit padding of torch 2.13 trains wrongly on some CPUs.

Where a 3 x 3 x 3 convolution pads a volume of exactly two slices, oneDNN returns uninitialised memory as the bf16
gradient of its weights: values up to 1e37 that differ from run to run. Observed on an AMD EPYC with AVX512-BF16 (no
AMX), in either memory format. One slice, three and more, fp32, and explicitly padded volumes give the right gradient.
The paper's networks have two slices in their third dense block for an input of 29 to 44 slices, such as the published
40.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


def make_padding_explicit(network: nn.Module) -> None:
    """Replaces the implicit padding of each convolution by an explicit one; the network's outputs stay the same.

    ValueError for a convolution whose padding is a name, not numbers.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv3d) and any(module.padding):
            _Padding(module, _numbers(module.padding))


def _numbers(padding: str | tuple[int, ...]) -> tuple[int, ...]:
    if isinstance(padding, str):
        raise ValueError(f"a convolution's padding is {padding!r}; expected numbers for bf16 on a CPU, train in fp32")
    return padding


class _Padding:
    """A forward pre-hook that pads a convolution's input with zeros; the convolution's own padding is set to 0."""

    def __init__(self, convolution: nn.Conv3d, padding: tuple[int, ...]) -> None:
        self.widths = [width for width in reversed(padding) for _ in range(2)]  # W, W, H, H, D, D
        convolution.padding = (0, 0, 0)
        convolution.register_forward_pre_hook(self)

    def __call__(self, _: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        padded = functional.pad(inputs[0], self.widths)
        return (padded.contiguous(memory_format=torch.channels_last_3d),)
