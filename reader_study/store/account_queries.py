"""SQL of a study's accounts. Signing in is in `access.accounts`."""

import unicodedata
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from reader_study.store.schema import Row, account
from reader_study.study.design import NotAllowed, Person, Role

USERNAME_LENGTH = 60  # characters


class AccountRefused(ValueError):
    """A name, a password or an invitation that cannot be taken; the sentence is for the person at the form."""


def folded(username: str) -> str:
    """A username as it is compared: without case, accents composed, no space around it."""
    return unicodedata.normalize("NFKC", username.strip()).casefold()


def person_of(row: Row) -> Person:
    """The person of an account row."""
    forgotten = row.forgotten_at is not None
    return Person(row.username, row.display_name, Role(row.role), row.study_key, row.simulated, forgotten)


BY_NAME = select(account).where(account.c.username_folded == bindparam("name"))
HELD_BY_NAME = BY_NAME.with_for_update(key_share=True)
HELD = select(account.c.id).where(account.c.id == bindparam("account_id")).with_for_update(key_share=True)


def find(connection: Connection, username: str, *, hold: bool = False) -> Row | None:
    """The account row of a username, in any case; None where there is none. For `hold` see there."""
    return connection.execute(HELD_BY_NAME if hold else BY_NAME, {"name": folded(username)}).one_or_none()


def _checked(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= USERNAME_LENGTH or not name.isprintable():
        raise AccountRefused(f"name: expected 1 to {USERNAME_LENGTH} printable characters, got {name[:80]!r}")
    return name


def add(
    connection: Connection, study_key: str, name: str, *, role: Role, now: datetime,
    display_name: str | None = None, password_hash: str | None = None, simulated: bool = False,
) -> Row:
    """Add an account and return its row; AccountRefused where the name is taken, in any case."""
    name = _checked(name)
    if find(connection, name) is not None:
        raise AccountRefused(f"name: {name!r} is taken, choose another one")
    connection.execute(account.insert().values(
        study_key=study_key, username=name, username_folded=folded(name), display_name=_checked(display_name or name),
        role=role.value, simulated=simulated, password_hash=password_hash, failures=0, created_at=now,
    ))
    return connection.execute(BY_NAME, {"name": folded(name)}).one()


def can_be_invited(row: Row, study_key: str, role: Role, *, demo: bool) -> bool:
    """Whether an account may set a (new) password: not a simulated or forgotten reader's, nor that of another role.

    Anyone can be a demo study's coordinator, so there nobody can take over a reader who has a password.
    """
    if row.simulated or row.forgotten_at is not None or (row.study_key, row.role) != (study_key, role):
        return False
    return row.password_hash is None or not demo


def hold(connection: Connection, account_id: int) -> None:
    """Let others who hold this account wait until the transaction ends; in SQLite every writer waits anyway."""
    connection.execute(HELD, {"account_id": account_id})


def reader_row(connection: Connection, study_key: str, username: str, *, hold: bool = False) -> Row:
    """The account row of a reader of a study, held where that is asked for; NotAllowed for anyone else."""
    row = find(connection, username, hold=hold)
    if row is None or row.study_key != study_key or row.role != Role.READER:
        raise NotAllowed(f"{username} is not a reader of study {study_key}")
    return row


def number_of(connection: Connection, study_key: str, account_id: int) -> int:
    """A reader's number in their study, from 0, in the order in which the readers came; it never changes."""
    return connection.execute(select(func.count()).where(
        account.c.study_key == study_key, account.c.role == Role.READER.value, account.c.id < account_id
    )).scalar_one()


def acting_coordinator(connection: Connection, study_key: str, username: str | None) -> int | None:
    """The account id of a coordinator of a study; None for the command line (no name); else NotAllowed."""
    if username is None:
        return None
    row = find(connection, username)
    if row is None or row.study_key != study_key or row.role != Role.COORDINATOR:
        raise NotAllowed(f"{username} is not a coordinator of study {study_key}")
    account_id: int = row.id
    return account_id


def people(connection: Connection, study_key: str) -> list[Person]:
    """Everyone in a study, in the order in which they came."""
    rows = connection.execute(select(account).where(account.c.study_key == study_key).order_by(account.c.id))
    return [person_of(row) for row in rows]
