"""Signing in by an OpenID provider: what binds an identity to an account, and what then opens it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_auth_routes import create_auth_routes

from pages.shared import resources
from pages.shared.account import routes as sign_in_routes
from reader_study.access import accounts, erasure, oidc
from reader_study.store.account_queries import AccountRefused
from reader_study.store.schema import meta
from tests.support import app_study
from tests.support.app_study import OTHER, PASSWORD
from tests.support.small_study import Clock

WELCOME = Path(__file__).resolve().parents[3] / "pages" / "welcome.py"
IDENTITY = "https://id.example|1234"
AUTH = {"auth": {"title": "Example University", "client_id": "x", "client_secret": "y", "cookie_secret": "z" * 32,
                 "redirect_uri": "http://localhost/oauth2callback", "server_metadata_url": "https://id.example/.well"}}
AT_PROVIDER = {"is_logged_in": True, "iss": "https://id.example", "sub": "1234", "email": "cem@id.example"}


def bound(store, name: str = "ana2", identity: str = IDENTITY) -> str:
    """The session of a new reader who came by an invitation and a provider."""
    invitation = accounts.invite(store, "small", name)
    return oidc.enter(store, oidc.ticket(store, identity, invited_by=invitation))


def test_an_invitation_binds_an_identity_which_then_signs_in(new_store):
    store = new_store()
    assert accounts.person(store, bound(store)).username == "ana2"
    again = oidc.enter(store, oidc.ticket(store, IDENTITY))
    assert accounts.person(store, again) == oidc.person(store, IDENTITY)
    assert [entry.action for entry in store.audit("small")].count("identity_bound") == 1


def test_neither_ticket_nor_invitation_works_twice(new_store):
    store = new_store()
    invitation = accounts.invite(store, "small", "ana2")
    ticket, second = (oidc.ticket(store, IDENTITY, invited_by=invitation) for _ in range(2))
    oidc.enter(store, ticket)
    with pytest.raises(AccountRefused, match="ticket: it is unknown, used"):
        oidc.enter(store, ticket)
    with pytest.raises(AccountRefused, match="invitation: it is unknown, used"):
        oidc.enter(store, second)
    with pytest.raises(AccountRefused, match="invitation: it is unknown, used"):
        accounts.accept(store, invitation, PASSWORD)


def test_a_ticket_works_for_ten_minutes(new_store):
    store = new_store()
    bound(store)
    ticket = oidc.ticket(store, IDENTITY)
    clock = Clock()
    clock.time = store.now() + oidc.TICKET_LIFE + timedelta(seconds=1)
    store.now = clock
    with pytest.raises(AccountRefused, match="older than ten minutes"):
        oidc.enter(store, ticket)


def test_the_database_does_not_hold_the_ticket(new_store):
    store = new_store()
    ticket = oidc.ticket(store, IDENTITY)
    with store.reading() as connection:
        assert not any(ticket in row.value for row in connection.execute(meta.select()))


def test_an_identity_without_an_account_opens_nothing(new_store):
    store = new_store()
    assert oidc.person(store, IDENTITY) is None
    with pytest.raises(AccountRefused, match="belongs to no account"):
        oidc.enter(store, oidc.ticket(store, IDENTITY))


def test_an_identity_opens_one_account_only(new_store):
    store = new_store()
    bound(store)
    with pytest.raises(AccountRefused, match="belongs to another account"):
        bound(store, "ben2")
    assert oidc.person(store, IDENTITY).username == "ana2"


def test_an_account_with_an_identity_has_no_password_and_a_new_password_ends_the_identity(new_store):
    store = new_store()
    accounts.accept(store, accounts.invite(store, "small", "ana2"), PASSWORD)
    session = bound(store)
    assert accounts.sign_in(store, "ana2", PASSWORD) is None
    accounts.accept(store, accounts.invite(store, "small", "ana2"), PASSWORD)
    assert oidc.person(store, IDENTITY) is None
    assert accounts.person(store, session) is None


def test_who_was_forgotten_is_not_found_by_their_identity(new_store):
    store = new_store()
    bound(store)
    erasure.forget(store, "small", "ana2")
    assert oidc.person(store, IDENTITY) is None


@pytest.mark.parametrize(("issuer", "subject"), [("", "1"), ("https://id", ""), ("a|b", "1"), ("a", "1" * 299)])
def test_an_identity_has_an_issuer_and_a_subject(issuer, subject):
    with pytest.raises(AccountRefused, match="identity: expected issuer and subject"):
        oidc.identity_of(issuer, subject)


# The pages and routes


@pytest.fixture
def opened(store, monkeypatch) -> Callable[..., AppTest]:
    """Opens the welcome page, with or without a provider, signed in there or not."""
    def open_page(*, secrets: dict = AUTH, user: dict | None = None, token: str | None = None, **query: str) -> AppTest:
        monkeypatch.setattr(resources, "session_token", lambda: token)
        page = AppTest.from_file(WELCOME, default_timeout=60)
        page.secrets, page.user = dict(secrets), user or {"is_logged_in": False}
        page.query_params.update(query)
        page.run()
        assert [error.message for error in page.exception] == []
        return page

    return open_page


def forms(page: AppTest) -> str:
    """The HTML of the page."""
    return "".join(element.proto.body for element in page.get("html"))


@pytest.mark.parametrize("query", [{}, {"invite": "invited"}])
def test_without_a_provider_nothing_of_it_shows(opened, store, query):
    token = accounts.invite(store, OTHER, "Cem")
    page = opened(secrets={}, user=AT_PROVIDER, **dict.fromkeys(query, token))
    assert "auth/enter" not in forms(page)
    assert len(page.button) == 0


def test_the_way_to_the_provider_stands_beside_the_password(opened, store):
    for query in ({}, {"invite": accounts.invite(store, OTHER, "Cem")}):
        assert [button.label for button in opened(**query).button] == ["Continue with Example University"]


def test_back_from_the_provider_one_press_accepts_the_invitation_and_later_signs_in(opened, store):
    client = TestClient(Starlette(routes=sign_in_routes.ROUTES), follow_redirects=False)
    for query in ({"invite": accounts.invite(store, OTHER, "Cem")}, {}):
        shown = forms(opened(user=AT_PROVIDER, **query))
        assert "Continue as cem@id.example (Example University)" in shown
        ticket = shown.partition('name="ticket" type="hidden" value="')[2].partition('"')[0]
        answer = client.post("/auth/enter", data={"ticket": ticket}, headers={"origin": "http://testserver"})
        cookie = answer.headers["set-cookie"].lower()
        assert ("httponly" in cookie, "samesite=strict" in cookie) == (True, True)
        assert accounts.person(store, answer.cookies[resources.COOKIE]).username == "Cem"


def test_who_has_no_account_is_told_to_open_the_invitation(opened):
    page = opened(user=AT_PROVIDER)
    assert "Open your invitation link again" in page.info[0].value
    assert "auth/enter" not in forms(page)


def test_a_ticket_that_does_not_work_says_so(store):
    client = TestClient(Starlette(routes=sign_in_routes.ROUTES), follow_redirects=False)
    answer = client.post("/auth/enter", data={"ticket": "guess"}, headers={"origin": "http://testserver"})
    assert answer.headers["location"] == "../?notice=identity-not-known"
    assert "set-cookie" not in answer.headers


def test_signing_out_ends_the_session_at_the_provider_too(opened):
    page = opened(user=AT_PROVIDER, notice="signed-out")
    assert page.user == {"is_logged_in": False}


def test_streamlits_routes_and_ours_of_the_same_name_do_not_meet(store):
    app_study.reader("Ana")
    client = TestClient(Starlette(routes=[*sign_in_routes.ROUTES, *create_auth_routes("")]), follow_redirects=False)
    entered = client.post("/auth/login", data={"username": "Ana", "password": PASSWORD},
                          headers={"origin": "http://testserver"})
    assert (entered.status_code, resources.COOKIE in entered.cookies) == (303, True)
    assert [client.get(f"/auth/{name}").status_code for name in ("login", "logout")] == [302, 302]
