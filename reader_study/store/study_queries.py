"""SQL of a study's life, draft to unlocked, and what may change at each stage; each runs inside a transaction.

After the first read only this changes: readers come in, the deadline moves, thresholds are recorded, the study closes,
its results are unlocked, and readers who are not done are taken in or left out. All of it is audited.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from reader_study.store import audit, case_queries, read_queries
from reader_study.store.schema import Row, account, prediction, study, study_case, threshold
from reader_study.study.definition import Study
from reader_study.study.design import Readiness, Role, why_not_open
from reader_study.study.errors import NotAllowed, StudyFrozen

THRESHOLD_RANGE = (0.0, 1.0)


@dataclass(frozen=True)
class Threshold:
    """The score from which a rater's call is poor, as it was recorded before the results were open."""

    rater: str
    value: float
    recorded_at: datetime


def create(connection: Connection, new: Study, *, now: datetime) -> None:
    """Store the definition of a new study, a draft; ValueError where its key is taken."""
    if new.key in connection.scalars(select(study.c.key)).all():
        raise ValueError(f"study {new.key} exists already: expected a new key")
    connection.execute(study.insert().values(key=new.key, definition=asdict(new), created_at=now))
    audit.append(connection, at=now, action=audit.STUDY_CREATED, study_key=new.key, definition=asdict(new))


def change(connection: Connection, new: Study, *, by: int | None, now: datetime) -> None:
    """Replace the definition of a study; StudyFrozen once it holds a read.

    Raises:
        NotAllowed: where a study would become a demo, or a demo a study.
    """
    of = case_queries.study_row(connection, new.key)
    if case_queries.has_reads(connection, new.key):
        raise StudyFrozen(f"study {new.key} holds reads: its definition cannot change any more")
    if read_queries.defined(of.definition).demo != new.demo:
        raise NotAllowed(f"study {new.key}: a study does not become a demo, nor a demo a study")
    if read_queries.defined(of.definition) == new:
        return
    definition = asdict(new)
    connection.execute(study.update().where(study.c.key == new.key).values(definition=definition))
    audit.append(connection, at=now, action=audit.STUDY_CHANGED, study_key=new.key, account_id=by,
                 definition=definition)


def readiness(connection: Connection, study_key: str) -> Readiness:
    """What a study holds before it opens."""
    models = defaultdict(list)
    for row in connection.execute(select(prediction.c.case_key, prediction.c.variant, prediction.c.weights_id)
                                  .where(prediction.c.study_key == study_key).order_by(prediction.c.id)):
        models[row.case_key].append((row.variant, row.weights_id))
    n_readers = connection.execute(select(func.count()).where(
        account.c.study_key == study_key, account.c.role == Role.READER.value)).scalar_one()
    cases = connection.scalars(select(study_case.c.key).where(study_case.c.study_key == study_key)
                               .order_by(study_case.c.id))
    return Readiness(tuple(cases), n_readers, {case: tuple(of) for case, of in models.items()},
                     case_queries.truths(connection, study_key))


def reasons(connection: Connection, study_key: str) -> list[str]:
    """Why reading cannot begin, one sentence each; empty where it can."""
    return why_not_open(read_queries.study_of(connection, study_key), readiness(connection, study_key))


def open_(connection: Connection, study_key: str, *, by: int | None, now: datetime) -> None:
    """Let reading begin; NotAllowed with the reasons where it cannot. Opening again changes nothing."""
    if case_queries.study_row(connection, study_key).opened_at is not None:
        return
    if why := reasons(connection, study_key):
        raise NotAllowed(f"study {study_key} cannot open yet. {' '.join(why)}")
    set_once(connection, study_key, audit.STUDY_OPENED, by=by, now=now)


def set_once(connection: Connection, study_key: str, action: str, *, by: int | None, now: datetime) -> None:
    """Write a time of a study's life, that of one of `audit.MOMENTS`, if it has none yet."""
    column = audit.MOMENTS[action]
    if getattr(case_queries.study_row(connection, study_key), column) is None:
        connection.execute(study.update().where(study.c.key == study_key).values({column: now}))
        audit.append(connection, at=now, action=action, study_key=study_key, account_id=by)


def set_deadline(
    connection: Connection, study_key: str, when: datetime | None, *, by: int | None, now: datetime
) -> None:
    """Take reads until a time, or without an end; NotAllowed once the study is closed.

    Raises:
        ValueError: for a time without its zone.
    """
    of = case_queries.study_row(connection, study_key)
    _check_not_closed(of)
    if when is not None and when.tzinfo is None:
        raise ValueError(f"deadline: expected a time with its zone, got {when.isoformat()}")
    connection.execute(study.update().where(study.c.key == study_key).values(deadline=when))
    audit.append(connection, at=now, action=audit.DEADLINE_SET, study_key=study_key, account_id=by,
                 deadline=when.isoformat() if when else None)


def _check_not_closed(of: Row) -> None:
    if of.closed_at is not None:
        raise NotAllowed(f"study {of.key} is closed: its deadline cannot move any more")


def take_in_unfinished(
    connection: Connection, study_key: str, taken_in: bool, *, by: int | None, now: datetime
) -> None:
    """Keep whether readers who are not done are compared with the others; the same choice again changes nothing."""
    if case_queries.study_row(connection, study_key).takes_in_unfinished == taken_in:
        return
    connection.execute(study.update().where(study.c.key == study_key).values(takes_in_unfinished=taken_in))
    audit.append(connection, at=now, action=audit.UNFINISHED_CHOSEN, study_key=study_key, account_id=by,
                 taken_in=taken_in)


def record_threshold(
    connection: Connection, study_key: str, rater: str, value: float, *, by: int | None, now: datetime
) -> None:
    """Record a rater's threshold, once and for good; NotAllowed after unlocking, or where the rater has one.

    Raises:
        ValueError: where it lies outside the scale.
    """
    low, high = THRESHOLD_RANGE
    if not low <= value <= high:
        raise ValueError(f"threshold of {rater}: expected {low:g} to {high:g}, got {value}")
    if case_queries.study_row(connection, study_key).unlocked_at is not None:
        raise NotAllowed(f"study {study_key} is unlocked: expected thresholds to be recorded before the results show")
    if any(known.rater == rater for known in thresholds(connection, study_key)):
        raise NotAllowed(f"threshold of {rater}: it is recorded already and stands")
    values = {"study_key": study_key, "rater": rater, "value": float(value), "recorded_at": now}
    audit.seal(connection, audit.THRESHOLDS, values, at=now, study_key=study_key, account_id=by)


def thresholds(connection: Connection, study_key: str) -> list[Threshold]:
    """The thresholds of a study, oldest first."""
    rows = connection.execute(select(threshold).where(threshold.c.study_key == study_key).order_by(threshold.c.id))
    return [Threshold(row.rater, row.value, row.recorded_at) for row in rows]
