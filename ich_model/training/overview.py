"""The tables of the Models page: the paper's networks, available weights, own results beside published ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ich_model.json_file import Json, read_object
from ich_model.tasks import TARGETS
from ich_model.training import published_ablation
from ich_model.variants import VARIANTS

FOLDS = "folds.csv"  # of `fold_tables`
SHOWN = ("auc", "accuracy", "balanced_accuracy", "f1")
NO_OWN_RUNS = "No own runs yet"
PHANTOMS = "synthetic phantoms"


@dataclass(frozen=True)
class OwnResults:
    """Own runs: the mean and SD of each metric over folds, and a description of their cases."""

    summary: pd.DataFrame
    description: str
    synthetic: bool


def networks() -> pd.DataFrame:
    """One row per network of the paper: its targets with their loss weights, encoder and checkpoint folder."""
    return pd.DataFrame([
        {
            "Network": row.title,
            "Key": key,
            "Predicts (loss weight)": ", ".join(f"{head.target.key} ({head.loss_weight:g})" for head in row.heads),
            "Encoder": str(row.encoder),
            "Published checkpoint": row.checkpoint_folder,
        }
        for key, row in VARIANTS.items()
    ])  # fmt: skip


def weights_at_hand(files: Sequence[Path]) -> pd.DataFrame:
    """One row per weights file with a manifest: network, grid, training cases. Only manifests are read."""
    return pd.DataFrame([_weights_row(path, manifest) for path, manifest in _manifests(files)])


def _weights_row(path: Path, manifest: Json) -> dict[str, object]:
    recipe = manifest["recipe"]
    origin = PHANTOMS if manifest["synthetic"] else "patients"
    trained_on = f"{recipe['training_cases']} {origin}" if "training_cases" in recipe else recipe.get("source", "")
    return {
        "Network": VARIANTS[manifest["variant"]].title,
        "Weights": manifest["weights_id"],
        "Trained on": trained_on,
        "Input grid": " × ".join(map(str, manifest["grid"])),
        "Epoch kept": f"{recipe['best_epoch']} of {recipe['epochs_run']}" if "best_epoch" in recipe else "",
        "Measured on": manifest["metrics"].get("source", "not measured here"),
        "File": path.name,
    }


def held_out(files: Sequence[Path]) -> pd.DataFrame:
    """The held-out metrics in the manifests of weights files: value with 95 % interval, and number of cases."""
    return pd.DataFrame([
        {
            "Network": VARIANTS[manifest["variant"]].title,
            "Weights": manifest["weights_id"],
            "Target": target,
            "Metric": published_ablation.METRIC_TITLES.get(metric, metric.replace("_", " ")),
            "Value (95 % interval)": _with_interval(estimate),
            "Cases": estimate["n"],
        }
        for _, manifest in _manifests(files)
        for target, measured in manifest["metrics"].items()
        if target in TARGETS
        for metric, estimate in measured.items()
    ])  # fmt: skip


def _with_interval(estimate: Json) -> str:
    if estimate["value"] is None:
        return f"not defined: {estimate['reason']}"
    if estimate["ci_low"] is None:
        return f"{estimate['value']:.3f}"
    return f"{estimate['value']:.3f} ({estimate['ci_low']:.3f} to {estimate['ci_high']:.3f})"


def _manifests(files: Sequence[Path]) -> list[tuple[Path, Json]]:
    found = [(path, path.with_suffix(".json")) for path in files]
    return [(path, read_object(beside)) for path, beside in found if beside.is_file()]


def own_results(folder: Path) -> OwnResults | None:
    """The results in a folder of `ablation` or `train --fold all`; None where it has no table of folds."""
    if not (folder / FOLDS).is_file():
        return None
    from ich_model.training.fold_tables import summary  # imported here because it imports torch, which takes seconds

    folds = pd.read_csv(folder / FOLDS)
    synthetic = bool(folds["synthetic"].any())
    n_folds, n_cases = folds["fold"].nunique(), folds.drop_duplicates("fold")["test_cases"].sum()
    words = f"{n_cases} {PHANTOMS if synthetic else 'patients'}, {n_folds} folds"
    return OwnResults(summary(folds), words, synthetic)


def published_and_own(own: OwnResults | None, metrics: Sequence[str] = SHOWN) -> pd.DataFrame:
    """Prognosis, published and own: mean ± SD over folds, one row per network and two columns per metric."""
    table = published_ablation.side_by_side(None if own is None else own.summary)
    rows = []
    for title, part in table.groupby("title", sort=False):
        by_metric = part.set_index("metric").to_dict("index")
        row: dict[str, object] = {"Network": title}
        for metric in metrics:
            values, name = by_metric[metric], published_ablation.METRIC_TITLES[metric]
            row[f"{name}, published"] = _mean_sd(values["published_mean"], values["published_sd"])
            row[f"{name}, own"] = _mean_sd(values["own_mean"], values["own_sd"])
        rows.append(row)
    return pd.DataFrame(rows)


def _mean_sd(mean: float, sd: float) -> str:
    if pd.isna(mean):
        return "–"
    return f"{mean:.3f}" if pd.isna(sd) else f"{mean:.3f} ± {sd:.3f}"
