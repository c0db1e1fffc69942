"""SQL of a study's cases, reference standard and predictions; each function runs inside a transaction.

The caller (`store`) begins and commits, and holds the turn to write the audit trail.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Text, bindparam, cast, func, select
from sqlalchemy.exc import IntegrityError

from ich_model.tasks import Prediction
from reader_study.store import audit
from reader_study.store.schema import Row, prediction, read, study, study_case, truth
from reader_study.study.design import Case, Truth
from reader_study.study.errors import StudyFrozen

DEFINITION = cast(study.c.definition, Text).label("definition")  # as text, which `read_queries.defined` caches by
STUDY = select(study.c.key, DEFINITION, study.c.opened_at, study.c.deadline, study.c.closed_at,
               study.c.unlocked_at, study.c.takes_in_unfinished).where(study.c.key == bindparam("study_key"))


def study_row(connection: Connection, study_key: str) -> Row:
    """The row of a study, its definition as JSON text; ValueError where there is none."""
    row = connection.execute(STUDY, {"study_key": study_key}).one_or_none()
    if row is None:
        raise ValueError(f"no study {study_key!r} here: expected the key of a study that was created")
    return row


def has_reads(connection: Connection, study_key: str) -> bool:
    """Whether a study holds a locked read, and so is frozen."""
    return connection.execute(select(func.count()).where(read.c.study_key == study_key)).scalar_one() > 0


def add_cases(connection: Connection, to: Row, new: Iterable[Case], *, now: datetime) -> None:
    """Add cases to the study of a row; StudyFrozen once it holds a read.

    Raises:
        ValueError: where a key is in use.
    """
    if has_reads(connection, to.key):
        raise StudyFrozen(f"study {to.key} holds reads: expected all cases to be added before the first")
    for added in new:
        if case(connection, to.key, added.key) is not None:
            raise ValueError(f"{added.key} is already a case of study {to.key}: expected a new key")
        values = asdict(added)
        connection.execute(study_case.insert().values(study_key=to.key, **values))
        audit.append(connection, at=now, action="case_added", study_key=to.key, **values)


def cases(connection: Connection, study_key: str) -> list[Case]:
    """The cases of a study in the order in which they were added."""
    rows = select(study_case).where(study_case.c.study_key == study_key).order_by(study_case.c.id)
    return [_case_of(row) for row in connection.execute(rows)]


def case(connection: Connection, study_key: str, case_key: str) -> Case | None:
    """One case of a study; None where it has no such case."""
    row = connection.execute(
        select(study_case).where(study_case.c.study_key == study_key, study_case.c.key == case_key)
    ).one_or_none()
    return None if row is None else _case_of(row)


def _case_of(row: Row) -> Case:
    return Case(row.key, row.folder, row.synthetic, tuple(row.shape), tuple(row.spacing_mm), row.content_sha256)


def put_truths(connection: Connection, to: Row, new: Mapping[str, Truth], *, now: datetime) -> None:
    """Record or correct the truth of cases; StudyFrozen once the study's results are unlocked.

    Raises:
        ValueError: where a case is not one of the study.
    """
    if to.unlocked_at is not None and new:
        raise StudyFrozen(f"study {to.key} is unlocked: expected truth to be recorded before the results show")
    for case_key, values in new.items():
        if case(connection, to.key, case_key) is None:
            raise ValueError(f"{case_key} is not a case of study {to.key}: its truth was not recorded")
        connection.execute(truth.delete().where(truth.c.study_key == to.key, truth.c.case_key == case_key))
        connection.execute(truth.insert().values(study_key=to.key, case_key=case_key, **asdict(values)))
        audit.append(connection, at=now, action="truth_recorded", study_key=to.key, case=case_key)


def truths(connection: Connection, study_key: str) -> dict[str, Truth]:
    """The truth of a study by case key."""
    rows = connection.execute(select(truth).where(truth.c.study_key == study_key).order_by(truth.c.case_key))
    return {row.case_key: Truth(row.poor, row.gcs, row.age, row.sex, row.volume_ml) for row in rows}


def add_prediction(connection: Connection, study_key: str, new: Prediction, *, now: datetime) -> None:
    """Store what a network says of a case; ValueError where these weights have already said it."""
    if case(connection, study_key, new.case) is None:
        raise ValueError(f"{new.case} is not a case of study {study_key}: its prediction was not stored")
    outputs = {"input_grid": new.input_grid, "cumulative": new.cumulative, "seconds": new.seconds,
               "synthetic_weights": new.synthetic_weights}
    try:
        connection.execute(prediction.insert().values(
            study_key=study_key, case_key=new.case, variant=new.variant, weights_id=new.weights_id, outputs=outputs,
        ))
    except IntegrityError as error:
        raise ValueError(f"{new.case} has already a prediction of {new.variant} {new.weights_id}: "
                         "expected one for each case and weights") from error
    audit.append(connection, at=now, action="prediction_added", study_key=study_key, case=new.case,
                 variant=new.variant, weights_id=new.weights_id)


def predictions(connection: Connection, study_key: str, case_key: str | None) -> list[Prediction]:
    """The predictions of a study, or of one case of it."""
    rows = select(prediction).where(prediction.c.study_key == study_key).order_by(prediction.c.id)
    if case_key is not None:
        rows = rows.where(prediction.c.case_key == case_key)
    return [_prediction_of(row) for row in connection.execute(rows)]


def _prediction_of(row: Row) -> Prediction:
    outputs = row.outputs
    return Prediction(
        row.case_key, row.variant, row.weights_id, tuple(outputs["input_grid"]),
        {target: tuple(values) for target, values in outputs["cumulative"].items()},
        outputs["seconds"], outputs["synthetic_weights"],
    )
