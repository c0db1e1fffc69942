"""The audit trail: a chain in which each entry holds the hash of the one before, and each locked read its digest."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select
from sqlalchemy.exc import DatabaseError

from reader_study.store.schema import Row, account, audit, correction, meta, read, study, threshold

FIRST_HASH = "0" * 64
READ_LOCKED = "read_locked"
READ_CORRECTED = "read_corrected"
THRESHOLD_RECORDED = "threshold_recorded"
STUDY_CREATED, STUDY_CHANGED = "study_created", "study_changed"  # with the study's definition
DEADLINE_SET = "deadline_set"
STUDY_OPENED, STUDY_CLOSED, STUDY_UNLOCKED = "study_opened", "study_closed", "study_unlocked"
READER_FORGOTTEN = "reader_forgotten"
UNFINISHED_CHOSEN = "unfinished_readers_chosen"  # with `taken_in`
MOMENTS = {STUDY_OPENED: "opened_at", STUDY_CLOSED: "closed_at", STUDY_UNLOCKED: "unlocked_at"}
"""The entries that say when a study's life went on, and where the study holds the same time."""
_NOT_YET = {"closed_at": None, "unlocked_at": None}  # without an entry
_ADDED_LATER = ("viewing", "pressed_at", "press")  # columns of a read, empty in those of older releases
SYSTEM = "system"  # who acted where no person was signed in: the command line, the first start


@dataclass(frozen=True)
class AuditEntry:
    """One thing that was done. `actor` is a username, or "system" for the command line."""

    sequence: int
    at: datetime
    study_key: str | None
    actor: str
    action: str
    details: dict[str, Any]
    hash: str


class LostHead(ValueError):
    """The database no longer says where its audit trail ends."""


@dataclass(frozen=True)
class BrokenEntry:
    """The first thing that `verify` found changed, and in which way."""

    name: str
    reason: str


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256 of values as JSON with sorted keys; times count in UTC."""
    def text(value: Any) -> str:
        if not isinstance(value, datetime):
            raise TypeError(f"cannot put {type(value).__name__} into a digest")
        return value.astimezone(UTC).isoformat()

    return sha256(json.dumps(dict(values), sort_keys=True, allow_nan=False, default=text).encode()).hexdigest()


HEAD = select(meta.c.value).where(meta.c.key == "audit_head")
TURN = HEAD.with_for_update()
NEW_HEAD = meta.update().where(meta.c.key == "audit_head").values(value=bindparam("head"))
APPEND = audit.insert()


def head(connection: Connection) -> tuple[int, str]:
    """Sequence and hash of the last entry; 0 and `FIRST_HASH` before the first."""
    return _place_and_hash(connection.scalar(HEAD))


def take_turn(connection: Connection) -> tuple[int, str]:
    """`head`, locked until the transaction ends, so that writers of the trail queue."""
    return _place_and_hash(connection.scalar(TURN))


def _place_and_hash(text: str | None) -> tuple[int, str]:
    sequence, _, last_hash = (text or "").partition(":")
    if not sequence.isdecimal():
        raise LostHead(f"audit trail: its recorded head was changed: expected PLACE:HASH, got {text or 'none'}")
    return int(sequence), last_hash


def place_of(connection: Connection, entry_hash: str) -> int | None:
    """The sequence of the entry with a hash; None where there is none. It counts only in a trail that `verify` passes.

    Who rewrites the whole trail makes it whole again, but with other hashes than those that were noted elsewhere.
    """
    if entry_hash == FIRST_HASH:
        return 0
    place: int | None = connection.scalar(select(audit.c.sequence).where(audit.c.hash == entry_hash))
    return place


def append(
    connection: Connection, *, at: datetime, action: str, study_key: str | None,
    account_id: int | None = None, **details: Any,
) -> None:
    """Add an entry in the caller's own transaction: the act and its entry are stored together or not at all."""
    last, last_hash = take_turn(connection)
    entry = {"sequence": last + 1, "at": at, "study_key": study_key, "account_id": account_id, "action": action,
             "details": details, "previous_hash": last_hash}
    entry["hash"] = digest(entry)
    connection.execute(APPEND, entry)
    connection.execute(NEW_HEAD, {"head": f"{last + 1}:{entry['hash']}"})


def entries(connection: Connection, study_key: str | None = None) -> list[AuditEntry]:
    """The entries of a study, or of all, oldest first."""
    rows = select(audit, account.c.username).outerjoin(account, account.c.id == audit.c.account_id)
    if study_key is not None:
        rows = rows.where(audit.c.study_key == study_key)
    return [
        AuditEntry(row.sequence, row.at, row.study_key, row.username or SYSTEM, row.action, row.details, row.hash)
        for row in connection.execute(rows.order_by(audit.c.sequence))
    ]


def row_digest(row: Mapping[str, Any]) -> str:
    """Digest of what was locked: all its columns but its number, and but those that its release did not know."""
    return digest({name: value for name, value in row.items()
                   if name != "id" and not (name in _ADDED_LATER and value is None)})


@dataclass(frozen=True)
class Sealed:
    """A kind of rows that are never changed: each has its digest in the audit entry that says it was written."""

    noun: str
    table: Table
    action: str

    @property
    def digest_name(self) -> str:
        """Under which an entry holds the digest; under the noun it holds the row's number."""
        return f"{self.noun}_sha256"


READS = Sealed("read", read, READ_LOCKED)
CORRECTIONS = Sealed("correction", correction, READ_CORRECTED)
THRESHOLDS = Sealed("threshold", threshold, THRESHOLD_RECORDED)
SEALED = (READS, CORRECTIONS, THRESHOLDS)


def seal(
    connection: Connection, kind: Sealed, values: Mapping[str, Any], *, at: datetime, study_key: str,
    account_id: int | None, **details: Any,
) -> int:
    """Write one such row and its audit entry: the row's number."""
    number: int = connection.execute(kind.table.insert().returning(kind.table.c.id), dict(values)).scalar_one()
    append(connection, at=at, action=kind.action, study_key=study_key, account_id=account_id,
           **{kind.noun: number, kind.digest_name: row_digest(values)}, **details)
    return number


def verify(connection: Connection) -> BrokenEntry | None:
    """The first entry, locked row or study that is not as it was written; None where all is. Writers wait meanwhile."""
    try:
        head, told = take_turn(connection), Told()
    except LostHead:
        return BrokenEntry("audit trail", "its recorded head is missing or changed")
    broken = next(_broken_entries(connection, head, told), None)
    for kind in SEALED:
        broken = broken or next(_broken_rows(connection, kind, told.digests[kind.action]), None)
    return broken or next(_broken_studies(connection, told), None)


@dataclass(frozen=True)
class Told:
    """What the trail says that the other tables hold."""

    digests: dict[str, dict[int, str]] = field(default_factory=lambda: {kind.action: {} for kind in SEALED})
    """Of locked rows, by action and the row's number."""
    definitions: dict[str, Any] = field(default_factory=dict)  # by study: the last one
    times: dict[str, dict[str, datetime | None]] = field(default_factory=lambda: defaultdict(dict))
    """By study and column; a study of an older release was opened, or got its deadline, without an entry."""
    takes_in_unfinished: dict[str, bool] = field(default_factory=dict)  # by study; without an entry they are left out


# `Any`: as in `Row`, the columns' types are known to the database only.
def _rows(connection: Connection, statement: Select[*tuple[Any, ...]], noun: str) -> Iterator[Row | BrokenEntry]:
    """Rows one by one; a row whose text is no longer JSON, a time or UTF-8 comes out as broken, by its place."""
    result, place = connection.execute(statement), 0
    while True:
        place += 1
        try:
            row = result.fetchone()
        except (ValueError, DatabaseError):
            yield BrokenEntry(f"{noun} {place}", "its content cannot be decoded")
            return
        if row is None:
            return
        yield row


def _broken_entries(connection: Connection, head: tuple[int, str], told: Told) -> Iterator[BrokenEntry]:
    """Walk the chain, collecting into `told` what its entries say about other tables."""
    sealed = {kind.action: kind for kind in SEALED}
    last, last_hash = 0, FIRST_HASH
    for row in _rows(connection, select(audit).order_by(audit.c.sequence), "audit entry"):
        if isinstance(row, BrokenEntry):
            yield row
            return
        name, values = f"audit entry {row.sequence}", row._asdict()
        if row.sequence != last + 1:
            yield BrokenEntry(f"audit entry {last + 1}", "it is missing")
        if row.previous_hash != last_hash:
            yield BrokenEntry(name, "it does not hold the hash of the entry before")
        if values.pop("hash") != digest(values):
            yield BrokenEntry(name, "its content does not have its hash")
        if kind := sealed.get(row.action):
            told.digests[row.action][row.details[kind.noun]] = row.details[kind.digest_name]
        if row.action in (STUDY_CREATED, STUDY_CHANGED):
            told.definitions[row.study_key] = row.details["definition"]
        if column := MOMENTS.get(row.action):
            told.times[row.study_key][column] = row.at
        if row.action == UNFINISHED_CHOSEN:
            told.takes_in_unfinished[row.study_key] = row.details["taken_in"]
        if row.action == DEADLINE_SET:
            deadline = row.details["deadline"]
            told.times[row.study_key]["deadline"] = deadline and datetime.fromisoformat(deadline)
        last, last_hash = row.sequence, row.hash
    if head != (last, last_hash):
        yield BrokenEntry(f"audit entry {last + 1}", "the trail does not end at its recorded head")


def _broken_rows(connection: Connection, kind: Sealed, digests: dict[int, str]) -> Iterator[BrokenEntry]:
    for row in _rows(connection, select(kind.table).order_by(kind.table.c.id), kind.noun):
        if isinstance(row, BrokenEntry):
            yield row
            return
        if digests.pop(row.id, None) != row_digest(row._asdict()):
            yield BrokenEntry(f"{kind.noun} {row.id}", "it is not as it was locked")
    if digests:
        yield BrokenEntry(f"{kind.noun} {min(digests)}", "it is missing")


def _broken_studies(connection: Connection, told: Told) -> Iterator[BrokenEntry]:
    definitions = dict(told.definitions)
    for row in _rows(connection, select(study).order_by(study.c.key), "study"):
        if isinstance(row, BrokenEntry):
            yield row
            return
        if definitions.pop(row.key, None) != row.definition:
            yield BrokenEntry(f"study {row.key}", "its definition is not as it was recorded")
        for column, time in (_NOT_YET | told.times[row.key]).items():
            if getattr(row, column) != time:
                yield BrokenEntry(f"study {row.key}", f"its {column} is not as it was recorded")
        if row.takes_in_unfinished != told.takes_in_unfinished.get(row.key, False):
            yield BrokenEntry(f"study {row.key}", "its takes_in_unfinished is not as it was recorded")
    if definitions:
        yield BrokenEntry(f"study {min(definitions)}", "it is missing")
