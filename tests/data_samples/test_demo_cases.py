from itertools import combinations
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

import data_samples
from data_samples.demo_cases import CRITERIA, demo_case
from data_samples.simulated_readers import READERS, simulate

CASES = Path(data_samples.__file__).parent / "cases"
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def truth():
    return pd.read_csv(CASES / "truth.csv")


def table_of(count):
    cases = [f"case-{number}" for number in range(count)]
    return pd.DataFrame({"caseID": cases, "poor": np.arange(count) % 2, "gcs": 10, "age": 70})


def calls(reads, condition="unaided"):
    return pd.DataFrame(reads).query("condition == @condition").pivot(index="case", columns="reader", values="p_poor")


def test_committed_case_is_what_the_recipe_makes():
    patient, made = demo_case("demo-08")
    committed = np.asanyarray(nib.load(CASES / "demo-08.nii.gz").dataobj)
    labels = np.asanyarray(nib.load(CASES / "demo-08_labels.nii.gz").dataobj)
    assert (committed == made.head_hu).mean() > 0.999  # other processors round the last bit differently
    assert (labels == made.labels).mean() > 0.999
    assert patient.location == "brainstem"


@pytest.mark.parametrize("case_id", CRITERIA)
def test_committed_files_say_that_they_are_synthetic(case_id):
    for name in (f"{case_id}.nii.gz", f"{case_id}_labels.nii.gz"):
        assert b"SYNTHETIC" in nib.load(CASES / name).header["descrip"].item()


def test_committed_files_are_small():
    assert sum(path.stat().st_size for path in CASES.iterdir()) < 15 * MEGABYTE


def test_truth_has_a_row_for_each_case_and_both_outcomes_alike(truth):
    assert truth["caseID"].tolist() == list(CRITERIA)
    assert truth["poor"].sum() == 6
    assert truth["gcs"].between(3, 15).all()
    assert (truth["synthetic"] == 1).all()


def test_demo_covers_all_locations_gcs_bands_and_ages(truth):
    assert truth["location"].nunique() == 8
    assert pd.cut(truth["gcs"], [2, 8, 12, 15]).value_counts().tolist() == [4, 4, 4]
    assert (truth["age"] >= 80).sum() == 4


def test_simulated_reads_are_seeded(truth):
    assert simulate(truth, seed=1) == simulate(truth, seed=1)
    assert simulate(truth, seed=1) != simulate(truth, seed=2)


def test_order_of_cases_and_aided_reads_change_no_unaided_read(truth):
    alone = simulate(truth, seed=1)
    both = simulate(truth[::-1], seed=1, model_p=dict.fromkeys(truth["caseID"], 0.5))
    assert {read for read in both if read.condition == "unaided"} == set(alone)


def test_each_reader_reads_each_case_once_in_each_condition(truth):
    reads = simulate(truth, seed=1, model_p=dict.fromkeys(truth["caseID"], 0.5))
    keys = {(read.reader, read.case, read.condition) for read in reads}
    assert len(reads) == len(keys) == 4 * 12 * 2


def test_stated_probability_agrees_with_the_call(truth):
    for read in simulate(truth, seed=1, model_p=dict.fromkeys(truth["caseID"], 0.5)):
        assert type(read.p_poor) is int
        assert 0 <= read.p_poor <= 100
        assert (read.prognosis == "poor") == (read.p_poor >= 50)
        assert 30 <= read.seconds <= 120


def test_readers_find_the_same_cases_difficult():
    table = table_of(400)
    poor_cases = table["caseID"][table["poor"] == 1]
    stated = calls(simulate(table, seed=1)).loc[poor_cases]
    for first, second in combinations(stated.columns, 2):
        assert np.corrcoef(stated[first], stated[second])[0, 1] > 0.3


def test_readers_have_different_operating_points():
    table = table_of(400)
    share_poor = calls(simulate(table, seed=1)).ge(50).mean()
    assert share_poor["Simulated reader B"] > share_poor["Simulated reader A"] + 0.1
    assert share_poor["Simulated reader C"] < share_poor["Simulated reader A"] - 0.1


def test_the_model_moves_aided_reads_towards_itself():
    reads = simulate(table_of(40), seed=1, model_p={f"case-{number}": 0.95 for number in range(40)})
    unsure = calls(reads) < 90
    assert (calls(reads, "aided") > calls(reads))[unsure].sum().sum() == unsure.sum().sum()


def test_a_case_without_a_models_probability_is_named(truth):
    with pytest.raises(ValueError, match="none for demo-02, demo-03"):
        simulate(truth.head(3), seed=1, model_p={"demo-01": 0.4})


def test_cases_may_be_named_by_numbers():
    reads = simulate(table_of(2).assign(caseID=[7, 8]), seed=1)
    assert {read.case for read in reads} == {"7", "8"}


def test_simulated_readers_are_called_simulated():
    assert all(reader.name.startswith("Simulated reader ") for reader in READERS)
