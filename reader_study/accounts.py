"""Signing in: passwords (argon2), invitations, browser sessions, and the demo study's open door.

Tokens are 32 random bytes; the database holds only their SHA-256, so a stolen copy of it opens nothing.
"""

import secrets
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Connection, Row, select

from reader_study import audit, people
from reader_study.design import Person, Role, Study
from reader_study.schema import account, browser_session, invitation
from reader_study.schema import study as study_table
from reader_study.store import Store

PASSWORD_LENGTH = (8, 200)  # characters; NIST SP 800-63B asks for at least 8
USERNAME_LENGTH = 60  # characters
INVITATION_LIFE = timedelta(days=7)
SESSION_IDLE = timedelta(hours=8)
SESSION_TOUCH = timedelta(minutes=1)  # how stale "last seen" may be: not every request writes
FAILURES_ALLOWED = 5
LOCK_OUT = timedelta(minutes=5)

_hasher = PasswordHasher()


class AccountRefused(ValueError):
    """A name, a password or an invitation that cannot be taken; the sentence is for the person at the form."""


@cache
def _nobodys_hash() -> str:
    """A hash that no password has, verified for unknown names so that they take as long as known ones."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except VerifyMismatchError:
        return False


def _check_password(password: str) -> None:
    low, high = PASSWORD_LENGTH
    if not low <= len(password) <= high:
        raise AccountRefused(f"password: expected {low} to {high} characters, got {len(password)}")


def _check_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= USERNAME_LENGTH or not name.isprintable():
        raise AccountRefused(f"name: expected 1 to {USERNAME_LENGTH} printable characters, got {name[:80]!r}")
    return name


def _add(
    connection: Connection, store: Store, *, study_key: str, name: str, role: Role,
    display_name: str | None = None, password_hash: str | None = None, simulated: bool = False,
) -> Row:
    """Add an account and return its row; AccountRefused where the name is taken, in any case."""
    name = _check_name(name)
    if people.find(connection, name) is not None:
        raise AccountRefused(f"name: {name!r} is taken, choose another one")
    connection.execute(account.insert().values(
        study_key=study_key, username=name, username_folded=people.folded(name),
        display_name=_check_name(display_name or name), role=role.value, simulated=simulated,
        password_hash=password_hash, failures=0, created_at=store.now(),
    ))
    return people.find(connection, name)


def _begin_session(connection: Connection, account_id: int, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    connection.execute(browser_session.delete().where(browser_session.c.last_seen_at < now - SESSION_IDLE))
    connection.execute(browser_session.insert().values(
        token_sha256=_digest(token), account_id=account_id, last_seen_at=now
    ))
    return token


def sign_in(store: Store, username: str, password: str) -> str | None:
    """A new session's token; None for a wrong name, a wrong password and a locked account alike.

    After five failures in a row an account is locked for five minutes. The slow hash is computed in every case, and
    outside any transaction, so that the answer and its time do not tell which of the three it was.
    """
    with store.reading() as connection:
        row = people.find(connection, username)
    now = store.now()
    can_sign_in = row is not None and row.password_hash is not None
    right = _matches(row.password_hash if can_sign_in else _nobodys_hash(), password)
    if not can_sign_in or (row.locked_until is not None and now < row.locked_until):
        return None
    with store.writing() as connection:
        if not right:
            _count_failure(connection, row, now)
            return None
        new_hash = _hasher.hash(password) if _hasher.check_needs_rehash(row.password_hash) else row.password_hash
        connection.execute(account.update().where(account.c.id == row.id).values(
            failures=0, locked_until=None, password_hash=new_hash
        ))
        return _begin_session(connection, row.id, now)


def _count_failure(connection: Connection, row: Row, now: datetime) -> None:
    failures = connection.scalar(
        account.update().where(account.c.id == row.id).values(failures=account.c.failures + 1)
        .returning(account.c.failures)
    )
    if failures >= FAILURES_ALLOWED:
        connection.execute(account.update().where(account.c.id == row.id).values(
            failures=0, locked_until=now + LOCK_OUT
        ))
        audit.append(connection, at=now, action="account_locked_out", study_key=row.study_key, account_id=row.id)


def person(store: Store, token: str | None) -> Person | None:
    """Who holds a session token; None where it is unknown or was idle for eight hours."""
    if not token:
        return None
    now = store.now()
    with store.reading() as connection:
        row = connection.execute(
            select(account, browser_session.c.last_seen_at).join(browser_session)
            .where(browser_session.c.token_sha256 == _digest(token))
        ).one_or_none()
    if row is None or now - row.last_seen_at > SESSION_IDLE:
        return None
    if now - row.last_seen_at > SESSION_TOUCH:
        with store.writing() as connection:
            connection.execute(browser_session.update().where(browser_session.c.token_sha256 == _digest(token))
                               .values(last_seen_at=now))
    return people.person_of(row)


def sign_out(store: Store, token: str | None) -> None:
    """End a session; an unknown token ends nothing."""
    with store.writing() as connection:
        connection.execute(browser_session.delete().where(browser_session.c.token_sha256 == _digest(token or "")))


def invite(
    store: Store, study_key: str, name: str, *, role: Role = Role.READER, display_name: str | None = None,
    by: str | None = None,
) -> str:
    """A one-use token with which a person sets their first password within seven days.

    Inviting a name that has no password yet replaces its earlier invitation. `by` is a coordinator's username; None
    is the command line.
    """
    store.study(study_key)
    token, now = secrets.token_urlsafe(32), store.now()
    with store.writing() as connection:
        actor = people.acting_coordinator(connection, study_key, by)
        row = people.find(connection, name)
        if row is None:
            row = _add(connection, store, study_key=study_key, name=name, role=role, display_name=display_name)
        elif row.password_hash is not None or row.simulated or (row.study_key, row.role) != (study_key, role):
            raise AccountRefused(f"name: {name!r} is taken, choose another one")
        connection.execute(invitation.delete().where(invitation.c.account_id == row.id))
        connection.execute(invitation.insert().values(
            token_sha256=_digest(token), account_id=row.id, expires_at=now + INVITATION_LIFE
        ))
        audit.append(connection, at=now, action="person_invited", study_key=study_key, account_id=actor,
                     invited=row.id, role=role.value)
    return token


def invited(store: Store, token: str) -> Person | None:
    """Whom an invitation is for; None where it is unknown, used or expired."""
    with store.reading() as connection:
        row = _invitation_row(connection, token, store.now())
        return None if row is None else people.person_of(row)


def _invitation_row(connection: Connection, token: str, now: datetime) -> Row | None:
    return connection.execute(
        select(account).join(invitation)
        .where(invitation.c.token_sha256 == _digest(token), invitation.c.expires_at > now)
    ).one_or_none()


def accept(store: Store, token: str, password: str) -> str:
    """Set the first password of an invited person and sign them in: a session's token. The invitation is used up."""
    _check_password(password)
    password_hash, now = _hasher.hash(password), store.now()
    with store.writing() as connection:
        row = _invitation_row(connection, token, now)
        if row is None:
            raise AccountRefused("invitation: it is unknown, used or older than seven days: ask for a new one")
        connection.execute(invitation.delete().where(invitation.c.account_id == row.id))
        connection.execute(account.update().where(account.c.id == row.id).values(password_hash=password_hash))
        audit.append(connection, at=now, action="invitation_accepted", study_key=row.study_key, account_id=row.id)
        return _begin_session(connection, row.id, now)


def add_simulated(store: Store, study_key: str, name: str, *, display_name: str | None = None) -> Person:
    """Add a simulated reader: an account with reads that nobody can sign in to."""
    store.study(study_key)
    with store.writing() as connection:
        row = _add(connection, store, study_key=study_key, name=name, role=Role.READER, display_name=display_name,
                   simulated=True)
        audit.append(connection, at=store.now(), action="simulated_reader_added", study_key=study_key, reader=row.id)
    return people.person_of(row)


def _demo(store: Store, study_key: str) -> Study:
    demo = store.study(study_key)
    if not demo.demo:
        raise AccountRefused(f"study {study_key} is not a demo study: expected an invitation")
    return demo


def join_demo(store: Store, study_key: str, display_name: str, password: str) -> str:
    """Make a new reader of a demo study, whose name signs in from then on, and a session: its token."""
    demo = _demo(store, study_key)
    _check_password(password)
    password_hash, now = _hasher.hash(password), store.now()
    with store.writing() as connection:
        row = _add(connection, store, study_key=demo.key, name=display_name, role=Role.READER,
                   password_hash=password_hash)
        audit.append(connection, at=now, action="reader_joined", study_key=demo.key, account_id=row.id)
        return _begin_session(connection, row.id, now)


def enter_demo_coordinator(store: Store, study_key: str) -> str:
    """A session of a demo study's coordinator, an account without a password that opens only this way: its token."""
    demo = _demo(store, study_key)
    name, now = f"{demo.key} coordinator", store.now()
    with store.writing() as connection:
        # Two first visitors at once would both add the account: on PostgreSQL this row makes them queue.
        connection.execute(select(study_table.c.key).where(study_table.c.key == demo.key).with_for_update())
        row = people.find(connection, name)
        if row is None:
            row = _add(connection, store, study_key=demo.key, name=name, role=Role.COORDINATOR)
            audit.append(connection, at=now, action="demo_coordinator_added", study_key=demo.key, account_id=row.id)
        return _begin_session(connection, row.id, now)
