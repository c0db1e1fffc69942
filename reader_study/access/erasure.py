"""Deleting a person's data on request: account and profile go, their locked reads stay under a pseudonym."""

import secrets

from reader_study.store import account_queries, audit, case_queries, read_queries
from reader_study.store.schema import account, browser_session, draft, invitation, reader_profile, reading_tab
from reader_study.store.store import Store
from reader_study.study.design import Person, Role
from reader_study.study.errors import NotAllowed
from reader_study.study.read import Condition, Step
from reader_study.study.worklist import Worklist

PSEUDONYM = "former reader {code}"
FORGOTTEN = "reader_forgotten"
PERSONAL = (reader_profile, browser_session, invitation, draft, reading_tab)
"""The tables that hold nothing but what a person said or did and what is no part of the evidence."""


def forget(store: Store, study_key: str, reader: str, *, by: str | None = None) -> str:
    """Delete a reader's name, password, profile, sessions, invitation and drafts for good: their pseudonym.

    Locked reads and audit entries hold no name, only the account's number, so both stay as they are, byte for byte.
    The order in which the cases came follows from the name, so it is written down in the audit trail. `by` is a
    coordinator's username; None is the command line. Backups made earlier still hold the name.
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
        audit.append(connection, at=now, action=FORGOTTEN, study_key=study_key, account_id=actor, reader=row.id,
                     pseudonym=pseudonym,
                     order=list(dict.fromkeys(step.case_key for step in steps)),
                     steps=[[step.case_key, step.condition.value, step.repeat] for step in steps])
    store.scrub()
    return pseudonym


def worklists_of(store: Store, study_key: str) -> list[tuple[Person, Worklist]]:
    """The readers of a study with their worklists, in the order in which they came.

    Orders and repeats follow from a reader's name; of one who was forgotten, they are those that were written down.
    """
    written_down, found = steps_of(store, study_key), []
    for reader in (person for person in store.people(study_key) if person.role is Role.READER):
        worklist = store.worklist(study_key, reader.username)
        if reader.username in written_down:
            steps = tuple(Step(str(case), Condition(str(condition)), int(repeat))
                          for case, condition, repeat in written_down[reader.username])
            worklist = Worklist(steps, worklist.locked, training=worklist.training)
        found.append((reader, worklist))
    return found


def steps_of(store: Store, study_key: str) -> dict[str, list[list[str | int]]]:
    """The steps of those who were forgotten, by pseudonym: case, condition and repeat of each, as written down then.

    The first releases wrote the order of the cases only; their studies had no repeats.
    """
    conditions = store.study(study_key).conditions
    return {entry.details["pseudonym"]: entry.details.get("steps") or [
                [case, condition.value, 0] for case in entry.details["order"] for condition in conditions]
            for entry in store.audit(study_key) if entry.action == FORGOTTEN}
