"""A study's records as files."""

import json

import pandas as pd
import pytest

from ich_model import software
from reader_study.report import study_archive
from reader_study.study import worklist
from reader_study.study.design import NotAllowed, Study
from reader_study.study.read import Answers
from tests.support.small_study import KEY, TRUTHS, lock_all, prediction_of, read_of


@pytest.fixture
def store(new_store):
    """A study that ana has read, with truth and a model's prediction, unlocked."""
    store = new_store()
    store.set_truths(KEY, TRUTHS)
    store.add_prediction(KEY, prediction_of("case-001"))
    lock_all(store, "ana")
    store.set_unlocked(KEY)
    return store


def test_a_locked_study_is_not_exported(new_store, tmp_path):
    store = new_store()
    with pytest.raises(NotAllowed, match="study small is locked: expected its results to be unlocked"):
        study_archive.write(store, KEY, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_folder_holds_all_records(store, tmp_path):
    study_archive.write(store, KEY, tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "audit.csv", "corrections.csv", "ratings.csv", "readers.csv", "reads.csv", "study.json", "thresholds.csv",
    ]
    assert len(pd.read_csv(tmp_path / "out" / "ratings.csv")) == 9
    audit = pd.read_csv(tmp_path / "out" / "audit.csv")
    assert list(audit["action"][-2:]) == ["read_locked", "study_unlocked"]


def test_an_existing_folder_is_refused(store, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(ValueError, match="out: exists already, expected a new folder"):
        study_archive.write(store, KEY, tmp_path / "out")


def test_every_order_follows_from_the_archive_alone(store, tmp_path):
    study_archive.write(store, KEY, tmp_path / "out")
    kept = json.loads((tmp_path / "out" / "study.json").read_text())
    again = Study(**kept["study"])
    for reader in kept["readers"]:
        steps = worklist.worklist(again, reader["readerID"], reader["number"], reader["cases"], ()).steps
        assert [[step.case_key, step.condition, step.repeat] for step in steps] == reader["steps"]
    assert list(pd.read_csv(tmp_path / "out" / "reads.csv")["caseID"]) == kept["readers"][0]["order"]


def test_reads_hold_codes_and_texts(store):
    row = study_archive.reads_table(store, KEY).iloc[0]
    assert (row["gcs"], row["gcs_text"], row["comment"]) == ("severe", "Severe (GCS 3–8)", "haematoma, left")
    assert (row["readerID"], row["simulated"], row["position"]) == ("ana", True, 0)


def test_every_column_has_a_name_before_the_first_read(store, new_store):
    empty = study_archive.reads_table(new_store(), KEY)
    assert empty.empty
    assert list(empty.columns) == list(study_archive.reads_table(store, KEY).columns)


def test_a_comment_cannot_become_a_formula(store, tmp_path):
    step = store.worklist(KEY, "ben").next_step
    store.start_read(KEY, "ben", step)
    formula = Answers(prognosis="good", p_poor=1, gcs="severe", age="under_80", comment="=1+1")
    store.lock_read(read_of("ben", step, answers=formula))
    study_archive.write(store, KEY, tmp_path / "out")
    assert list(pd.read_csv(tmp_path / "out" / "reads.csv")["comment"])[-1] == "'=1+1"


def test_the_software_that_wrote_it_is_named(store):
    assert study_archive.description(store, KEY)["software"] == software.title_and_version()


def test_the_last_audit_entry_is_named(store):
    assert study_archive.description(store, KEY)["last_audit_entry"]["hash"] == store.audit(KEY)[-1].hash
