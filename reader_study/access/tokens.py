"""One-time tokens: the database holds only their SHA-256, with what each is for and when it expires.

A stolen copy of the database therefore opens nothing.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from reader_study.store.schema import meta

TOKEN_BYTES = 32
Records = dict[str, dict[str, Any]]
"""Digest of a token -> what it is for, with `until`, the end of its life."""


def new_token() -> str:
    """A new secret."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    """What the database holds of a token."""
    return sha256(token.encode()).hexdigest()


def working(connection: Connection, kind: str, *, now: datetime) -> Records:
    """The tokens of a kind that still work."""
    kept = connection.scalar(select(meta.c.value).where(meta.c.key == kind))
    return {name: record for name, record in json.loads(kept or "{}").items()
            if datetime.fromisoformat(record["until"]) > now}


def keep(connection: Connection, kind: str, records: Records) -> None:
    """Let these tokens of a kind work, and no others."""
    connection.execute(meta.delete().where(meta.c.key == kind))
    connection.execute(meta.insert().values(key=kind, value=json.dumps(records)))


def record(token: str, *, now: datetime, life: timedelta, **about: Any) -> Records:
    """A token as it is kept: by its digest, with its end and what it is for."""
    return {digest(token): {"until": (now + life).isoformat(), **about}}


def used_up(records: Records, token: str) -> Mapping[str, Any] | None:
    """Takes a token out of the records: what it was for; None where it does not work."""
    return records.pop(digest(token), None)
