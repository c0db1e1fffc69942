"""Folds as tables, on numbers small enough to work out by hand."""

import math

import pandas as pd
import pytest
from scipy.stats import t

from ich_model.training import fold_tables, published_ablation
from ich_model.variants import VARIANTS


def folds_of(values: dict[str, list[float]]) -> pd.DataFrame:
    rows = [(variant, fold, "prognosis", "auc", value, 10, 90, False)
            for variant, series in values.items() for fold, value in enumerate(series)]  # fmt: skip
    return pd.DataFrame(rows, columns=fold_tables.COLUMNS)


def test_a_summary_has_mean_and_sd_over_defined_folds():
    (row,) = fold_tables.summary(folds_of({"bin_age": [0.6, math.nan, 0.8]})).to_dict("records")
    assert (row["mean"], row["folds"], row["title"]) == (pytest.approx(0.7), 2, "MT (bin age)")
    assert row["sd"] == pytest.approx(math.sqrt(0.02))


def test_a_paired_gain_has_the_corrected_interval():
    folds = folds_of({"prognosis": [0.6, 0.7, 0.5], "bin_age": [0.7, 0.7, 0.7]})
    (row,) = fold_tables.paired_gains(folds, baseline="prognosis").to_dict("records")
    half = t.ppf(0.975, 2) * math.sqrt((1 / 3 + 10 / 90) * 0.01)  # the differences 0.1, 0, 0.2 have variance 0.01
    assert row["gain"] == pytest.approx(0.1)
    assert (row["ci_low"], row["ci_high"]) == (pytest.approx(0.1 - half), pytest.approx(0.1 + half))
    assert (row["folds"], row["better_folds"], row["baseline"]) == (3, 2, "prognosis")


def test_one_fold_has_no_interval_and_no_common_fold_no_gain():
    one = fold_tables.paired_gains(folds_of({"prognosis": [0.6], "bin_age": [0.7]}), baseline="prognosis")
    assert one["ci_low"].isna().all()
    assert fold_tables.paired_gains(folds_of({"bin_age": [0.7]}), baseline="prognosis").empty


def test_a_folder_without_runs_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no finished run fold_"):
        fold_tables.read_folds(tmp_path)


def test_the_published_numbers_are_the_papers():
    table = published_ablation.published().set_index(["variant", "metric"])
    assert table.loc[("ord_gcs_bin_age", "auc")].tolist() == [0.713, 0.051]
    assert table.loc[("prognosis", "f1")].tolist() == [0.640, 0.209]
    assert table.loc[("baseline_cnn", "npv")].tolist() == [0.501, 0.189]
    prognostic = [key for key, row in VARIANTS.items() if "prognosis" in row.tasks]
    assert set(table.index) == {(key, metric) for key in prognostic for metric in published_ablation.METRIC_TITLES}


def test_without_own_runs_only_the_published_side_is_filled():
    table = published_ablation.side_by_side()
    assert table["published_mean"].notna().all()
    assert table["own_mean"].isna().all()
