"""The parts of the Coordinate page: what a coordinator sees and does there."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import resources
from reader_study.access import accounts, profiles, setup_links
from reader_study.access.accounts import AccountRefused
from reader_study.store.progress import missing_reads, of_study
from reader_study.store.store import Store
from reader_study.study import study_file
from reader_study.study.definition import Design, Fact, Study, When
from reader_study.study.design import Role
from reader_study.study.question_table import choices_of, own, question_of, row_of
from reader_study.study.questions import DEFAULT, Choice, Question
from tests.support import app_study
from tests.support.small_study import CASES, KEY, TRUTHS, Clock, lock_all, lock_next, prediction_of, read_of, small_case

PAGE = Path(__file__).resolve().parents[2] / "pages" / "coordinate.py"
PASSWORD = "a long password"
OWN = "own"
SHIFT = Question(key="shift", text="Midline shift", kind="number", low=0, high=30, unit="mm", letter="Alt+S")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The app's store with a draft study of two cases, which is no demo, and its coordinator boss."""
    store = app_study.open_workspace(tmp_path, monkeypatch)
    store.create_study(Study(key=OWN, title="An own study", seed=3))
    store.add_cases(OWN, [small_case(key) for key in CASES], TRUTHS)
    accounts.invite(store, OWN, "boss", role=Role.COORDINATOR)
    yield store
    store.close()
    resources.forget()


@pytest.fixture
def opened(store, monkeypatch):
    """Opens a part of the page for boss."""
    token = accounts.accept(store, accounts.invite(store, OWN, "boss", role=Role.COORDINATOR), PASSWORD)
    monkeypatch.setattr(resources, "session_token", lambda: token)

    def open_part(part: str) -> AppTest:
        page = AppTest.from_file(PAGE, default_timeout=60)
        page.session_state["part"] = part
        return without_failure(page.run())

    return open_part


def without_failure(page: AppTest) -> AppTest:
    """The page, which must not have failed."""
    assert [error.message for error in page.exception] == []
    return page


def press(page: AppTest, label: str) -> AppTest:
    """The page after a press on the button with that label."""
    return without_failure(next(button for button in page.button if button.label == label).click().run())


def labelled(elements, label: str):
    """The element with that label."""
    return next(element for element in elements if element.label == label)


def test_a_draft_says_why_it_cannot_open(opened):
    page = opened("Design")
    assert "There are no readers: invite at least one." in "".join(text.value for text in page.markdown)
    assert labelled(page.button, "Open the study").disabled


def test_a_study_is_opened_with_a_deadline(opened, store):
    accounts.add_simulated(store, OWN, "ana")
    page = press(opened("Design"), "Open the study")
    assert store.state(OWN).opened
    page.date_input[0].set_value(datetime(2030, 5, 31).date())
    press(page, "Set the deadline")
    assert store.state(OWN).deadline == datetime(2030, 6, 1, tzinfo=UTC)


def test_the_form_and_the_file_give_the_same_definition(opened, store):
    page = opened("Design")
    labelled(page.text_input, "Title").set_value("Crossed")
    labelled(page.selectbox, "Design").select(Design.CROSSOVER)
    page = without_failure(page.run())
    labelled(page.number_input, "Washout between the sessions, days").set_value(28)
    labelled(page.number_input, "Cases read twice, %").set_value(10)
    labelled(page.selectbox, "Age is shown").select(When.ALWAYS)
    labelled(page.checkbox, "Readers may correct a locked read, with a reason").check()
    press(page, "Keep the definition")
    kept = store.study(OWN)
    assert (kept.title, kept.design, kept.washout_days, kept.repeat_share) == ("Crossed", Design.CROSSOVER, 28, 0.1)
    assert (kept.clinical, kept.corrections, kept.questions) == (((Fact.AGE, When.ALWAYS),), True, DEFAULT)
    assert study_file.parse(study_file.write(kept), key="x", seed=0) == kept


def test_a_definition_that_cannot_be_says_why_and_nothing_is_stored(opened, store):
    page = opened("Design")
    labelled(page.text_input, "Title").set_value("  ")
    page = press(page, "Keep the definition")
    assert page.warning[0].value == "study own: title: expected 1 to 200 characters, got 2"
    assert store.study(OWN).title == "An own study"


def test_after_the_first_read_the_definition_is_shown_as_frozen(opened, store):
    accounts.add_simulated(store, OWN, "ana")
    store.open_study(OWN)
    step = store.worklist(OWN, "ana").next_step
    store.start_read(OWN, "ana", step)
    read = read_of("ana", step)
    store.lock_read(type(read)(**vars(read) | {"study": OWN}))
    page = opened("Design")
    assert 'title = "An own study"' in page.code[0].value
    assert not any(button.label == "Keep the definition" for button in page.button)


def test_progress_names_who_is_not_done_and_writes_them_a_reminder(opened, store):
    token = accounts.invite(store, OWN, "ana")
    accounts.accept(store, token, PASSWORD)
    page = opened("Progress")
    table = page.dataframe[0].value
    assert list(table["Locked"]) == ["0 of 2"]
    assert list(table["Now"]) == ["not begun"]
    assert "Dear ana,\n\nyou have locked 0 of 2 reads in \"An own study\"; 2 are left." in page.code[0].value
    assert list(page.dataframe[1].value["Case"]) == [step.case_key for step in store.worklist(OWN, "ana").steps]


def test_a_readers_profile_is_kept_and_a_password_link_made(opened, store):
    accounts.accept(store, accounts.invite(store, OWN, "ana"), PASSWORD)
    page = opened("Readers")
    labelled(page.text_input, "Specialty").set_value("Neuroradiology")
    labelled(page.text_input, "Institution, as a code").set_value("A1")
    page = press(page, "Keep the profile")
    assert profiles.of_study(store, OWN)["ana"].specialty == "Neuroradiology"
    page.context["url"] = "http://localhost:8501/coordinate"
    page = press(page, "Make a link for a new password")
    token = page.code[0].value.partition("invite=")[2]
    assert accounts.invited(store, token).username == "ana"


@pytest.mark.parametrize(("part", "button"), [("Readers", "Make a link for a new password"),
                                              ("Design", "Make a link to set up another study")])
def test_no_link_is_made_while_the_browser_has_not_said_where_it_is(opened, store, part, button):
    accounts.accept(store, accounts.invite(store, OWN, "ana"), PASSWORD)
    before = store.audit(OWN)
    page = press(opened(part), button)
    assert "Reload the page and press the button again." in page.warning[0].value
    assert store.audit(OWN) == before


def test_a_profile_that_cannot_be_says_why(opened, store):
    accounts.add_simulated(store, OWN, "ana")
    page = press(opened("Readers"), "Keep the profile")
    assert page.warning[0].value.startswith("specialty: expected 1 to 100 printable characters")


def test_a_person_is_forgotten_after_a_confirmation_only(opened, store):
    accounts.add_simulated(store, OWN, "Ana Quispe")
    page = opened("Readers")
    assert labelled(page.button, "Delete for good").disabled
    page = without_failure(labelled(page.checkbox, "Delete the data of Ana Quispe").check().run())
    press(page, "Delete for good")
    assert [person.forgotten for person in store.people(OWN) if person.role is Role.READER] == [True]


def test_cases_are_assigned_until_the_first_read(opened, store):
    accounts.add_simulated(store, OWN, "ana")
    page = opened("Readers")
    page.multiselect[0].set_value([CASES[1]])
    press(page, "Assign the cases")
    assert {step.case_key for step in store.worklist(OWN, "ana").steps} == {CASES[1]}


def test_the_trail_is_filtered_and_verified(opened, store):
    page = opened("Audit trail")
    everything = len(page.dataframe[0].value)
    page = without_failure(labelled(page.multiselect, "Act").select("study_created").run())
    assert (everything > 1, len(page.dataframe[0].value)) == (True, 1)
    assert press(page, "Verify the whole trail").success[0].value.startswith("Every entry and every locked read")


def test_a_threshold_is_recorded_before_unlocking(opened, store):
    store.add_prediction(OWN, prediction_of(CASES[0]))
    page = opened("Results")
    labelled(page.number_input, "Poor from").set_value(0.35)
    page = press(page, "Record the threshold")
    assert [(one.rater, one.value) for one in store.thresholds(OWN)] == [("MT (ord GCS, bin age) 01234567", 0.35)]
    page = without_failure(labelled(page.checkbox, "Take no further reads, for good").check().run())
    page = press(page, "Close the study")
    page = without_failure(labelled(page.checkbox, "I have checked the progress and want to open the results")
                           .check().run())
    press(page, "Unlock the results")
    assert store.state(OWN).name == "unlocked"


def test_progress_counts_locked_reads_drafts_and_seconds(new_store):
    store = new_store()
    lock_next(store, "ana")
    store.now.forward(minutes=5)
    store.save_draft(KEY, "ana", store.worklist(KEY, "ana").next_step, {"gcs": "mild"}, seconds=3)
    lock_all(store, "ben")
    ana, ben = rows = of_study(store, KEY)
    assert (ana.done, ana.total, ana.median_seconds, ana.now) == (1, 2, 30.0, "paused in a case")
    assert ana.last_active == store.now()
    assert (ben.complete, ben.now) == (True, "done")
    assert [(row["Reader"], row["Place"]) for row in missing_reads(rows)] == [("ana", 2)]


def test_own_questions_are_rows_and_come_back():
    signs = Question(key="signs", text="Signs", kind="choices",
                     choices=(Choice("spot", "Spot sign", "A"), Choice("swirl", "Swirl sign")))
    assert own((*DEFAULT, SHIFT, signs)) == [row_of(SHIFT), row_of(signs)]
    assert [question_of(row) for row in own((*DEFAULT, SHIFT, signs))] == [SHIFT, signs]
    assert row_of(signs)["choices"] == "spot = Spot sign (A); swirl = Swirl sign"


@pytest.mark.parametrize(("row", "sentence"), [
    ({"key": "gcs"}, "question gcs: this key is a standard question's"),
    ({"key": "x", "text": "X", "kind": "choice", "choices": "a; b"}, "choice 'a': expected code = Text"),
    ({"key": float("nan")}, "question '': key: expected 1 to 40"),
])
def test_a_row_that_is_no_question_says_why(row, sentence):
    with pytest.raises(ValueError, match=sentence):
        question_of(row)


def test_a_choice_may_hold_brackets_of_its_own():
    assert choices_of("severe = Severe (GCS 3-8) (H)") == (Choice("severe", "Severe (GCS 3-8)", "H"),)


def test_a_setup_link_makes_one_study_with_its_coordinator(new_database):
    with closing(Store(new_database(), clock=Clock())) as store:
        token = setup_links.offer(store)
        assert setup_links.works(store, token)
        session = setup_links.set_up(store, token, key="ich", title="ICH", name="Ana", password=PASSWORD)
        assert accounts.person(store, session).role is Role.COORDINATOR
        assert (store.state("ich").name, store.study("ich").demo) == ("draft", False)
        assert not setup_links.works(store, token)
        with pytest.raises(AccountRefused, match="link: it is unknown, used or older than seven days"):
            setup_links.set_up(store, token, key="two", title="Two", name="Ben", password=PASSWORD)
        assert [study.key for study in store.studies()] == ["ich"]
        assert store.verify() is None


def test_a_coordinators_setup_link_names_their_study(new_database):
    with (closing(Store(new_database(), clock=Clock())) as store,
          pytest.raises(ValueError, match="study_key: expected the study of which ana is a coordinator, got none")):
        setup_links.offer(store, by="ana")


def test_a_setup_link_runs_out_and_a_new_start_replaces_it(new_database):
    with closing(Store(new_database(), clock=Clock())) as store:
        old, new = setup_links.offer(store), setup_links.offer(store)
        assert (setup_links.works(store, old), setup_links.works(store, new)) == (False, True)
        store.now.forward(days=8)
        assert not setup_links.works(store, new)


def test_a_name_or_key_that_is_taken_leaves_the_link_as_it_was(new_database):
    with closing(Store(new_database(), clock=Clock())) as store:
        token = setup_links.offer(store)
        setup_links.set_up(store, token, key="ich", title="ICH", name="Ana", password=PASSWORD)
        token = setup_links.offer(store, by="ana", study_key="ich")
        for key, name, sentence in (("ich", "Ben", "study ich exists already"), ("two", "ana", "'ana' is taken")):
            with pytest.raises(ValueError, match=sentence):
                setup_links.set_up(store, token, key=key, title="Two", name=name, password=PASSWORD)
        assert setup_links.works(store, token)
