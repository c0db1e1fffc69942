"""Performance within groups of cases: by age and GCS band of the reference standard, by sex, by haematoma volume.

Small groups say little: their intervals are wide, and groups under SMALL cases carry a warning.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ich_model.estimate import TableRow, cells, joined
from reader_study.statistics.input.panel import Panel
from reader_study.statistics.input.ratings import CATEGORIES
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.performance.performance import of_rater

COLUMNS = ["subgroup", "level", "raterID", "rater_type", "modalityID", "metric", "value", "ci_low", "ci_high", "n",
           "method", "note"]
METRICS = ("accuracy", "balanced_accuracy", "specificity", "recall", "auc")
BANDS = ("age", "gcs")  # questions whose reference standard divides the cases
LARGE_HAEMATOMA_ML = 30.0  # the volume cut-point of the ICH score (Hemphill et al. 2001)
VOLUMES = (f"under_{LARGE_HAEMATOMA_ML:g}_ml", f"{LARGE_HAEMATOMA_ML:g}_ml_or_more")
SMALL = 20


@dataclass(frozen=True)
class Group:
    """Some of the cases: what divides them, which part, and their ids."""

    by: str
    level: str
    cases: frozenset[str]


def groups_of(ratings: pd.DataFrame) -> list[Group]:
    """Every group that the ratings can tell apart, in a fixed order; groups without a case are not listed."""
    found = []
    for by in BANDS:
        rows = ratings[(ratings["question"] == by) & ratings["truth"].notna()]
        found += [Group(by, level, frozenset(rows.loc[rows["truth"] == index, "caseID"]))
                  for index, level in enumerate(CATEGORIES[by])]
    if "sex" in ratings.columns:
        known = ratings[ratings["sex"] != ""]
        found += [Group("sex", level, frozenset(known.loc[known["sex"] == level, "caseID"]))
                  for level in sorted(known["sex"].unique())]
    if "haematoma_ml" in ratings.columns:
        known = ratings[ratings["haematoma_ml"].notna()]
        large = known["haematoma_ml"] >= LARGE_HAEMATOMA_ML
        found += [Group("haematoma_ml", level, frozenset(known.loc[large == bool(index), "caseID"]))
                  for index, level in enumerate(VOLUMES)]
    return [group for group in found if group.cases]


def table(panel: Panel, groups: list[Group], settings: Settings) -> pd.DataFrame:
    """Metrics of every rater of a binary panel in every group."""
    rows = []
    for group in groups:
        inside = np.array([case in group.cases for case in panel.cases])
        rows += _of_group(panel.of_cases(inside).with_truth(), (group.by, group.level), settings)
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_group(inside: Panel, group: tuple[str, str], settings: Settings) -> list[TableRow]:
    """The rows of one group, none where it has no case."""
    n = len(inside.cases)
    remark = f"only {n} {'case' if n == 1 else 'cases'} in this group" if n < SMALL else ""
    rows: list[TableRow] = []
    for position, rater in enumerate(inside.raters if n else ()):
        found = of_rater(inside, position, settings)
        for metric in METRICS:
            value, low, high, count, method, note = cells(found[metric])
            rows.append((*group, rater.id, str(rater.kind), rater.modality, metric, value, low, high, count, method,
                         joined(note, remark)))
    return rows
