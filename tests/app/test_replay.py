"""One reader's addresses, drafts and page calls with another's cookie: what opened for the one is the same 404 for
everyone it is not for, and nothing is kept under the wrong name."""

from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from pages.shared import resources
from pages.shared import routes as data_routes
from pages.shared.reading import desk
from pages.shared.security import SecurityHeaders
from reader_study.access import accounts, erasure
from reader_study.store import drafts
from reader_study.store.store import Store
from tests.support import app_study
from tests.support.app_study import KEY, MAP, OTHER, PASSWORD
from tests.support.desk_client import ALL_ANSWERS, DeskClient
from tests.support.small_study import lock_all

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
    erasure.forget(replay.store, KEY, "Ana")
    assert replay.statuses(replay.ana) == [404] * 4


def test_no_cookie_is_an_invitation_or_the_other_way_round(replay):
    token = accounts.invite(replay.store, KEY, "Eve")
    assert replay.statuses(token) == [404] * 4
    with pytest.raises(accounts.AccountRefused, match="invitation: it is unknown"):
        accounts.accept(replay.store, replay.ana, PASSWORD)


# What a form still sends when the cookie is another's


def kept(store: Store, *readers: str) -> list[dict]:
    """The answers kept of every step of some readers."""
    found = [store.draft(KEY, reader, step) for reader in readers for step in store.worklist(KEY, reader).steps]
    return [dict(draft.answers) for draft in found if draft]


@dataclass(frozen=True)
class Beginners:
    """Eve's form, and two more readers at their first reads: one of another case than hers, one of the same."""

    eve: DeskClient
    other: str
    same: str

    def under(self, token: str | None) -> DeskClient:
        """Eve's form, sending another cookie."""
        self.eve.http.cookies.clear()
        if token:
            self.eve.http.cookies.set(resources.COOKIE, token)
        return self.eve


@pytest.fixture
def beginners(replay) -> Beginners:
    """Eve and two others at their first reads."""
    first = {name: (app_study.reader(name), replay.store.worklist(KEY, name).next_step)
             for name in ("Eve", "Fay", "Gus", "Hal", "Ida", "Jon")}
    step = first["Eve"][1]
    other = next(name for name, (_, theirs) in first.items() if theirs != step)
    same = next(name for name, (_, theirs) in first.items() if theirs == step and name != "Eve")
    return Beginners(DeskClient(first["Eve"][0]).sit_down(), other, same)


def sign_in(replay: Replay, reader: str) -> str | None:
    """Another session of a reader: its token."""
    return accounts.sign_in(replay.store, reader, PASSWORD)


def test_a_draft_sent_with_anothers_cookie_is_kept_for_nobody(replay, beginners):
    for token in (sign_in(replay, beginners.other), None, "guess", app_study.coordinator()):
        assert beginners.under(token).answer(comment="hers").status_code == 404
    assert kept(replay.store, "Eve", beginners.other) == []


def test_a_draft_of_a_read_that_both_have_next_is_kept_for_neither(replay, beginners):
    assert beginners.under(sign_in(replay, beginners.same)).answer(comment="hers").status_code == 404
    assert kept(replay.store, "Eve", beginners.same) == []


def test_a_draft_cannot_be_sent_by_anothers_site(replay, beginners):
    assert beginners.eve.save(headers={"origin": "http://elsewhere"}).status_code == 404
    assert kept(replay.store, "Eve") == []


@pytest.mark.parametrize("who", ["other", "same", "nobody"])
def test_a_form_that_outlives_its_cookie_locks_nothing_for_its_reader(replay, beginners, who):
    beginners.eve.answer(prognosis="good")
    token = sign_in(replay, getattr(beginners, who)) if who != "nobody" else None
    form = beginners.under(token)
    form.answers |= ALL_ANSWERS
    statuses = [form.save().status_code, form.lock().status_code]
    assert statuses == [404, 404]
    assert kept(replay.store, "Eve") == [{"prognosis": "good"}]
    assert {stored.read.reader for stored in replay.store.reads(KEY)} == {"Ana"}


def test_a_tab_is_not_taken_for_another_reader(replay, beginners):
    drafts.take(replay.store, KEY, "Eve", "her first tab")
    asked = {"reader": "Eve", "tab": "this tab", "take": True}
    other = beginners.under(sign_in(replay, beginners.other))
    assert other.ask("POST", desk.address(KEY), asked).status_code == 404
    assert drafts.holder(replay.store, KEY, "Eve") == "her first tab"
