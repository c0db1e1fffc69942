"""One tab at a time: which browser tab a reader reads in, and the drafts that it sends while they are made.

A tab claims its reader and renews the claim every few seconds. Another is refused until the first has been silent for
a while, or the reader takes over there; what the first then still sends is not kept.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from reader_study import locking, people, sittings
from reader_study.reads import Step
from reader_study.schema import reading_tab
from reader_study.store import Store

SILENT_AFTER = timedelta(seconds=8)  # four missed signs of life: the tab or its computer is gone


class ReadElsewhere(ValueError):
    """The reader reads in another tab or on another computer, or has read there since."""


def holder(store: Store, study_key: str, reader: str) -> str | None:
    """The tab that a reader reads in now; None where none has been heard of lately."""
    with store.reading() as connection:
        return _holder(connection, people.reader_row(connection, study_key, reader).id, now=store.now())


def _holder(connection: Connection, account_id: int, *, now: datetime) -> str | None:
    row = connection.execute(select(reading_tab).where(reading_tab.c.account_id == account_id)).one_or_none()
    return row.tab if row is not None and now - row.seen_at < SILENT_AFTER else None


def take(store: Store, study_key: str, reader: str, tab: str) -> None:
    """Let a reader read on in this tab, wherever they read before."""
    with store.writing() as connection:
        _put(connection, people.reader_row(connection, study_key, reader).id, tab, now=store.now())


def _put(connection: Connection, account_id: int, tab: str, *, now: datetime) -> None:
    claim = {"tab": tab, "seen_at": now}
    connection.execute(
        locking.INSERT[connection.dialect.name](reading_tab).values(account_id=account_id, **claim)
        .on_conflict_do_update(index_elements=["account_id"], set_=claim)
    )


def leave(store: Store, study_key: str, reader: str, tab: str) -> None:
    """Give up a tab's claim, if it is its own: another can be read in at once."""
    with store.writing() as connection:
        account_id = people.reader_row(connection, study_key, reader).id
        connection.execute(reading_tab.delete().where(reading_tab.c.account_id == account_id, reading_tab.c.tab == tab))


def keep(
    store: Store, study_key: str, reader: str, step: Step, *, answers: Mapping[str, Any], tab: str | None = None,
    sitting: str | None, seconds: float | None = None, viewing: Mapping[str, Any] | None = None,
) -> None:
    """Put answers into the draft of a step, beside those that are there, and renew the tab's claim.

    Args:
        store: The study's store.
        study_key: The study.
        reader: The reader's name.
        step: A step of the reader's worklist; AlreadyRead once it is locked, NotAllowed where it is not the next.
        answers: By question key; the others stay as they are kept.
        tab: The browser's tab; ReadElsewhere where the reader reads in another. None claims nothing.
        sitting: The name of the sitting that the answers come from; ReadElsewhere where the reader has begun a newer
            one. None is not asked.
        seconds: Active seconds so far; None leaves what is kept.
        viewing: How the case was looked at so far; None leaves what is kept.
    """
    with store.writing() as connection:
        account_id = people.reader_row(connection, study_key, reader).id
        people.hold(connection, account_id)  # two savings at once: the later one adds to the earlier
        newest = sittings.newest_of(connection, account_id)
        if sitting is not None and (newest is None or newest.name != sitting):
            raise ReadElsewhere(f"{reader} has read in another tab or on another computer since: nothing was kept")
        if tab is not None:
            if _holder(connection, account_id, now=store.now()) not in (None, tab):
                raise ReadElsewhere(f"{reader} reads in another tab or on another computer: nothing was kept")
            _put(connection, account_id, tab, now=store.now())
        before = locking.draft_of(connection, study_key, reader, step)
        kept = before.seconds if before else 0.0
        locking.save_draft(
            connection, study_key, reader, step, answers=(before.answers if before else {}) | dict(answers),
            seconds=kept if seconds is None else max(kept, seconds),
            viewing=None if viewing is None else dict(viewing), now=store.now(),
        )
