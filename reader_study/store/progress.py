"""Progress of a study's readers: locked and missing reads, last activity, median reading time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import func, select

from reader_study.store import audit
from reader_study.store.schema import account, draft
from reader_study.store.store import Store
from reader_study.study.design import Person, Role
from reader_study.study.read import Condition, Step
from reader_study.study.worklist import Worklist


@dataclass(frozen=True)
class Progress:
    """One reader's progress; `median_seconds` is of the active seconds of their locked reads."""

    reader: Person
    worklist: Worklist
    last_active: datetime | None  # the last lock or saved draft
    median_seconds: float | None
    has_draft: bool

    @property
    def done(self) -> int:
        """Number of locked reads."""
        return self.worklist.done

    @property
    def total(self) -> int:
        """Number of reads to be made."""
        return self.worklist.total

    @property
    def complete(self) -> bool:
        """Whether all reads are locked."""
        return self.worklist.complete

    @property
    def now(self) -> str:
        """What the reader is doing, in a word or two."""
        if self.complete:
            return "done"
        if self.worklist.waits_until:
            return f"washout to {self.worklist.waits_until:%Y-%m-%d}"
        if self.has_draft:
            return "paused in a case"
        return "between cases" if self.done else "not begun"


def of_study(store: Store, study_key: str) -> list[Progress]:
    """The progress of each reader, in the order in which they came."""
    drafts, seconds, locked_at = _drafts(store, study_key), defaultdict(list), {}
    for stored in store.reads(study_key):
        seconds[stored.read.reader].append(stored.read.seconds)
        locked_at[stored.read.reader] = stored.locked_at
    rows = []
    for reader, worklist in worklists_of(store, study_key):
        times = [at for at in (locked_at.get(reader.username), drafts.get(reader.username)) if at]
        own = seconds[reader.username]
        rows.append(Progress(reader, worklist, max(times, default=None),
                             median(own) if own else None, reader.username in drafts))
    return rows


def _drafts(store: Store, study_key: str) -> dict[str, datetime]:
    """When each reader's last draft was saved, by username."""
    rows = select(account.c.username, func.max(draft.c.saved_at).label("at")).join(account).where(
        draft.c.study_key == study_key).group_by(account.c.username)
    with store.reading() as connection:
        return {row.username: datetime.fromisoformat(row.at) if isinstance(row.at, str) else row.at
                for row in connection.execute(rows)}


def missing_reads(progress: Iterable[Progress]) -> list[dict[str, object]]:
    """One row a read that is not locked: reader, case, condition, repeat, and its place in the reader's order."""
    return [
        {"Reader": row.reader.display_name, "Case": step.case_key, "Condition": step.condition.value,
         "Repeat": step.repeat, "Place": place}
        for row in progress
        for place, step in enumerate(row.worklist.steps, 1) if step not in row.worklist.locked
    ]


def worklists_of(store: Store, study_key: str) -> list[tuple[Person, Worklist]]:
    """The readers of a study with their worklists, in the order in which they came.

    Orders and repeats follow from a reader's name; of one who was forgotten, they are those that were written down.
    """
    written_down, found = steps_of(store, study_key), []
    for reader in (person for person in store.people(study_key) if person.role is Role.READER):
        worklist = store.worklist(study_key, reader.username)
        if reader.username in written_down:
            steps = tuple(Step(str(case), Condition(str(condition)), int(repeat))
                          for case, condition, repeat in written_down[reader.username])
            worklist = Worklist(steps, worklist.locked, training=worklist.training)
        found.append((reader, worklist))
    return found


def steps_of(store: Store, study_key: str) -> dict[str, list[list[str | int]]]:
    """The steps of those who were forgotten, by pseudonym: case, condition and repeat of each, as written down then.

    The first releases wrote the order of the cases only; their studies had no repeats.
    """
    conditions = store.study(study_key).conditions
    return {entry.details["pseudonym"]: entry.details.get("steps") or [
                [case, condition.value, 0] for case in entry.details["order"] for condition in conditions]
            for entry in store.audit(study_key) if entry.action == audit.READER_FORGOTTEN}
