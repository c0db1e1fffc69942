"""From the store to the ratings table."""

import numpy as np
import pytest

from ich_model.tasks import AGE, GCS_BINARY, PROGNOSIS, Prediction
from reader_study.report import study_ratings
from reader_study.statistics.input import ratings as ratings_table
from reader_study.study.design import Design, NotAllowed, Person, Role, Truth
from reader_study.study.questions import STANDARD
from reader_study.study.read import Answers
from tests.support.small_study import CASES, KEY, TRUTHS, changed, lock_all, lock_next, prediction_of, read_of

MODEL = "MT (ord GCS, bin age) 01234567"


@pytest.fixture
def store(new_store):
    """A sequential study: ana has read all, ben one case unaided; a model knows the first case; truth of both."""
    store = new_store(design=Design.SEQUENTIAL)
    store.set_truths(KEY, TRUTHS)
    store.add_prediction(KEY, prediction_of(CASES[0]))
    lock_all(store, "ana")
    lock_next(store, "ben")
    return store


def test_one_row_a_rater_case_condition_and_question(store):
    counts = study_ratings.ratings(store, KEY).groupby(["readerID", "modalityID"]).size().to_dict()
    assert counts == {("ana", "aided"): 6, ("ana", "unaided"): 6, ("ben", "unaided"): 3, (MODEL, MODEL): 3}


def test_the_table_passes_the_rules_of_ratings(store):
    table = study_ratings.ratings(store, KEY)
    assert tuple(table.columns) == ratings_table.COLUMNS + ratings_table.TIMES
    assert ratings_table.validate(table).equals(table.reset_index(drop=True))


def test_a_readers_answers_become_classes_and_a_score(store):
    rows = study_ratings.ratings(store, KEY).query("readerID == 'ben'").set_index("question")
    assert rows["decision"].to_dict() == {"prognosis": 1, "gcs": 2, "age": 0}
    np.testing.assert_equal(rows["score"].to_dict(), {"prognosis": 0.7, "gcs": np.nan, "age": np.nan})


def test_a_model_is_one_more_rater(store):
    rows = study_ratings.ratings(store, KEY).query("rater_type == 'model'").set_index("question")
    assert set(rows["condition"]) == {"model"}
    assert rows["decision"].to_dict() == {"prognosis": 1, "gcs": 1, "age": 0}
    np.testing.assert_equal(rows["score"].to_dict(), {"prognosis": 0.8, "gcs": np.nan, "age": 0.3})


def test_a_models_call_is_by_the_threshold_recorded_for_it(store):
    store.record_threshold(KEY, MODEL, 0.81)
    rows = study_ratings.ratings(store, KEY).query("rater_type == 'model'").set_index("question")
    assert rows["decision"].to_dict() == {"prognosis": 0, "gcs": 1, "age": 0}


def test_training_cases_are_left_out_and_repeats_are_kept_apart(new_store):
    many = tuple(f"case-{number:03d}" for number in range(1, 10))
    store = new_store(cases=many)
    changed(store, training=(many[8],), repeat_share=0.25)
    lock_all(store, "ana")
    rows = study_ratings.ratings(store, KEY).query("question == 'prognosis'")
    assert set(rows["caseID"]) == set(many[:8])
    assert rows["repeat"].value_counts().to_dict() == {0: 8, 1: 2}


def test_an_open_answer_has_no_row_and_a_correction_counts(new_store):
    store = new_store()
    changed(store, corrections=True, questions=tuple(STANDARD[key] for key in ("prognosis", "quality")))
    for _case, answers in zip(CASES, (Answers(quality="unreadable"), Answers(prognosis="good", quality="good")),
                              strict=True):
        step = store.worklist(KEY, "ana").next_step
        store.start_read(KEY, "ana", step)
        store.lock_read(read_of("ana", step, answers=answers))
    assert list(study_ratings.ratings(store, KEY)["decision"]) == [0]
    store.correct_read(KEY, "ana", step, Answers(prognosis="poor", quality="good"), "A slip")
    assert list(study_ratings.ratings(store, KEY)["decision"]) == [1]


def test_what_is_known_of_a_case_stands_in_its_rows(store):
    assert "sex" not in study_ratings.ratings(store, KEY)
    store.set_truth(KEY, CASES[0], Truth(1, 8, 80.0, sex="female", volume_ml=31.5))
    table = study_ratings.ratings(store, KEY)
    assert set(table.query("caseID == 'case-001'")["haematoma_ml"]) == {31.5}
    assert set(table.query("caseID == 'case-001'")["sex"]) == {"female"}
    assert table.query("caseID == 'case-002'")["haematoma_ml"].isna().all()
    assert len(ratings_table.validate(table)) == len(table)


def test_truth_stands_in_every_row_of_its_case(store):
    truth = study_ratings.ratings(store, KEY).groupby(["caseID", "question"])["truth"].unique().map(list).to_dict()
    assert truth == {("case-001", "prognosis"): [1], ("case-001", "gcs"): [2], ("case-001", "age"): [1],
                     ("case-002", "prognosis"): [0], ("case-002", "gcs"): [0], ("case-002", "age"): [0]}


def test_a_gcs_in_two_bands_is_left_out(store):
    cumulative = {PROGNOSIS.key: (0.1,), GCS_BINARY.key: (0.9,), AGE.key: (0.3,)}
    store.add_prediction(KEY, Prediction(CASES[0], "bin_gcs_bin_age", "ff", (40, 64, 64), cumulative, 1.0, True))
    rows = study_ratings.ratings(store, KEY).query("readerID == 'MT (bin GCS, bin age) ff'")
    assert list(rows["question"]) == ["prognosis", "age"]


def test_without_truth_or_reads_the_table_is_empty_but_whole(new_store):
    store = new_store()
    assert study_ratings.ratings(store, KEY).empty
    lock_next(store, "ana")
    assert study_ratings.ratings(store, KEY)["truth"].isna().all()


def test_results_are_for_those_who_may_see_them(store):
    ana, ben = (Person(name, name, Role.READER, KEY) for name in ("ana", "ben"))
    for person in (None, ana, ben):
        with pytest.raises(NotAllowed, match="the results of study small are not open"):
            study_ratings.results_for(store, person, KEY)
    store.set_unlocked(KEY)
    assert len(study_ratings.results_for(store, ana, KEY)) == 18
    with pytest.raises(NotAllowed, match="the results of study small are not open"):
        study_ratings.results_for(store, ben, KEY)


def test_times_come_with_the_reads_and_models_have_none(store):
    rows = study_ratings.ratings(store, KEY).query("question == 'prognosis'")
    assert (rows.loc[rows["rater_type"] == "reader", "seconds"] == 30).all()
    assert rows.loc[rows["readerID"] == "ana", "position"].tolist() == [0, 1, 2, 3]
    assert rows.loc[rows["rater_type"] == "model", list(ratings_table.TIMES)].isna().all(axis=None)
