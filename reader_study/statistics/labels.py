"""Labels of the codes in tables, for pages and reports. The CSV files keep the codes."""

import pandas as pd

from ich_model.tasks import CLASS_TEXTS
from reader_study.statistics.agreement.agreement import MANY_STATISTICS, PAIR_STATISTICS, TRUTH
from reader_study.statistics.input.ratings import CATEGORIES
from reader_study.statistics.performance.performance import METRIC_TITLES
from reader_study.statistics.performance.subgroups import LARGE_HAEMATOMA_ML, VOLUMES

QUESTIONS = {"prognosis": "Prognosis", "gcs": "GCS band", "gcs_binary": "GCS in two bands", "age": "Age band"}
METRICS = METRIC_TITLES | {
    "mae": "Mean absolute error, bands", "rmse": "Root mean square error, bands", "quadratic_kappa": "Quadratic kappa",
    "uoc_index": "UOC index", "brier": "Brier score", "calibration_intercept": "Calibration intercept",
    "calibration_slope": "Calibration slope", "cohen_kappa": "Cohen's kappa", "fleiss_kappa": "Fleiss' kappa"}
QUANTITIES = {
    "changed": "calls changed", "right_to_wrong": "right to wrong", "wrong_to_right": "wrong to right",
    "agreement_before": "agreement with the model, before", "agreement_after": "agreement with the model, after",
    "seconds_before": "active seconds a read, before", "seconds_after": "active seconds a read, after",
    "seconds_change": "change of active seconds", "map_seconds": "seconds with the map on screen",
    "map_used": "reads with the map on screen"}
SUBGROUPS = {"age": "age band", "gcs": "GCS band", "sex": "sex", "haematoma_ml": "haematoma volume"}
LEVELS = CLASS_TEXTS | dict(zip(VOLUMES, (f"under {LARGE_HAEMATOMA_ML:g} mL", f"{LARGE_HAEMATOMA_ML:g} mL or more"),
                                strict=True))
POSITIVE = {question: CLASS_TEXTS[names[-1]].replace("Severe", "severe") for question, names in CATEGORIES.items()} | {
    "prognosis": "poor outcome"}
"""Question -> its highest class, which counts as positive."""
_COLUMNS = {"question": QUESTIONS, "metric": METRICS, "quantity": QUANTITIES, "subgroup": SUBGROUPS, "level": LEVELS,
            "rater_b": {TRUTH: "Reference standard"}, "statistic": PAIR_STATISTICS | MANY_STATISTICS}


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """The table with words in place of codes; what has no word stays."""
    coded = {name: words for name, words in _COLUMNS.items() if name in table}
    return table.assign(**{name: table[name].replace(to_replace=words) for name, words in coded.items()})


def subgroup_names(subgroups: pd.DataFrame) -> list[str]:
    """What the cases of a table of subgroups were divided by, in words."""
    return [SUBGROUPS[code] for code in dict.fromkeys(subgroups["subgroup"])]


def p_text(p: float) -> str:
    """A p value to print: never 0, empty where not defined."""
    return "" if pd.isna(p) else "<0.001" if p < 0.001 else f"{p:.3f}"
