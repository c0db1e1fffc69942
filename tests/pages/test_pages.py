"""Each page alone: who sees what on it, and a read from its first answer to its lock."""

import gc
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ich_model import software
from ich_model.network import weights
from pages.shared import resources
from reader_study.access import accounts
from tests.support import app_study, random_networks, simple_head
from tests.support.app_pages import press, sent, without_failure
from tests.support.app_study import KEY
from tests.support.small_study import lock_all, lock_next, small_case

PAGES = Path(__file__).resolve().parents[2] / "pages"


@pytest.fixture
def opened(store, monkeypatch):
    """Opens a page for the holder of a session token."""
    def open_page(name: str, token: str | None = None, **query: str) -> AppTest:
        monkeypatch.setattr(resources, "session_token", lambda: token)
        page = AppTest.from_file(PAGES / f"{name}.py", default_timeout=120)
        page.query_params.update(query)
        return without_failure(page.run())

    return open_page


def test_what_a_callback_says_has_a_place_of_its_own_and_does_not_take_that_of_the_style(opened):
    page = opened("shared/main")
    first, second = page.main[0], page.main[1]
    assert (first.type, second.type) == ("empty", "html")
    assert "ich-style" in second.proto.body
    assert sent(page).count("<style>") == 1


def test_the_welcome_page_offers_sign_in_and_the_marked_demo(opened):
    page = opened("welcome")
    assert "auth/login" in sent(page)
    assert "Demo study – synthetic cases, simulated readers" in [text.value for text in page.header]


def test_the_welcome_page_says_the_version(opened):
    said = f"Version {software.app_version()}."
    assert opened("welcome").caption[0].value.endswith(said)
    assert opened("welcome", app_study.reader()).caption[0].value.endswith(said)


def test_the_welcome_page_never_shows_text_of_the_address(opened):
    assert "Visit" not in sent(opened("welcome", notice="Visit evil.example"))


def test_an_invitation_greets_by_name_and_an_unknown_one_says_what_to_do(opened, store):
    token = accounts.invite(store, app_study.OTHER, "Cem")
    assert opened("welcome", invite=token).header[0].value == "Welcome, Cem"
    assert "Ask your coordinator" in opened("welcome", invite="nothing").warning[0].value


def test_the_welcome_page_tells_a_reader_what_is_next(opened, store):
    token = app_study.reader()
    assert "Begin reading" in sent(opened("welcome", token))
    lock_next(store, "Ana")
    assert "Go on with read 2" in sent(opened("welcome", token))


def test_a_reader_reviews_only_cases_they_have_read(opened, store):
    token = app_study.reader()
    assert "There is no case to review yet" in opened("review", token).info[0].value
    read = lock_next(store, "Ana").case_key
    assert opened("review", token).selectbox[0].options == [read]


def test_a_review_shows_others_reads_and_the_truth_only_with_the_results(opened, store):
    for name in ("Ana", "Ben"):
        app_study.reader(name)
        lock_all(store, name)
    token = accounts.sign_in(store, "Ana", app_study.PASSWORD)
    before = opened("review", token)
    assert set(before.dataframe[0].value["Reader"]) == {"Ana"}
    assert "Reference standard" not in sent(before)
    store.set_unlocked(KEY)
    after = opened("review", token)
    assert set(after.dataframe[0].value["Reader"]) == {"Ana", "Ben"}
    assert "Reference standard" in sent(after)


def test_a_coordinator_reviews_every_case_without_truth_or_reads_before_the_unlocking(opened, store):
    app_study.reader()
    lock_all(store, "Ana")
    page = opened("review", app_study.coordinator())
    assert page.selectbox[0].options == ["case-001", "case-002"]
    assert len(page.dataframe) == 0
    assert "Reference standard" not in sent(page)


def test_a_closed_comparison_says_what_opens_it(opened, store):
    reader = app_study.reader()
    assert "0 of 4 are locked" in opened("compare", reader).info[0].value
    assert "unlocks them" in opened("compare", app_study.coordinator()).info[0].value


def test_the_comparison_says_what_is_not_real(opened, store):
    app_study.reader()
    lock_all(store, "Ana")
    store.set_unlocked(KEY)
    said = sent(opened("compare", app_study.coordinator()))
    assert "2 cases are synthetic phantoms; the model was trained on phantoms" in said


def test_a_coordinator_invites_a_reader_by_a_link_that_works(opened, store, monkeypatch):
    page = opened("coordinate", app_study.coordinator(), part="Readers")
    page.text_input[0].set_value("Dana")
    page.context["url"] = "http://localhost:8501/coordinate"
    link = press(page, "Make an invitation link").code[0].value
    assert link.startswith("http://localhost:8501/?invite=")
    assert accounts.invited(store, link.partition("invite=")[2]).username == "Dana"


def test_results_are_unlocked_only_after_a_confirmation(opened, store):
    page = opened("coordinate", app_study.coordinator(), part="Results")
    assert next(button for button in page.button if button.label == "Unlock the results").disabled
    press(page.checkbox[1].check().run(), "Unlock the results")
    assert store.state(KEY).unlocked


def test_uploaded_scans_come_in_and_others_are_refused_in_a_sentence(opened, store, tmp_path):
    scan = simple_head.written(tmp_path / "smith.nii.gz", simple_head.head_hu()).read_bytes()
    page = opened("coordinate", app_study.coordinator(), part="Cases")
    page.file_uploader[0].upload("smith.nii.gz", scan).upload("notes.nii.gz", b"not a scan").run()
    page = press(page, "Import")
    assert page.success[0].value == "1 of 2 scans came in."
    assert "notes.nii.gz" in page.warning[0].value
    assert len(store.cases(KEY)) == 3


def test_truth_can_come_in_after_the_reads(opened, store):
    app_study.reader()
    lock_next(store, "Ana")
    page = opened("coordinate", app_study.coordinator(), part="Cases")
    page.file_uploader[0].upload("truth.csv", b"caseID,poor,gcs,age\ncase-001,0,15,50\n").run()
    assert press(page, "Import").success[0].value == "The reference standard was recorded."
    assert store.truths(KEY)["case-001"].poor == 0


def test_the_model_runs_on_the_cases_that_lack_its_outputs(opened, store, monkeypatch):
    loaded = random_networks.random_network()
    monkeypatch.setattr(resources, "network", lambda: loaded)
    store.add_cases(KEY, [small_case("case-003")])
    app_study.write_scan("case-003", with_map=False)
    page = press(opened("coordinate", app_study.coordinator(), part="Cases"), "Run the model on the others (1)")
    assert [prediction.case for prediction in store.predictions(KEY, "case-003")] == ["case-003"]
    assert len(page.warning) == 0


def test_a_study_without_a_network_says_so_in_a_sentence(opened, store, monkeypatch):
    monkeypatch.setattr(weights, "DEMO_WEIGHTS", Path("nowhere.safetensors"))
    store.add_cases(KEY, [small_case("case-003")])
    page = press(opened("coordinate", app_study.coordinator(), part="Cases"), "Run the model on the others (1)")
    assert "weights are missing or damaged" in page.warning[0].value


def test_what_is_loaded_is_not_looked_at_by_the_collection_after_each_run():
    loaded = ["a package"]
    resources.keep_what_is_loaded()
    assert not any(each is loaded for each in gc.get_objects())
