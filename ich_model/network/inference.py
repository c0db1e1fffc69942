"""Inference: the prediction of one network for one case, and its JSON form."""

import time
from dataclasses import asdict

import torch

from ich_model import software
from ich_model.json_file import Json
from ich_model.network.preprocessing import PREPROCESSING_ID, NetworkInput
from ich_model.network.weights import LoadedNetwork
from ich_model.tasks import Prediction, Repeats, Spread, Target, Task


def predict(loaded: LoadedNetwork, network_input: NetworkInput) -> Prediction:
    """The network's prediction for one case; `seconds` is the time of the forward pass alone.

    The network is not modified, so threads may share it. ValueError where input and weights do not fit (`check_fits`).
    """
    check_fits(loaded, network_input)
    started = time.perf_counter()
    with torch.inference_mode():
        logits = loaded.network(torch.from_numpy(network_input.values)[None])
        cumulative = {key: tuple(torch.sigmoid(values[0]).tolist()) for key, values in logits.items()}
    return Prediction(
        case=network_input.name,
        variant=loaded.variant.key,
        weights_id=loaded.manifest.weights_id,
        input_grid=network_input.grid,
        cumulative=cumulative,
        seconds=time.perf_counter() - started,
        synthetic_weights=loaded.manifest.synthetic,
        preprocessing=PREPROCESSING_ID,
        software=software.versions(),
    )


def check_fits(loaded: LoadedNetwork, network_input: NetworkInput) -> None:
    """Checks that an input has the weights' grid and that the network is in evaluation mode.

    Raises:
        ValueError: where it is not so.
    """
    if tuple(network_input.grid) != tuple(loaded.manifest.grid):
        raise ValueError(
            f"{network_input.name}: input on grid {network_input.grid}, but weights {loaded.manifest.weights_id} "
            f"expect {loaded.manifest.grid}; make the input with the weights' grid"
        )
    if loaded.network.training:
        raise ValueError(f"{loaded.variant.key}: the network is in training mode; call eval() before inference")


def prediction_json(prediction: Prediction) -> Json:
    """A prediction as JSON values, with one entry per task (None where the network does not predict it).

    `cumulative` holds the network's outputs, from which `prediction_from_json` restores the prediction, and
    `uncertainty` their standard deviations over repeated predictions, if any.
    """
    return {
        "case": prediction.case,
        "variant": prediction.variant,
        "weights_id": prediction.weights_id,
        "input_grid": list(prediction.input_grid),
        **{str(task): _answer(prediction, prediction.target_of(task)) for task in Task},
        "seconds": prediction.seconds,
        "synthetic_weights": prediction.synthetic_weights,
        "preprocessing": prediction.preprocessing,
        "software": prediction.software,
        "cumulative": _lists(prediction.cumulative),
        "uncertainty": prediction.spread and _spread_json(prediction.spread),
    }


def _spread_json(spread: Spread) -> Json:
    return {**asdict(spread), "repeats": str(spread.repeats), "members": list(spread.members), "sd": _lists(spread.sd)}


def _lists(outputs: dict[str, tuple[float, ...]]) -> dict[str, list[float]]:
    return {key: list(values) for key, values in outputs.items()}


def _tuples(outputs: dict[str, list[float]]) -> dict[str, tuple[float, ...]]:
    return {key: tuple(values) for key, values in outputs.items()}


def _answer(prediction: Prediction, target: Target | None) -> Json | None:
    if target is None:
        return None
    probabilities, label = prediction.probabilities(target), prediction.label(target)
    if target.task is Task.GCS:  # two or three classes, by variant
        return {"probabilities": probabilities, "label": label}
    highest = target.classes[-1]
    return {f"p_{highest}": probabilities[highest], "label": label}


def prediction_from_json(content: Json) -> Prediction:
    """The prediction that `prediction_json` returned.

    Raises:
        ValueError: where a field is missing.
    """
    try:
        return Prediction(
            case=content["case"],
            variant=content["variant"],
            weights_id=content["weights_id"],
            input_grid=tuple(content["input_grid"]),
            cumulative=_tuples(content["cumulative"]),
            seconds=content["seconds"],
            synthetic_weights=content["synthetic_weights"],
            preprocessing=content.get("preprocessing", ""),  # absent, as the next, from files of early versions
            software=content.get("software", {}),
            spread=_spread(content["uncertainty"]) if content.get("uncertainty") else None,
        )
    except KeyError as error:
        raise ValueError(f"prediction without {error}; expected a file that `predict --json` wrote") from error


def _spread(content: Json) -> Spread:
    return Spread(
        Repeats(content["repeats"]),
        n=content["n"],
        sd=_tuples(content["sd"]),
        seed=content["seed"],
        members=tuple(content["members"]),
    )
