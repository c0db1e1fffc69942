"""The people of a study as the database knows them. How they sign in is in `accounts`."""

import unicodedata

from sqlalchemy import Connection, Row, select

from reader_study.design import NotAllowed, Person, Role
from reader_study.schema import account


def folded(username: str) -> str:
    """A username as it is compared: without case, accents composed, no space around it."""
    return unicodedata.normalize("NFKC", username.strip()).casefold()


def person_of(row: Row) -> Person:
    """The person of an account row."""
    return Person(row.username, row.display_name, Role(row.role), row.study_key, row.simulated)


def find(connection: Connection, username: str) -> Row | None:
    """The account row of a username, in any case; None where there is none."""
    return connection.execute(select(account).where(account.c.username_folded == folded(username))).one_or_none()


def reader_row(connection: Connection, study_key: str, username: str) -> Row:
    """The account row of a reader of a study; NotAllowed for anyone else."""
    row = find(connection, username)
    if row is None or row.study_key != study_key or row.role != Role.READER:
        raise NotAllowed(f"{username} is not a reader of study {study_key}")
    return row


def acting_coordinator(connection: Connection, study_key: str, username: str | None) -> int | None:
    """The account id of a coordinator of a study; None for the command line (no name); else NotAllowed."""
    if username is None:
        return None
    row = find(connection, username)
    if row is None or row.study_key != study_key or row.role != Role.COORDINATOR:
        raise NotAllowed(f"{username} is not a coordinator of study {study_key}")
    return row.id


def people(connection: Connection, study_key: str) -> list[Person]:
    """Everyone in a study, in the order in which they came."""
    rows = connection.execute(select(account).where(account.c.study_key == study_key).order_by(account.c.id))
    return [person_of(row) for row in rows]
