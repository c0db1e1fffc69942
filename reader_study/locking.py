"""From opening a case to its locked read: what the database does for one reader, inside one transaction each.

The caller (`store`) begins and commits, and holds the turn to write the audit trail. Nothing here changes or deletes a
locked read, and the tables' triggers would refuse it.
"""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, Row, Table, and_, select
from sqlalchemy.dialects import postgresql, sqlite

from reader_study import audit, material, people
from reader_study.design import AlreadyRead, NotAllowed, Study, Worklist, check_step, reading_order, worklist
from reader_study.reads import Answers, Condition, Draft, Read, Step, StoredRead, check_draft
from reader_study.schema import STEP, account, draft, read, read_start, study_case

INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}  # each knows ON CONFLICT, in the same words


def _insert(connection: Connection, table: Table) -> Insert:
    return INSERT[connection.dialect.name](table)


def _step_values(study_key: str, account_id: int, step: Step) -> dict[str, Any]:
    return {"study_key": study_key, "account_id": account_id, "case_key": step.case_key,
            "condition": step.condition.value, "repeat": step.repeat}


def _at_step(table: Table, study_key: str, account_id: int, step: Step) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in _step_values(study_key, account_id, step).items()))


def study_of(connection: Connection, study_key: str) -> Study:
    """The definition of a study; ValueError where there is none."""
    return Study(**material.study_row(connection, study_key).definition)


def worklist_of(connection: Connection, study_key: str, reader: Row) -> Worklist:
    """The worklist of a reader's account row, as it stands in this transaction."""
    cases = connection.scalars(select(study_case.c.key).where(study_case.c.study_key == study_key)).all()
    rows = connection.execute(
        select(read.c.case_key, read.c.condition, read.c.repeat)
        .where(read.c.study_key == study_key, read.c.account_id == reader.id)
    )
    locked = {Step(row.case_key, Condition(row.condition), row.repeat) for row in rows}
    definition = study_of(connection, study_key)
    return worklist(definition, reading_order(definition, reader.username, cases), locked)


def _check_open(connection: Connection, study_key: str) -> None:
    if material.study_row(connection, study_key).closed_at is not None:
        raise NotAllowed(f"study {study_key} is closed: no read can be added")


def open_step(connection: Connection, study_key: str, username: str, step: Step, *, now: datetime) -> datetime:
    """When a reader first opened a step, which is now where they had not; only their next step can be opened."""
    reader = people.reader_row(connection, study_key, username)
    _check_open(connection, study_key)
    steps = worklist_of(connection, study_key, reader)
    check_step(steps, step, reader.username)
    values = _step_values(study_key, reader.id, step)
    connection.execute(_insert(connection, read_start).values(**values, opened_at=now)
                       .on_conflict_do_nothing(index_elements=STEP))
    return connection.scalar(select(read_start.c.opened_at).where(_at_step(read_start, study_key, reader.id, step)))


def lock(connection: Connection, new: Read, *, now: datetime) -> StoredRead:
    """Lock a read: check the rules, append it, drop its draft, write the audit entry. All or nothing."""
    reader = people.reader_row(connection, new.study, new.reader)
    people.hold(connection, reader.id)  # a draft that is just being saved goes with the others
    _check_open(connection, new.study)
    position = check_step(worklist_of(connection, new.study, reader), new.step, reader.username)
    opened_at = connection.scalar(
        select(read_start.c.opened_at).where(_at_step(read_start, new.study, reader.id, new.step))
    )
    if opened_at is None:
        raise NotAllowed(f"{new.case} {new.condition} was never opened by {reader.username}: "
                         "expected the case to be opened before its read is locked")
    values = _step_values(new.study, reader.id, new.step) | {
        "position": position, "answers": asdict(new.answers), "shown": new.shown, "started_at": new.started_at,
        "seconds": float(new.seconds), "locked_at": now, "wall_seconds": max(0.0, (now - opened_at).total_seconds()),
    }
    number = connection.execute(read.insert().values(values)).inserted_primary_key.id
    connection.execute(draft.delete().where(_at_step(draft, new.study, reader.id, new.step)))
    audit.append(connection, at=now, action=audit.READ_LOCKED, study_key=new.study, account_id=reader.id,
                 read=number, case=new.case, condition=new.condition.value, repeat=new.repeat,
                 read_sha256=audit.read_digest(values))
    return StoredRead(number, replace(new, reader=reader.username), position, now, values["wall_seconds"])


def save_draft(
    connection: Connection, study_key: str, username: str, step: Step, *,
    answers: dict[str, Any], seconds: float, now: datetime,
) -> None:
    """Keep a reader's answers so far, replacing what was kept; AlreadyRead once the read is locked."""
    check_draft(answers)
    reader = people.reader_row(connection, study_key, username)
    people.hold(connection, reader.id)
    if step in worklist_of(connection, study_key, reader).locked:
        raise AlreadyRead(f"{step.case_key} {step.condition} by {username} is already locked: nothing was kept")
    kept = {"answers": answers, "seconds": float(seconds), "saved_at": now}
    values = _step_values(study_key, reader.id, step) | kept
    connection.execute(_insert(connection, draft).values(values)
                       .on_conflict_do_update(index_elements=STEP, set_=kept))


def draft_of(connection: Connection, study_key: str, username: str, step: Step) -> Draft | None:
    """A reader's draft of a step; None where nothing was kept."""
    reader = people.reader_row(connection, study_key, username)
    row = connection.execute(select(draft).where(_at_step(draft, study_key, reader.id, step))).one_or_none()
    return None if row is None else Draft(row.answers, row.seconds, row.saved_at)


def stored_reads(connection: Connection, study_key: str, username: str | None) -> list[StoredRead]:
    """The locked reads of a study, or of one person in it, in the order in which they were locked."""
    rows = select(read, account.c.username).join(account).where(read.c.study_key == study_key)
    if username is not None:
        rows = rows.where(account.c.username_folded == people.folded(username))
    return list(_stored(connection.execute(rows.order_by(read.c.id))))


def _stored(rows: Iterable[Row]) -> Iterable[StoredRead]:
    for row in rows:
        kept = Read(study=row.study_key, reader=row.username, case=row.case_key, condition=row.condition,
                    repeat=row.repeat, answers=Answers(**row.answers), started_at=row.started_at,
                    seconds=row.seconds, shown=row.shown)
        yield StoredRead(row.id, kept, row.position, row.locked_at, row.wall_seconds)
