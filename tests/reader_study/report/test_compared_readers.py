"""Which readers are done, by their own worklists, and who of them is compared: on the page and in every export."""

import io
import zipfile

import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.shared import resources
from pages.shared import routes as data_routes
from reader_study.__main__ import main
from reader_study.access import accounts, erasure
from reader_study.report import compared_readers, study_archive
from reader_study.store import progress
from reader_study.store.store import Store
from reader_study.study.design import Design, Truth
from reader_study.study.errors import NotAllowed
from tests.pages.test_compare_page import first_table
from tests.support import app_study
from tests.support.app_pages import sent, without_failure
from tests.support.small_study import CASES, KEY, changed, lock_all, lock_next, prediction_of, small_case

TRAINING, MORE = CASES[0], tuple(f"case-{number:03d}" for number in range(3, 12))
DONE, HALF, FEW = ("Ana Ruiz", "Ben"), "Cem", "Dia"
LEFT_OUT = "Left out because their reads are not complete: Cem: 10 of 20 reads."
TAKEN_IN = "Taken in although their reads are not complete: Cem: 10 of 20 reads."


def read_by_four(store: Store) -> Store:
    """A sequential study of eleven cases, one for training: two readers are done with all, one is half-way, one is
    done with the four cases assigned to them, and one has not begun."""
    store.add_cases(KEY, [small_case(key) for key in MORE], {key: Truth(place % 2, 8, 50.0)
                                                             for place, key in enumerate(MORE)})
    for key in MORE:
        store.add_prediction(KEY, prediction_of(key))
    changed(store, training=(TRAINING,))
    for reader in (*DONE, HALF, FEW, "Eva"):
        accounts.add_simulated(store, KEY, reader)
    store.assign(KEY, FEW, [TRAINING, *MORE[:4]])
    for reader in (*DONE, FEW):
        lock_all(store, reader)
    for _ in range(12):  # two of them of the training case
        lock_next(store, HALF)
    store.set_unlocked(KEY)
    return store


def told(store: Store) -> dict[str, tuple[int, int, bool]]:
    """Reader -> reads that are locked, reads to make, and whether they are done."""
    return {one.reader: (one.done, one.total, one.complete) for one in compared_readers.compared(store, KEY).standings}


# The rule


def test_a_reader_is_done_by_their_own_worklist_without_training(store):
    assert told(read_by_four(store)) == {
        "Ana Ruiz": (20, 20, True), "Ben": (20, 20, True), "Cem": (10, 20, False), "Dia": (8, 8, True),
        "Eva": (0, 20, False)}


@pytest.mark.parametrize("design", Design)
def test_without_training_a_worklist_is_complete_exactly_when_the_whole_one_is(new_store, design):
    store = new_store(design=design, cases=("a", "b", "c", "d", "e"), readers=("ana", "ben"))
    changed(store, training=("b",), repeat_share=0.25)
    while (worklist := store.worklist(KEY, "ana")).next_step:
        assert (worklist.without_training.complete, worklist.complete) == (False, False)
        lock_next(store, "ana")
    assert worklist.without_training.complete
    assert {step.case_key for step in worklist.without_training.steps} == {"a", "c", "d", "e"}
    assert {step.repeat for step in worklist.without_training.steps} == {0, 1}


def test_one_session_of_a_crossover_is_not_all(new_store):
    store = new_store(design=Design.CROSSOVER, cases=("a", "b", "c", "d"), readers=("ana",))
    for _ in range(4):
        lock_next(store, "ana")
    assert told(store) == {"ana": (4, 8, False)}


def test_who_reads_training_cases_only_has_nothing_to_compare(new_store):
    store = new_store(readers=("ana",))
    changed(store, training=(TRAINING,))
    store.assign(KEY, "ana", [TRAINING])
    lock_all(store, "ana")
    assert told(store) == {"ana": (0, 0, False)}
    assert compared_readers.compared(store, KEY).sentence == ""


def test_a_forgotten_reader_is_done_by_the_repeats_that_they_had(new_store):
    store = new_store(cases=tuple(f"c{number}" for number in range(12)), readers=("ana",))
    changed(store, repeat_share=0.25)
    lock_all(store, "ana")
    pseudonym = erasure.forget(store, KEY, "ana")
    assert told(store) == {pseudonym: (15, 15, True)}
    assert progress.missing_reads(progress.of_study(store, KEY)) == []


# The choice


def test_the_choice_is_kept_with_the_study_and_in_its_trail(new_store):
    store = new_store()
    lock_next(store, "ana")
    assert compared_readers.compared(store, KEY).left_out == (compared_readers.Standing("ana", 1, 2),)
    for _ in range(2):
        store.take_in_unfinished(KEY, True)
    assert compared_readers.compared(store, KEY).left_out == ()
    store.take_in_unfinished(KEY, False)
    assert [entry.details for entry in store.audit(KEY) if entry.action == "unfinished_readers_chosen"] == [
        {"taken_in": True}, {"taken_in": False}]
    assert store.verify() is None


def test_a_choice_that_nobody_made_is_found(new_store):
    store = new_store()
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE study SET takes_in_unfinished = true")
    assert store.verify().reason == "its takes_in_unfinished is not as it was recorded"


def test_only_a_coordinator_makes_the_choice(new_store):
    with pytest.raises(NotAllowed, match="ana is not a coordinator of study small"):
        new_store().take_in_unfinished(KEY, True, by="ana")


# Where it is said


@pytest.fixture
def compared(store, opened) -> AppTest:
    """The Compare page of that study, as its coordinator sees it."""
    read_by_four(store)
    return opened(app_study.coordinator(), file="compare.py")


def test_the_page_compares_who_is_done_and_says_who_is_left_out(compared):
    raters = list(first_table(compared)["Rater"])
    assert raters[:3] == ["Ana Ruiz", "Ben", "Dia"]
    assert HALF not in raters
    assert f"{LEFT_OUT} 1 reader has locked no read yet." in sent(compared)
    assert "Eva" not in sent(compared)


def test_the_coordinators_choice_holds_for_the_page_and_stays(compared, opened):
    label = "Take in readers who are not done (1)"
    page = without_failure(next(one for one in compared.toggle if one.label == label).set_value(True).run())
    assert list(first_table(page)["Rater"])[:4] == ["Ana Ruiz", "Ben", "Cem", "Dia"]
    assert TAKEN_IN in sent(page)
    again = opened(app_study.coordinator(), file="compare.py")
    assert next(one for one in again.toggle if one.label == label).value is True
    back = without_failure(next(one for one in again.toggle if one.label == label).set_value(False).run())
    assert HALF not in list(first_table(back)["Rater"])


def test_a_reader_sees_who_is_left_out_and_cannot_change_it(store, opened):
    read_by_four(store)
    token = app_study.reader("Flo")
    lock_all(store, "Flo")
    page = opened(token, file="compare.py")
    assert LEFT_OUT in sent(page)
    assert [one.label for one in page.toggle if "not done" in one.label] == []


def test_where_nobody_is_done_the_page_has_the_models_and_says_why(store, opened):
    accounts.add_simulated(store, KEY, "Ana")
    lock_next(store, "Ana")
    store.set_unlocked(KEY)
    page = opened(app_study.coordinator(), file="compare.py")
    assert "Left out because their reads are not complete: Ana: 1 of 4 reads." in sent(page)
    assert set(first_table(page)["Kind"]) == {"model"}


@pytest.fixture
def client(store) -> TestClient:
    """A browser of the study's coordinator on the data routes."""
    read_by_four(store)
    browser = TestClient(Starlette(routes=data_routes.ROUTES))
    browser.cookies.set(resources.COOKIE, app_study.coordinator())
    return browser


def csv(client: TestClient, name: str) -> pd.DataFrame:
    """A downloaded table."""
    return pd.read_csv(io.StringIO(client.get(f"/export/{KEY}/{name}.csv").text), keep_default_na=False)


def test_every_csv_is_of_the_readers_who_are_compared_and_one_says_who_they_are(client, store):
    assert set(csv(client, "ratings")["readerID"]) & {*DONE, HALF, FEW} == {*DONE, FEW}
    assert [tuple(row) for row in csv(client, "readers").itertuples(index=False)] == [
        ("Ana Ruiz", 20, 20, "yes", ""), ("Ben", 20, 20, "yes", ""),
        ("Cem", 10, 20, "no", "not done: 10 of 20 reads"), ("Dia", 8, 8, "yes", "")]
    store.take_in_unfinished(KEY, True)
    assert HALF in set(csv(client, "ratings")["readerID"])
    assert list(csv(client, "readers")["compared"]) == ["yes"] * 4


def test_the_archives_say_who_is_left_out(client):
    for name, files in (("tables", {"readers.csv"}), ("everything", {"readers.csv", "about.csv", "methods.txt"})):
        packed = zipfile.ZipFile(io.BytesIO(client.get(f"/export/{KEY}/{name}.zip").content))
        for file in files:
            assert "10 of 20" in packed.read(file).decode(), file
        assert "readers,reads_to_make" in packed.read("data_dictionary.csv").decode()
    methods = packed.read("methods.txt").decode()
    assert "Of 4 readers who had begun, 1 was left out because their reads were not complete (10 of 20)." in methods
    assert f"<p>{LEFT_OUT} 1 reader has locked no read yet.</p>" in packed.read("report.html").decode()
    assert packed.read("report.pdf").startswith(b"%PDF")


def test_the_command_line_makes_the_choice_and_exports_by_it(store, tmp_path, capsys):
    read_by_four(store)
    assert main(["export", KEY, "--out", str(tmp_path / "out")]) == 0
    assert LEFT_OUT in capsys.readouterr().out
    assert set(pd.read_csv(tmp_path / "out" / "ratings.csv").query("rater_type == 'reader'")["readerID"]) == {
        *DONE, FEW}
    assert HALF in set(pd.read_csv(tmp_path / "out" / "reads.csv")["readerID"])
    readers = pd.read_csv(tmp_path / "out" / "readers.csv").set_index("readerID")
    assert list(readers.loc[HALF, ["reads", "reads_compared", "reads_to_compare", "in_ratings"]]) == [12, 10, 20, "no"]
    assert main(["unfinished", KEY, "take-in"]) == 0
    assert capsys.readouterr().out == f"Study {KEY}: readers who are not done are taken in.\n"
    study_archive.write(store, KEY, tmp_path / "again")
    assert HALF in set(pd.read_csv(tmp_path / "again" / "ratings.csv")["readerID"])
