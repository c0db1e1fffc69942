"""One reader's addresses, drafts and page calls with another's cookie: what opened for the one is the same 404 for
everyone it is not for, and nothing is kept under the wrong name."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.shared import data_routes, draft_route, resources
from pages.shared.security import SecurityHeaders
from reader_study import accounts, forgetting, reading_tab
from reader_study.reads import Step
from reader_study.store import Store
from tests import app_study
from tests.app_study import KEY, MAP, OTHER, PASSWORD
from tests.small_study import lock_all

PAGES = Path(__file__).resolve().parents[1] / "pages"
ORIGIN = {"origin": "http://testserver"}
SCAN = f"/data/{KEY}/case-001/volume"
RESULTS = (f"/export/{KEY}/performance.csv", f"/export/{KEY}/tables.zip")
ADDRESSES = (SCAN, MAP, *RESULTS)


@dataclass(frozen=True)
class Replay:
    """The app's routes, its store, and Ana, who has read all of an unlocked study."""

    client: TestClient
    store: Store
    ana: str  # her session's token

    def statuses(self, token: str | None) -> list[int]:
        """What each of Ana's addresses answers to a cookie; every refusal must look like that to a stranger."""
        self.client.cookies.clear()
        stranger = self.client.get("/data/none/none/volume")
        if token is not None:
            self.client.cookies.set(resources.COOKIE, token)
        answers = [self.client.get(address) for address in ADDRESSES]
        assert all((answer.content, answer.headers) == (stranger.content, stranger.headers)
                   for answer in answers if answer.status_code != 200)
        return [answer.status_code for answer in answers]


@pytest.fixture
def replay(tmp_path, monkeypatch):
    """Ana at the end of her reads."""
    store = app_study.open_workspace(tmp_path, monkeypatch)
    app_study.write_scan()
    ana = app_study.reader("Ana")
    lock_all(store, "Ana")
    store.set_unlocked(KEY)
    app = Starlette(routes=data_routes.ROUTES, middleware=[Middleware(SecurityHeaders)])
    yield Replay(TestClient(app, follow_redirects=False), store, ana)
    store.close()
    resources.forget()


def test_she_opens_all_of_them_herself(replay):
    assert replay.statuses(replay.ana) == [200] * 4


def test_without_a_cookie_none_opens(replay):
    assert replay.statuses(None) == replay.statuses("guess") == [404] * 4


def test_another_reader_of_the_study_gets_the_scan_only(replay):
    assert replay.statuses(app_study.reader("Ben")) == [200, 404, 404, 404]


def test_people_of_another_study_get_nothing(replay):
    accounts.accept(replay.store, accounts.invite(replay.store, OTHER, "Cem"), PASSWORD)
    boss = accounts.invite(replay.store, OTHER, "Dea", role=accounts.Role.COORDINATOR)
    for token in (accounts.sign_in(replay.store, "Cem", PASSWORD), accounts.accept(replay.store, boss, PASSWORD)):
        assert replay.statuses(token) == [404] * 4


def test_her_own_cookie_opens_nothing_after_she_signed_out(replay):
    accounts.sign_out(replay.store, replay.ana)
    assert replay.statuses(replay.ana) == [404] * 4


def test_her_own_cookie_opens_nothing_after_she_was_forgotten(replay):
    forgetting.forget(replay.store, KEY, "Ana")
    assert replay.statuses(replay.ana) == [404] * 4


def test_no_cookie_is_an_invitation_or_the_other_way_round(replay):
    token = accounts.invite(replay.store, KEY, "Eve")
    assert replay.statuses(token) == [404] * 4
    with pytest.raises(accounts.AccountRefused, match="invitation: it is unknown"):
        accounts.accept(replay.store, replay.ana, PASSWORD)


# What a page or a draft still sends when the cookie is another's


def post_draft(replay: Replay, token: str | None, step: Step, **sent: object) -> int:
    """What a draft of a step answers to a cookie."""
    replay.client.cookies.clear()
    if token:
        replay.client.cookies.set(resources.COOKIE, token)
    sitting = app_study.begin_sitting(replay.store, token)
    body = {"tab": "a tab", "sitting": sitting, "answers": {"comment": "hers"}, "viewing": {}} | sent
    return replay.client.post(f"/{draft_route.address(KEY, step)}", json=body, headers=ORIGIN).status_code


def drafts(store: Store, *readers: str) -> list[dict]:
    """The answers kept of every step of some readers."""
    kept = [store.draft(KEY, reader, step) for reader in readers for step in store.worklist(KEY, reader).steps]
    return [dict(draft.answers) for draft in kept if draft]


@pytest.fixture
def beginners(replay) -> tuple[str, str, str]:
    """Two readers at their first reads, which are of different cases, and one whose first read is Eve's too: tokens."""
    first = {name: (app_study.reader(name), replay.store.worklist(KEY, name).next_step)
             for name in ("Eve", "Fay", "Gus", "Hal", "Ida", "Jon")}
    step = first["Eve"][1]
    other = next(name for name, (_, theirs) in first.items() if theirs != step)
    same = next(name for name, (_, theirs) in first.items() if theirs == step and name != "Eve")
    return other, same, first["Eve"][0]


def test_a_draft_sent_with_anothers_cookie_is_kept_for_nobody(replay, beginners):
    other, _same, _token = beginners
    step = replay.store.worklist(KEY, "Eve").next_step
    token = accounts.sign_in(replay.store, other, PASSWORD)
    assert [post_draft(replay, held, step) for held in (token, None, "guess")] == [404] * 3
    assert drafts(replay.store, "Eve", other) == []


def test_a_draft_of_a_read_that_both_have_next_is_the_cookies_holders(replay, beginners):
    _other, same, _token = beginners
    step = replay.store.worklist(KEY, "Eve").next_step
    assert post_draft(replay, accounts.sign_in(replay.store, same, PASSWORD), step, reader="Eve", person="Eve") == 204
    assert drafts(replay.store, "Eve") == []
    assert drafts(replay.store, same) == [{"comment": "hers"}]


def test_a_draft_cannot_be_sent_for_someone_by_a_coordinator_or_by_anothers_site(replay, beginners):
    step = replay.store.worklist(KEY, "Eve").next_step
    assert post_draft(replay, app_study.coordinator(), step) == 404
    replay.client.cookies.set(resources.COOKIE, beginners[2])
    foreign = replay.client.post(f"/{draft_route.address(KEY, step)}", json={}, headers={"origin": "http://elsewhere"})
    assert foreign.status_code == 404
    assert drafts(replay.store, "Eve") == []


def opened(monkeypatch: pytest.MonkeyPatch, token: str | None, *, file: str = "read") -> AppTest:
    """A page as the holder of a cookie sees it."""
    monkeypatch.setattr(resources, "session_token", lambda: token)
    return AppTest.from_file(PAGES / f"{file}.py", default_timeout=120).run()


def press(page: AppTest, label: str) -> AppTest:
    """The page after a press on the button with that label."""
    page = next(button for button in page.button if button.label == label).click().run()
    assert [error.message for error in page.exception] == []
    return page


@pytest.mark.parametrize("label", ["Poor", "Lock read"])
@pytest.mark.parametrize("switched", ["to another reader", "to one with the same read next", "signed out"])
def test_a_form_that_outlives_its_cookie_keeps_and_locks_nothing(replay, beginners, monkeypatch, label, switched):
    other, same, token = beginners
    page = press(opened(monkeypatch, token), "Good")
    held = {"to another reader": other, "to one with the same read next": same}.get(switched)
    now = accounts.sign_in(replay.store, held, PASSWORD) if held else None
    before = drafts(replay.store, "Eve")
    monkeypatch.setattr(resources, "session_token", lambda: now)
    page = press(page, label)
    assert drafts(replay.store, "Eve") == before == [{"prognosis": "good"}]
    assert drafts(replay.store, other, same) == []
    assert {stored.read.reader for stored in replay.store.reads(KEY)} == {"Ana"}


def test_what_one_reader_typed_is_not_shown_to_the_next_at_the_same_browser(replay, beginners, monkeypatch):
    _other, same, token = beginners
    page = opened(monkeypatch, token)
    page.text_area[0].set_value("her own words").run()
    now = accounts.sign_in(replay.store, same, PASSWORD)
    monkeypatch.setattr(resources, "session_token", lambda: now)
    page.run()
    assert page.text_area[0].value in (None, "")


def test_a_tab_is_not_taken_for_another_reader(replay, beginners, monkeypatch):
    other, _same, token = beginners
    reading_tab.take(replay.store, KEY, "Eve", "her first tab")
    page = opened(monkeypatch, token)
    page.session_state["flag-tab"] = "her second tab"
    page.run()
    now = accounts.sign_in(replay.store, other, PASSWORD)
    monkeypatch.setattr(resources, "session_token", lambda: now)
    press(page, "Read here")
    assert reading_tab.holder(replay.store, KEY, "Eve") == "her first tab"
