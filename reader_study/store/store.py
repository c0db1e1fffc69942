"""The store of a study: definitions, cases, truth, predictions, reads and their audit trail, in SQLite or PostgreSQL.

Each method is one transaction. What it may not do it refuses here, whatever a page shows or hides.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from ich_model.tasks import Prediction
from reader_study.store import (
    account_queries,
    assignment_queries,
    audit,
    case_queries,
    read_queries,
    study_queries,
    upgrade,
)
from reader_study.store.audit import AuditEntry, BrokenEntry
from reader_study.store.database import Database, utc_now
from reader_study.store.schema import study
from reader_study.study.definition import Fact, Study
from reader_study.study.design import Case, Person, StudyState, Truth, feedback_open
from reader_study.study.errors import NotAllowed
from reader_study.study.read import Answers, Draft, Read, Step, StoredRead
from reader_study.study.worklist import Worklist


class Store(Database):
    """A study database, by SQLAlchemy URL. A new one is created; `clock` is the server's time.

    A database of an older release is upgraded, after its backup was written into the folder `backups` (for SQLite the
    folder of its file unless another is named).
    """

    def __init__(self, url: str, *, clock: Callable[[], datetime] = utc_now, backups: Path | None = None) -> None:
        super().__init__(url)
        self.url, self.now = url, clock
        upgrade.bring_up_to_date(self, backups=backups or upgrade.folder_beside(url))

    @contextmanager
    def recording(self) -> Iterator[Connection]:
        """A writing transaction that adds to the audit trail: they queue, so each sees what the one before did."""
        with self.writing(in_turn=True) as connection:
            audit.take_turn(connection)
            yield connection

    # Studies

    def create_study(self, new: Study) -> None:
        """Store the definition of a study, as a draft; ValueError where its key is taken."""
        with self.recording() as connection:
            study_queries.create(connection, new, now=self.now())

    def update_study(self, new: Study, *, by: str | None = None) -> None:
        """Replace the definition of a study; StudyFrozen once it holds a read."""
        with self._acting(new.key, by) as (connection, account_id):
            study_queries.change(connection, new, by=account_id, now=self.now())

    def study(self, key: str) -> Study:
        """The definition of a study; ValueError where there is none."""
        with self.reading() as connection:
            return read_queries.study_of(connection, key)

    def studies(self) -> list[Study]:
        """All studies, in the order in which they were created."""
        with self.reading() as connection:
            rows = connection.scalars(select(case_queries.DEFINITION).order_by(study.c.created_at, study.c.key))
            return [read_queries.defined(definition) for definition in rows]

    def state(self, study_key: str) -> StudyState:
        """Where a study is in its life, and whether it holds reads."""
        with self.reading() as connection:
            row = case_queries.study_row(connection, study_key)
            return StudyState(
                case_queries.has_reads(connection, study_key), opened=row.opened_at is not None,
                closed=row.closed_at is not None, unlocked=row.unlocked_at is not None, deadline=row.deadline,
                takes_in_unfinished=row.takes_in_unfinished,
            )

    def why_not_open(self, study_key: str) -> list[str]:
        """Why reading cannot begin, one sentence each; empty where it can."""
        with self.reading() as connection:
            return study_queries.reasons(connection, study_key)

    def open_study(self, study_key: str, *, by: str | None = None) -> None:
        """Let reading begin; NotAllowed with the reasons where it cannot. `by`: a coordinator; None: a command."""
        with self._acting(study_key, by) as (connection, account_id):
            study_queries.open_(connection, study_key, by=account_id, now=self.now())

    def set_deadline(self, study_key: str, when: datetime | None, *, by: str | None = None) -> None:
        """Take reads until a time, or without an end; NotAllowed once the study is closed."""
        with self._acting(study_key, by) as (connection, account_id):
            study_queries.set_deadline(connection, study_key, when, by=account_id, now=self.now())

    def set_closed(self, study_key: str, *, by: str | None = None) -> None:
        """Take no further reads. `by` is a coordinator's username; None is the command line."""
        self._set_once(study_key, audit.STUDY_CLOSED, by=by)

    def set_unlocked(self, study_key: str, *, by: str | None = None) -> None:
        """Show the results from now on. `by` is a coordinator's username; None is the command line."""
        self._set_once(study_key, audit.STUDY_UNLOCKED, by=by)

    def _set_once(self, study_key: str, action: str, *, by: str | None) -> None:
        with self._acting(study_key, by) as (connection, account_id):
            study_queries.set_once(connection, study_key, action, by=account_id, now=self.now())

    def take_in_unfinished(self, study_key: str, taken_in: bool, *, by: str | None = None) -> None:
        """Compare readers who are not done with the others, or leave them out; so it stays for page and exports."""
        with self._acting(study_key, by) as (connection, account_id):
            study_queries.take_in_unfinished(connection, study_key, taken_in, by=account_id, now=self.now())

    def record_threshold(self, study_key: str, rater: str, value: float, *, by: str | None = None) -> None:
        """Record the score from which a rater's call is poor, before the results are unlocked; it stands then."""
        with self._acting(study_key, by) as (connection, account_id):
            study_queries.record_threshold(connection, study_key, rater, value, by=account_id, now=self.now())

    def thresholds(self, study_key: str) -> list[study_queries.Threshold]:
        """The recorded thresholds, oldest first."""
        with self.reading() as connection:
            return study_queries.thresholds(connection, study_key)

    @contextmanager
    def _acting(self, study_key: str, by: str | None) -> Iterator[tuple[Connection, int | None]]:
        """A recording transaction of a coordinator (or of the command line), with their account's id."""
        with self.recording() as connection:
            case_queries.study_row(connection, study_key)
            yield connection, account_queries.acting_coordinator(connection, study_key, by)

    # Cases, truth, predictions

    def add_case(self, study_key: str, new: Case) -> None:
        """Add a case; StudyFrozen once the study holds a read."""
        self.add_cases(study_key, [new])

    def add_cases(self, study_key: str, new: Iterable[Case], truths: dict[str, Truth] | None = None) -> None:
        """Add cases with their truth, all or none; StudyFrozen once the study holds a read."""
        with self.recording() as connection:
            of = case_queries.study_row(connection, study_key)
            case_queries.add_cases(connection, of, new, now=self.now())
            case_queries.put_truths(connection, of, truths or {}, now=self.now())

    def cases(self, study_key: str) -> list[Case]:
        """The cases of a study in the order in which they were added (no reader's order)."""
        with self.reading() as connection:
            return case_queries.cases(connection, study_key)

    def case(self, study_key: str, case_key: str) -> Case | None:
        """One case of a study; None where it has no such case."""
        with self.reading() as connection:
            return case_queries.case(connection, study_key, case_key)

    def set_truth(self, study_key: str, case_key: str, new: Truth) -> None:
        """Record or correct the truth of a case, until the results are unlocked. The audit trail names the case only.

        Outcomes may come in after the reads, so reads do not freeze this; seeing the results does.
        """
        self.set_truths(study_key, {case_key: new})

    def set_truths(self, study_key: str, new: dict[str, Truth]) -> None:
        """Record or correct the truth of several cases, all or none."""
        with self.recording() as connection:
            case_queries.put_truths(connection, case_queries.study_row(connection, study_key), new, now=self.now())

    def truths(self, study_key: str) -> dict[str, Truth]:
        """The truth by case key. For callers that passed `permissions.may_see_results`."""
        with self.reading() as connection:
            return case_queries.truths(connection, study_key)

    def add_prediction(self, study_key: str, new: Prediction) -> None:
        """Store what a network says of a case; ValueError where these weights have already said it."""
        with self.recording() as connection:
            case_queries.add_prediction(connection, study_key, new, now=self.now())

    def predictions(self, study_key: str, case_key: str | None = None) -> list[Prediction]:
        """The predictions of a study or of one case. For callers that passed `may_see_model_output`."""
        with self.reading() as connection:
            return case_queries.predictions(connection, study_key, case_key)

    def cases_to_predict(self, study_key: str) -> list[Case]:
        """The cases of a study that no network has said anything of yet."""
        known = {prediction.case for prediction in self.predictions(study_key)}
        return [case for case in self.cases(study_key) if case.key not in known]

    # People and reads

    def people(self, study_key: str) -> list[Person]:
        """Everyone in a study, in the order in which they came."""
        with self.reading() as connection:
            return account_queries.people(connection, study_key)

    def worklist(self, study_key: str, reader: str) -> Worklist:
        """A reader's steps in their order and which are locked; NotAllowed for who is no reader of the study."""
        with self.reading() as connection:
            row = account_queries.reader_row(connection, study_key, reader)
            of = case_queries.study_row(connection, study_key)
            return read_queries.worklist_of(connection, of, row, now=self.now())

    def assign(self, study_key: str, reader: str, cases: Iterable[str], *, by: str | None = None) -> None:
        """Let a reader read these cases only, all of them where none is named; before their first read."""
        with self._acting(study_key, by) as (connection, account_id):
            row = account_queries.reader_row(connection, study_key, reader)
            assignment_queries.assign(connection, study_key, row, list(cases), at=self.now(), by=account_id)

    def start_read(self, study_key: str, reader: str, step: Step) -> datetime:
        """When the reader first opened this step (now, the first time); NotAllowed unless it is their next one."""
        with self.reading() as connection:
            before = read_queries.opened_before(connection, study_key, reader, step, now=self.now())
        if before is not None:
            return before
        with self.writing() as connection:
            return read_queries.open_step(connection, study_key, reader, step, now=self.now())

    def opened_at(self, study_key: str, reader: str, step: Step) -> datetime:
        """When the reader first opened a step, open or locked; NotAllowed where they never have."""
        with self.reading() as connection:
            return read_queries.opened_at(connection, study_key, reader, step)

    def lock_read(self, new: Read) -> StoredRead:
        """Lock a read for good; AlreadyRead or NotAllowed where the design forbids it, ValueError for its answers."""
        with self.recording() as connection:
            return read_queries.lock(connection, new, now=self.now())

    def correct_read(self, study_key: str, reader: str, step: Step, answers: Answers, reason: str) -> StoredRead:
        """Append other answers to a reader's own locked read, where the study allows it; the history stays."""
        with self.recording() as connection:
            read_queries.correct(connection, study_key, reader, step, answers=answers, reason=reason, now=self.now())
        return next(stored for stored in self.reads(study_key, reader) if stored.read.step == step)

    def save_draft(
        self, study_key: str, reader: str, step: Step, answers: dict[str, Any], *, seconds: float,
        viewing: dict[str, Any] | None = None,
    ) -> None:
        """Keep answers that are not locked yet, with the active seconds and how the case was looked at so far."""
        with self.writing() as connection:
            read_queries.save_draft(connection, study_key, reader, step, answers=answers, seconds=seconds,
                                    viewing=viewing, now=self.now())

    def draft(self, study_key: str, reader: str, step: Step) -> Draft | None:
        """The answers kept for a step; None where nothing was."""
        with self.reading() as connection:
            return read_queries.draft_of(connection, study_key, reader, step)

    def clinical_shown(self, study_key: str, reader: str, step: Step) -> dict[Fact, int | float | str]:
        """The clinical data that the study shows in a reader's next step; empty for any other."""
        with self.reading() as connection:
            of = case_queries.study_row(connection, study_key)
            row = account_queries.reader_row(connection, study_key, reader)
            known = case_queries.truths(connection, study_key).get(step.case_key)
            if known is None or read_queries.worklist_of(connection, of, row, now=self.now()).next_step != step:
                return {}
            return {fact: known.fact(fact) for fact in read_queries.defined(of.definition).facts_in(step.condition)}

    def feedback(self, study_key: str, reader: str, case_key: str) -> Truth | None:
        """The reference standard of a training case that the reader has done; NotAllowed for any other case."""
        if not feedback_open(self.worklist(study_key, reader), case_key):
            raise NotAllowed(f"{case_key}: its reference standard is not open to {reader}")
        return self.truths(study_key).get(case_key)

    def reads(self, study_key: str, reader: str | None = None) -> list[StoredRead]:
        """The locked reads of a study, or of one reader; others' reads only after `may_see_results`."""
        with self.reading() as connection:
            return read_queries.stored_reads(connection, study_key, reader)

    def read_at(self, study_key: str, reader: str, step: Step) -> StoredRead | None:
        """A reader's locked read of a step; None where it is not locked."""
        with self.reading() as connection:
            return next(iter(read_queries.stored_reads(connection, study_key, reader, step=step)), None)

    def seconds_of_reads(self, study_key: str, reader: str) -> list[float]:
        """The active seconds of each of a reader's locked reads."""
        with self.reading() as connection:
            return read_queries.seconds_of_reads(connection, study_key, reader)

    # The audit trail

    def audit(self, study_key: str) -> list[AuditEntry]:
        """What was done in a study, oldest first."""
        with self.reading() as connection:
            return audit.entries(connection, study_key)

    def verify(self) -> BrokenEntry | None:
        """The first audit entry or read that is not as it was written; None where all is whole."""
        with self.reading() as connection:
            return audit.verify(connection)

    def head(self) -> tuple[int, str]:
        """Sequence and hash of the last audit entry, to be noted where nobody who could rewrite the trail can."""
        with self.reading() as connection:
            return audit.head(connection)

    def place_of(self, entry_hash: str) -> int | None:
        """The sequence of the audit entry that has a hash noted earlier; None where no entry has it any more."""
        with self.reading() as connection:
            return audit.place_of(connection, entry_hash)
