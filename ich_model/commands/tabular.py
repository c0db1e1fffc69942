"""`python -m ich_model tabular --table CLINICAL.csv --out DIR`: prognosis from clinical columns, without an image.

DIR gets folds.csv and summary.csv (the metrics of the image networks, over the same folds), predictions.csv, and
decision_boundary.png: the decision boundaries of the two models on GCS and age, as in the paper's Figure 4.
"""

import argparse
import logging
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ich_model.atomic import atomic_folder, refuse_existing
from ich_model.command_line import Arguments
from ich_model.dataset.clinical_table import ClinicalTable, read_clinical
from ich_model.tasks import AGE_RANGE_YEARS, GCS_RANGE, POOR_PROBABILITY
from ich_model.training import fold_tables, tabular
from ich_model.training.config import TrainingConfig

log = logging.getLogger(__name__)

GOOD_COLOUR, POOR_COLOUR = "#4292c6", "#d95f0e"


def main(argv: list[str]) -> int:
    """Trains and tests the three models on every fold; writes tables and figure."""
    parser = Arguments(prog="python -m ich_model tabular", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--table", type=Path, required=True, metavar="CSV",
                        help="the paper's clinical table, or any with caseID, poor, gcs, age and further columns")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, help="of the network; %(default)s if not given")
    options = parser.parse_args(argv)
    refuse_existing(options.out, "folder")
    table = read_clinical(options.table)
    folds, answers = tabular.cross_validated(table, TrainingConfig(seed=options.seed))
    summary = fold_tables.summary(folds, tabular.TITLES)
    with atomic_folder(options.out) as folder:
        for name, frame in (("folds", folds), ("summary", summary), ("predictions", answers)):
            frame.to_csv(folder / f"{name}.csv", index=False)
        decision_boundary(table).savefig(folder / "decision_boundary.png", dpi=150)
    log.info("%d patients, %d predictors\n%s", len(table.cases), table.predictors.shape[1], _shown(summary))
    return 0


def _shown(summary: pd.DataFrame) -> str:
    wide = summary.assign(text=[f"{m:.3f} ± {s:.3f}" for m, s in zip(summary["mean"], summary["sd"], strict=True)])
    return wide.pivot(index="title", columns="metric", values="text").to_string()


def decision_boundary(table: ClinicalTable) -> Figure:
    """The paper's Figure 4: probability of a poor outcome over GCS and age, the boundary at 0.5, and the patients.

    These models are fitted to all patients, for display only; their performance is measured on the folds.
    """
    figure = Figure(figsize=(10, 4.4), layout="constrained")
    youngest, oldest = table.gcs_and_age[:, 1].min(), table.gcs_and_age[:, 1].max()
    ages = np.linspace(max(AGE_RANGE_YEARS[0], youngest - 3), oldest + 3, 200)
    scores = np.linspace(GCS_RANGE[0] - 0.5, GCS_RANGE[1] + 0.5, 260)
    over = np.stack([axis.ravel() for axis in np.meshgrid(scores, ages)], axis=1)
    jitter = np.random.default_rng(0).uniform(-0.25, 0.25, len(table.cases))  # GCS is an integer: points would overlap
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (key, model) in zip(panels, tabular.simple_models().items(), strict=True):
        fitted = model.fit(table.gcs_and_age, table.poor)
        p = fitted.predict_proba(over)[:, 1].reshape(len(ages), len(scores))
        shades = axes.contourf(scores, ages, p, levels=np.linspace(0, 1, 21), cmap="RdYlBu_r", alpha=0.55)
        axes.contour(scores, ages, p, levels=[POOR_PROBABILITY], colors="k", linewidths=1.2)
        for poor, colour, name in ((0, GOOD_COLOUR, "good outcome"), (1, POOR_COLOUR, "poor outcome")):
            some = table.poor == poor
            axes.scatter(table.gcs_and_age[some, 0] + jitter[some], table.gcs_and_age[some, 1], s=14, c=colour,
                         edgecolors="white", linewidths=0.4, label=name)  # fmt: skip
        axes.set(title=tabular.TITLES[key], xlabel="Glasgow Coma Scale", xticks=range(GCS_RANGE[0], GCS_RANGE[1] + 1))
    panels[0].set_ylabel("age, years")
    panels[0].legend(loc="lower left", fontsize=8)
    figure.colorbar(shades, ax=panels, label="probability of a poor outcome", ticks=[0, 0.25, 0.5, 0.75, 1])
    kind = "synthetic patients" if table.synthetic else "patients"
    figure.suptitle(f"Fitted to all {len(table.cases)} {kind}", fontsize=10)
    return figure
