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
"""One row an epoch: its number, learning rate, losses, validation AUCs and score, and seconds."""


def best_epoch(history: History) -> int:
    """The epoch with the highest validation score, as an index; the first of several."""
    return max(range(len(history)), key=lambda number: history[number]["validation_score"])


class Record:
    """The folder of one run. Each file is whole or not there, so a run that is killed loses the epoch under way."""

    def __init__(self, out: Path, settings: Json, *, config: TrainingConfig) -> None:
        self.out, self.settings, self.config = out, settings, config
        out.mkdir(parents=True, exist_ok=True)

    def resumed(self, training: Training) -> History:
        """The history of the epochs done before, with the training's state put back; empty for a new run."""
        path = self.out / LAST
        if not path.exists():
            return []
        kept = torch.load(path, map_location="cpu", weights_only=True)
        before = {**kept["config"], "variant": kept["variant"]}
        refuse_other_settings(self.out, before, self.settings)
        training.restore(kept["training"])
        log.info("resuming after epoch %d", len(kept["history"]))
        history: History = kept["history"]
        return history

    def keep(self, training: Training, history: History) -> None:
        """Checkpoints of the best and of the last epoch, history.csv and the logs of the last epoch.

        The last epoch's checkpoint comes last: what a run that was killed says of an epoch without it is written again.
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
        """The weights after the best epoch by name, each in the shape (...) that the network gives it."""
        kept: dict[str, dict[str, torch.Tensor]] = torch.load(self.out / BEST, map_location="cpu", weights_only=True)
        return kept["network"]

    def _log_to_tensorboard(self, row: dict[str, float]) -> None:
        """One file of events an epoch, so that an epoch done again after a break replaces its own numbers."""
        from torch.utils.tensorboard import SummaryWriter  # takes seconds, and most commands have no use for it

        folder, epoch = self.out / "tensorboard", row["epoch"]
        suffix = f".epoch-{epoch:03d}"
        for older in folder.glob(f"*{suffix}"):
            older.unlink()
        with SummaryWriter(str(folder), filename_suffix=suffix) as writer:
            for key, value in row.items():
                if key != "epoch":
                    writer.add_scalar(key.replace("_", "/", 1), value, epoch)

    def report(self, history: History) -> None:
        """One line in the log on the last epoch, with the time left."""
        row, recent = history[-1], [one["seconds"] for one in history[-3:]]
        minutes_left = (self.config.epochs - len(history)) * sum(recent) / len(recent) / 60
        shown = {key: value for key, value in row.items() if key.startswith(("train_", "validation_"))}
        parts = ", ".join(f"{key} {value:.3f}" for key, value in shown.items())
        log.info("epoch %d/%d: %s; %.0f s, at most %.0f min left; best epoch %d", row["epoch"], self.config.epochs,
                 parts, row["seconds"], minutes_left, best_epoch(history) + 1)  # fmt: skip


def refuse_other_settings(out: Path, before: Json, now: Json) -> None:
    """ValueError where a run was begun with other settings; only its length may change."""
    changed = [key for key in now if before.get(key) != now[key] and key not in ("epochs", "patience")]
    if changed:
        key = changed[0]
        raise ValueError(f"{out}: was begun with {key} {before.get(key)}, got {now[key]}; use the same flags")


def curves(history: History) -> Figure:
    """Losses and validation AUCs over the epochs, the kept epoch marked."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    losses, areas = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in history]
    for axes, label, keys in (
        (losses, "loss", ("train_total", "validation_total")),
        (areas, "validation AUC", [key for key in history[0] if key.startswith("validation_auc_")]),
    ):
        for key in keys:
            axes.plot(epochs, [row[key] for row in history], marker=".", label=key.removeprefix("validation_auc_"))
        axes.axvline(best_epoch(history) + 1, color="0.6", linestyle=":", label="kept epoch")
        axes.set(xlabel="epoch", ylabel=label)
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    areas.axhline(0.5, color="0.85", zorder=0)
    return figure


def _write(path: Path, content: dict[str, object]) -> None:
    with atomic_file(path) as file:
        torch.save(content, file)
