"""Tables of a cross-validation: each fold's metrics, their mean and SD, and paired differences between variants.

The interval of a paired difference is the corrected resampled t interval of Nadeau & Bengio (Machine Learning
2003;52:239-281): folds share most of their training cases, so the variance of the mean over k folds is
(1/k + test cases / training cases) times the variance of the differences, with k - 1 degrees of freedom.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t

from ich_model.atomic import atomic_file
from ich_model.metrics import LEVEL
from ich_model.network import weights
from ich_model.training.train import WEIGHTS
from ich_model.variants import VARIANTS

TITLES = {key: row.title for key, row in VARIANTS.items()}
FOLDS, SUMMARY = "folds.csv", "summary.csv"
COLUMNS = ("variant", "fold", "target", "metric", "value", "test_cases", "training_cases", "synthetic")


def read_folds(folder: Path) -> pd.DataFrame:
    """One row per variant, fold, target and metric of all finished runs `fold_*` below a folder; see COLUMNS.

    Raises:
        ValueError: where there is no finished run.
    """
    rows: list[dict[str, object]] = []
    for path in sorted(folder.rglob(f"fold_*/{WEIGHTS}")):
        manifest, fold = weights.read_manifest(path), int(path.parent.name.removeprefix("fold_"))
        facts = {"variant": manifest.variant, "fold": fold, "training_cases": manifest.recipe["training_cases"],
                 "synthetic": manifest.synthetic}  # fmt: skip
        for target, measured in manifest.metrics.items():
            if target != "source":
                rows += [{**facts, "target": target, "metric": metric, "value": estimate["value"],
                          "test_cases": estimate["n"]} for metric, estimate in measured.items()]  # fmt: skip
    if not rows:
        raise ValueError(f"{folder}: no finished run fold_*/{WEIGHTS} in it; train some folds first")
    return pd.DataFrame(rows, columns=COLUMNS).astype({"value": float})


def summary(folds: pd.DataFrame, titles: Mapping[str, str] = TITLES) -> pd.DataFrame:
    """Mean and SD (with n - 1) over the folds in which a metric is defined, one row per variant, target and metric."""
    grouped = folds.groupby(["variant", "target", "metric"], sort=False)["value"]
    table = grouped.agg(mean="mean", sd="std", folds="count").reset_index()
    table.insert(1, "title", [titles[key] for key in table["variant"]])
    return table


def paired_gains(folds: pd.DataFrame, *, baseline: str) -> pd.DataFrame:
    """Each variant minus the baseline on the same folds, with a 95 % interval; one row per common target and metric.

    `better_folds` counts the folds in which the variant was higher. The interval is that of Nadeau & Bengio 2003 (see
    above); with one fold it is nan.
    """
    keys = ["fold", "target", "metric"]
    base = folds[folds["variant"] == baseline].set_index(keys)["value"]
    rows = []
    for variant in folds["variant"].unique():
        if variant == baseline:
            continue
        own = folds[folds["variant"] == variant].set_index(keys)
        both = own.assign(gain=own["value"] - base.reindex(own.index)).dropna(subset="gain").reset_index()
        rows += [{"variant": variant, "title": TITLES[variant], "baseline": baseline, "target": target,
                  "metric": metric, **_gain(part)}
                 for (target, metric), part in both.groupby(["target", "metric"], sort=False)]  # fmt: skip
    return pd.DataFrame(rows)


def _gain(part: pd.DataFrame) -> dict[str, float]:
    gain, k = part["gain"].to_numpy(), len(part)
    better = int((gain > 0).sum())
    found = {"gain": gain.mean(), "ci_low": np.nan, "ci_high": np.nan, "folds": k, "better_folds": better}
    if k > 1:
        share = 1 / k + part["test_cases"].mean() / part["training_cases"].mean()
        half = t.ppf((1 + LEVEL) / 2, k - 1) * np.sqrt(share * gain.var(ddof=1))
        found |= {"ci_low": gain.mean() - half, "ci_high": gain.mean() + half}
    return found


def write_tables(out: Path) -> pd.DataFrame:
    """The summary of the runs below a folder; it and the table of folds are also written there as CSV.

    ValueError where there is no finished run.
    """
    folds = read_folds(out)
    table = summary(folds)
    for name, frame in ((FOLDS, folds), (SUMMARY, table)):
        with atomic_file(out / name) as file:
            frame.to_csv(file, index=False)
    return table
