"""Networks with random, seeded weights for tests."""

from pathlib import Path

import numpy as np
import torch

from ich_model.network import weights
from ich_model.network.network import MultiTaskNetwork
from ich_model.network.preprocessing import NetworkInput
from ich_model.network.weights import LoadedNetwork, Manifest
from ich_model.variants import DEFAULT_VARIANT, variant_named

GRID = (32, 32, 32)


def random_network(variant: str = DEFAULT_VARIANT, *, grid: tuple[int, int, int] = GRID) -> LoadedNetwork:
    """A network in evaluation mode with random, seeded weights."""
    torch.manual_seed(0)
    row = variant_named(variant)
    manifest = Manifest(row.key, grid, weights_id="0123456789ab", synthetic=True)
    return LoadedNetwork(MultiTaskNetwork(row).eval(), row, manifest)


def random_input(grid: tuple[int, int, int] = GRID, *, name: str = "case", seed: int = 0) -> NetworkInput:
    """Uniform noise from 0 to 1 as network input on a grid (D, H, W), of a volume of the same size."""
    values = np.random.default_rng(seed).random((1, *grid), dtype=np.float32)
    return NetworkInput(name, values, grid, volume_shape=grid[::-1], padding=(0, 0))


def saved_network(path: Path, variant: str = DEFAULT_VARIANT, *, grid: tuple[int, int, int] = GRID) -> Path:
    """Writes a random network's weights; returns their path."""
    loaded = random_network(variant, grid=grid)
    weights.save(path, network=loaded.network, manifest=loaded.manifest)
    return path
