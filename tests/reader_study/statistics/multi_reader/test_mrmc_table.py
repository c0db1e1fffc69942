"""The multi-reader tables: which sides are compared, on which cases, and what stands there when nothing can be."""

import numpy as np
import pandas as pd
import pytest

from reader_study.statistics.input.panel import panel_of
from reader_study.statistics.input.ratings import BadRatings, validate, with_defaults
from reader_study.statistics.input.settings import DEFAULTS, Covariance, Settings
from reader_study.statistics.multi_reader.mrmc_table import tables
from tests.support import published
from tests.support.made_ratings import drawn, ratings


def van_dyke(*, nested: bool = False) -> pd.DataFrame:
    rows = published.table("vandyke").rename(columns={"reader": "readerID", "treatment": "modalityID",
                                                      "case": "caseID", "rating": "score"})
    rows["caseID"] = rows["caseID"].astype(str) + ("-" + rows["modalityID"].astype(str) if nested else "")
    return validate(with_defaults(rows.astype({"modalityID": str}), threshold=3), score_range=(1, 5))


def of(frame: pd.DataFrame, metric: str, settings: Settings = DEFAULTS) -> pd.DataFrame:
    found = tables(panel_of(frame), settings)[0]
    return found[found["metric"] == metric].set_index(["comparison", "analysis"])


@published.needed
def test_the_table_says_what_mrmcaov_prints():
    row = of(van_dyke(), "auc").loc[("readers (2) - readers (1)", "RRRC")]
    wanted = published.expected("vandyke")["delong"]["RRRC"]
    assert [row.se, row.df2, row.p] == pytest.approx([wanted["se"], wanted["df2"], wanted["p"]], rel=1e-6)
    assert [-row.ci_high, -row.ci_low] == pytest.approx(wanted["ci"], abs=6e-10)


@published.needed
def test_cases_nested_in_modality_as_mrmcaov_prints_them():
    settings = Settings(covariances=(Covariance.JACKKNIFE,))
    row = of(van_dyke(nested=True), "auc", settings).loc[("readers (2) - readers (1)", "RRRC")]
    wanted = published.expected("vandyke")["nested_cases_within_modality_jackknife"]
    assert row.statistic ** 2 == pytest.approx(wanted["F"], abs=6e-7)
    assert [row.df2, row.p, row.se] == pytest.approx([wanted["df2"], wanted["p"], wanted["se"]], rel=1e-6)
    assert [-row.ci_high, -row.ci_low] == pytest.approx(wanted["ci"], abs=6e-9)


def test_aided_is_compared_with_unaided_and_readers_with_every_model():
    found = tables(panel_of(drawn(readers=3, models=2, conditions=("unaided", "aided"))), DEFAULTS)[0]
    assert found["comparison"].unique().tolist() == [
        "readers (aided) - readers (unaided)", "readers (unaided) - M1", "readers (unaided) - M2",
        "readers (aided) - M1", "readers (aided) - M2"]


def test_a_model_is_never_compared_with_cases_fixed():
    assert set(tables(panel_of(drawn()), DEFAULTS)[0]["analysis"]) == {"RRRC", "FRRC"}


def test_estimates_are_the_means_of_the_sides():
    frame = drawn(readers=3, models=1)
    row = of(frame, "accuracy").loc[("readers - M1", "RRRC")]
    right = frame[frame["question"] == "prognosis"].assign(right=lambda f: f["decision"] == f["truth"])
    by_type = right.groupby("rater_type")["right"].mean()
    assert [row.estimate_a, row.estimate_b] == pytest.approx([by_type["reader"], by_type["model"]])
    assert row.difference == pytest.approx(row.estimate_a - row.estimate_b)


def test_only_cases_that_all_read_count_and_the_note_says_so():
    frame = drawn(cases=20, readers=3, models=1)
    unread = frame[~((frame["readerID"] == "R2") & frame["caseID"].isin(["case-1", "case-2"]))]
    assert of(unread, "accuracy").loc[("readers - M1", "FRRC")].note == (
        "on the 18 of 20 cases that all read; 3 readers, 18 cases")


def test_one_reader_has_nothing_to_compare():
    assert len(tables(panel_of(drawn(readers=1, conditions=("unaided", "aided"))), DEFAULTS)[0]) == 0


def test_readers_without_scores_have_no_auc_row_value():
    row = of(ratings([1, 0, 1, 0], readers={"A": [1, 0, 0, 0], "B": [1, 1, 1, 0]}, models={"M": [1, 0, 1, 1]}), "auc")
    assert row["difference"].isna().all()
    assert row["note"].str.startswith("not defined: no graded score").all()


def test_readers_equal_to_the_model_have_p_1():
    calls = [1, 0, 1, 1, 0, 0]
    row = of(ratings([1, 0, 0, 1, 1, 0], readers={"A": calls, "B": calls}, models={"M": calls}), "accuracy")
    assert (row["p"] == 1).all()
    assert row["ci_low"].isna().all()


def test_a_margin_is_judged_by_the_lower_end():
    frame = drawn(readers=3, models=1)
    for margin, verdict in ((0.9, "shown"), (0.001, "not shown")):
        note = of(frame, "auc", Settings(margin=margin)).loc[("readers - M1", "RRRC")].note
        assert f"non-inferiority with margin {margin:g} {verdict}" in note


def test_reordering_rows_changes_nothing():
    frame = drawn(cases=20, readers=3, models=1, conditions=("unaided", "aided"))
    a, b = (tables(panel_of(f), DEFAULTS) for f in (frame, frame.sample(frac=1, random_state=3)))
    for one, other in zip(a, b, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_components_are_listed_with_negative_ones_kept():
    parts = tables(panel_of(drawn(cases=12, conditions=("unaided", "aided"))), DEFAULTS)[1]
    assert {"ms_t", "var_r", "var_tr", "cov3"} <= set(parts["component"])
    negative = parts[(parts["value"] < 0) & parts["component"].str.startswith("var_")]
    assert negative["note"].str.contains("kept as it is").all()
    assert np.isfinite(parts["value"]).all()


def test_a_negative_variance_of_readers_is_said_where_the_interval_may_suffer():
    found = tables(panel_of(drawn(cases=12, readers=4, models=1, conditions=("unaided", "aided"))), DEFAULTS)[0]
    found = found[found["comparison"].str.endswith(" - M1")].set_index(["comparison", "metric"])
    narrower = {analysis: found[found["analysis"] == analysis] for analysis in ("RRRC", "FRRC")}
    warned = narrower["RRRC"]["note"].str.contains("the readers' variance came out negative")
    assert 0 < warned.sum() < len(warned)
    assert warned.tolist() == (narrower["RRRC"]["se"] < narrower["FRRC"]["se"] - 1e-12).tolist()
    assert not narrower["FRRC"]["note"].str.contains("came out negative").any()


def test_every_covariance_asked_for_has_its_rows():
    found = tables(panel_of(drawn(readers=3, models=1)), Settings(covariances=tuple(Covariance)))[0]
    assert set(found.query("metric == 'auc'")["covariance"]) == set(Covariance)
    assert set(found.query("metric == 'accuracy'")["covariance"]) == {"jackknife"}  # all three are the same


def test_a_reference_modality_is_what_the_others_are_compared_with():
    frame = drawn(readers=3, models=2, conditions=("unaided", "aided"))
    for reference, names in (("aided", ["readers (unaided) - readers (aided)", "readers (unaided) - M1",
                                        "readers (unaided) - M2", "readers (aided) - M1", "readers (aided) - M2"]),
                             ("M2", ["readers (unaided) - M2", "readers (aided) - M2"])):
        found = tables(panel_of(frame), Settings(reference_modality=reference))[0]
        assert found["comparison"].unique().tolist() == names


def test_an_unknown_reference_modality_is_named():
    with pytest.raises(BadRatings, match="reference modality 'MRI': expected one of M1, M2, unaided"):
        tables(panel_of(drawn()), Settings(reference_modality="MRI"))
