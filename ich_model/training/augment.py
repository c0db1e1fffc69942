"""Random changes of a training batch: rotation, enlargement, mirroring, noise, in one resampling."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from ich_model.training.config import TrainingConfig, Zoom


def augment(batch: Tensor, config: TrainingConfig, generator: torch.Generator) -> Tensor:
    """A changed copy of a batch (N, 1, D, H, W), drawn from a seeded generator.

    As published, rotations turn voxel indices, not millimetres, about each axis by up to 5 degrees.
    """
    n = len(batch)
    angles = _uniform((n, 3), generator) * math.radians(config.rotation_degrees)
    angles *= _chosen(n, config.rotation_probability, generator)[:, None]
    zoomed = _chosen(n, {Zoom.PUBLISHED: 1.0, Zoom.RANDOM: 0.5, Zoom.NONE: 0.0}[config.zoom], generator)
    mirrored = _chosen(n, 0.5 if config.mirror else 0.0, generator)
    moved = resampled(
        batch, angles=angles, zoom=1 + zoomed * (config.zoom_factor - 1), mirror=1 - 2 * mirrored
    )
    noise = torch.randn(batch.shape, generator=generator) * config.noise_sd
    return moved + noise * _chosen(n, config.noise_probability, generator).view(n, 1, 1, 1, 1)


def resampled(batch: Tensor, *, angles: Tensor, zoom: Tensor, mirror: Tensor) -> Tensor:
    """A batch (N, 1, D, H, W) turned about its centre by `angles` (N, 3, radians, about the D, H and W axes),
    enlarged by `zoom` (N,) and its W axis multiplied by `mirror` (N,), 1 or -1. Trilinear; edges are repeated.
    """
    n, size = len(batch), torch.tensor(batch.shape[2:], dtype=torch.float32)
    turn = _about(angles[:, 0], (1, 2)) @ _about(angles[:, 1], (0, 2)) @ _about(angles[:, 2], (0, 1))
    in_voxels = turn / zoom.view(n, 1, 1)
    in_voxels[:, 2] *= mirror.view(n, 1)
    relative = in_voxels * size / size[:, None]  # affine_grid measures each axis from -1 to 1
    theta = torch.cat([relative.flip(1, 2), torch.zeros(n, 3, 1)], dim=2)  # its order is W, H, D
    grid = functional.affine_grid(theta, list(batch.shape), align_corners=False)
    return functional.grid_sample(batch, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _about(angle: Tensor, plane: tuple[int, int]) -> Tensor:
    """Rotation matrices (N, 3, 3) in the plane of two axes."""
    matrix = torch.eye(3).repeat(len(angle), 1, 1)
    first, second = plane
    matrix[:, first, first] = matrix[:, second, second] = angle.cos()
    matrix[:, first, second], matrix[:, second, first] = -angle.sin(), angle.sin()
    return matrix


def _uniform(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=generator) * 2 - 1


def _chosen(n: int, probability: float, generator: torch.Generator) -> Tensor:
    """1 for each chosen case, else 0, (n,)."""
    return (torch.rand(n, generator=generator) < probability).float()
