"""SQL of one reader's reads: opening a step, drafts, locks, corrections; each function runs inside a transaction.

The caller (`store`) begins and commits, and holds the turn to write the audit trail. Nothing here changes or deletes a
locked read, and the tables' triggers would refuse it.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from reader_study.store import account_queries, assignment_queries, audit, case_queries
from reader_study.store.schema import STEP, Row, account, correction, draft, read, read_start
from reader_study.study.definition import Design, Study
from reader_study.study.design import model_open
from reader_study.study.errors import AlreadyRead, NotAllowed
from reader_study.study.questions import TEXT_LENGTH
from reader_study.study.read import (
    VIEWING_BYTES,
    Answers,
    Condition,
    Correction,
    Draft,
    Read,
    Step,
    StoredRead,
    check_draft,
    check_json,
)
from reader_study.study.worklist import FIRST, Worklist, blocks, check_step, worklist

Insert = sqlite.Insert | postgresql.Insert
INSERT: dict[str, Callable[[Table], Insert]]  # by kind of database: each knows ON CONFLICT, in the same words
INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def _insert(connection: Connection, table: Table) -> Insert:
    return INSERT[connection.dialect.name](table)


def _step_values(study_key: str, account_id: int, step: Step) -> dict[str, Any]:
    return {"study_key": study_key, "account_id": account_id, "case_key": step.case_key,
            "condition": step.condition.value, "repeat": step.repeat}


def _at_step(table: Table) -> ColumnElement[bool]:
    """Where a table's row is that of the step in `_step_values`."""
    return and_(*(table.c[name] == bindparam(name) for name in STEP))


OPEN = {kind: insert(read_start).on_conflict_do_nothing(index_elements=STEP) for kind, insert in INSERT.items()}
OPENED_AT = select(read_start.c.opened_at).where(_at_step(read_start))
DRAFT = select(draft).where(_at_step(draft))
DROP_DRAFT = draft.delete().where(_at_step(draft))
NUMBER = select(read.c.id).where(_at_step(read))
LOCKED = select(read.c.case_key, read.c.condition, read.c.repeat).where(
    read.c.study_key == bindparam("study_key"), read.c.account_id == bindparam("account_id"))
LOCKED_AT = LOCKED.add_columns(read.c.locked_at)
"""Statements are compiled once: compiling one takes longer than running it."""


@lru_cache(maxsize=64)
def defined(definition: str) -> Study:
    """The study of a stored definition, JSON; what an older release did not know has its default."""
    return Study(**json.loads(definition))


def study_of(connection: Connection, study_key: str) -> Study:
    """The definition of a study; ValueError where there is none."""
    return defined(case_queries.study_row(connection, study_key).definition)


def worklist_of(connection: Connection, of: Row, reader: Row, *, now: datetime) -> Worklist:
    """The worklist of a reader's account row in the study of a row, as it stands in this transaction."""
    definition = defined(of.definition)
    statement = LOCKED_AT if definition.washout_days else LOCKED
    rows = connection.execute(statement, {"study_key": of.key, "account_id": reader.id}).all()
    locked = [_step_of(*row[:3]) for row in rows]
    listed = assignment_queries.cases_of(connection, of.key, reader.id)
    number = account_queries.number_of(connection, of.key, reader.id) if definition.design is Design.CROSSOVER else 0
    ended_at = None
    if definition.washout_days:
        first = dict(blocks(definition, reader.username, number, listed)).get(FIRST, ())
        ended_at = max((row.locked_at for row, step in zip(rows, locked, strict=True) if step in first), default=None)
    return worklist(definition, reader.username, number, listed, locked, session_ended_at=ended_at, now=now)


@lru_cache(maxsize=20_000)
def _step_of(case_key: str, condition: str, repeat: int) -> Step:
    return Step(case_key, Condition(condition), repeat)


def _check_open(of: Row, *, now: datetime | None = None) -> None:
    """NotAllowed unless reads are taken; without `now` whatever the deadline."""
    if of.opened_at is None:
        raise NotAllowed(f"study {of.key} is not open yet: its coordinator opens it")
    if of.closed_at is not None:
        raise NotAllowed(f"study {of.key} is closed: no read can be added")
    if now is not None and of.deadline is not None and now > of.deadline:
        raise NotAllowed(f"study {of.key} has passed its deadline, {of.deadline:%Y-%m-%d %H:%M} UTC: "
                         "ask its coordinator to extend it")


def _opened_at(connection: Connection, study_key: str, account_id: int, step: Step) -> datetime | None:
    return connection.scalar(OPENED_AT, _step_values(study_key, account_id, step))


def _check_next(connection: Connection, study_key: str, reader: Row, step: Step, *, now: datetime) -> None:
    of = case_queries.study_row(connection, study_key)
    _check_open(of, now=now)
    check_step(worklist_of(connection, of, reader, now=now), step, reader.username)


def opened_before(
    connection: Connection, study_key: str, username: str, step: Step, *, now: datetime
) -> datetime | None:
    """When a reader first opened a step that they may take now; None where they never have, allowed or not."""
    reader = account_queries.reader_row(connection, study_key, username)
    opened_at = _opened_at(connection, study_key, reader.id, step)
    if opened_at is not None:
        _check_next(connection, study_key, reader, step, now=now)
    return opened_at


def open_step(connection: Connection, study_key: str, username: str, step: Step, *, now: datetime) -> datetime:
    """When a reader first opened a step, which is now where they had not; only their next step can be opened."""
    reader = account_queries.reader_row(connection, study_key, username)
    _check_next(connection, study_key, reader, step, now=now)
    values = _step_values(study_key, reader.id, step) | {"opened_at": now}
    is_new = connection.execute(OPEN[connection.dialect.name], values).rowcount == 1
    if is_new:
        return now
    before: datetime = connection.execute(OPENED_AT, values).scalar_one()
    return before


def lock(connection: Connection, new: Read, *, now: datetime) -> StoredRead:
    """Lock a read: check the rules, append it, drop its draft, write the audit entry. All or nothing."""
    # The account is locked, so that a draft that is being saved at this moment is deleted with the others.
    reader = account_queries.reader_row(connection, new.study, new.reader, hold=True)
    of = case_queries.study_row(connection, new.study)
    _check_open(of, now=now)
    position = check_step(worklist_of(connection, of, reader, now=now), new.step, reader.username)
    new.answers.check(defined(of.definition).questions)
    for name, values in (("shown", new.shown), ("viewing", new.viewing)):
        check_json(values, name, most=VIEWING_BYTES)
    began = opened_at(connection, new.study, new.reader, new.step)
    values = _step_values(new.study, reader.id, new.step) | {
        "position": position, "answers": new.answers.values, "shown": new.shown, "started_at": new.started_at,
        "seconds": float(new.seconds), "locked_at": now, "wall_seconds": max(0.0, (now - began).total_seconds()),
        "viewing": new.viewing, "pressed_at": new.pressed_at and min(max(new.pressed_at, began), now),
        "press": new.press or None,
    }
    number = audit.seal(connection, audit.READS, values, at=now, study_key=new.study, account_id=reader.id,
                        case=new.case, condition=new.condition.value, repeat=new.repeat)
    connection.execute(DROP_DRAFT, _step_values(new.study, reader.id, new.step))
    stored = replace(new, reader=reader.username, pressed_at=values["pressed_at"])
    return StoredRead(number, stored, position, now, values["wall_seconds"])


def save_draft(
    connection: Connection, study_key: str, username: str, step: Step, *,
    answers: dict[str, Any], seconds: float, viewing: dict[str, Any] | None, now: datetime,
    revision: int = 0, form: str = "", save: int = 0,
) -> None:
    """Keep a reader's answers so far, replacing what was kept; AlreadyRead once the read is locked, NotAllowed where
    the study takes no reads.

    `viewing` None leaves what was kept of it. `drafts` counts the revisions.
    """
    of = case_queries.study_row(connection, study_key)
    check_draft(answers, defined(of.definition).questions, viewing or {})
    reader = account_queries.reader_row(connection, study_key, username, hold=True)
    if _is_locked(connection, study_key, reader.id, step):
        raise AlreadyRead(f"{step.case_key} {step.condition} by {username} is already locked: nothing was kept")
    _check_open(of)  # also after the deadline, which may be extended: what was entered is there then
    if step not in worklist_of(connection, of, reader, now=now).steps:
        raise NotAllowed(f"{step.case_key} {step.condition} is not a read of {username}: nothing was kept")
    kept = {"answers": answers, "seconds": float(seconds), "saved_at": now, "revision": revision, "form": form,
            "save": save}
    if viewing is not None:
        kept["viewing"] = viewing
    values = _step_values(study_key, reader.id, step) | kept
    connection.execute(_insert(connection, draft).values(values)
                       .on_conflict_do_update(index_elements=STEP, set_=kept))


def _is_locked(connection: Connection, study_key: str, account_id: int, step: Step) -> bool:
    return connection.scalar(NUMBER, _step_values(study_key, account_id, step)) is not None


def correct(
    connection: Connection, study_key: str, username: str, step: Step, *, answers: Answers, reason: str, now: datetime
) -> None:
    """Append other answers to a locked read, with the reason, where the study allows it and nothing has biased them.

    NotAllowed once the study is closed or unlocked, after a training case's feedback, once a later read of the case was
    opened, and for an unaided read once the model's output of the case is open to the reader.

    Raises:
        ValueError: where the reason is empty or too long.
    """
    of = case_queries.study_row(connection, study_key)
    reader = account_queries.reader_row(connection, study_key, username)
    definition = defined(of.definition)
    if not definition.corrections:
        raise NotAllowed(f"study {study_key} allows no corrections: a locked read stands")
    _check_open(of, now=now)
    if of.unlocked_at is not None:
        raise NotAllowed(f"study {study_key} is unlocked: a read is not corrected once the results are open")
    if not 1 <= len(reason.strip()) <= TEXT_LENGTH:
        raise ValueError(f"reason: expected 1 to {TEXT_LENGTH} characters, got {len(reason.strip())}")
    number = connection.scalar(NUMBER, _step_values(study_key, reader.id, step))
    if number is None:
        raise NotAllowed(f"{step.case_key} {step.condition} by {reader.username} is not locked: there is no read to "
                         "correct")
    if step.case_key in definition.training:
        raise NotAllowed(f"{step.case_key} is a training case: its feedback was shown, its read stands")
    steps = worklist_of(connection, of, reader, now=now)
    if _seen_since(connection, of, reader, steps, step):
        raise NotAllowed(f"{step.case_key}: a later read of the case was opened since, so this one stands")
    if step.condition is Condition.UNAIDED and model_open(steps, step.case_key):
        raise NotAllowed(f"{step.case_key}: the model's output was open after this unaided read, so it stands")
    answers.check(definition.questions)
    values = {"read_id": number, "answers": answers.values, "reason": reason.strip(), "corrected_at": now}
    audit.seal(connection, audit.CORRECTIONS, values, at=now, study_key=study_key, account_id=reader.id, read=number,
               case=step.case_key)


def _seen_since(connection: Connection, of: Row, reader: Row, steps: Worklist, step: Step) -> bool:
    """Whether a reader has opened a later read of a step's case: aided, repeated, or of the other session."""
    rows = connection.execute(select(read_start.c.case_key, read_start.c.condition, read_start.c.repeat).where(
        read_start.c.study_key == of.key, read_start.c.account_id == reader.id, read_start.c.case_key == step.case_key
    )).all()
    of_case = steps.of_case(step.case_key)
    return not {_step_of(*row) for row in rows}.isdisjoint(of_case[of_case.index(step) + 1 :])


def draft_of(connection: Connection, study_key: str, username: str, step: Step) -> Draft | None:
    """A reader's draft of a step; None where nothing was kept."""
    reader = account_queries.reader_row(connection, study_key, username)
    row = connection.execute(DRAFT, _step_values(study_key, reader.id, step)).one_or_none()
    if row is None:
        return None
    return Draft(row.answers, row.seconds, row.saved_at, row.viewing or {}, row.revision, row.form, row.save)


def opened_at(connection: Connection, study_key: str, username: str, step: Step) -> datetime:
    """When a reader first opened a step; NotAllowed where they never have."""
    reader = account_queries.reader_row(connection, study_key, username)
    found = _opened_at(connection, study_key, reader.id, step)
    if found is None:
        raise NotAllowed(f"{step.case_key} {step.condition} was never opened by {reader.username}: "
                         "expected the case to be opened before its read is locked")
    return found


def seconds_of_reads(connection: Connection, study_key: str, username: str) -> list[float]:
    """The active seconds of a reader's locked reads, in the order in which they were locked."""
    reader = account_queries.reader_row(connection, study_key, username)
    of_reader = select(read.c.seconds).where(read.c.study_key == study_key, read.c.account_id == reader.id)
    return list(connection.scalars(of_reader.order_by(read.c.id)))


def stored_reads(
    connection: Connection, study_key: str, username: str | None, *, step: Step | None = None
) -> list[StoredRead]:
    """The locked reads of a study, of one person in it or of one step, in the order in which they were locked."""
    rows = select(read, account.c.username).join(account).where(read.c.study_key == study_key)
    if username is not None:
        rows = rows.where(account.c.username_folded == account_queries.folded(username))
    if step is not None:
        rows = rows.where(read.c.case_key == step.case_key, read.c.condition == step.condition.value,
                          read.c.repeat == step.repeat)
    corrected = defaultdict(list)
    of_study = select(correction).join(read).where(read.c.study_key == study_key).order_by(correction.c.id)
    for row in connection.execute(of_study):
        corrected[row.read_id].append(Correction(row.id, Answers(**row.answers), row.reason, row.corrected_at))
    return [_stored(row, tuple(corrected.get(row.id, ()))) for row in connection.execute(rows.order_by(read.c.id))]


def _stored(row: Row, corrections: tuple[Correction, ...]) -> StoredRead:
    kept = Read(study=row.study_key, reader=row.username, case=row.case_key, condition=row.condition,
                repeat=row.repeat, answers=Answers(**row.answers), started_at=row.started_at,
                seconds=row.seconds, shown=row.shown, viewing=row.viewing or {}, pressed_at=row.pressed_at,
                press=row.press or "")
    return StoredRead(row.id, kept, row.position, row.locked_at, row.wall_seconds, corrections)
