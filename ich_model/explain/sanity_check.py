"""The model randomisation check (Adebayo et al. 2018): maps while weights are randomised, from the output layer down.

Cascading randomisation: at each step the weights of one more part of the network are permuted within each tensor, and
the map is computed again. A map that stays the same depends on the scan and not on what the network has learnt.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.stats import rankdata
from torch import nn

from ich_model.jobs.queue import Watch
from ich_model.network.network import MultiTaskNetwork
from ich_model.network.preprocessing import NetworkInput
from ich_model.network.weights import LoadedNetwork
from ich_model.saliency.methods import explain_all
from ich_model.saliency.saliency_map import INPUT_LAYER, SaliencyMap

SEED = 1
HEADS = "heads"


@dataclass(frozen=True)
class Step:
    """Spearman correlation (-1 to 1) of a map with the one after shuffling all weights from the output to `part`.

    It covers the voxels with tissue (above 0 in the network's input), because all maps are 0 outside. `correlation` is
    that of the signed values, `without_sign` that of absolute values; None where the new map is constant.
    """

    part: str
    correlation: float | None
    without_sign: float | None


def cascade(
    loaded: LoadedNetwork, network_input: NetworkInput, maps: Sequence[SaliencyMap], *, watch: Watch | None = None
) -> list[list[Step]]:
    """For each map of this network and input, its steps from the output to the first layer.

    Cancelled where `watch` stops the computation.
    """
    shuffled = replace(loaded, network=copy.deepcopy(loaded.network))
    tissue = network_input.values[0] > 0
    ranks = [_ranks(one.values[tissue]) for one in maps]
    steps: list[list[Step]] = [[] for _ in maps]
    for part in _shuffled_part_by_part(shuffled.network):
        for number, again in enumerate(_recomputed(shuffled, network_input, maps, watch=watch)):
            pairs = zip(ranks[number], _ranks(again.values[tissue]), strict=True)
            steps[number].append(Step(part, *(_correlation(one, other) for one, other in pairs)))
    return steps


def sentence(steps: Sequence[Step]) -> str:
    """The first and the last step in one sentence."""
    return (
        f"Randomisation: with the outputs' weights shuffled this map {_words(steps[0])}; with all weights shuffled it "
        f"{_words(steps[-1])}. Near 1 a map shows the scan rather than what the network learnt."
    )


def _words(step: Step) -> str:
    if step.correlation is None:
        return "vanishes"
    return f"correlates {step.correlation:.2f} with the true one ({step.without_sign:.2f} without signs)"


def _recomputed(
    loaded: LoadedNetwork, network_input: NetworkInput, maps: Sequence[SaliencyMap], *, watch: Watch | None
) -> list[SaliencyMap]:
    """The same maps, in the same order, for another network."""
    made = explain_all(
        loaded,
        network_input,
        methods=list(dict.fromkeys(one.method for one in maps)),
        tasks=list(dict.fromkeys(one.task for one in maps)),
        layer=next((one.layer for one in maps if one.layer != INPUT_LAYER), None),
        form=maps[0].form,
        watch=watch,
    )
    by_stem = {one.stem: one for one in made}
    return [by_stem[one.stem] for one in maps]


def _shuffled_part_by_part(network: MultiTaskNetwork) -> Iterator[str]:
    """Shuffles the weights of one part after the other, from the output to the input, and yields each part's name."""
    random = torch.Generator().manual_seed(SEED)
    parts = [(HEADS, network.heads), *reversed(list(network.encoder.features.named_children()))]
    for name, part in parts:
        if any(True for _ in part.parameters()):
            _shuffle(part, random)
            yield name


@torch.no_grad()
def _shuffle(part: nn.Module, random: torch.Generator) -> None:
    for weight in part.parameters():
        order = torch.randperm(weight.numel(), generator=random)
        weight.copy_(weight.flatten()[order].view_as(weight))


def _ranks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ranks (n,) of the values and of their absolute values."""
    return rankdata(values.ravel()), rankdata(np.abs(values).ravel())


def _correlation(ranks: np.ndarray, others: np.ndarray) -> float | None:
    """Spearman's rank correlation from two sets of ranks (n,); None where one is constant."""
    if ranks.min() == ranks.max() or others.min() == others.max():
        return None
    return float(np.corrcoef(ranks, others)[0, 1])
