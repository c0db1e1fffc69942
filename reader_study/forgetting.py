"""Deleting a person's data on request: account and profile go, their locked reads stay under a pseudonym."""

import secrets

from sqlalchemy import Connection, Row, select

from reader_study import audit, locking, people
from reader_study.design import NotAllowed, reading_order
from reader_study.schema import account, browser_session, draft, invitation, reader_profile, study_case
from reader_study.store import Store

PSEUDONYM = "former reader {code}"
FORGOTTEN = "reader_forgotten"
PERSONAL = (reader_profile, browser_session, invitation, draft)
"""The tables that hold nothing but what a person said or did and what is no part of the evidence."""


def forget(store: Store, study_key: str, reader: str, *, by: str | None = None) -> str:
    """Delete a reader's name, password, profile, sessions, invitation and drafts for good: their pseudonym.

    Locked reads and audit entries hold no name, only the account's number, so both stay as they are, byte for byte.
    The order in which the cases came follows from the name, so it is written down in the audit trail. `by` is a
    coordinator's username; None is the command line. Backups made earlier still hold the name.
    """
    now = store.now()
    with store.recording() as connection:
        actor = people.acting_coordinator(connection, study_key, by)
        row = people.reader_row(connection, study_key, reader)
        if row.forgotten_at is not None:
            raise NotAllowed(f"{row.username} was forgotten already: there is nothing left to delete")
        people.hold(connection, row.id)
        order = _order_of(connection, study_key, row)
        for table in PERSONAL:
            connection.execute(table.delete().where(table.c.account_id == row.id))
        pseudonym = PSEUDONYM.format(code=secrets.token_hex(4))
        connection.execute(account.update().where(account.c.id == row.id).values(
            username=pseudonym, username_folded=people.folded(pseudonym), display_name=pseudonym, password_hash=None,
            failures=0, locked_until=None, forgotten_at=now,
        ))
        audit.append(connection, at=now, action=FORGOTTEN, study_key=study_key, account_id=actor, reader=row.id,
                     pseudonym=pseudonym, order=order)
    store.scrub()
    return pseudonym


def _order_of(connection: Connection, study_key: str, row: Row) -> list[str]:
    cases = connection.scalars(select(study_case.c.key).where(study_case.c.study_key == study_key))
    return reading_order(locking.study_of(connection, study_key), row.username, cases)


def orders(store: Store, study_key: str) -> dict[str, list[str]]:
    """The reading orders of those who were forgotten, by pseudonym."""
    return {entry.details["pseudonym"]: entry.details["order"] for entry in store.audit(study_key)
            if entry.action == FORGOTTEN}
