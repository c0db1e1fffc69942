"""Signing in by an OpenID provider: an invitation binds an identity to an account, which it opens from then on.

An identity is "issuer|subject", as the provider names a person for good. What the page hands to the browser is a
ticket, which works once and for some minutes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from reader_study.access import accounts, tokens
from reader_study.store import account_queries, audit
from reader_study.store.account_queries import AccountRefused
from reader_study.store.schema import Row, account, browser_session, invitation
from reader_study.store.store import Store
from reader_study.study.design import Person

TICKET_LIFE = timedelta(minutes=10)
IDENTITY_LENGTH = 300  # characters
TICKETS = "sign_in_tickets"
NO_TICKET = "ticket: it is unknown, used or older than ten minutes: sign in again"


def identity_of(issuer: str, subject: str) -> str:
    """The identity of a provider's issuer and subject; AccountRefused where it cannot be one."""
    if not issuer or not subject or "|" in issuer or len(issuer) + 1 + len(subject) > IDENTITY_LENGTH:
        raise AccountRefused(f"identity: expected issuer and subject, together under {IDENTITY_LENGTH} characters, "
                             f"got {len(issuer)} and {len(subject)}")
    return f"{issuer}|{subject}"


def person(store: Store, identity: str) -> Person | None:
    """Whose account an identity opens; None where it is bound to none."""
    with store.reading() as connection:
        row = _row(connection, identity)
        return None if row is None else account_queries.person_of(row)


def _row(connection: Connection, identity: str) -> Row | None:
    return connection.execute(select(account).where(account.c.identity == identity)).one_or_none()


def ticket(store: Store, identity: str, *, invited_by: str = "") -> str:
    """A one-use ticket with which a browser whose holder has this identity signs in.

    `invited_by` is an invitation's token: the ticket then binds the identity to the invited account.
    """
    made, now = tokens.new_token(), store.now()
    record = tokens.record(made, now=now, life=TICKET_LIFE, identity=identity,
                           invitation=tokens.digest(invited_by) if invited_by else "")
    with store.recording() as connection:
        tokens.keep(connection, TICKETS, tokens.working(connection, TICKETS, now=now) | record)
    return made


def enter(store: Store, ticket: str) -> str:
    """The token of a new session; the ticket is used up, and so is the invitation that it was made for.

    AccountRefused for a ticket or invitation that does not work any more, an identity without an account, and one that
    has an account already.
    """
    now = store.now()
    with store.recording() as connection:
        tickets = tokens.working(connection, TICKETS, now=now)
        record = tokens.used_up(tickets, ticket)
        if record is None:
            raise AccountRefused(NO_TICKET)
        row = _row(connection, record["identity"])
        if record["invitation"]:
            row = _bind(connection, row, record, now=now)
        if row is None:
            raise AccountRefused("identity: it belongs to no account: open your invitation and continue from there")
        tokens.keep(connection, TICKETS, tickets)
        return accounts.begin_session(connection, row.id, now)


def _bind(connection: Connection, known: Row | None, record: Mapping[str, Any], *, now: datetime) -> Row:
    """Gives the invited account its identity, in the place of a password; the account's row."""
    row = connection.execute(
        select(account).join(invitation)
        .where(invitation.c.token_sha256 == record["invitation"], invitation.c.expires_at > now)
    ).one_or_none()
    if row is None:
        raise AccountRefused("invitation: it is unknown, used or older than seven days: ask for a new one")
    if known is not None and known.id != row.id:
        raise AccountRefused("identity: it belongs to another account already: sign in there, or use a password here")
    for table in (invitation, browser_session):
        connection.execute(table.delete().where(table.c.account_id == row.id))
    connection.execute(account.update().where(account.c.id == row.id).values(
        identity=record["identity"], password_hash=None, failures=0, locked_until=None
    ))
    issuer = record["identity"].partition("|")[0]
    audit.append(connection, at=now, action="identity_bound", study_key=row.study_key, account_id=row.id, issuer=issuer)
    return row
