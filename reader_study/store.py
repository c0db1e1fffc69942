"""The store of a study: definitions, cases, truth, predictions, reads and their audit trail, in SQLite or PostgreSQL.

Each method is one transaction. What it may not do it refuses here, whatever a page shows or hides.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import IntegrityError

from ich_model.tasks import Prediction
from reader_study import audit, database, locking, people
from reader_study.audit import AuditEntry, BrokenEntry
from reader_study.design import Case, Person, Study, StudyFrozen, StudyState, Truth, Worklist
from reader_study.reads import Draft, Read, Step, StoredRead
from reader_study.schema import prediction, read, study, study_case, truth


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


class Store:
    """A study database, by SQLAlchemy URL. A new one is created; `clock` is the server's time."""

    def __init__(self, url: str, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.url, self.now = url, clock
        self._engine = database.connect_to(url)
        with self.writing() as connection:
            database.create(connection, first_audit_head=audit.FIRST_HEAD)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end, undone when anything in it fails."""
        with self._engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    # Studies

    def create_study(self, new: Study) -> None:
        """Store the definition of a study; ValueError where its key is taken."""
        with self.writing() as connection:
            if self._study_row(connection, new.key, missing_ok=True) is not None:
                raise ValueError(f"study {new.key} exists already: expected a new key")
            connection.execute(study.insert().values(key=new.key, definition=asdict(new), created_at=self.now()))
            audit.append(connection, at=self.now(), action="study_created", study_key=new.key, definition=asdict(new))

    def study(self, key: str) -> Study:
        """The definition of a study; ValueError where there is none."""
        with self.reading() as connection:
            return locking.study_of(connection, key)

    def studies(self) -> list[Study]:
        """All studies, in the order in which they were created."""
        with self.reading() as connection:
            rows = connection.scalars(select(study.c.definition).order_by(study.c.created_at))
            return [Study(**definition) for definition in rows]

    def state(self, study_key: str) -> StudyState:
        """Whether a study holds reads, is closed to new ones, and shows its results."""
        with self.reading() as connection:
            row = self._study_row(connection, study_key)
            return StudyState(_has_reads(connection, study_key), row.closed_at is not None, row.unlocked_at is not None)

    def set_unlocked(self, study_key: str, *, by: str | None = None) -> None:
        """Show the results from now on. `by` is a coordinator's username; None is the command line."""
        self._set_once(study_key, "unlocked_at", action="study_unlocked", by=by)

    def set_closed(self, study_key: str, *, by: str | None = None) -> None:
        """Take no further reads. `by` is a coordinator's username; None is the command line."""
        self._set_once(study_key, "closed_at", action="study_closed", by=by)

    def _set_once(self, study_key: str, column: str, *, action: str, by: str | None) -> None:
        with self.writing() as connection:
            row = self._study_row(connection, study_key)
            account_id = people.acting_coordinator(connection, study_key, by)
            if getattr(row, column) is None:
                connection.execute(study.update().where(study.c.key == study_key).values({column: self.now()}))
                audit.append(connection, at=self.now(), action=action, study_key=study_key, account_id=account_id)

    def _study_row(self, connection: Connection, key: str, *, missing_ok: bool = False) -> Row | None:
        row = connection.execute(select(study).where(study.c.key == key)).one_or_none()
        if row is None and not missing_ok:
            raise ValueError(f"no study {key!r} here: expected the key of a study that was created")
        return row

    # Cases, truth, predictions

    def add_case(self, study_key: str, new: Case) -> None:
        """Add a case; StudyFrozen once the study holds a read."""
        self.add_cases(study_key, [new])

    def add_cases(self, study_key: str, new: Iterable[Case], truths: dict[str, Truth] | None = None) -> None:
        """Add cases with their truth, all or none; StudyFrozen once the study holds a read."""
        with self.writing() as connection:
            self._study_row(connection, study_key)
            if _has_reads(connection, study_key):
                raise StudyFrozen(f"study {study_key} holds reads: expected all cases to be added before the first")
            for case in new:
                if _case_row(connection, study_key, case.key) is not None:
                    raise ValueError(f"{case.key} is already a case of study {study_key}: expected a new key")
                values = asdict(case)
                connection.execute(study_case.insert().values(study_key=study_key, **values))
                audit.append(connection, at=self.now(), action="case_added", study_key=study_key, **values)
            self._put_truths(connection, study_key, truths or {})

    def cases(self, study_key: str) -> list[Case]:
        """The cases of a study in the order in which they were added (no reader's order)."""
        with self.reading() as connection:
            rows = connection.execute(
                select(study_case).where(study_case.c.study_key == study_key).order_by(study_case.c.id)
            )
            return [_case_of(row) for row in rows]

    def case(self, study_key: str, case_key: str) -> Case | None:
        """One case of a study; None where it has no such case."""
        with self.reading() as connection:
            row = _case_row(connection, study_key, case_key)
            return None if row is None else _case_of(row)

    def set_truth(self, study_key: str, case_key: str, new: Truth) -> None:
        """Record or correct the truth of a case, until the results are unlocked. The audit trail names the case only.

        Outcomes may come in after the reads, so reads do not freeze this; seeing the results does.
        """
        self.set_truths(study_key, {case_key: new})

    def set_truths(self, study_key: str, new: dict[str, Truth]) -> None:
        """Record or correct the truth of several cases, all or none."""
        with self.writing() as connection:
            self._put_truths(connection, study_key, new)

    def _put_truths(self, connection: Connection, study_key: str, new: dict[str, Truth]) -> None:
        if self._study_row(connection, study_key).unlocked_at is not None and new:
            raise StudyFrozen(f"study {study_key} is unlocked: expected truth to be recorded before the results show")
        for case_key, values in new.items():
            if _case_row(connection, study_key, case_key) is None:
                raise ValueError(f"{case_key} is not a case of study {study_key}: its truth was not recorded")
            connection.execute(truth.delete().where(truth.c.study_key == study_key, truth.c.case_key == case_key))
            connection.execute(truth.insert().values(study_key=study_key, case_key=case_key, **asdict(values)))
            audit.append(connection, at=self.now(), action="truth_recorded", study_key=study_key, case=case_key)

    def truths(self, study_key: str) -> dict[str, Truth]:
        """The truth by case key. For callers that passed `permissions.may_see_results`."""
        with self.reading() as connection:
            rows = connection.execute(
                select(truth).where(truth.c.study_key == study_key).order_by(truth.c.case_key)
            )
            return {row.case_key: Truth(row.poor, row.gcs, row.age) for row in rows}

    def add_prediction(self, study_key: str, new: Prediction) -> None:
        """Store what a network says of a case; ValueError where these weights have already said it."""
        outputs = {"input_grid": new.input_grid, "cumulative": new.cumulative, "seconds": new.seconds,
                   "synthetic_weights": new.synthetic_weights}
        with self.writing() as connection:
            if _case_row(connection, study_key, new.case) is None:
                raise ValueError(f"{new.case} is not a case of study {study_key}: its prediction was not stored")
            try:
                connection.execute(prediction.insert().values(
                    study_key=study_key, case_key=new.case, variant=new.variant, weights_id=new.weights_id,
                    outputs=outputs,
                ))
            except IntegrityError as error:
                raise ValueError(f"{new.case} has already a prediction of {new.variant} {new.weights_id}: "
                                 "expected one for each case and weights") from error
            audit.append(connection, at=self.now(), action="prediction_added", study_key=study_key, case=new.case,
                         variant=new.variant, weights_id=new.weights_id)

    def predictions(self, study_key: str, case_key: str | None = None) -> list[Prediction]:
        """The predictions of a study or of one case. For callers that passed `may_see_model_output`."""
        rows = select(prediction).where(prediction.c.study_key == study_key).order_by(prediction.c.id)
        if case_key is not None:
            rows = rows.where(prediction.c.case_key == case_key)
        with self.reading() as connection:
            return [_prediction_of(row) for row in connection.execute(rows)]

    # People and reads

    def people(self, study_key: str) -> list[Person]:
        """Everyone in a study, in the order in which they came."""
        with self.reading() as connection:
            return people.people(connection, study_key)

    def worklist(self, study_key: str, reader: str) -> Worklist:
        """A reader's steps in their order and which are locked; NotAllowed for who is no reader of the study."""
        with self.reading() as connection:
            return locking.worklist_of(connection, study_key, people.reader_row(connection, study_key, reader))

    def start_read(self, study_key: str, reader: str, step: Step) -> datetime:
        """When the reader first opened this step (now, the first time); NotAllowed unless it is their next one."""
        with self.writing() as connection:
            return locking.open_step(connection, study_key, reader, step, now=self.now())

    def lock_read(self, new: Read) -> StoredRead:
        """Lock a read for good; AlreadyRead or NotAllowed where the design forbids it."""
        with self.writing() as connection:
            return locking.lock(connection, new, now=self.now())

    def save_draft(self, study_key: str, reader: str, step: Step, answers: dict[str, Any], *, seconds: float) -> None:
        """Keep answers that are not locked yet, with the active seconds so far."""
        with self.writing() as connection:
            locking.save_draft(
                connection, study_key, reader, step, answers=answers, seconds=seconds, now=self.now()
            )

    def draft(self, study_key: str, reader: str, step: Step) -> Draft | None:
        """The answers kept for a step; None where nothing was."""
        with self.reading() as connection:
            return locking.draft_of(connection, study_key, reader, step)

    def reads(self, study_key: str, reader: str | None = None) -> list[StoredRead]:
        """The locked reads of a study, or of one reader; others' reads only after `may_see_results`."""
        with self.reading() as connection:
            return locking.stored_reads(connection, study_key, reader)

    # The audit trail

    def audit(self, study_key: str) -> list[AuditEntry]:
        """What was done in a study, oldest first."""
        with self.reading() as connection:
            return audit.entries(connection, study_key)

    def verify(self) -> BrokenEntry | None:
        """The first audit entry or read that is not as it was written; None where all is whole."""
        with self.reading() as connection:
            return audit.verify(connection)


def _has_reads(connection: Connection, study_key: str) -> bool:
    return connection.scalar(select(func.count()).where(read.c.study_key == study_key)) > 0


def _case_row(connection: Connection, study_key: str, case_key: str) -> Row | None:
    return connection.execute(
        select(study_case).where(study_case.c.study_key == study_key, study_case.c.key == case_key)
    ).one_or_none()


def _case_of(row: Row) -> Case:
    return Case(row.key, row.folder, row.synthetic, tuple(row.shape), tuple(row.spacing_mm), row.content_sha256)


def _prediction_of(row: Row) -> Prediction:
    outputs = row.outputs
    return Prediction(
        row.case_key, row.variant, row.weights_id, tuple(outputs["input_grid"]),
        {target: tuple(values) for target, values in outputs["cumulative"].items()},
        outputs["seconds"], outputs["synthetic_weights"],
    )
