"""Names of raters in figures: short, and unlike all others."""

import pandas as pd


def rater_labels(long: pd.DataFrame) -> pd.Series:
    """Row labels of a table with raterID, rater_type, modalityID and metric.

    The modality is added where readers have more than one, the type where a reader and a model share a name.
    """
    several = long.loc[long["rater_type"] != "model", "modalityID"].nunique() > 1
    with_modality = long["raterID"] + " (" + long["modalityID"] + ")"
    label = with_modality.where((long["rater_type"] != "model") & several, long["raterID"])
    return label.where(~long.assign(label=label).duplicated(["label", "metric"], keep=False),
                       label + " [" + long["rater_type"] + "]")
