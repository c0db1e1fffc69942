"""Convolutions with fewer multiplications: Winograd's minimal filtering, by tiles of six values along an axis.

Along one axis m = 7 - r outputs y[i] = sum over k of w[k] d[i + k], with r taps from 6 values, are products of
polynomials. Taken at the points 0, 1, -1, 2, -2 and infinity they need 6 multiplications in place of m r:

    y = A' ((G w) * (B' d))

B' depends on the points alone, so taps of 3 and of 4 share it. Between two maps the products become a convolution for
each point, with its own weights. Sources: Winograd, Arithmetic Complexity of Computations, 1980; Lavin and Gray, Fast
Algorithms for Convolutional Neural Networks, 2016. Rounding errors are some ten times those of the direct way in
float32, 1e-6 of the largest output. They are not the same in outputs that are equal: see `stem_forward`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

N_POINTS = 6
_POINTS = (0.0, 1.0, -1.0, 2.0, -2.0)
_NORMS = (4.0, -6.0, -6.0, 24.0, 24.0)  # of each point, the product of its distances to the others


def kernel_matrix(taps: int) -> Tensor:
    """G (6, taps) in float64."""
    rows = [[point**k / norm for k in range(taps)] for point, norm in zip(_POINTS, _NORMS, strict=True)]
    return torch.tensor([*rows, [0.0] * (taps - 1) + [1.0]], dtype=torch.float64)


def at_points(d: Sequence[Tensor], out: Sequence[Tensor], spare: Tensor) -> None:
    """Writes B' d of six maps (..., C) into six others; `spare` (..., C) is overwritten."""
    torch.sub(d[4], d[2], out=out[0])
    torch.sub(d[3], d[1], out=out[5])
    torch.add(out[0], out[5], alpha=2, out=out[3])
    torch.sub(out[0], out[5], alpha=2, out=out[4])
    torch.sub(d[4], d[2], alpha=4, out=out[2])
    torch.sub(d[3], d[1], alpha=4, out=spare)
    torch.add(out[2], spare, out=out[1])
    out[2].sub_(spare)
    torch.sub(d[0], d[2], out=spare)
    out[0].add_(spare, alpha=4)
    torch.sub(d[5], d[3], out=spare)
    torch.sub(spare, out[5], alpha=4, out=out[5])


def from_points(products: Sequence[Tensor], out: Sequence[Tensor]) -> None:
    """Writes A' of six maps of products into three outputs (4 taps) or four (3 taps)."""
    zero, one, minus_one, two, minus_two, infinity = products
    even, odd = one + minus_one, one - minus_one
    even_2, odd_2 = two + minus_two, two - minus_two
    torch.add(zero, even, out=out[0]).add_(even_2)
    torch.add(odd, odd_2, alpha=2, out=out[1])
    if len(out) == 3:
        torch.add(even.add_(infinity), even_2, alpha=4, out=out[2])
        return
    torch.add(even, even_2, alpha=4, out=out[2])
    torch.add(odd.add_(infinity), odd_2, alpha=8, out=out[3])
