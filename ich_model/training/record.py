"""The files of a training run: checkpoints, history.csv, TensorBoard logs, and its curves as a figure."""

import csv
import logging
from pathlib import Path

import torch
from matplotlib.figure import Figure

from ich_model.atomic import atomic_file
from ich_model.json_file import Json
from ich_model.training.config import TrainingConfig
from ich_model.training.loop import Training

log = logging.getLogger(__name__)

BEST, LAST = "best.pt", "last.pt"
History = list[dict[str, float]]
"""One row per epoch: its number, learning rate, losses, validation AUCs and score, and seconds."""


def best_epoch(history: History) -> int:
    """Index of the epoch with the highest validation score, the first of equal ones."""
    return max(range(len(history)), key=lambda number: history[number]["validation_score"])


class Record:
    """The folder of one run. Files are written atomically, so a killed run loses only its current epoch."""

    def __init__(self, out: Path, settings: Json, *, config: TrainingConfig) -> None:
        self.out, self.settings, self.config = out, settings, config
        out.mkdir(parents=True, exist_ok=True)

    def resumed(self, training: Training) -> History:
        """The history of an interrupted run, whose state is restored into `training`; empty for a new run.

        ValueError where the run was started with other settings.
        """
        path = self.out / LAST
        if not path.exists():
            return []
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        before = {**checkpoint["config"], "variant": checkpoint["variant"]}
        check_same_settings(self.out, before, self.settings)
        training.restore(checkpoint["training"])
        log.info("resuming after epoch %d", len(checkpoint["history"]))
        history: History = checkpoint["history"]
        return history

    def save(self, training: Training, history: History) -> None:
        """Writes the checkpoints of the best and the last epoch, history.csv and the last epoch's logs.

        The checkpoint of the last epoch is written last: after a kill before it, the epoch is repeated and its other
        files are overwritten.
        """
        if best_epoch(history) == len(history) - 1:
            _write(self.out / BEST, {"network": training.network.state_dict(), "epoch": len(history)})
        self._write_history(history)
        self._log_to_tensorboard(history[-1])
        settings = {key: value for key, value in self.settings.items() if key != "variant"}
        _write(self.out / LAST, {"config": settings, "variant": self.settings["variant"], "history": history,
                                 "training": training.state()})  # fmt: skip

    def _write_history(self, history: History) -> None:
        with atomic_file(self.out / "history.csv") as path, path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(history[0]))
            writer.writeheader()
            writer.writerows(history)

    def best_network(self) -> dict[str, torch.Tensor]:
        """The state dict of the best epoch, tensors (...) by name."""
        saved: dict[str, dict[str, torch.Tensor]] = torch.load(self.out / BEST, map_location="cpu", weights_only=True)
        return saved["network"]

    def _log_to_tensorboard(self, row: dict[str, float]) -> None:
        """Writes one event file per epoch, so that an epoch repeated after an interruption replaces its own."""
        from torch.utils.tensorboard import SummaryWriter  # imported here because it takes seconds

        folder, epoch = self.out / "tensorboard", row["epoch"]
        suffix = f".epoch-{epoch:03d}"
        for older in folder.glob(f"*{suffix}"):
            older.unlink()
        with SummaryWriter(str(folder), filename_suffix=suffix) as writer:
            for key, value in row.items():
                if key != "epoch":
                    writer.add_scalar(key.replace("_", "/", 1), value, epoch)

    def report(self, history: History) -> None:
        """Logs one line on the last epoch, with the remaining time."""
        row, recent = history[-1], [one["seconds"] for one in history[-3:]]
        minutes_left = (self.config.epochs - len(history)) * sum(recent) / len(recent) / 60
        shown = {key: value for key, value in row.items() if key.startswith(("train_", "validation_"))}
        parts = ", ".join(f"{key} {value:.3f}" for key, value in shown.items())
        log.info("epoch %d/%d: %s; %.0f s, at most %.0f min left; best epoch %d", row["epoch"], self.config.epochs,
                 parts, row["seconds"], minutes_left, best_epoch(history) + 1)  # fmt: skip


def check_same_settings(out: Path, before: Json, now: Json) -> None:
    """Checks that a resumed run has its former settings; only `epochs` and `patience` may change.

    Raises:
        ValueError: where another setting differs.
    """
    changed = [key for key in now if before.get(key) != now[key] and key not in ("epochs", "patience")]
    if changed:
        key = changed[0]
        raise ValueError(f"{out}: was started with {key} {before.get(key)}, got {now[key]}; use the same flags")


def curves(history: History) -> Figure:
    """A figure of losses and validation AUCs over the epochs, with the selected epoch marked."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    losses, areas = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in history]
    for axes, label, keys in (
        (losses, "loss", ("train_total", "validation_total")),
        (areas, "validation AUC", [key for key in history[0] if key.startswith("validation_auc_")]),
    ):
        for key in keys:
            axes.plot(epochs, [row[key] for row in history], marker=".", label=key.removeprefix("validation_auc_"))
        axes.axvline(best_epoch(history) + 1, color="0.6", linestyle=":", label="selected epoch")
        axes.set(xlabel="epoch", ylabel=label)
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    areas.axhline(0.5, color="0.85", zorder=0)
    return figure


def _write(path: Path, content: dict[str, object]) -> None:
    with atomic_file(path) as file:
        torch.save(content, file)
