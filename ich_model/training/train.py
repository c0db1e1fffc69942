"""One training run: a variant, trained on its cases, with its results in a folder.

The selected epoch is the one with the highest validation score: the AUC at every cut of every target, averaged with the
variant's loss weights. The lowest loss would often select an early epoch in which the network does not discriminate
but predicts only moderate probabilities. Early stopping uses the same score; the published learning-rate schedule uses
the validation loss, the weighted sum of the task losses. An interrupted run resumes after its last complete epoch.
"""

import logging
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ich_model import roc_area, software
from ich_model.atomic import atomic_file
from ich_model.dataset.cases import Split, TrainingCase, oversampled
from ich_model.json_file import Json
from ich_model.network import weights
from ich_model.network.network import MultiTaskNetwork
from ich_model.training import evaluate
from ich_model.training.config import TrainingConfig
from ich_model.training.input_cache import cumulative_targets, prepared_inputs
from ich_model.training.loop import LabelledInputs, Training, logits_of, positive_weights, task_losses
from ich_model.training.record import History, Record, best_epoch, check_same_settings, curves
from ich_model.variants import Variant

log = logging.getLogger(__name__)

WEIGHTS = "weights.safetensors"


@dataclass(frozen=True)
class Run:
    """One training run: variant, cases, settings and output folder."""

    variant: Variant
    split: Split
    config: TrainingConfig
    out: Path
    source: str  # a description of the training table
    test_source: str
    device: str = "cpu"
    workers: int = 0
    cache: Path | None = None  # folder of cached inputs

    @property
    def settings(self) -> Json:
        """The settings that must not change when the run is resumed."""
        return {**self.config.as_dict(), "variant": self.variant.key}


def finished(run: Run) -> weights.Manifest | None:
    """The manifest of a completed run, or None; ValueError where it had other settings.

    A run for which more epochs are requested than before is not complete.
    """
    if not weights.manifest_path(run.out / WEIGHTS).is_file():
        return None
    manifest = weights.read_manifest(run.out / WEIGHTS)
    if not manifest.metrics:
        return None
    before = {**manifest.recipe["settings"], "variant": manifest.variant}
    check_same_settings(run.out, before, run.settings)
    return manifest if before == run.settings else None


def train_or_skip(run: Run) -> weights.Manifest:
    """The manifest of a run, which is trained unless it is complete. One job for `run_jobs`."""
    return finished(run) or train(run)


def train(run: Run) -> weights.Manifest:
    """Trains, selects the best epoch, writes its weights with held-out metrics, and returns their manifest.

    ValueError where cases cannot be used, settings differ from the interrupted run's, or the loss is not finite.
    """
    training_data, validation_data = (_labelled(run, cases) for cases in (run.split.training, run.split.validation))
    held_out = _labelled(run, run.split.test).values if run.split.test else validation_data.values
    order = oversampled(run.split.training)
    balanced = {key: target[order] for key, target in training_data.targets.items()}
    training = Training(run.variant, run.config, pos_weight=positive_weights(balanced, run.variant), device=run.device)
    record = Record(run.out, run.settings, config=run.config)  # creates the folder, so only after all cases were read
    history = record.resumed(training)
    while not _at_end(history, run.config):
        started = time.monotonic()
        losses = training.train_epoch(training_data, order)
        row: dict[str, float] = {"epoch": len(history) + 1, "lr": training.optimizer.param_groups[0]["lr"]}
        row |= {f"train_{key}": value for key, value in losses.items()}
        row |= _validation(training, validation_data) | {"seconds": time.monotonic() - started}
        training.end_epoch(row["validation_total"])
        history.append(row)
        record.save(training, history)
        record.report(history)
    return _finish(run, record, history, held_out=held_out)


def _labelled(run: Run, cases: Sequence[TrainingCase]) -> LabelledInputs:
    values = prepared_inputs(cases, run.config.grid, workers=run.workers, cache=run.cache)
    return LabelledInputs(values, cumulative_targets(cases, run.variant))


def _validation(training: Training, data: LabelledInputs) -> dict[str, float]:
    """Losses, AUCs and score on validation cases."""
    logits = logits_of(training.network, data.values, precision=training.config.precision)
    pos_weight = {key: value.cpu() for key, value in training.pos_weight.items()}
    losses = task_losses(logits, data.targets, variant=training.variant, pos_weight=pos_weight)
    aucs = {head.target.key: mean_auc(data.targets[head.target.key], logits[head.target.key])
            for head in training.variant.heads}  # fmt: skip
    weight = {head.target.key: head.loss_weight for head in training.variant.heads}
    score = sum(weight[key] * area for key, area in aucs.items()) / sum(weight.values())
    row = {f"validation_{key}": float(loss) for key, loss in losses.items()}
    return row | {f"validation_auc_{key}": area for key, area in aucs.items()} | {"validation_score": score}


def mean_auc(targets: Tensor, logits: Tensor) -> float:
    """Mean AUC over the cuts of a target, of targets and logits (N, K - 1); 0.5 for a cut with cases on one side only.

    >>> mean_auc(torch.tensor([[0.0], [1.0], [1.0]]), torch.tensor([[0.3], [0.1], [0.8]]))
    0.5
    """
    areas = [roc_area.auc(*pair).value for pair in zip(logits.T.numpy(), targets.T.numpy(), strict=True)]
    return float(np.mean([0.5 if area is None else area for area in areas]))


def _at_end(history: History, config: TrainingConfig) -> bool:
    if not history:
        return False
    return len(history) >= config.epochs or len(history) - 1 - best_epoch(history) >= config.patience


def _finish(run: Run, record: Record, history: History, *, held_out: Tensor) -> weights.Manifest:
    """Writes the best epoch's weights, then evaluates the written file on held-out inputs (N, 1, D, H, W)."""
    path = run.out / WEIGHTS
    network = MultiTaskNetwork(run.variant)
    network.load_state_dict(record.best_network())
    manifest = weights.Manifest(
        run.variant.key, run.config.grid, "", synthetic=any(case.synthetic for case in run.split.training),
        git_commit=_git_commit(), recipe=_recipe(run, history),
    )  # fmt: skip
    weights.save(path, network=network, manifest=manifest)
    log.info("wrote %s; evaluating it", path)
    with atomic_file(run.out / "curves.png") as file:
        curves(history).savefig(file, dpi=120)
    loaded = weights.load(path)
    cases = run.split.test or run.split.validation
    source = run.test_source if run.split.test else f"validation cases of {run.source}, which selected the epoch"
    cumulative = evaluate.cumulative_probabilities(loaded.network, held_out)
    rows = evaluate.metric_rows(cases, cumulative, run.variant.targets)
    evaluate.write_predictions(run.out / "predictions.csv", cases, cumulative, run.variant.targets)
    evaluate.write_metrics(run.out / "metrics.csv", {"": rows})
    measured = evaluate.metrics_dict(rows, source=f"{source} ({len(cases)} cases)")
    written = replace(loaded.manifest, metrics=measured)
    weights.write_manifest(path, written)
    return written


def _recipe(run: Run, history: History) -> Json:
    """The training recipe for a weights file's manifest."""
    outcomes = [case.poor for case in run.split.training]
    best = history[best_epoch(history)]
    return {
        "cases": run.source,
        "synthetic_cases": sum(case.synthetic for case in run.split.training),
        "training_cases": len(outcomes),
        "training_poor": sum(outcomes),
        "validation_cases": len(run.split.validation),
        "oversampled_to": len(oversampled(run.split.training)),
        "settings": run.config.as_dict(),
        "loss_weights": {head.target.key: head.loss_weight for head in run.variant.heads},
        "epochs_run": len(history),
        "best_epoch": best["epoch"],
        "best_validation": {key: value for key, value in best.items() if key.startswith("validation_")},
        "training_minutes": round(sum(row["seconds"] for row in history) / 60, 1),
        "version": software.app_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }


def _git_commit() -> str:
    """The commit of the code; empty outside a git checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
