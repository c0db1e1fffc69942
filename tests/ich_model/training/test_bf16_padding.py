"""In bf16 on a CPU a network says and learns what it does in fp32, to the digits that bf16 has."""

import copy

import pytest
import torch
from torch import nn

from ich_model.training.bf16_padding import make_padding_explicit
from ich_model.training.config import Precision, TrainingConfig
from ich_model.training.loop import Training
from ich_model.variants import VARIANTS

pytestmark = pytest.mark.numeric


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return ((found.float() - expected).norm() / expected.norm()).item()


@pytest.mark.parametrize("size", [(1, 3, 3), (2, 2, 2), (2, 6, 6), (2, 19, 19), (3, 5, 5)])
def test_the_gradient_of_a_padded_convolutions_weights_is_right_at_any_depth(size):
    generator = torch.Generator().manual_seed(0)
    x, gradient = (torch.randn(2, channels, *size, generator=generator) for channels in (128, 32))
    plain = nn.Conv3d(128, 32, 3, padding=1, bias=False)
    written_out = nn.Sequential(copy.deepcopy(plain))
    make_padding_explicit(written_out)
    plain(x).backward(gradient)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = written_out(x)
    y.backward(gradient.bfloat16())
    assert relative_error(written_out[0].weight.grad, plain.weight.grad) < 0.02


def test_a_padding_that_is_a_word_is_refused():
    with pytest.raises(ValueError, match="padding is 'same'; expected numbers"):
        make_padding_explicit(nn.Sequential(nn.Conv3d(1, 1, 3, padding="same")))


@pytest.mark.parametrize("key", ["baseline_cnn", "only_ord_gcs"])
def test_a_network_that_trains_in_bf16_says_the_same(key):
    x = torch.rand(1, 1, 40, 40, 40, generator=torch.Generator().manual_seed(0))
    in_bf16, in_fp32 = (Training(VARIANTS[key], TrainingConfig(precision=precision), pos_weight={}, device="cpu")
                        for precision in (Precision.BF16, Precision.FP32))  # fmt: skip
    with torch.inference_mode():
        for name, found in in_bf16.network.eval()(x).items():
            torch.testing.assert_close(found, in_fp32.network.eval()(x)[name], rtol=1e-4, atol=1e-5)
