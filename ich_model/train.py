"""Train any variant: `python -m ich_model train VARIANT --cases cases.csv --out RUN`.

The epoch kept is the one with the highest validation score: the AUC at every cut of every target, averaged with the
variant's loss weights. Not the lowest loss, which a network that separates nothing but is never sure can win early.
Early stopping watches the same score, the published learning-rate schedule the validation loss, the weighted sum of
the task losses. A run that was cut off goes on with --resume.
"""

import argparse
import csv
import logging
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ich_model import evaluate, metrics, weights
from ich_model.cases import Split, oversampled, read_cases, split_by_fold, split_by_fraction
from ich_model.commands import Arguments
from ich_model.network import check_grid
from ich_model.prepared import cumulative_targets, prepared_inputs
from ich_model.training_config import TrainingConfig, add_flags, config_from
from ich_model.training_loop import LabelledInputs, Training, logits_of, positive_weights, task_losses
from ich_model.variants import VARIANTS, Variant

log = logging.getLogger(__name__)

BEST, LAST = "best.pt", "last.pt"


@dataclass(frozen=True)
class Run:
    """One training run: what is trained on which cases, with which settings, into which folder."""

    variant: Variant
    split: Split
    config: TrainingConfig
    out: Path
    source: str  # the table of the cases, in words
    test_source: str
    device: str = "cpu"
    workers: int = 0


def train(run: Run) -> weights.Manifest:
    """Train, keep the best epoch, write its weights with their held-out metrics; the manifest comes back."""
    training_data, validation_data = (_labelled(run, cases) for cases in (run.split.training, run.split.validation))
    held_out = _labelled(run, run.split.test).values if run.split.test else validation_data.values
    run.out.mkdir(parents=True, exist_ok=True)  # only now: a run that could not read its cases leaves nothing
    order = oversampled(run.split.training)
    seen = {key: target[order] for key, target in training_data.targets.items()}
    training = Training(run.variant, run.config, pos_weight=positive_weights(seen, run.variant), device=run.device)
    history = _resumed(run, training)
    while not _finished(history, run.config):
        started = time.monotonic()
        losses = training.train_epoch(training_data, order)
        row = {"epoch": len(history) + 1, "lr": training.optimizer.param_groups[0]["lr"]}
        row |= {f"train_{key}": value for key, value in losses.items()}
        row |= _validation(training, validation_data) | {"seconds": time.monotonic() - started}
        training.end_epoch(row["validation_total"])
        history.append(row)
        _keep(run, training, history)
        _report(row, history, run.config)
    return _finish(run, history, held_out)


def _labelled(run: Run, cases: tuple) -> LabelledInputs:
    values = prepared_inputs(cases, run.config.grid, workers=run.workers)
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
    """Mean AUC over the cuts of a target, (N, K - 1) both; a cut with cases on one side only counts 0.5."""
    areas = [metrics.auc(*pair).value for pair in zip(targets.T.numpy(), logits.T.numpy(), strict=True)]
    return float(np.mean([0.5 if area is None else area for area in areas]))


def _best(history: list[dict]) -> int:
    """The epoch with the highest validation score, as an index."""
    return int(np.argmax([row["validation_score"] for row in history]))


def _finished(history: list[dict], config: TrainingConfig) -> bool:
    if not history:
        return False
    return len(history) >= config.epochs or len(history) - 1 - _best(history) >= config.patience


def _keep(run: Run, training: Training, history: list[dict]) -> None:
    """Checkpoints of the last and of the best epoch, and history.csv, each whole or not at all."""
    if _best(history) == len(history) - 1:
        _write(run.out / BEST, {"network": training.network.state_dict(), "epoch": len(history)})
    _write(run.out / LAST, {"config": run.config.as_dict(), "variant": run.variant.key, "history": history,
                            "training": training.state()})  # fmt: skip
    with (run.out / "history.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(history[0]))
        writer.writeheader()
        writer.writerows(history)


def _write(path: Path, content: dict) -> None:
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(path)


def _resumed(run: Run, training: Training) -> list[dict]:
    """The history of the epochs done before, with the training's state put back; empty for a new run."""
    path = run.out / LAST
    if not path.exists():
        return []
    kept = torch.load(path, map_location="cpu", weights_only=True)
    before, now = {**kept["config"], "variant": kept["variant"]}, {**run.config.as_dict(), "variant": run.variant.key}
    changed = [key for key in now if before.get(key) != now[key] and key not in ("epochs", "patience")]
    if changed:
        key = changed[0]
        raise ValueError(f"{run.out}: was begun with {key} {before.get(key)}, got {now[key]}; use the same flags")
    training.restore(kept["training"])
    log.info("resuming after epoch %d", len(kept["history"]))
    return kept["history"]


def _report(row: dict, history: list[dict], config: TrainingConfig) -> None:
    recent = [one["seconds"] for one in history[-3:]]
    minutes_left = (config.epochs - len(history)) * sum(recent) / len(recent) / 60
    shown = {key: value for key, value in row.items() if key.startswith(("train_", "validation_"))}
    parts = ", ".join(f"{key} {value:.3f}" for key, value in shown.items())
    best = _best(history) + 1
    log.info("epoch %d/%d: %s; %.0f s, at most %.0f min left; best epoch %d", row["epoch"], config.epochs, parts,
             row["seconds"], minutes_left, best)  # fmt: skip


def _finish(run: Run, history: list[dict], held_out: Tensor) -> weights.Manifest:
    """Write the best epoch's weights, then measure what was written on held-out inputs (N, 1, D, H, W)."""
    path = run.out / "weights.safetensors"
    kept = torch.load(run.out / BEST, map_location="cpu", weights_only=True)
    network = weights.MultiTaskNetwork(run.variant)
    network.load_state_dict(kept["network"])
    manifest = weights.Manifest(
        run.variant.key, run.config.grid, "", synthetic=any(case.synthetic for case in run.split.training),
        git_commit=_git_commit(), recipe=_recipe(run, history),
    )  # fmt: skip
    weights.save(path, network=network, manifest=manifest)
    log.info("wrote %s; measuring it", path)
    loaded = weights.load(path)
    cases = run.split.test or run.split.validation
    source = run.test_source if run.split.test else f"validation cases of {run.source}, which chose the epoch"
    cumulative = evaluate.cumulative_probabilities(loaded.network, held_out)
    rows = evaluate.metric_rows(cases, cumulative, run.variant)
    evaluate.write_predictions(run.out / "predictions.csv", cases, cumulative, run.variant)
    evaluate.write_metrics(run.out / "metrics.csv", rows)
    measured = evaluate.metrics_dict(rows, source=f"{source} ({len(cases)} cases)")
    written = replace(loaded.manifest, metrics=measured)
    weights.write_manifest(path, written)
    return written


def _recipe(run: Run, history: list[dict]) -> dict:
    """How the weights came about, for their manifest."""
    outcomes = [case.poor for case in run.split.training]
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
        "best_epoch": _best(history) + 1,
        "best_validation": {key: v for key, v in history[_best(history)].items() if key.startswith("validation_")},
        "training_minutes": round(sum(row["seconds"] for row in history) / 60, 1),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }


def _git_commit() -> str:
    """The commit of the code, or nothing where it is not a git checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def main(argv: list[str]) -> int:
    """`train VARIANT --cases cases.csv --out RUN`."""
    options = _parser().parse_args(argv)
    if options.out.exists() and not options.resume:
        raise ValueError(f"{options.out}: exists already; choose a new folder, or --resume a run that was cut off")
    variant, config = VARIANTS[options.variant], config_from(options)
    check_grid(variant, config.grid)
    cases = read_cases(options.cases)
    by_fold = options.fold is not None
    split = split_by_fold(cases, options.fold) if by_fold else split_by_fraction(cases, options.validation_fraction)
    source = f"{options.cases.parent.name}/{options.cases.name}"
    test_source = f"fold {options.fold} of {source}"
    if options.test_cases:
        split = replace(split, test=tuple(read_cases(options.test_cases)))
        test_source = f"{options.test_cases.parent.name}/{options.test_cases.name}"
    run = Run(variant, split, config, options.out, source=source, test_source=test_source,
              device=options.device, workers=options.workers)  # fmt: skip
    manifest = train(run)
    log.info("%s: weights %s, %s", options.out, manifest.weights_id, manifest.metrics[variant.heads[0].target.key])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(prog="python -m ich_model train", description="Train a variant of the network.")
    parser.add_argument("variant", choices=VARIANTS)
    parser.add_argument("--cases", type=Path, required=True, help="table with caseID, image, poor, gcs, age[, fold]")
    parser.add_argument("--out", type=Path, required=True, help="new folder for the run")
    parser.add_argument("--fold", type=int, help="test on this fold of ten; without it all cases train or validate")
    parser.add_argument("--validation-fraction", type=float, default=0.1, help="without --fold")
    parser.add_argument("--test-cases", type=Path, help="table of held-out cases to measure the weights on")
    parser.add_argument("--resume", action="store_true", help="go on after the last finished epoch in --out")
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare the cases; 0 for none")
    parser.add_argument("--device", default="cpu")
    add_flags(parser)
    return parser
