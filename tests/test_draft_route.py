"""Drafts that a browser posts: only by the reader, for their next step, from our own page; all else is the one 404."""

import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pages.shared import data_routes, draft_route, resources
from reader_study import accounts, reading_tab, sittings
from reader_study.questions import STANDARD
from tests import app_study
from tests.app_study import KEY
from tests.small_study import lock_next

OURS = {"origin": "http://testserver"}
VIEWING = {"active_s": 12.5, "overlay_s": 0, "slices_visited": 3, "measurements": [{"kind": "ruler", "lengthMm": 20.5}],
           "presets": ["Brain"], "kept": {"size": [96, 112, 32], "state": {"at": [1, 2, 3]}, "reading": {}}}


@pytest.fixture
def client(store):
    """The reader Ana's browser."""
    browser = TestClient(Starlette(routes=data_routes.ROUTES))
    browser.cookies.set(resources.COOKIE, app_study.reader())
    browser.sitting = begin(store)
    return browser


def begin(store):
    """Begins a sitting of Ana: its name."""
    return sittings.begin(store, KEY, "Ana", opening="an opening").name


def url(store, step=None):
    """Where the draft of Ana's next step, or of another, is sent."""
    return f"/{draft_route.address(KEY, step or store.worklist(KEY, 'Ana').next_step)}"


def send(client, to, headers=OURS, **content):
    """The status of the answer to a draft."""
    body = {"tab": "one", "sitting": client.sitting, "answers": {}, "viewing": VIEWING} | content
    return client.post(to, json=body, headers=headers).status_code


def test_a_draft_is_kept_with_its_measurements_and_time(store, client):
    assert send(client, url(store), answers={"p_poor": 70, "comment": "clot"}) == 204
    draft = store.draft(KEY, "Ana", store.worklist(KEY, "Ana").next_step)
    assert (draft.answers, draft.seconds) == ({"p_poor": 70, "comment": "clot"}, 12.5)
    assert draft.viewing["measurements"] == VIEWING["measurements"]
    assert draft.viewing["kept"] == VIEWING["kept"]


def test_before_the_scan_is_there_nothing_of_the_viewer_is_kept(store, client):
    send(client, url(store))
    send(client, url(store), viewing=VIEWING | {"kept": None, "active_s": 0, "measurements": []})
    draft = store.draft(KEY, "Ana", store.worklist(KEY, "Ana").next_step)
    assert (draft.seconds, len(draft.viewing["measurements"])) == (12.5, 1)


@pytest.mark.parametrize("headers", [{}, {"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_another_site_cannot_send_one(store, client, headers):
    assert send(client, url(store), headers=headers) == 404
    assert store.draft(KEY, "Ana", store.worklist(KEY, "Ana").next_step) is None


def test_what_is_nested_too_deep_to_be_read_is_refused(store, client):
    headers = OURS | {"content-type": "application/json"}
    assert client.post(url(store), content="[" * 200_000, headers=headers).status_code == 404


def test_a_form_that_is_not_json_is_refused(store, client):
    body = json.dumps({"tab": "one", "sitting": client.sitting, "answers": {}, "viewing": VIEWING})
    assert client.post(url(store), content=body, headers=OURS | {"content-type": "text/plain"}).status_code == 404


@pytest.mark.parametrize("content", [
    {"tab": ""}, {"tab": None}, {"tab": "x" * 65}, {"sitting": None}, {"answers": []}, {"viewing": None},
    {"viewing": VIEWING | {"kept": {"note": "x" * 210_000}}}, {"viewing": VIEWING | {"kept": {"note": "x" * 260_000}}},
])
def test_what_is_no_draft_is_refused(store, client, content):
    assert send(client, url(store), **{"answers": {"p_poor": 7}} | content) == 404
    assert store.draft(KEY, "Ana", store.worklist(KEY, "Ana").next_step) is None


def test_only_the_next_step_takes_a_draft(store, client):
    steps = store.worklist(KEY, "Ana").steps
    assert [send(client, url(store, step)) for step in steps] == [204, 404, 404, 404]
    lock_next(store, "Ana")
    assert [send(client, url(store, step)) for step in steps] == [404, 204, 404, 404]


def test_nobody_sends_a_draft_for_another(store, client):
    target = url(store)
    client.cookies.set(resources.COOKIE, app_study.coordinator())
    assert send(client, target) == 404
    client.cookies.clear()
    assert send(client, target) == 404
    assert store.draft(KEY, "Ana", store.worklist(KEY, "Ana").next_step) is None


def test_after_signing_out_nothing_is_kept(store, client):
    accounts.sign_out(store, client.cookies[resources.COOKIE])
    assert send(client, url(store)) == 404


def test_a_second_tab_is_told_apart_from_a_refusal_and_leaving_lets_it_in(store, client):
    assert send(client, url(store), tab="one") == 204
    assert send(client, url(store), tab="two") == 409
    assert send(client, url(store), tab="one", leaving=True) == 204
    assert send(client, url(store), tab="two") == 204
    assert reading_tab.holder(store, KEY, "Ana") == "two"


def test_a_form_that_slept_while_its_reader_went_on_elsewhere_changes_nothing(store, client):
    assert send(client, url(store), answers={"p_poor": 30}) == 204
    later = begin(store)
    assert send(client, url(store), answers={"p_poor": 70}, sitting=later) == 204
    assert send(client, url(store), answers={"p_poor": 30}, viewing=VIEWING | {"measurements": []}) == 409
    draft = store.draft(KEY, "Ana", store.worklist(KEY, "Ana").next_step)
    assert (draft.answers, draft.viewing["measurements"]) == ({"p_poor": 70}, VIEWING["measurements"])


def test_typed_answers_are_taken_only_where_they_can_be_answers():
    typed = {"p_poor": 70.0, "comment": "x", "prognosis": "fine", "unknown": 1}
    questions = tuple(STANDARD.values())
    assert draft_route.taken(questions, typed) == {"p_poor": 70, "comment": "x"}
    assert draft_route.taken(questions, {"p_poor": 101}) == {}
    assert draft_route.taken(questions, {"p_poor": None}) == {"p_poor": None}
