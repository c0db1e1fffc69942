"""Every published number of ../shared/data/truth is reproduced to its printed digits; see `truth_rows`."""

import numpy as np
import pytest

from ich_model.metrics import values
from reader_study.statistics.performance.performance import counts
from tests.support import published, truth_rows

pytestmark = published.needed


@pytest.mark.parametrize("file", truth_rows.OURS)
def test_every_published_number_is_reproduced(file: str):
    wrong = [f"{row.path}: expected {row.expected}, got {row.got}" for row in truth_rows.rows()
             if row.file == file and not row.holds]
    assert wrong == []


def test_no_published_number_is_forgotten():
    done = {(row.file, row.path) for row in truth_rows.rows()}
    left = {path for file in truth_rows.OURS for path in truth_rows.expected_numbers(file) if (file, path) not in done}
    assert left == set(truth_rows.NOT_REPRODUCED)


def test_all_51_thresholds_of_s100b_have_the_published_counts_and_rates():
    data, wanted = published.table("asah"), published.table("asah_s100b_coords_expected")
    truth = (data["outcome"] == "Poor").to_numpy(int)
    calls = (data["s100b"].to_numpy(float)[:, None] >= wanted["threshold"].to_numpy(float)).astype(float)
    found = counts(calls, truth)
    for name in ("tp", "fp", "tn", "fn"):
        assert getattr(found, name).tolist() == wanted[name].round().tolist()
    for metric, column in (("accuracy", "accuracy"), ("specificity", "specificity"), ("recall", "sensitivity"),
                           ("precision", "ppv"), ("npv", "npv")):
        np.testing.assert_allclose(values(metric, found), wanted[column], rtol=1e-12)
