"""Drafts of reads: their revisions, the lock that ends them, and the one browser tab of a reader that they come from.

Each save of a draft is a new revision. A form says which revision it knows: where another form has saved since, nothing
is kept of it. A tab claims its reader and renews the claim with each save. Another is refused until the first has been
silent for a while, or the reader takes over there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from reader_study.store import account_queries, read_queries
from reader_study.store.schema import reading_tab
from reader_study.store.store import Store
from reader_study.study.errors import AlreadyRead
from reader_study.study.read import Draft, Read, Step, StoredRead

SILENT_AFTER = timedelta(seconds=8)  # four missed saves: the tab or its computer is gone


class ReadElsewhere(ValueError):
    """The reader reads in another tab or on another computer."""


class NewerDraft(ValueError):
    """The draft was saved since, by another form or after the press of this one; `draft` is what was saved."""

    def __init__(self, sentence: str, draft: Draft) -> None:
        super().__init__(sentence)
        self.draft = draft


@dataclass(frozen=True)
class Sender:
    """The form that sends a draft or a lock: its tab, its own name, the last revision that it knows to be stored, and
    the number of this save among its own, by which a repeated or overtaken one is recognised."""

    tab: str
    form: str
    revision: int
    save: int


def holder(store: Store, study_key: str, reader: str) -> str | None:
    """The tab that a reader reads in now; None where none has been heard of lately."""
    with store.reading() as connection:
        return _holder(connection, account_queries.reader_row(connection, study_key, reader).id, now=store.now())


def _holder(connection: Connection, account_id: int, *, now: datetime) -> str | None:
    row = connection.execute(select(reading_tab).where(reading_tab.c.account_id == account_id)).one_or_none()
    return row.tab if row is not None and now - row.seen_at < SILENT_AFTER else None


def take(store: Store, study_key: str, reader: str, tab: str) -> None:
    """Let a reader read on in this tab, wherever they read before."""
    with store.writing() as connection:
        _put(connection, account_queries.reader_row(connection, study_key, reader).id, tab, now=store.now())


def claim(store: Store, study_key: str, reader: str, tab: str) -> bool:
    """Whether a reader can read in this tab now, which it then holds: not while they read in another."""
    with store.writing() as connection:
        account_id = account_queries.reader_row(connection, study_key, reader, hold=True).id
        if _holder(connection, account_id, now=store.now()) not in (None, tab):
            return False
        _put(connection, account_id, tab, now=store.now())
        return True


def _put(connection: Connection, account_id: int, tab: str, *, now: datetime) -> None:
    held = {"tab": tab, "seen_at": now}
    connection.execute(
        read_queries.INSERT[connection.dialect.name](reading_tab).values(account_id=account_id, **held)
        .on_conflict_do_update(index_elements=["account_id"], set_=held)
    )


def leave(store: Store, study_key: str, reader: str, tab: str) -> None:
    """Give up a tab's claim, if it is its own: another can be read in at once."""
    with store.writing() as connection:
        account_id = account_queries.reader_row(connection, study_key, reader).id
        connection.execute(reading_tab.delete().where(reading_tab.c.account_id == account_id, reading_tab.c.tab == tab))


def save(
    store: Store, study_key: str, reader: str, step: Step, sender: Sender, *, answers: Mapping[str, Any],
    seconds: float | None = None, viewing: Mapping[str, Any] | None = None,
) -> int:
    """Replace the draft of a step and renew the tab's claim: the draft's revision then.

    To save again what has arrived already, or what a later save of the same form has overtaken, changes nothing.

    Args:
        store: The study's store.
        study_key: The study.
        reader: The reader's name.
        step: A step of the reader's worklist; AlreadyRead once it is locked, NotAllowed where it is none.
        sender: Where it comes from; ReadElsewhere where the reader reads in another tab, NewerDraft where another form
            has saved since the revision that this one knows.
        answers: All answers by question key.
        seconds: Active seconds so far; None leaves what is kept. They never become fewer.
        viewing: How the case was looked at so far; None leaves what is kept.
    """
    with store.writing() as connection:
        before = _checked(connection, study_key, reader, step, sender, now=store.now())
        if before and before.form == sender.form and before.save >= sender.save:
            return before.revision
        kept = before.seconds if before else 0.0
        revision = (before.revision if before else 0) + 1
        read_queries.save_draft(
            connection, study_key, reader, step, answers=dict(answers),
            seconds=kept if seconds is None else max(kept, seconds),
            viewing=None if viewing is None else dict(viewing), now=store.now(),
            revision=revision, form=sender.form, save=sender.save,
        )
        return revision


def _checked(
    connection: Connection, study_key: str, reader: str, step: Step, sender: Sender, *, now: datetime
) -> Draft | None:
    """The stored draft, with the reader's account held: it may be replaced by this sender, whose claim is renewed."""
    account_id = account_queries.reader_row(connection, study_key, reader, hold=True).id
    if _holder(connection, account_id, now=now) not in (None, sender.tab):
        raise ReadElsewhere(f"{reader} reads in another tab or on another computer: nothing was kept")
    before = read_queries.draft_of(connection, study_key, reader, step)
    if before and before.revision > sender.revision and before.form != sender.form:
        raise NewerDraft(f"{step.case_key} {step.condition} by {reader}: another form saved revision "
                         f"{before.revision}, this one knows {sender.revision}: nothing was kept", before)
    _put(connection, account_id, sender.tab, now=now)
    return before


def lock(store: Store, new: Read, sender: Sender) -> StoredRead:
    """Lock a read, once: a repeated press of the same form gets the read that the first one locked.

    ReadElsewhere and NewerDraft as in `save`, NewerDraft also where the same form has saved other answers since the
    press; AlreadyRead where another press locked the step; NotAllowed and ValueError as in `Store.lock_read`.
    """
    try:
        with store.recording() as connection:
            before = _checked(connection, new.study, new.reader, new.step, sender, now=store.now())
            if before and before.form == sender.form and before.save > sender.save and _differs(before, new):
                raise NewerDraft(f"{new.case} {new.condition} by {new.reader}: the form was changed after the press: "
                                 "nothing was locked", before)
            return read_queries.lock(connection, new, now=store.now())
    except AlreadyRead:
        locked = next(stored for stored in store.reads(new.study, new.reader) if stored.read.step == new.step)
        if not new.press or locked.read.press != new.press:
            raise
        return locked


def _differs(before: Draft, new: Read) -> bool:
    """Whether a read has other answers than the draft; a draft leaves out the open ones."""
    return before.answers != {key: answer for key, answer in new.answers.values.items() if answer != ""}
