"""Signing in: invitations, browser sessions, and the demo study's open door.

Of invitations and sessions the database holds only what `tokens` makes of them.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from reader_study.access import passwords, tokens
from reader_study.access.passwords import PASSWORD_LENGTH as PASSWORD_LENGTH
from reader_study.store import account_queries, audit
from reader_study.store.account_queries import USERNAME_LENGTH as USERNAME_LENGTH
from reader_study.store.account_queries import AccountRefused
from reader_study.store.schema import Row, account, browser_session, invitation
from reader_study.store.store import Store
from reader_study.study.design import Person, Role, Study

INVITATION_LIFE = timedelta(days=7)
SESSION_IDLE = timedelta(hours=8)
SESSION_TOUCH = timedelta(minutes=1)  # how stale "last seen" may be: not every request writes
FAILURES_ALLOWED = 5
LOCK_OUT = timedelta(minutes=5)


def begin_session(connection: Connection, account_id: int, now: datetime) -> str:
    """A new session of an account: its token. Sessions that were idle too long end here."""
    token = tokens.new_token()
    connection.execute(browser_session.delete().where(browser_session.c.last_seen_at < now - SESSION_IDLE))
    connection.execute(browser_session.insert().values(
        token_sha256=tokens.digest(token), account_id=account_id, last_seen_at=now
    ))
    return token


def sign_in(store: Store, username: str, password: str) -> str | None:
    """A new session's token; None for a wrong name, a wrong password and a locked account alike.

    After five failures in a row an account is locked for five minutes. The slow hash is computed in every case, and
    outside any transaction, so that the answer and its time do not tell which of the three it was.
    """
    with store.reading() as connection:
        row = account_queries.find(connection, username)
    now, password_hash = store.now(), None if row is None else row.password_hash
    right = passwords.matches(password_hash, password)
    if row is None or password_hash is None or (row.locked_until is not None and now < row.locked_until):
        return None
    if not right:
        with store.recording() as connection:
            _count_failure(connection, row, now)
        return None
    new_hash = passwords.hashed_anew(password_hash, password)
    with store.writing() as connection:
        done = connection.execute(
            account.update().where(account.c.id == row.id, account.c.password_hash == password_hash)
            .values(failures=0, locked_until=None, password_hash=new_hash)
        )
        return begin_session(connection, row.id, now) if done.rowcount else None  # none: it was reset meanwhile


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
            .where(browser_session.c.token_sha256 == tokens.digest(token))
        ).one_or_none()
    if row is None or now - row.last_seen_at > SESSION_IDLE:
        return None
    if now - row.last_seen_at > SESSION_TOUCH:
        with store.writing() as connection:
            connection.execute(browser_session.update().where(browser_session.c.token_sha256 == tokens.digest(token))
                               .values(last_seen_at=now))
    return account_queries.person_of(row)


def sign_out(store: Store, token: str | None) -> None:
    """End a session; an unknown token ends nothing."""
    with store.writing() as connection:
        connection.execute(browser_session.delete().where(browser_session.c.token_sha256 == tokens.digest(token or "")))


def invite(
    store: Store, study_key: str, name: str, *, role: Role = Role.READER, display_name: str | None = None,
    by: str | None = None,
) -> str:
    """A one-use token with which a person sets their first password, or a new one, within seven days.

    It replaces an earlier invitation. A password that the person has stays valid until the invitation is accepted.
    `by` is a coordinator's username; None is the command line.

    Raises:
        AccountRefused: where the name is taken.
    """
    demo = store.study(study_key).demo
    token, now = tokens.new_token(), store.now()
    with store.recording() as connection:
        actor = account_queries.acting_coordinator(connection, study_key, by)
        row = account_queries.find(connection, name)
        if row is None:
            row = account_queries.add(connection, study_key, name, role=role, display_name=display_name, now=now)
        elif not account_queries.can_be_invited(row, study_key, role, demo=demo):
            raise AccountRefused(f"name: {name!r} is taken, choose another one")
        connection.execute(invitation.delete().where(invitation.c.account_id == row.id))
        connection.execute(invitation.insert().values(
            token_sha256=tokens.digest(token), account_id=row.id, expires_at=now + INVITATION_LIFE
        ))
        action = "person_invited" if row.password_hash is None else "password_reset_offered"
        audit.append(connection, at=now, action=action, study_key=study_key, account_id=actor,
                     invited=row.id, role=role.value)
    return token


def invited(store: Store, token: str) -> Person | None:
    """Whom an invitation is for; None where it is unknown, used or expired."""
    with store.reading() as connection:
        row = _invitation_row(connection, token, store.now())
        return None if row is None else account_queries.person_of(row)


def _invitation_row(connection: Connection, token: str, now: datetime) -> Row | None:
    return connection.execute(
        select(account).join(invitation)
        .where(invitation.c.token_sha256 == tokens.digest(token), invitation.c.expires_at > now)
    ).one_or_none()


def accept(store: Store, token: str, password: str) -> str:
    """Set the password of an invited person and sign them in: a session's token. The invitation is used up.

    Where they had a password or an identity at a provider, it and all sessions that were opened with it end here, and
    so does a lock-out.

    Raises:
        AccountRefused: where the invitation is unknown, used or expired, or the password is refused.
    """
    password_hash, now = passwords.hashed(password), store.now()
    with store.recording() as connection:
        row = _invitation_row(connection, token, now)
        if row is None:
            raise AccountRefused("invitation: it is unknown, used or older than seven days: ask for a new one")
        for table in (invitation, browser_session):
            connection.execute(table.delete().where(table.c.account_id == row.id))
        connection.execute(account.update().where(account.c.id == row.id).values(
            password_hash=password_hash, failures=0, locked_until=None, identity=None
        ))
        action = "invitation_accepted" if row.password_hash is None else "password_reset"
        audit.append(connection, at=now, action=action, study_key=row.study_key, account_id=row.id)
        return begin_session(connection, row.id, now)


def add_simulated(store: Store, study_key: str, name: str, *, display_name: str | None = None) -> Person:
    """Add a simulated reader: an account with reads that nobody can sign in to."""
    store.study(study_key)
    with store.recording() as connection:
        row = account_queries.add(connection, study_key, name, role=Role.READER, display_name=display_name,
                                  simulated=True, now=store.now())
        audit.append(connection, at=store.now(), action="simulated_reader_added", study_key=study_key, reader=row.id)
    return account_queries.person_of(row)


def _demo(store: Store, study_key: str) -> Study:
    demo = store.study(study_key)
    if not demo.demo:
        raise AccountRefused(f"study {study_key} is not a demo study: expected an invitation")
    return demo


def join_demo(store: Store, study_key: str, display_name: str, password: str) -> str:
    """Make a new reader of a demo study, whose name signs in from then on, and a session: its token."""
    demo = _demo(store, study_key)
    password_hash, now = passwords.hashed(password), store.now()
    with store.recording() as connection:
        row = account_queries.add(connection, demo.key, display_name, role=Role.READER, password_hash=password_hash,
                                  now=now)
        audit.append(connection, at=now, action="reader_joined", study_key=demo.key, account_id=row.id)
        return begin_session(connection, row.id, now)


def enter_demo_coordinator(store: Store, study_key: str) -> str:
    """A session of a demo study's coordinator, an account without a password that opens only this way: its token."""
    demo = _demo(store, study_key)
    name, now = f"{demo.key} coordinator", store.now()
    with store.recording() as connection:
        row = account_queries.find(connection, name)
        if row is None:
            row = account_queries.add(connection, demo.key, name, role=Role.COORDINATOR, now=now)
            audit.append(connection, at=now, action="demo_coordinator_added", study_key=demo.key, account_id=row.id)
        return begin_session(connection, row.id, now)
