"""Augmentation of a training batch: rotation, zoom and mirroring in one resampling, then noise."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from ich_model.training.config import TrainingConfig, Zoom


def augment(batch: Tensor, config: TrainingConfig, generator: torch.Generator) -> Tensor:
    """A randomly augmented copy of a batch (N, 1, D, H, W), drawn from a seeded generator.

    As published (Cobo et al. 2024), rotations are in voxel indices, not millimetres, about each axis by up to 5
    degrees.

    >>> fixed = TrainingConfig(rotation_probability=0, zoom=Zoom.NONE, noise_probability=0)
    >>> batch = torch.arange(8.0).reshape(1, 1, 2, 2, 2)
    >>> augment(batch, fixed, torch.Generator().manual_seed(1)).flatten().round().tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
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
    """A batch (N, 1, D, H, W) rotated, zoomed and mirrored about its centre, by trilinear interpolation.

    `angles` (N, 3) are in radians about the D, H and W axes, `zoom` (N,) enlarges, `mirror` (N,) is -1 where the W axis
    is reversed, else 1. Outside the volume its edge values are repeated.

    >>> batch = torch.arange(3.0).reshape(1, 1, 1, 1, 3)
    >>> mirrored = resampled(batch, angles=torch.zeros(1, 3), zoom=torch.ones(1), mirror=-torch.ones(1))
    >>> mirrored.flatten().round().tolist()
    [2.0, 1.0, 0.0]
    """
    n, size = len(batch), torch.tensor(batch.shape[2:], dtype=torch.float32)
    turn = _about(angles[:, 0], (1, 2)) @ _about(angles[:, 1], (0, 2)) @ _about(angles[:, 2], (0, 1))
    in_voxels = turn / zoom.view(n, 1, 1)
    in_voxels[:, 2] *= mirror.view(n, 1)
    relative = in_voxels * size / size[:, None]  # affine_grid has coordinates from -1 to 1
    theta = torch.cat([relative.flip(1, 2), torch.zeros(n, 3, 1)], dim=2)  # affine_grid's axis order is W, H, D
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
    """1 for each case, with this probability, else 0, (n,)."""
    return (torch.rand(n, generator=generator) < probability).float()
