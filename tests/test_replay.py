"""One reader's addresses with another's cookie: what opened for the one is the same 404 for everyone it is not for."""

from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from pages.shared import data_routes, resources
from pages.shared.security import SecurityHeaders
from reader_study import accounts, forgetting, passwords
from reader_study.store import Store
from tests import app_study
from tests.app_study import KEY, MAP, OTHER, PASSWORD
from tests.small_study import lock_all

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
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
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
