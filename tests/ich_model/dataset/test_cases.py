"""The training table and its splits."""

from pathlib import Path

import numpy as np
import pytest

from ich_model.dataset.cases import TrainingCase, oversampled, read_cases, split_by_fold, split_by_fraction
from ich_model.tasks import AGE, GCS_ORDINAL, PROGNOSIS


def cases_of(n_good: int, n_poor: int) -> list[TrainingCase]:
    outcomes = [0] * n_good + [1] * n_poor
    return [TrainingCase(f"c{i}", Path(f"c{i}.nii"), poor, 10, 70.0) for i, poor in enumerate(outcomes)]


def table(folder: Path, *rows: str, header: str = "caseID,image,poor,gcs,age,sex,synthetic") -> Path:
    (folder / "a.nii").touch()
    path = folder / "cases.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_a_row_becomes_a_case(tmp_path):
    (case,) = read_cases(table(tmp_path, "P1,a.nii,1,8,80,f,1"))
    assert (case.case_id, case.image, case.fold, case.synthetic) == ("P1", tmp_path / "a.nii", None, True)
    assert [case.class_of(target) for target in (PROGNOSIS, GCS_ORDINAL, AGE)] == [1, 2, 1]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("P1,a.nii,2,8,80,f", r"line 2: poor 2: expected 0 \(good\) or 1 \(poor\)"),
        ("P1,a.nii,1,2,80,f", "line 2: GCS 2: expected 3 to 15"),
        ("P1,a.nii,1,8,130,f", "line 2: age 130.0: expected 0 to 120 years"),
        ("P1,a.nii,1,,80,f", "line 2: invalid literal"),
        ("P1,b.nii,1,8,80,f", r"line 2: case 'P1' has no image 'b\.nii'"),
        ("P1", "line 2: "),
    ],
)
def test_a_bad_row_is_named(row, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        read_cases(table(tmp_path, row))


def test_a_bad_table_is_named(tmp_path):
    with pytest.raises(ValueError, match="no such table"):
        read_cases(tmp_path / "none.csv")
    with pytest.raises(ValueError, match="column gcs is missing"):
        read_cases(table(tmp_path, header="caseID,image,poor,age"))
    with pytest.raises(ValueError, match="at least one case"):
        read_cases(table(tmp_path))
    with pytest.raises(ValueError, match="case P1 appears more than once"):
        read_cases(table(tmp_path, "P1,a.nii,1,8,80,f", "P1,a.nii,0,8,80,f"))


def test_folds_part_the_cases_and_keep_the_share_of_poor_outcomes():
    cases = cases_of(99, 162)  # the published cohort
    splits = [split_by_fold(cases, fold) for fold in range(10)]
    tested = [case.case_id for split in splits for case in split.test]
    assert sorted(tested) == sorted(case.case_id for case in cases)
    for split in splits:
        parts = (split.training, split.validation, split.test)
        assert sorted(c.case_id for part in parts for c in part) == sorted(case.case_id for case in cases)
        assert all(np.mean([c.poor for c in part]) == pytest.approx(162 / 261, abs=0.05) for part in parts)


def test_the_tables_own_folds_are_taken():
    cases = [TrainingCase(f"c{i}", Path("a"), i // 3 % 2, 10, 70.0, fold=i % 3) for i in range(60)]
    assert {case.fold for case in split_by_fold(cases, 2).test} == {2}
    with pytest.raises(ValueError, match="fold 3: expected one of 0, 1, 2"):
        split_by_fold(cases, 3)


def test_a_split_is_the_same_each_time():
    assert split_by_fraction(cases_of(20, 30), 0.2) == split_by_fraction(cases_of(20, 30), 0.2)
    with pytest.raises(ValueError, match=r"validation fraction 1: expected"):
        split_by_fraction(cases_of(20, 30), 1)


def test_oversampling_keeps_every_case_and_balances():
    cases = tuple(cases_of(5, 12))
    rows = oversampled(cases)
    assert rows[:17] == list(range(17))
    assert np.bincount([cases[row].poor for row in rows]).tolist() == [12, 12]
    with pytest.raises(ValueError, match="got one of them only"):
        oversampled(tuple(cases_of(3, 0)))
