"""Sign-in, joining, invitation and sign-out as plain HTML forms that post to the routes; no Streamlit here.

A cookie that scripts cannot read can only be set by an answer to the browser itself, so these are not widgets.
Streamlit's sanitizer drops inputs named like a form's own properties ("name", "role", "title"): avoid those.
"""

from html import escape

from reader_study.access.accounts import PASSWORD_LENGTH, USERNAME_LENGTH
from reader_study.study.definition import TITLE_LENGTH


def _field(name: str, label: str, extra: str) -> str:
    return f'<label>{escape(label)}<input name="{name}" required {extra}></label>'


def _form(action: str, *, body: str, button: str, quiet: bool = False) -> str:
    look = "ich-form ich-quiet" if quiet else "ich-form"
    return f'<form class="{look}" action="auth/{action}" method="post">{body}<button>{escape(button)}</button></form>'


def _new_password() -> str:
    shortest, longest = PASSWORD_LENGTH
    limits = f'type="password" minlength="{shortest}" maxlength="{longest}" autocomplete="new-password"'
    return _field("password", f"Choose a password, at least {shortest} characters", limits)


def sign_in() -> str:
    """User name and password."""
    body = _field("username", "User name", 'type="text" autocomplete="username"')
    body += _field("password", "Password", 'type="password" autocomplete="current-password"')
    return _form("login", body=body, button="Sign in")


def demo_coordinator() -> str:
    """One button that enters the demo study as its coordinator."""
    return _form("demo", body="", button="Enter as demo coordinator", quiet=True)


def demo_reader() -> str:
    """A name and a password: a new reader of the demo study."""
    name = _field("display_name", "Your name in the study",
                  f'type="text" maxlength="{USERNAME_LENGTH}" autocomplete="username"')
    return _form("join", body=name + _new_password(), button="Join the demo as a reader", quiet=True)


def accept_invitation(token: str) -> str:
    """The first password of an invited person."""
    hidden = f'<input name="token" type="hidden" value="{escape(token)}">'
    return _form("invite", body=hidden + _new_password(), button="Set password and enter")


def enter_with(ticket: str, *, who: str, provider: str) -> str:
    """One button that signs in whoever the provider says that they are."""
    hidden = f'<input name="ticket" type="hidden" value="{escape(ticket)}">'
    return _form("enter", body=hidden, button=f"Continue as {who} ({provider})", quiet=True)


def set_up(token: str) -> str:
    """A new study: its key and title, and its coordinator's name and password."""
    hidden = f'<input name="token" type="hidden" value="{escape(token)}">'
    body = _field("study_title", "Title of the study", f'type="text" maxlength="{TITLE_LENGTH}"')
    body += _field("study_key", "Key, for addresses and folders", 'type="text" maxlength="60" pattern="[a-z0-9\\-]+" '
                   'title="a-z, 0-9 and -" placeholder="ich-2026"')
    body += _field("display_name", "Your name", f'type="text" maxlength="{USERNAME_LENGTH}" autocomplete="username"')
    return _form("setup", body=hidden + body + _new_password(), button="Create the study and enter")


def signed_in_as(display_name: str, role: str) -> str:
    """The line at the top right: who is signed in, and the way out."""
    who = f"<span>{escape(display_name)} · {escape(role)}</span>"
    return f'<form class="ich-who" action="auth/logout" method="post">{who}<button>Sign out</button></form>'
