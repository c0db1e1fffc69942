"""Deletion and insertion curves: the network's output as tissue is removed, or restored, in the order of a map.

After Petsiuk et al. 2018 (RISE). Only voxels with tissue take part (above 0 in the network's input). Removed voxels get
the median of the scan's tissue, so that the input stays similar to those the network was trained on. The score is the
mean of the network's outputs for the target; for a binary target it is the probability of the higher class. Curves in
random order serve as a baseline.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from ich_model.jobs.queue import Watch
from ich_model.network.preprocessing import NetworkInput
from ich_model.network.weights import LoadedNetwork
from ich_model.saliency.saliency_map import SaliencyMap
from ich_model.tasks import Target

N_STEPS = 10
SEED = 1


@dataclass(frozen=True)
class Curves:
    """Scores (0-1) at each share (0-1) of tissue removed or restored, in the map's order and in random order."""

    share: tuple[float, ...]
    deletion: tuple[float, ...]
    insertion: tuple[float, ...]
    random_deletion: tuple[float, ...]
    random_insertion: tuple[float, ...]

    @property
    def areas(self) -> dict[str, float]:
        """Area under each curve, 0 to 1, by the trapezoidal rule.

        >>> flat = (0.5, 0.5, 0.5)
        >>> found = Curves((0.0, 0.5, 1.0), flat, (0.0, 1.0, 1.0), random_deletion=flat, random_insertion=flat)
        >>> found.areas["insertion"]
        0.75
        """
        names = ("deletion", "insertion", "random_deletion", "random_insertion")
        return {name: float(np.trapezoid(getattr(self, name), self.share)) for name in names}

    @property
    def sentence(self) -> str:
        """The areas in one sentence."""
        areas = self.areas
        return (
            f"Deletion and insertion: the area under the network's output is {areas['deletion']:.2f} as the tissue "
            f"this map marks most is removed first ({areas['random_deletion']:.2f} in random order; lower is better) "
            f"and {areas['insertion']:.2f} as it is restored first ({areas['random_insertion']:.2f}; higher is better)."
        )


def curves(
    loaded: LoadedNetwork,
    network_input: NetworkInput,
    saliency_map: SaliencyMap,
    *,
    n_steps: int = N_STEPS,
    watch: Watch | None = None,
) -> Curves:
    """The curves of a map of this network and input, by 4 (n_steps + 1) forward passes.

    Raises:
        ValueError: where the input has no tissue; Cancelled where `watch` stops the computation.
    """
    values = network_input.values
    tissue = np.flatnonzero(values > 0)
    if not tissue.size:
        raise ValueError(f"{network_input.name}: no tissue above 15 HU to remove; expected a brain")
    ordinary = values.copy()
    ordinary.flat[tissue] = np.median(values.flat[tissue])
    by_map = tissue[np.argsort(-saliency_map.values.flat[tissue], kind="stable")]
    by_chance = np.random.default_rng(SEED).permutation(tissue)
    share = np.linspace(0, 1, n_steps + 1)
    score = _scorer(loaded, saliency_map.target, watch or Watch())

    def curve(start: np.ndarray, goal: np.ndarray, order: np.ndarray) -> tuple[float, ...]:
        changed = [order[: round(part * order.size)] for part in share]
        return tuple(score(_with(start, goal, at)) for at in changed)

    return Curves(
        share=tuple(share.tolist()),
        deletion=curve(values, ordinary, by_map),
        insertion=curve(ordinary, values, by_map),
        random_deletion=curve(values, ordinary, by_chance),
        random_insertion=curve(ordinary, values, by_chance),
    )


def _with(start: np.ndarray, goal: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The input `start` (1, D, H, W) with the values of `goal` at the flat indices `at` (n,)."""
    changed = start.copy()
    changed.flat[at] = goal.flat[at]
    return changed


def _scorer(loaded: LoadedNetwork, target: Target, watch: Watch) -> Callable[[np.ndarray], float]:
    """The function that computes the score of an input (1, D, H, W)."""

    def score(values: np.ndarray) -> float:
        watch.check()
        with torch.inference_mode():
            logits = loaded.network(torch.from_numpy(values)[None])[target.key]
            return torch.sigmoid(logits).mean().item()

    return score
