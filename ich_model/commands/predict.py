"""`python -m ich_model predict`. Torch is imported after the arguments and the first scan were checked."""

import argparse
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ich_model.command_line import Arguments
from ich_model.scans.load import load_one
from ich_model.scans.skull_strip import brain_only
from ich_model.scans.volume import Volume, is_skull_stripped
from ich_model.tasks import CLASS_TEXTS, Prediction, Repeats, Spread, Target
from ich_model.variants import DEFAULT_VARIANT, VARIANTS

_LOGGER = logging.getLogger(__name__)

if TYPE_CHECKING:
    from ich_model.network.preprocessing import NetworkInput
    from ich_model.network.weights import LoadedNetwork


@dataclass(frozen=True)
class Answer:
    """A prediction and whether the brain was extracted for it."""

    prediction: Prediction
    was_whole_head: bool


def predict(argv: list[str]) -> int:
    """`predict FILE... [--variant KEY] [--weights FILE...] [--json]`; prints only where all files could be used."""
    parser = _parser("predict", "Prognosis, GCS and age from head CTs (NIfTI or DICOM).")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE",
                        help="a whole head or a stripped brain: NIfTI, a DICOM folder, or a zip")  # fmt: skip
    parser.add_argument("--weights", nargs="+", type=Path, metavar="FILE",
                        help="after the scans: the network's weights (those of the demo if not given); with several "
                        "of one variant, such as the folds, the mean and its spread")  # fmt: skip
    parser.add_argument("--mc-dropout", type=int, metavar="N",
                        help="the mean and spread of N passes with dropout active")  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="of --mc-dropout; %(default)s if not given")
    parser.add_argument("--json", action="store_true", help="a JSON list instead of a table")
    options = parser.parse_args(argv)
    if options.mc_dropout is not None and len(options.weights or ()) > 1:
        parser.error("--mc-dropout with several --weights: expected one or the other")
    first = _brain(options.files[0], options)  # refuses an unusable scan before torch is imported
    networks = [network_of(options, path) for path in options.weights or [None]]
    infer = _inference(networks, options)
    answers = [_answer(infer, networks[0], first)]
    answers += [_answer(infer, networks[0], _brain(path, options)) for path in options.files[1:]]
    if options.json:
        from ich_model.network.inference import prediction_json

        print(json.dumps([prediction_json(answer.prediction) for answer in answers], indent=1))
    else:
        print(table(answers))
    return 0


def _parser(name: str, description: str) -> Arguments:
    parser = Arguments(prog=f"python -m ich_model {name}", description=f"{description} Not for clinical use.")
    parser.add_argument("--series", metavar="WHICH", help="of a DICOM examination with several: its number, or words")
    parser.add_argument("--variant", choices=list(VARIANTS), help=f"the network; {DEFAULT_VARIANT} if not given")
    return parser


def network_of(options: argparse.Namespace, path: Path | None) -> "LoadedNetwork":
    """The network of a weights file, or the demo network, which exists for one variant only.

    Raises:
        ValueError: where no file is given and the project has no weights of the variant; WeightsMismatch where the
            file does not fit.
    """
    if path is None and options.variant not in (None, DEFAULT_VARIANT):
        raise ValueError(
            f"{options.variant}: no weights come with this project; give --weights FILE "
            f"(published folder {VARIANTS[options.variant].checkpoint_folder}, or your own from `train`)"
        )
    from ich_model.network import weights

    if path is None:
        return weights.load_demo()
    return weights.load(path, variant=VARIANTS.get(options.variant))


def _loaded(path: Path, options: argparse.Namespace) -> Volume:
    """A scan, whose notes are logged."""
    volume = load_one(path, series=options.series)
    for note in volume.notes:
        _LOGGER.info("%s: %s", volume.name, note)
    return volume


def _brain(path: Path, options: argparse.Namespace) -> tuple[Volume, bool]:
    """A file's brain, and whether the file was a whole head."""
    volume = _loaded(path, options)
    return brain_only(volume), not is_skull_stripped(volume)


def _inference(
    networks: "list[LoadedNetwork]", options: argparse.Namespace
) -> "Callable[[NetworkInput], Prediction]":
    """The function that predicts a case: by one pass, by MC dropout, or by an ensemble."""
    from ich_model.network import inference, uncertainty

    if options.mc_dropout is not None:
        return partial(uncertainty.mc_dropout, networks[0], passes=options.mc_dropout, seed=options.seed)
    if len(networks) > 1:
        uncertainty.check_same_kind(networks)
        return partial(uncertainty.ensemble, networks)
    return partial(inference.predict, networks[0])


def _answer(
    infer: "Callable[[NetworkInput], Prediction]", network: "LoadedNetwork", brain: tuple[Volume, bool]
) -> Answer:
    from ich_model.network.preprocessing import to_input

    volume, was_whole_head = brain
    return Answer(infer(to_input(volume, network.manifest.grid)), was_whole_head)


def table(answers: list[Answer]) -> str:
    """Predictions as aligned columns, followed by a line on the network."""
    first = answers[0].prediction
    header = ["case", *(f"{target.task}" for target in first.targets), "brain", "seconds"]
    rows = [
        [
            answer.prediction.case,
            *(_cell(answer.prediction, target) for target in answer.prediction.targets),
            "extracted" if answer.was_whole_head else "as given",
            f"{answer.prediction.seconds:.1f}",
        ]
        for answer in answers
    ]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [header, *rows]]
    grid = "x".join(map(str, first.input_grid))
    origin = f"{VARIANTS[first.variant].title}, weights {first.weights_id}, input {grid}{_repeated(first.spread)}"
    return "\n".join([*map(str.rstrip, lines), "", f"{origin}{_caveat(first.synthetic_weights)}"])


def _repeated(spread: Spread | None) -> str:
    """How repeated predictions were made and combined."""
    if spread is None:
        return ""
    if spread.repeats is Repeats.MC_DROPOUT:
        return f"; mean and SD of {spread.n} passes with dropout active (MC dropout, seed {spread.seed})"
    return f"; mean and SD of an ensemble of {spread.n} networks ({', '.join(spread.members)})"


def _cell(prediction: Prediction, target: Target) -> str:
    """The predicted class, the probability of each class but the lowest, and the SDs of repeated predictions."""
    probabilities = prediction.probabilities(target)
    shown = ", ".join(f"p {code} {probabilities[code]:.2f}" for code in target.classes[1:])
    if prediction.spread:
        shown += ", SD " + " and ".join(f"{sd:.2f}" for sd in prediction.spread.sd[target.key])
    return f"{CLASS_TEXTS[prediction.label(target)]} ({shown})"


def _caveat(synthetic: bool) -> str:
    origin = "; trained on synthetic cases" if synthetic else ""
    return f"{origin}; not for clinical use"
