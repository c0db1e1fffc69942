"""The settings of a training run: the published recipe as defaults, and the command-line flags that change them."""

import argparse
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from ich_model.json_file import Json
from ich_model.variants import PUBLISHED_GRID


class Zoom(StrEnum):
    """Zoom of training volumes by a factor of 1.1; validation and inference do not zoom.

    The published script asks for a probability of 0.5, but its transform is deterministic and ignores the argument:
    every training volume is zoomed, and the network sees unzoomed ones only in validation and testing.
    """

    PUBLISHED = "published"  # always
    RANDOM = "random"  # half of the volumes, as the script intended
    NONE = "none"


class Schedule(StrEnum):
    """The learning-rate schedule."""

    PLATEAU = "plateau"  # as published: times 0.98 after 5 epochs without a lower validation loss
    COSINE = "cosine"  # warm-up in the first epoch, then half a cosine to 0 at the last


class Precision(StrEnum):
    """Floating-point precision of the training passes; weights are fp32 in both."""

    FP32 = "fp32"
    BF16 = "bf16"  # autocast; nearly twice as fast on CPUs with AMX


@dataclass(frozen=True)
class TrainingConfig:
    """All settings of a run except the variant's (loss weights, class weighting) and the cases.

    The optimiser steps every `accumulation` batches. `patience` counts epochs without a higher validation score.
    Defaults are the published values (Cobo et al. 2024). ValueError for a setting that must be positive and is not.
    """

    grid: tuple[int, int, int] = PUBLISHED_GRID
    epochs: int = 100
    patience: int = 20
    batch: int = 8
    accumulation: int = 3
    lr: float = 1e-3
    weight_decay: float = 1e-4
    schedule: Schedule = Schedule.PLATEAU
    plateau_factor: float = 0.98
    plateau_patience: int = 5
    rotation_degrees: float = 5.0  # pi / 36 about each axis
    rotation_probability: float = 0.5
    zoom: Zoom = Zoom.PUBLISHED
    zoom_factor: float = 1.1
    noise_sd: float = 0.01
    noise_probability: float = 0.5
    mirror: bool = False  # left-right mirroring of half of the volumes; not published
    precision: Precision = Precision.FP32
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "patience", "batch", "accumulation", "lr"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} {getattr(self, name)}: expected more than 0")

    def as_dict(self) -> Json:
        """The settings as JSON values, for a manifest or a checkpoint."""
        plain = {key: str(value) if isinstance(value, StrEnum) else value for key, value in asdict(self).items()}
        return {**plain, "grid": list(self.grid)}


def parse_grid(text: str) -> tuple[int, int, int]:
    """Depth, height and width from "32x96x96".

    Raises:
        ArgumentTypeError: for any other text.
    """
    parts = text.split("x")
    if len(parts) != 3 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r}: expected depth x height x width, for example 32x96x96")
    depth, height, width = map(int, parts)
    return depth, height, width


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that change settings to a parser; each default is the published value."""
    default = TrainingConfig()
    parser.add_argument("--grid", type=parse_grid, default=default.grid, help="input grid, DxHxW")
    parser.add_argument("--epochs", type=int, default=default.epochs)
    parser.add_argument("--patience", type=int, default=default.patience)
    parser.add_argument("--batch", type=int, default=default.batch)
    parser.add_argument("--accumulation", type=int, default=default.accumulation)
    parser.add_argument("--lr", type=float, default=default.lr)
    parser.add_argument("--schedule", type=Schedule, choices=tuple(Schedule), default=default.schedule)
    parser.add_argument("--zoom", type=Zoom, choices=tuple(Zoom), default=default.zoom)
    parser.add_argument("--mirror", action="store_true", help="also mirror left and right (not published)")
    parser.add_argument("--precision", type=Precision, choices=tuple(Precision), default=default.precision)
    parser.add_argument("--seed", type=int, default=default.seed)


def config_from(options: argparse.Namespace) -> TrainingConfig:
    """The settings of parsed flags."""
    changed = {field.name: getattr(options, field.name) for field in fields(TrainingConfig) if field.name in options}
    return TrainingConfig(**changed)
