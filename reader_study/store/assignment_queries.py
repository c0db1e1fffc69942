"""SQL of assignments: which cases a reader reads; all of them, unless some were assigned."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, select

from reader_study.store import audit
from reader_study.store.schema import Row, assignment, read, study_case
from reader_study.study.errors import NotAllowed

ASSIGNED = and_(assignment.c.account_id == bindparam("account_id"), assignment.c.case_key == study_case.c.key)
CASES = select(study_case.c.key, assignment.c.case_key).outerjoin(assignment, ASSIGNED).where(
    study_case.c.study_key == bindparam("study_key")).order_by(study_case.c.id)


def cases_of(connection: Connection, study_key: str, account_id: int) -> tuple[str, ...]:
    """The keys of the cases that a reader reads, in the order in which they were added to the study."""
    rows = connection.execute(CASES, {"study_key": study_key, "account_id": account_id}).all()
    return tuple(key for key, own in rows if own) or tuple(key for key, _none in rows)


def assign(
    connection: Connection, study_key: str, reader: Row, cases: Collection[str], *, at: datetime, by: int | None
) -> None:
    """Let a reader read these cases and no others, or all again where none is named; before their first read only.

    Raises:
        NotAllowed: once the reader has locked a read.
        ValueError: where a case is not one of the study.
    """
    if connection.scalar(select(read.c.id).where(read.c.account_id == reader.id).limit(1)) is not None:
        raise NotAllowed(f"{reader.username} has locked reads: expected cases to be assigned before the first")
    known = set(connection.scalars(select(study_case.c.key).where(study_case.c.study_key == study_key)))
    if unknown := sorted(set(cases) - known):
        raise ValueError(f"{unknown[0]} is not a case of study {study_key}: nothing was assigned")
    connection.execute(assignment.delete().where(assignment.c.account_id == reader.id))
    for case_key in sorted(set(cases)):
        connection.execute(assignment.insert().values(study_key=study_key, account_id=reader.id, case_key=case_key))
    audit.append(connection, at=at, action="cases_assigned", study_key=study_key, account_id=by, reader=reader.id,
                 cases=sorted(set(cases)))
