"""The model randomisation check (Adebayo et al. 2018): maps while weights are randomised, from the output layer down.

Sanity check of Adebayo et al. 2018 (cascading): at each step one more part of the network gets its weights shuffled,
each tensor within itself, and the map is made again. A map that stays the same shows the scan, not the network.
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
    """All weights from the output down to `part` shuffled: the rank correlation of the map with the true one, -1 to 1.

    Over the voxels with tissue (above 0 in the network's input), as all maps agree that there is nothing around them.
    `correlation` is of the signed values and `without_sign` of their absolute values; None where the map became the
    same everywhere.
    """

    part: str
    correlation: float | None
    without_sign: float | None


def cascade(
    loaded: LoadedNetwork, network_input: NetworkInput, maps: Sequence[SaliencyMap], *, watch: Watch | None = None
) -> list[list[Step]]:
    """For each of the maps, which are of this network and input, its steps from the output to the first layer."""
    shuffled = replace(loaded, network=copy.deepcopy(loaded.network))
    tissue = network_input.values[0] > 0
    ranks = [_ranks(one.values[tissue]) for one in maps]
    steps: list[list[Step]] = [[] for _ in maps]
    for part in _shuffled_part_by_part(shuffled.network):
        for number, again in enumerate(_made_again(shuffled, network_input, maps, watch=watch)):
            pairs = zip(ranks[number], _ranks(again.values[tissue]), strict=True)
            steps[number].append(Step(part, *(_correlation(one, other) for one, other in pairs)))
    return steps


def sentence(steps: Sequence[Step]) -> str:
    """What came out, in words."""
    return (
        f"Randomisation: with the outputs' weights shuffled this map {_words(steps[0])}; with all weights shuffled it "
        f"{_words(steps[-1])}. Near 1 a map shows the scan rather than what the network learnt."
    )


def _words(step: Step) -> str:
    if step.correlation is None:
        return "vanishes"
    return f"correlates {step.correlation:.2f} with the true one ({step.without_sign:.2f} without signs)"


def _made_again(
    loaded: LoadedNetwork, network_input: NetworkInput, maps: Sequence[SaliencyMap], *, watch: Watch | None
) -> list[SaliencyMap]:
    """The same maps, in the same order, of another network."""
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
    """The name of each part that has weights, after they were shuffled, from the output to the input."""
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
    """Ranks of the values and of their absolute values."""
    return rankdata(values.ravel()), rankdata(np.abs(values).ravel())


def _correlation(ranks: np.ndarray, others: np.ndarray) -> float | None:
    """Spearman's rank correlation; None where one side is the same everywhere."""
    if ranks.min() == ranks.max() or others.min() == others.max():
        return None
    return float(np.corrcoef(ranks, others)[0, 1])
