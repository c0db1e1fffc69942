"""One ratings table in, every comparison table out. Readers and models are raters alike.

Tables are pandas frames with the columns of COLUMNS; an undefined number is NaN there and its reason is in `note`.
"""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from ich_model.estimate import Estimate, TableRow, as_text, cell
from reader_study.statistics import aid_effect, tests_of_difference
from reader_study.statistics.agreement import agreement as agree
from reader_study.statistics.input.panel import Panel, panel_of
from reader_study.statistics.input.ratings import CATEGORIES, KEY, NO_CALL, RaterType
from reader_study.statistics.input.settings import DEFAULTS, Settings
from reader_study.statistics.multi_reader import consensus, mrmc_table, power
from reader_study.statistics.performance import calibration, ordinal, published_bootstrap, subgroups
from reader_study.statistics.performance.performance import METRIC_TITLES, is_graded, of_rater, with_note

PERFORMANCE_COLUMNS = ["raterID", "rater_type", "modalityID", "metric", "value", "ci_low", "ci_high", "numerator",
                       "denominator", "n", "method", "note"]
AGREEMENT_COLUMNS = ["question", "rater_a", "rater_b", "statistic", "value", "ci_low", "ci_high", "n", "prevalence",
                     "method", "note"]


def performance(ratings: pd.DataFrame, *, question: str = "prognosis", settings: Settings = DEFAULTS) -> pd.DataFrame:
    """The paper's metrics for each rater, the readers' mean and their majority vote, long form."""
    panel = panel_of(ratings, question)
    binary = panel.binary()
    remark = "" if binary is panel else f"{panel.categories[-1]} against the other classes"
    rows = []
    for modality in binary.reader_modalities:
        readers = binary.of_raters(binary.positions(kind=RaterType.READER, modality=modality))
        rows += _single_rows(readers, settings, remark)
        if len(readers.raters) >= 2:
            for name, estimates in ((consensus.MEAN, consensus.of_mean(readers, settings)),
                                    (consensus.VOTE, consensus.of_vote(readers, settings))):
                rows += _performance_rows((name, consensus.GROUP, modality), estimates, remark)
    rows += _single_rows(binary.of_raters(binary.positions(kind=RaterType.MODEL)), settings, remark)
    return pd.DataFrame(rows, columns=PERFORMANCE_COLUMNS).astype({"numerator": "Int64", "denominator": "Int64"})


def _single_rows(panel: Panel, settings: Settings, remark: str) -> list[TableRow]:
    """Rows of each rater of a panel."""
    return [row for position, rater in enumerate(panel.raters)
            for row in _performance_rows((rater.id, str(rater.kind), rater.modality),
                                         of_rater(panel, position, settings), remark)]


def _performance_rows(rater: tuple[str, str, str], estimates: dict[str, Estimate], remark: str) -> list[TableRow]:
    """Rows of one rater, in the order of the metrics."""
    noted = {metric: with_note(estimate, remark) for metric, estimate in estimates.items()}
    return [(*rater, metric, cell(e.value), cell(e.ci_low), cell(e.ci_high), e.numerator, e.denominator, e.n,
             e.method, e.note) for metric, e in noted.items()]


def performance_wide(long: pd.DataFrame) -> pd.DataFrame:
    """Print form of `performance`: one row a rater, one column a metric, cells like "0.78 (0.61–0.89)"."""
    cells = long.assign(text=[as_text(*row) for row in long[["value", "ci_low", "ci_high"]].itertuples(index=False)])
    keys = ["raterID", "rater_type", "modalityID"]
    order = cells[keys].drop_duplicates()
    wide = cells.pivot(index=keys, columns="metric", values="text").reset_index()
    return order.merge(wide, on=keys)[[*keys, *METRIC_TITLES]].rename(columns=METRIC_TITLES).rename_axis(columns=None)


def agreement(ratings: pd.DataFrame, *, questions: tuple[str, ...] | None = None,
              settings: Settings = DEFAULTS) -> pd.DataFrame:
    """Agreement of all pairs, with the truth, and of all readers, for each question there is; long form."""
    asked = [q for q in CATEGORIES if q in (questions or tuple(ratings["question"].unique()))]
    rows = [(question, a, b, statistic, cell(e.value), cell(e.ci_low), cell(e.ci_high), e.n, cell(prevalence),
             e.method, e.note)
            for question in asked for a, b, statistic, e, prevalence in _agreement_of(ratings, question, settings)]
    return pd.DataFrame(rows, columns=AGREEMENT_COLUMNS)


def _agreement_of(ratings: pd.DataFrame, question: str, settings: Settings) -> Iterator[agree.Row]:
    """Rows of one question: between raters, and of each rater with their own repeats."""
    panel = panel_of(ratings, question)
    yield from agree.rows(panel, settings)
    for number in sorted(set(ratings.loc[ratings["question"] == question, "repeat"]) - {0}):
        yield from agree.repeat_rows(panel, panel_of(ratings, question, repeat=number), number, settings)


def agreement_wide(long: pd.DataFrame) -> pd.DataFrame:
    """Print form of `agreement`: one row a question and pair, one column a statistic."""
    cells = long.assign(text=[as_text(*row) for row in long[["value", "ci_low", "ci_high"]].itertuples(index=False)])
    keys = ["question", "rater_a", "rater_b"]
    titles = agree.PAIR_STATISTICS | agree.MANY_STATISTICS
    wide = cells.pivot(index=keys, columns="statistic", values="text").reset_index()
    columns = [name for name in titles if name in wide.columns]
    ordered = cells[keys].drop_duplicates().merge(wide, on=keys)[[*keys, *columns]]
    return ordered.fillna("").rename(columns=titles).rename_axis(columns=None)


def cases(ratings: pd.DataFrame, *, question: str = "prognosis") -> pd.DataFrame:
    """One row a case: truth, each reader's call and score, how many readers were right, each model's p and call."""
    panel = panel_of(ratings, question)
    columns: dict[str, object] = {"caseID": list(panel.cases), "truth": _names(panel.truth, panel.categories)}
    readers, models = (panel.positions(kind=kind) for kind in (RaterType.READER, RaterType.MODEL))
    for position in readers:
        columns |= _rater_columns(panel, position, ("call", "score"))
    for modality in panel.reader_modalities:
        suffix = "" if len(panel.reader_modalities) == 1 else f" ({modality})"
        columns |= _right_columns(panel, panel.positions(kind=RaterType.READER, modality=modality), suffix)
    for position in models:
        columns |= _rater_columns(panel, position, ("p", "call"))
    return pd.DataFrame(columns)


def _names(indices: np.ndarray, categories: tuple[str, ...]) -> list[str]:
    """Class codes of indices (C,), "" where missing."""
    return ["" if np.isnan(index) else categories[int(index)] for index in indices]


def _rater_columns(panel: Panel, position: int, names: tuple[str, str]) -> dict[str, object]:
    """A rater's call and, where scores are graded, score, under the two names in their order."""
    label, score = panel.labels[position], panel.score[:, position]
    calls = [NO_CALL if read and not call else call for read, call in
             zip(panel.read[:, position], _names(panel.decision[:, position], panel.categories), strict=True)]
    content = {"call": calls, "score": score, "p": score}
    return {f"{label} {name}": content[name] for name in names if name == "call" or is_graded(score)}


def _right_columns(panel: Panel, readers: list[int], suffix: str) -> dict[str, object]:
    """How many readers of a modality were right: "3/4" to print, the two numbers to sort; empty without truth."""
    decision, known = panel.decision[:, readers], ~np.isnan(panel.truth)
    right = (decision == panel.truth[:, None]).sum(axis=1)
    read = (~np.isnan(decision)).sum(axis=1)
    text = [f"{k}/{n}" if ok and n else "" for k, n, ok in zip(right, read, known, strict=True)]
    number = pd.array(np.where(known, right, -1), dtype="Int64")
    number[~known] = pd.NA
    return {f"k_right{suffix}": text, f"n_right{suffix}": number, f"n_readers{suffix}": read}


def _ordinal(ratings: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The ordinal metrics of every question with more than two classes."""
    found = [ordinal.table(panel_of(ratings, question), settings) for question in CATEGORIES
             if len(CATEGORIES[question]) > 2 and (ratings["question"] == question).any()]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=ordinal.COLUMNS)


Made = dict[str, pd.DataFrame]
_GROUPS: dict[str, Callable[[pd.DataFrame, Panel, str, Settings], Made]] = {
    "performance": lambda ratings, panel, question, settings: _with_wide(
        "performance", performance(ratings, question=question, settings=settings), performance_wide),
    "agreement": lambda ratings, panel, question, settings: _with_wide(
        "agreement", agreement(ratings, settings=settings), agreement_wide),
    "cases": lambda ratings, panel, question, settings: {"cases": cases(ratings, question=question)},
    "tests": lambda ratings, panel, question, settings: {"tests": tests_of_difference.table(panel.binary(), settings)},
    "mrmc": lambda ratings, panel, question, settings: dict(
        zip(("mrmc", "mrmc_components"), mrmc_table.tables(panel.binary(), settings), strict=True)),
    "sample_size": lambda ratings, panel, question, settings: {"sample_size": power.table(panel.binary(), settings)},
    "aid_effect": lambda ratings, panel, question, settings: {
        "aid_effect": aid_effect.table(panel, settings, ratings)},
    "ordinal": lambda ratings, panel, question, settings: {"ordinal": _ordinal(ratings, settings)},
    "calibration": lambda ratings, panel, question, settings: dict(
        zip(("calibration", "calibration_curve"), calibration.tables(panel.binary(), settings), strict=True)),
    "subgroups": lambda ratings, panel, question, settings: {
        "subgroups": subgroups.table(panel.binary(), subgroups.groups_of(ratings), settings)},
    "paper_mode": lambda ratings, panel, question, settings: {
        "performance_paper_mode": published_bootstrap.table(panel.binary(), settings)},
    "ratings": lambda ratings, panel, question, settings: {"ratings": ratings.sort_values(KEY, ignore_index=True)},
}
"""What belongs together and is made in one go. `paper_mode` is made only where it is asked for."""


def _with_wide(name: str, long: pd.DataFrame, widen: Callable[[pd.DataFrame], pd.DataFrame]) -> Made:
    """A long table and its print form."""
    return {name: long, f"{name}_wide": widen(long)}


def some_tables(ratings: pd.DataFrame, *groups: str, question: str = "prognosis",
                settings: Settings = DEFAULTS) -> Made:
    """Name -> table of some groups (see _GROUPS), without the work of the others."""
    panel = panel_of(ratings, question)
    made: Made = {}
    for group in groups:
        made |= _GROUPS[group](ratings, panel, question, settings)
    return made


_GROUP_OF = {"performance_wide": "performance", "agreement_wide": "agreement", "mrmc_components": "mrmc",
             "calibration_curve": "calibration", "performance_paper_mode": "paper_mode"}
"""Table -> its group, where the two names differ."""


def one_table(name: str, ratings: pd.DataFrame, *, question: str = "prognosis",
              settings: Settings = DEFAULTS) -> pd.DataFrame | None:
    """A table by its name; None for a name that no table has."""
    group = _GROUP_OF.get(name, name)
    if group not in _GROUPS:
        return None
    return some_tables(ratings, group, question=question, settings=settings).get(name)


def all_tables(ratings: pd.DataFrame, *, question: str = "prognosis", settings: Settings = DEFAULTS) -> Made:
    """Name -> table. Every table is always there; one that the ratings say nothing about has no rows."""
    groups = [group for group in _GROUPS if group != "paper_mode" or settings.paper_mode]
    return some_tables(ratings, *groups, question=question, settings=settings)
