"""The paper's ablation beside own results: prognosis over test folds, as a table and in the form of its Figure 2."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ich_model.tasks import PROGNOSIS
from ich_model.variants import VARIANTS

PUBLISHED_CSV = Path(__file__).with_name("published_ablation.csv")
SOURCE = "Cobo et al., MLMI 2024, Figure 2: 261 patients, 10 folds"
METRIC_TITLES = {
    "auc": "AUC",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "specificity": "Specificity",
    "npv": "NPV",
    "precision": "Precision",
    "recall": "Recall",
    "f1": "F1",
}
"""The metrics of the figure, in its order."""
COLOURS = ("#b8b8b8", "#6f6f6f", "#9ecae1", "#4292c6", "#f16913", "#a1d99b", "#7f2704")  # the proposed two in brown


def published() -> pd.DataFrame:
    """Mean and SD over the paper's ten folds, one row per variant and metric (Cobo et al. 2024, Figure 2)."""
    return pd.read_csv(PUBLISHED_CSV, comment="#")


def side_by_side(own: pd.DataFrame | None = None) -> pd.DataFrame:
    """Published and own results for prognosis, one row per variant and metric of the figure.

    `own` is a table of `fold_tables.summary`. Columns: variant, title, metric, published_mean, published_sd, own_mean,
    own_sd, own_folds; the own ones are nan without results.
    """
    table = published().rename(columns={"mean": "published_mean", "sd": "published_sd"})
    table.insert(1, "title", [VARIANTS[key].title for key in table["variant"]])
    names = {"mean": "own_mean", "sd": "own_sd", "folds": "own_folds"}
    if own is None:
        return table.assign(**dict.fromkeys(names.values(), np.nan))
    prognosis = own[own["target"] == PROGNOSIS.key].rename(columns=names)
    return table.merge(prognosis[["variant", "metric", *names.values()]], on=["variant", "metric"], how="left")


def figure(table: pd.DataFrame, *, own_title: str) -> Figure:
    """The paper's Figure 2 twice: own means with SD bars above, the published ones below, with shared axes."""
    drawn = Figure(figsize=(11, 6.6), layout="constrained")
    above, below = drawn.subplots(2, 1, sharex=True, sharey=True)
    _bars(above, table, kind="own")
    _bars(below, table, kind="published")
    above.set_title(f"Own: {own_title}", loc="left", fontsize=10)
    below.set_title(f"Published: {SOURCE}", loc="left", fontsize=10)
    handles, labels = below.get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    return drawn


def _bars(axes: Axes, table: pd.DataFrame, *, kind: str) -> None:
    """Grouped bars: one group per metric, one bar per variant, with its SD."""
    variants, width = list(table["variant"].unique()), 0.8 / table["variant"].nunique()
    for number, (key, colour) in enumerate(zip(variants, COLOURS, strict=True)):
        rows = table[table["variant"] == key].set_index("metric").reindex(list(METRIC_TITLES))
        x = np.arange(len(rows)) + (number - (len(variants) - 1) / 2) * width
        axes.bar(x, rows[f"{kind}_mean"], width * 0.92, color=colour, label=VARIANTS[key].title,
                 yerr=rows[f"{kind}_sd"], error_kw={"elinewidth": 0.8, "ecolor": "#333333"})  # fmt: skip
    axes.set(ylim=(0, 1.1), ylabel="mean ± SD over folds")
    axes.set_xticks(range(len(METRIC_TITLES)), METRIC_TITLES.values())
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.92")
    axes.set_axisbelow(True)
