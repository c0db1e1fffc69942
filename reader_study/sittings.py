"""The sitting that each reader began last: one form, in one opening of the app in a browser's tab.

Only what comes from it is kept. A form on a computer that slept while its reader went on at another says what was true
before; a form that a server finds in a browser when it was started again may go on, with text and cursor in it, where
nothing was begun since.
"""

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, select

from reader_study import locking, people
from reader_study.schema import sitting
from reader_study.store import Store


@dataclass(frozen=True)
class Newest:
    """A reader's newest sitting: its name, which no other has, and the opening in which it was begun."""

    name: str
    opening: str


def begin(store: Store, study_key: str, reader: str, *, opening: str) -> Newest:
    """Begin a sitting, which ends the reader's others."""
    newest = {"name": secrets.token_hex(4), "opening": opening}
    with store.writing() as connection:
        account_id = people.reader_row(connection, study_key, reader, hold=True).id
        connection.execute(
            locking.INSERT[connection.dialect.name](sitting).values(account_id=account_id, **newest)
            .on_conflict_do_update(index_elements=["account_id"], set_=newest)
        )
    return Newest(**newest)


def newest(store: Store, study_key: str, reader: str) -> Newest | None:
    """The reader's newest sitting; None before the first."""
    with store.reading() as connection:
        return newest_of(connection, people.reader_row(connection, study_key, reader).id)


def newest_of(connection: Connection, account_id: int) -> Newest | None:
    """The same of an account."""
    of = select(sitting.c.name, sitting.c.opening).where(sitting.c.account_id == account_id)
    row = connection.execute(of).one_or_none()
    return Newest(*row) if row else None
