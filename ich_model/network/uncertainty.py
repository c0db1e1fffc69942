"""Uncertainty of a prediction: Monte Carlo dropout of one network, or an ensemble of networks.

Either gives the mean and the standard deviation of each output. The standard deviation measures the model's own
variability, which underestimates its error.
"""

import copy
import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from ich_model.network.inference import check_fits, predict
from ich_model.network.network import Part
from ich_model.network.preprocessing import NetworkInput
from ich_model.network.weights import LoadedNetwork
from ich_model.tasks import Prediction, Repeats, Spread

DROPOUT_LAYERS = (nn.Dropout, nn.Dropout3d)


def mc_dropout(loaded: LoadedNetwork, network_input: NetworkInput, *, passes: int, seed: int) -> Prediction:
    """The mean prediction of several passes with dropout active and batch norm fixed (Gal & Ghahramani 2016).

    It runs on a copy of the network, so the given one may be shared; equal seeds give equal results. Torch's random
    state is restored afterwards, but other threads must not draw random numbers meanwhile.

    Raises:
        ValueError: for fewer than two passes, a network without dropout, or an input that does not fit.
    """
    if passes < 2:
        raise ValueError(f"{passes} passes with dropout: expected at least 2, which is what a spread needs")
    check_fits(loaded, network_input)
    sampled = replace(loaded, network=with_dropout(loaded.network))
    started = time.perf_counter()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        outputs = [_outputs(sampled, network_input) for _ in range(passes)]
    mean, sd = _mean_and_sd(outputs)
    return replace(
        predict(loaded, network_input),
        cumulative=mean,
        seconds=time.perf_counter() - started,
        spread=Spread(Repeats.MC_DROPOUT, passes, sd, seed=seed),
    )


def with_dropout(network: Part) -> Part:
    """A copy of a network in evaluation mode, with its dropout layers in training mode.

    Raises:
        ValueError: where the network has no dropout layer.
    """
    copied = copy.deepcopy(network).eval()
    layers = [module for module in copied.modules() if isinstance(module, DROPOUT_LAYERS)]
    if not layers:
        raise ValueError("the network has no dropout layer; its answers would all be the same")
    for layer in layers:
        layer.train()
    return copied


def _outputs(loaded: LoadedNetwork, network_input: NetworkInput) -> dict[str, tuple[float, ...]]:
    with torch.inference_mode():
        logits = loaded.network(torch.from_numpy(network_input.values)[None])
    return {key: tuple(torch.sigmoid(values[0]).tolist()) for key, values in logits.items()}


def ensemble(networks: Sequence[LoadedNetwork], network_input: NetworkInput) -> Prediction:
    """The mean prediction of several networks of one variant and grid, such as the folds of a cross-validation.

    Its weights id is the first twelve digits of the sha256 of the members' sorted ids. ValueError where the networks
    are fewer than two, duplicates, or of several variants or grids.
    """
    check_same_kind(networks)
    answers = [predict(loaded, network_input) for loaded in networks]
    mean, sd = _mean_and_sd([answer.cumulative for answer in answers])
    members = tuple(sorted(answer.weights_id for answer in answers))
    return replace(
        answers[0],
        weights_id=hashlib.sha256(" ".join(members).encode()).hexdigest()[:12],
        cumulative=mean,
        seconds=sum(answer.seconds for answer in answers),
        synthetic_weights=any(answer.synthetic_weights for answer in answers),
        spread=Spread(Repeats.ENSEMBLE, len(answers), sd, members=members),
    )


def check_same_kind(networks: Sequence[LoadedNetwork]) -> None:
    """Checks that an ensemble has at least two different weights, all of one variant and grid.

    Raises:
        ValueError: where it has not.
    """
    manifests = [loaded.manifest for loaded in networks]
    if len({one.weights_id for one in manifests}) < max(2, len(manifests)):
        ids = ", ".join(one.weights_id for one in manifests)
        raise ValueError(f"an ensemble of weights {ids}: expected at least two, all different; give each file once")
    for name in ("variant", "grid"):
        found = sorted({str(getattr(one, name)) for one in manifests})
        if len(found) > 1:
            raise ValueError(f"an ensemble of {' and '.join(found)}: expected weights of one {name}; leave some out")


def _mean_and_sd(
    outputs: Sequence[dict[str, tuple[float, ...]]],
) -> tuple[dict[str, tuple[float, ...]], dict[str, tuple[float, ...]]]:
    """Mean and standard deviation (with n - 1) of every output over repeated predictions."""
    stacked = {key: np.array([one[key] for one in outputs]) for key in outputs[0]}
    mean = {key: tuple(values.mean(0).tolist()) for key, values in stacked.items()}
    return mean, {key: tuple(values.std(0, ddof=1).tolist()) for key, values in stacked.items()}
