"""Deleting a person's data on request: account and profile go, their locked reads stay under a pseudonym."""

import secrets

from reader_study.store import account_queries, audit, case_queries, read_queries
from reader_study.store.schema import account, browser_session, draft, invitation, reader_profile, reading_tab
from reader_study.store.store import Store
from reader_study.study.errors import NotAllowed

PSEUDONYM = "former reader {code}"
PERSONAL = (reader_profile, browser_session, invitation, draft, reading_tab)
"""The tables that hold nothing but what a person said or did and what is no part of the evidence."""


def forget(store: Store, study_key: str, reader: str, *, by: str | None = None) -> str:
    """Delete a reader's name, password, profile, sessions, invitation and drafts for good: their pseudonym.

    Locked reads and audit entries hold no name, only the account's number, so both stay as they are, byte for byte.
    The order in which the cases came follows from the name, so it is written down in the audit trail. `by` is a
    coordinator's username; None is the command line. Backups made earlier still hold the name.

    Raises:
        NotAllowed: where the reader was forgotten already.
    """
    now = store.now()
    with store.recording() as connection:
        actor = account_queries.acting_coordinator(connection, study_key, by)
        row = account_queries.reader_row(connection, study_key, reader)
        if row.forgotten_at is not None:
            raise NotAllowed(f"{row.username} was forgotten already: there is nothing left to delete")
        account_queries.hold(connection, row.id)
        of = case_queries.study_row(connection, study_key)
        steps = read_queries.worklist_of(connection, of, row, now=now).steps
        for table in PERSONAL:
            connection.execute(table.delete().where(table.c.account_id == row.id))
        pseudonym = PSEUDONYM.format(code=secrets.token_hex(4))
        connection.execute(account.update().where(account.c.id == row.id).values(
            username=pseudonym, username_folded=account_queries.folded(pseudonym), display_name=pseudonym,
            password_hash=None, failures=0, locked_until=None, forgotten_at=now, identity=None,
        ))
        audit.append(connection, at=now, action=audit.READER_FORGOTTEN, study_key=study_key, account_id=actor,
                     reader=row.id, pseudonym=pseudonym,
                     order=list(dict.fromkeys(step.case_key for step in steps)),
                     steps=[[step.case_key, step.condition.value, step.repeat] for step in steps])
    store.scrub()
    return pseudonym
