"""The routes of the Read page: only the reader, for their next step, from our own page; all else is the one 404."""

import json

import pytest

from pages.shared import resources
from pages.shared.reading import desk, routes
from reader_study.access import accounts
from reader_study.store import drafts
from tests.support import app_study
from tests.support.app_study import KEY
from tests.support.desk_client import ALL_ANSWERS, OURS, VIEWING, DeskClient
from tests.support.small_study import lock_next


@pytest.fixture
def ana(store):
    """The reader Ana at her first read."""
    return DeskClient(app_study.reader()).sit_down()


def kept(store, step=None):
    """Ana's draft of her next step, or of another."""
    return store.draft(KEY, "Ana", step or store.worklist(KEY, "Ana").next_step)


# Drafts


def test_a_draft_is_kept_with_its_measurements_and_time(store, ana):
    assert ana.answer(p_poor="70", comment="clot").json()["revision"] == 1
    draft = kept(store)
    assert (draft.answers, draft.seconds) == ({"p_poor": 70, "comment": "clot"}, 12.5)
    assert draft.viewing["measurements"] == VIEWING["measurements"]
    assert draft.viewing["kept"] == VIEWING["kept"]


def test_before_the_scan_is_there_nothing_of_the_viewer_is_kept(store, ana):
    ana.save()
    ana.save(viewing=VIEWING | {"kept": None, "active_s": 0, "measurements": []})
    assert (kept(store).seconds, len(kept(store).viewing["measurements"])) == (12.5, 1)


def test_what_is_typed_into_a_number_is_kept_as_it_stands_and_shown_again(store, ana):
    ana.answer(p_poor="150")
    ana.sit_down()
    assert ana.answers["p_poor"] == "150"
    ana.answer(p_poor="7-")
    assert ana.sit_down().answers["p_poor"] == "7-"


@pytest.mark.parametrize("headers", [{}, {"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_another_site_can_neither_save_nor_lock(store, ana, headers):
    assert ana.save(headers=headers).status_code == 404
    locked = ana.ask("POST", ana.told["lock_url"], ana.body(press="one"), headers)
    assert (locked.status_code, locked.text) == (404, "Not found")
    assert kept(store) is None


@pytest.mark.parametrize("content", ["[" * 200_000, "{}", "[1]", '{"answers": NaN}', "\x00", ""])
def test_what_is_no_form_is_refused(ana, content):
    headers = OURS | {"content-type": "application/json"}
    assert ana.http.put(f"/{ana.told['draft_url']}", content=content, headers=headers).status_code == 404


def test_a_body_that_is_not_called_json_is_refused(ana):
    headers = OURS | {"content-type": "text/plain"}
    assert ana.http.put(f"/{ana.told['draft_url']}", content="{}", headers=headers).status_code == 404


@pytest.mark.parametrize("content", [
    {"tab": ""}, {"tab": None}, {"tab": "x" * 65}, {"form": None}, {"revision": "1"}, {"revision": -1}, {"save": True},
    {"answers": []}, {"viewing": None}, {"answers": {"truth": 1}}, {"answers": {"prognosis": "fine"}},
    {"answers": {"prognosis": {}}}, {"answers": {"comment": "x" * 2001}}, {"answers": {"p_poor": [1]}},
    {"answers": {"p_poor": "1" * 21}}, {"answers": {"comment": ["x"]}}, {"viewing": {"x": "x" * routes.LONGEST_BODY}},
])
def test_what_is_no_draft_is_refused(store, ana, content):
    assert ana.save(**content).status_code == 404
    assert kept(store) is None


@pytest.mark.parametrize("viewing", [
    {"measurements": [{"kind": "ruler"}] * 10_000}, {"kept": {"note": "x" * 200_000}}, {"kept": [1]}, {"maps": "all"},
])
def test_of_the_viewer_nothing_is_kept_that_has_not_its_shape_and_the_answers_are(store, ana, viewing):
    ana.answers |= {"p_poor": "7"}
    assert ana.save(viewing=VIEWING | viewing).status_code == 200
    assert kept(store).answers == {"p_poor": 7}
    assert all(kept(store).viewing.get(name) != told for name, told in viewing.items())


def test_only_the_next_step_takes_a_draft(store, ana):
    steps = store.worklist(KEY, "Ana").steps
    assert [ana.save(step).status_code for step in steps] == [200, 404, 404, 404]
    lock_next(store, "Ana")
    ana.revision = 0
    assert [ana.save(step).status_code for step in steps] == [404, 200, 404, 404]


def test_nobody_sends_a_draft_for_another(store, ana):
    for token in (app_study.coordinator(), None, "guess"):
        stranger = DeskClient(token)
        stranger.told = ana.told
        assert [stranger.save().status_code, stranger.lock().status_code] == [404, 404]
    assert kept(store) is None


def test_after_signing_out_nothing_is_kept_or_locked(store, ana):
    accounts.sign_out(store, ana.http.cookies[resources.COOKIE])
    assert [ana.answer(**ALL_ANSWERS).status_code, ana.lock().status_code] == [404, 404]
    assert (kept(store), store.reads(KEY)) == (None, [])


# One tab, and revisions


def test_a_second_tab_is_told_apart_from_a_refusal_and_leaving_lets_it_in(store, ana):
    other = DeskClient(ana.http.cookies[resources.COOKIE], tab="another", form="another").sit_down()
    assert other.told == {"state": "elsewhere"}
    other.told = ana.told
    answer = other.save()
    assert (answer.status_code, answer.json()) == (409, {"why": "elsewhere"})
    assert other.lock(answers=ALL_ANSWERS).json() == {"why": "elsewhere"}
    ana.save(leaving=True)
    assert other.sit_down().told["state"] == "read"
    assert drafts.holder(store, KEY, "Ana") == "another"


def test_reading_on_in_a_second_tab_turns_the_first_away_with_all_that_was_entered(ana):
    ana.answer(comment="from one")
    other = DeskClient(ana.http.cookies[resources.COOKIE], tab="another", form="another").sit_down(take=True)
    assert other.answers["comment"] == "from one"
    assert ana.answer(comment="from one, on").json() == {"why": "elsewhere"}


def test_a_form_that_slept_while_its_reader_went_on_elsewhere_changes_nothing_and_is_told_what_is_newer(store, ana):
    ana.answer(p_poor="30")
    later = DeskClient(ana.http.cookies[resources.COOKIE], tab="another", form="another").sit_down(take=True)
    later.answer(p_poor="70")
    later.save(leaving=True)
    told = ana.answer(p_poor="35")
    assert (told.status_code, told.json()["why"], told.json()["answers"]["p_poor"]) == (409, "newer", "70")
    assert ana.lock(answers=ALL_ANSWERS).json()["why"] == "newer"
    assert (kept(store).answers, store.reads(KEY)) == ({"p_poor": 70}, [])


def test_a_draft_whose_answer_was_lost_is_saved_again_without_harm(store, ana):
    first = ana.body(answers={"p_poor": "3"})
    url = ana.told["draft_url"]
    assert [ana.ask("PUT", url, first).json()["revision"] for _ in range(2)] == [1, 1]
    assert ana.ask("PUT", url, ana.body(answers={"p_poor": "35"})).json()["revision"] == 2  # it still knows of none
    assert ana.ask("PUT", url, first).json()["revision"] == 2  # overtaken on its way
    assert kept(store).answers == {"p_poor": 35}


# Locks


def test_a_whole_read_is_locked_and_the_next_step_comes_with_the_answer(store, ana):
    first = ana.step
    ana.answers |= ALL_ANSWERS
    answer = ana.lock()
    assert (answer.status_code, answer.json()["state"]) == (200, "read")
    (stored,) = store.reads(KEY)
    assert stored.read.answers.values == {"prognosis": "poor", "p_poor": 80, "gcs": "severe", "age": "under_80",
                                          "comment": ""}
    assert (stored.read.seconds, stored.read.viewing["slices_visited"]) == (12.5, 3)
    assert (first, ana.step) == (desk.step_name(stored.read.step), desk.step_name(store.worklist(KEY, "Ana").next_step))


def test_a_press_whose_answer_was_lost_locks_once(store, ana):
    url, body = ana.told["lock_url"], ana.body(answers=ALL_ANSWERS, press="one", shown="")
    answers = [ana.ask("POST", url, body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.json()["step"] for answer in answers}) == 1
    assert len(store.reads(KEY)) == 1
    other = ana.ask("POST", url, body | {"press": "two", "answers": ALL_ANSWERS | {"p_poor": "90"}})
    assert (other.status_code, other.json()) == (409, {"why": "locked"})
    assert store.reads(KEY)[0].read.answers.p_poor == 80


def test_what_is_missing_is_named_and_nothing_is_locked(store, ana):
    answer = ana.lock(answers={"prognosis": "poor", "p_poor": "101"})
    assert answer.status_code == 422
    assert answer.json()["missing"] == {
        "p_poor": "Enter a whole number from 0 to 100.", "gcs": "Choose one.",
        "age": "Choose under 80 years or 80 years or more."}
    assert store.reads(KEY) == []


@pytest.mark.parametrize(("call", "percent"), [("poor", "30"), ("good", "51")])
def test_a_contradiction_is_asked_about_once(store, ana, call, percent):
    ana.answers |= ALL_ANSWERS | {"prognosis": call, "p_poor": percent}
    answer = ana.lock()
    assert (answer.status_code, answer.json()["missing"]) == (422, {})
    assert "lock again to keep both" in answer.json()["ask"]
    assert ana.lock(asked="another question").status_code == 422
    assert ana.lock(asked=answer.json()["ask"]).status_code == 200
    assert len(store.reads(KEY)) == 1


@pytest.mark.parametrize("call", ["poor", "good"])
def test_one_half_contradicts_neither_call(ana, call):
    ana.answers |= ALL_ANSWERS | {"prognosis": call, "p_poor": "50"}
    assert ana.lock().status_code == 200


def test_another_model_than_was_shown_refuses_an_aided_lock(store, ana):
    ana.answers |= ALL_ANSWERS
    ana.lock()
    ana.answers |= ALL_ANSWERS
    for shown in ("", "ba9876543210", None, ["0123456789ab"]):
        assert ana.lock(shown=shown).json() == {"why": "model"}
    assert ana.lock().status_code == 200
    assert store.reads(KEY)[1].read.shown["weights_id"] == app_study.WEIGHTS


def test_a_case_that_was_never_opened_is_not_locked(store):
    client = DeskClient(app_study.reader())
    step = store.worklist(KEY, "Ana").next_step
    client.told = {"lock_url": desk.step_address(KEY, step, "lock"), "shown": ""}
    assert client.lock(answers=ALL_ANSWERS).status_code == 404
    assert store.reads(KEY) == []


@pytest.mark.parametrize(("told_ms", "expected"), [(0, "pressed"), (-3_600_000, "opened"), (3_600_000, "locked")])
def test_a_read_keeps_when_it_was_pressed_between_its_opening_and_its_lock(store, ana, told_ms, expected):
    pressed_at = store.now().timestamp() * 1000 + told_ms
    assert ana.lock(answers=ALL_ANSWERS, pressed_at=pressed_at).status_code == 200
    (stored,) = store.reads(KEY)
    times = {"pressed": pressed_at / 1000, "opened": stored.read.started_at.timestamp(),
             "locked": stored.locked_at.timestamp()}
    assert stored.read.pressed_at.timestamp() == pytest.approx(times[expected], abs=0.01)


@pytest.mark.parametrize("pressed_at", [None, "now", float("1e300"), 10**400, True])
def test_without_a_time_of_the_press_a_read_is_locked_all_the_same(store, ana, pressed_at):
    assert ana.lock(answers=ALL_ANSWERS, pressed_at=pressed_at).status_code == 200
    assert store.reads(KEY)[0].read.pressed_at is None


# All as before


def locked_unaided(ana):
    """Ana at an aided read, its unaided one locked."""
    ana.answers |= ALL_ANSWERS | {"comment": "left"}
    ana.lock()
    return ana


def test_an_aided_form_without_an_answer_asks_whether_all_stay(store, ana):
    answer = locked_unaided(ana).lock()
    assert (answer.status_code, answer.json()["ask_as_before"]) == (422, True)
    assert len(store.reads(KEY)) == 1


def test_a_lock_records_which_unaided_answers_were_kept_and_which_changed(store, ana):
    locked_unaided(ana)
    ana.answers |= ALL_ANSWERS | {"gcs": "mild", "comment": "left"}
    ana.lock(taken_over=["prognosis", "age", "truth"])
    assert store.reads(KEY)[1].read.viewing["unaided_answers"] == {
        "kept": ["prognosis", "p_poor", "age", "comment"], "changed": ["gcs"], "taken_over": ["prognosis", "age"]}


def test_a_page_of_one_reader_gives_nothing_once_another_is_signed_in(store, ana):
    ana.http.cookies.set(resources.COOKIE, app_study.reader("Ben"))
    asked = {"reader": ana.reader, "tab": ana.tab, "take": True}
    assert ana.ask("POST", desk.address(KEY), asked).status_code == 404
    assert drafts.holder(store, KEY, "Ben") is None


def test_half_a_character_neither_keeps_its_reader_out_nor_breaks_what_is_made_of_the_read(store, ana):
    half = json.dumps(ana.body(answers={"comment": "half \ud83d"}))
    headers = OURS | {"content-type": "application/json"}
    assert ana.http.put(f"/{ana.told['draft_url']}", content=half, headers=headers).status_code == 200
    assert ana.sit_down().answers["comment"] == "half \ufffd"


def test_a_name_of_a_press_that_cannot_be_printed_is_refused(store, ana):
    assert ana.lock(answers=ALL_ANSWERS, press="a\0b").status_code == 404
    assert store.reads(KEY) == []
