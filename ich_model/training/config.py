"""The settings of a training run: the published recipe as defaults, and the command-line flags that change them."""

import argparse
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

from ich_model.json_file import Json
from ich_model.variants import PUBLISHED_GRID


class Zoom(StrEnum):
    """Enlargement of training volumes by 1.1; validation and inference never enlarge.

    The published script asks for it with probability 0.5, but its transform is deterministic and swallows the
    probability: every training volume is enlarged, and the network meets unenlarged ones only when tested.
    """

    PUBLISHED = "published"  # always
    RANDOM = "random"  # half of the volumes, as was meant
    NONE = "none"


class Schedule(StrEnum):
    """How the learning rate falls."""

    PLATEAU = "plateau"  # as published: times 0.98 after 5 epochs without a lower validation loss
    COSINE = "cosine"  # a linear rise over the first epoch, then half a cosine to 0 at the last


class Precision(StrEnum):
    """Arithmetic of the training passes; weights are fp32 in both."""

    FP32 = "fp32"
    BF16 = "bf16"  # autocast; nearly twice as fast on CPUs with AMX


@dataclass(frozen=True)
class TrainingConfig:
    """Every setting of a run except the variant's own (loss weights, class weighting) and the cases.

    Learning-rate steps happen every `accumulation` batches. `patience` counts epochs without a higher validation score.
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
    mirror: bool = False  # left and right exchanged in half of the volumes; ours, not published
    precision: Precision = Precision.FP32
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "patience", "batch", "accumulation", "lr"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} {getattr(self, name)}: expected more than 0")

    def as_dict(self) -> Json:
        """The settings as plain values, for a manifest or a checkpoint."""
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
    """The flags that change settings; each default is the published value."""
    default = TrainingConfig()
    parser.add_argument("--grid", type=parse_grid, default=default.grid, help="input grid, DxHxW")
    parser.add_argument("--epochs", type=int, default=default.epochs)
    parser.add_argument("--patience", type=int, default=default.patience)
    parser.add_argument("--batch", type=int, default=default.batch)
    parser.add_argument("--accumulation", type=int, default=default.accumulation)
    parser.add_argument("--lr", type=float, default=default.lr)
    parser.add_argument("--schedule", type=Schedule, choices=tuple(Schedule), default=default.schedule)
    parser.add_argument("--zoom", type=Zoom, choices=tuple(Zoom), default=default.zoom)
    parser.add_argument("--mirror", action="store_true", help="also exchange left and right (not published)")
    parser.add_argument("--precision", type=Precision, choices=tuple(Precision), default=default.precision)
    parser.add_argument("--seed", type=int, default=default.seed)


def config_from(options: argparse.Namespace) -> TrainingConfig:
    """The settings of parsed flags."""
    changed = {field.name: getattr(options, field.name) for field in fields(TrainingConfig) if field.name in options}
    return TrainingConfig(**changed)
