"""Explicit padding for bf16: the implicit padding of torch 2.13 trains wrongly on some CPUs.

Where a 3 x 3 x 3 convolution pads a volume of exactly two slices, oneDNN's bf16 gradient of its weights is memory that
nobody wrote: up to 1e37, another each time. Seen on an AMD EPYC with AVX512-BF16 (no AMX), in either memory format; one
slice, three and more, fp32, and volumes that were padded before are right. The networks of the paper have two slices in
their third dense block at an input of 29 to 44 slices, the published 40 among them.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


def write_padding_out(network: nn.Module) -> None:
    """Pads before each convolution what it would have padded itself; what the network says stays the same."""
    for module in network.modules():
        if isinstance(module, nn.Conv3d) and any(module.padding):
            _Padding(module, _numbers(module.padding))


def _numbers(padding: str | tuple[int, ...]) -> tuple[int, ...]:
    if isinstance(padding, str):
        raise ValueError(f"a convolution's padding is {padding!r}; expected numbers for bf16 on a CPU, train in fp32")
    return padding


class _Padding:
    """A hook that pads a convolution's input with zeros; its own padding is taken away."""

    def __init__(self, convolution: nn.Conv3d, padding: tuple[int, ...]) -> None:
        self.widths = [width for width in reversed(padding) for _ in range(2)]  # W, W, H, H, D, D
        convolution.padding = (0, 0, 0)
        convolution.register_forward_pre_hook(self)

    def __call__(self, _: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
        padded = functional.pad(inputs[0], self.widths)
        return (padded.contiguous(memory_format=torch.channels_last_3d),)
