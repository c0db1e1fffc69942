"""Short, unique labels of raters in figures."""

import pandas as pd


def rater_labels(long: pd.DataFrame) -> pd.Series:
    """Row labels of a table with raterID, rater_type, modalityID and metric.

    The modality is added where readers have more than one, the type where a reader and a model share a name, and both
    where that still is not enough.
    """
    several = long.loc[long["rater_type"] != "model", "modalityID"].nunique() > 1
    with_modality = long["raterID"] + " (" + long["modalityID"] + ")"
    label = with_modality.where((long["rater_type"] != "model") & several, long["raterID"])
    typed = label.where(_alone(long, label), label + " [" + long["rater_type"] + "]")
    full = long["raterID"] + " [" + long["rater_type"] + ", " + long["modalityID"] + "]"
    return typed.where(_alone(long, typed), full)


def _alone(long: pd.DataFrame, label: pd.Series) -> pd.Series:
    """Whether no other row of the same metric has the same label."""
    return ~long.assign(label=label).duplicated(["label", "metric"], keep=False)
