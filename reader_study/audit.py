"""The audit trail: a chain in which each entry holds the hash of the one before, and each locked read its digest."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.exc import DatabaseError

from reader_study.schema import account, audit, meta, read

FIRST_HASH = "0" * 64
READ_LOCKED = "read_locked"
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


def head(connection: Connection) -> tuple[int, str]:
    """Sequence and hash of the last entry; 0 and `FIRST_HASH` before the first."""
    return _place_and_hash(connection.scalar(HEAD))


def take_turn(connection: Connection) -> tuple[int, str]:
    """`head`, locked until the transaction ends, so that writers of the trail queue."""
    return _place_and_hash(connection.scalar(HEAD.with_for_update()))


def _place_and_hash(text: str) -> tuple[int, str]:
    sequence, _, last_hash = text.partition(":")
    return int(sequence), last_hash


def place_of(connection: Connection, entry_hash: str) -> int | None:
    """The sequence of the entry with a hash; None where there is none. It counts only in a trail that `verify` passes.

    Who rewrites the whole trail makes it whole again, but with other hashes than those that were noted elsewhere.
    """
    if entry_hash == FIRST_HASH:
        return 0
    return connection.scalar(select(audit.c.sequence).where(audit.c.hash == entry_hash))


def append(
    connection: Connection, *, at: datetime, action: str, study_key: str | None,
    account_id: int | None = None, **details: Any,
) -> None:
    """Add an entry in the caller's own transaction: the act and its entry are stored together or not at all."""
    last, last_hash = take_turn(connection)
    entry = {"sequence": last + 1, "at": at, "study_key": study_key, "account_id": account_id, "action": action,
             "details": details, "previous_hash": last_hash}
    entry["hash"] = digest(entry)
    connection.execute(audit.insert().values(entry))
    connection.execute(meta.update().where(meta.c.key == "audit_head").values(value=f"{last + 1}:{entry['hash']}"))


def entries(connection: Connection, study_key: str | None = None) -> list[AuditEntry]:
    """The entries of a study, or of all, oldest first."""
    rows = select(audit, account.c.username).outerjoin(account, account.c.id == audit.c.account_id)
    if study_key is not None:
        rows = rows.where(audit.c.study_key == study_key)
    return [
        AuditEntry(row.sequence, row.at, row.study_key, row.username or SYSTEM, row.action, row.details, row.hash)
        for row in connection.execute(rows.order_by(audit.c.sequence))
    ]


def read_digest(row: Mapping[str, Any]) -> str:
    """Digest of a locked read: all its columns but its number."""
    return digest({name: value for name, value in row.items() if name != "id"})


def verify(connection: Connection) -> BrokenEntry | None:
    """The first entry or read that is not as it was written; None where all is whole. Writers wait meanwhile."""
    head, digests = take_turn(connection), {}
    return next(_broken_entries(connection, head, digests), None) or next(_broken_reads(connection, digests), None)


def _rows(connection: Connection, statement: Select, noun: str) -> Iterator[Row | BrokenEntry]:
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


def _broken_entries(
    connection: Connection, head: tuple[int, str], digests: dict[int, str]
) -> Iterator[BrokenEntry]:
    """Walk the chain; on the way collect the digest of each locked read into `digests`, by the read's number."""
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
        if row.action == READ_LOCKED:
            digests[row.details["read"]] = row.details["read_sha256"]
        last, last_hash = row.sequence, row.hash
    if head != (last, last_hash):
        yield BrokenEntry(f"audit entry {last + 1}", "the trail does not end at its recorded head")


def _broken_reads(connection: Connection, digests: dict[int, str]) -> Iterator[BrokenEntry]:
    for row in _rows(connection, select(read).order_by(read.c.id), "read"):
        if isinstance(row, BrokenEntry):
            yield row
            return
        if digests.pop(row.id, None) != read_digest(row._asdict()):
            yield BrokenEntry(f"read {row.id}", "it is not as it was locked")
    if digests:
        yield BrokenEntry(f"read {min(digests)}", "it is missing")
