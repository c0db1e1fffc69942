"""Sign-in, sign-out, joining and invitations: forms in, a session cookie and a redirect to the welcome page out."""

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from pages.shared import resources
from pages.shared.account.notices import Notice
from pages.shared.security import form_is_ours, over_https
from reader_study.access import accounts, oidc, setup_links
from reader_study.access.accounts import PASSWORD_LENGTH
from reader_study.store.account_queries import AccountRefused

MAX_FORM_BYTES = 16_000
Fields = dict[str, str]
Outcome = tuple[str | None, Notice | None]
"""A new session's token, or None, and what the welcome page has to say."""


def _login(fields: Fields, _token: str | None) -> Outcome:
    token = accounts.sign_in(resources.store(), fields.get("username", ""), fields.get("password", ""))
    return token, None if token else Notice.WRONG_SIGN_IN


def _logout(_fields: Fields, token: str | None) -> Outcome:
    accounts.sign_out(resources.store(), token)
    return None, Notice.SIGNED_OUT


def _join(fields: Fields, _token: str | None) -> Outcome:
    demo = resources.demo_study()
    if demo is None:
        return None, Notice.NO_DEMO
    if not _fits(password := fields.get("password", "")):
        return None, Notice.BAD_PASSWORD
    try:
        name = fields.get("display_name", "")
        return accounts.join_demo(resources.store(), demo.key, name, password), Notice.WELCOME
    except AccountRefused:
        return None, Notice.NAME_NOT_USABLE


def _demo_coordinator(_fields: Fields, _token: str | None) -> Outcome:
    demo = resources.demo_study()
    if demo is None:
        return None, Notice.NO_DEMO
    return accounts.enter_demo_coordinator(resources.store(), demo.key), None


def _invite(fields: Fields, _token: str | None) -> Outcome:
    if not _fits(password := fields.get("password", "")):
        return None, Notice.BAD_PASSWORD
    try:
        return accounts.accept(resources.store(), fields.get("token", ""), password), Notice.WELCOME
    except AccountRefused:
        return None, Notice.INVITE_NOT_VALID


def _set_up(fields: Fields, _token: str | None) -> Outcome:
    if not _fits(password := fields.get("password", "")):
        return None, Notice.BAD_PASSWORD
    try:
        return setup_links.set_up(
            resources.store(), fields.get("token", ""), key=fields.get("study_key", "").strip(),
            title=fields.get("study_title", ""), name=fields.get("display_name", ""), password=password,
        ), Notice.STUDY_MADE
    except AccountRefused:
        return None, Notice.SETUP_NOT_VALID
    except ValueError:
        return None, Notice.STUDY_NOT_USABLE


def _enter(fields: Fields, _token: str | None) -> Outcome:
    try:
        return oidc.enter(resources.store(), fields.get("ticket", "")), None
    except AccountRefused:
        return None, Notice.IDENTITY_NOT_KNOWN


def _fits(password: str) -> bool:
    shortest, longest = PASSWORD_LENGTH
    return shortest <= len(password) <= longest


def _endpoint(act: Callable[[Fields, str | None], Outcome]) -> Callable[[Request], Awaitable[Response]]:
    """A request handler around one act; the act hashes passwords and writes, so it runs in a thread."""
    async def handle(request: Request) -> Response:
        if not form_is_ours(request):
            return PlainTextResponse("Forms are taken from this site's own pages only.", 403)
        if int(request.headers.get("content-length") or MAX_FORM_BYTES + 1) > MAX_FORM_BYTES:
            return PlainTextResponse("This form is too large.", 413)
        async with request.form(max_files=0, max_fields=10) as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        token, notice = await run_in_threadpool(act, fields, request.cookies.get(resources.COOKIE))
        return _answer(request, token, notice)

    return handle


def _answer(request: Request, token: str | None, notice: Notice | None) -> Response:
    """Back to the welcome page: with a cookie where someone came in, without one where someone went."""
    target = f"../?notice={notice}" if notice else "../"
    response = RedirectResponse(target, 303, headers={"Cache-Control": "no-store"})
    if token:
        response.set_cookie(resources.COOKIE, token, httponly=True, samesite="strict", secure=over_https(request))
    elif notice is Notice.SIGNED_OUT:
        response.delete_cookie(resources.COOKIE, httponly=True, samesite="strict", secure=over_https(request))
    return response


ROUTES = [
    Route("/auth/login", _endpoint(_login), methods=["POST"]),
    Route("/auth/logout", _endpoint(_logout), methods=["POST"]),
    Route("/auth/join", _endpoint(_join), methods=["POST"]),
    Route("/auth/demo", _endpoint(_demo_coordinator), methods=["POST"]),
    Route("/auth/invite", _endpoint(_invite), methods=["POST"]),
    Route("/auth/enter", _endpoint(_enter), methods=["POST"]),
    Route("/auth/setup", _endpoint(_set_up), methods=["POST"]),
]
