"""Performance within the bands of the reference standard: prognosis read by age band and by GCS band.

Small groups say little: their intervals are wide, and groups under SMALL cases carry a warning.
"""

import pandas as pd

from reader_study.estimate import cells, joined
from reader_study.panel import Panel
from reader_study.performance import of_rater
from reader_study.ratings import CATEGORIES
from reader_study.settings import Settings

COLUMNS = ["subgroup", "level", "raterID", "rater_type", "modalityID", "metric", "value", "ci_low", "ci_high", "n",
           "method", "note"]
METRICS = ("accuracy", "balanced_accuracy", "specificity", "recall", "auc")
BY = ("age", "gcs")  # questions whose reference standard divides the cases
SMALL = 20


def table(panel: Panel, truths: dict[str, pd.Series], settings: Settings) -> pd.DataFrame:
    """Metrics of every rater of a binary panel in every band; truths: question -> case id -> class index."""
    rows = []
    for by in BY:
        if by not in truths:
            continue
        band = truths[by].reindex(list(panel.cases)).to_numpy(float)
        for index, level in enumerate(CATEGORIES[by]):
            rows += _of_band(panel.of_cases(band == index).with_truth(), (by, level), settings)
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_band(inside: Panel, band: tuple[str, str], settings: Settings) -> list[tuple]:
    """The rows of one band, none where it has no case."""
    n = len(inside.cases)
    remark = f"only {n} {'case' if n == 1 else 'cases'} in this band" if n < SMALL else ""
    rows = []
    for position, rater in enumerate(inside.raters if n else ()):
        found = of_rater(inside, position, settings)
        for metric in METRICS:
            *numbers, note = cells(found[metric])
            rows.append((*band, rater.id, str(rater.kind), rater.modality, metric, *numbers, joined(note, remark)))
    return rows


def truths_of(ratings: pd.DataFrame) -> dict[str, pd.Series]:
    """Question -> case id -> class index of the reference standard, of every question in the ratings."""
    known = ratings[ratings["truth"].notna()]
    return {question: rows.groupby("caseID")["truth"].first() for question, rows in known.groupby("question")}
