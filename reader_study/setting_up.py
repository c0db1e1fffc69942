"""A new study from the browser: a one-time link with which its first person becomes its coordinator.

The first start prints one for a workspace that has no study but the demo, and a coordinator can make one. The database
holds only the token's SHA-256.
"""

import json
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from reader_study import accounts, audit, lifecycle, passwords, people
from reader_study.definition import Study
from reader_study.design import Role
from reader_study.people import AccountRefused
from reader_study.schema import meta
from reader_study.store import Store

LINK_LIFE = timedelta(days=7)
SETUP = "setup_links"
SEED_BITS = 32


def _links(connection: Connection, now: datetime) -> dict[str, str]:
    """Digest -> end of life of the links that still work."""
    kept = connection.scalar(meta.select().with_only_columns(meta.c.value).where(meta.c.key == SETUP))
    return {digest: until for digest, until in json.loads(kept or "{}").items()
            if datetime.fromisoformat(until) > now}


def _keep(connection: Connection, links: dict[str, str]) -> None:
    connection.execute(meta.delete().where(meta.c.key == SETUP))
    connection.execute(meta.insert().values(key=SETUP, value=json.dumps(links)))


def has_study(store: Store) -> bool:
    """Whether there is a study besides a demo."""
    return any(not study.demo for study in store.studies())


def offer(store: Store, *, by: str | None = None, study_key: str | None = None) -> str:
    """A one-time token to set up a study; `by` is a coordinator of `study_key`, None is the command line."""
    token, now = secrets.token_urlsafe(32), store.now()
    with store.recording() as connection:
        actor = None if by is None else people.acting_coordinator(connection, study_key, by)
        links = {} if by is None else _links(connection, now)  # the first start's link replaces those before
        _keep(connection, links | {sha256(token.encode()).hexdigest(): (now + LINK_LIFE).isoformat()})
        audit.append(connection, at=now, action="setup_link_made", study_key=study_key, account_id=actor)
    return token


def works(store: Store, token: str) -> bool:
    """Whether a link can still be used."""
    with store.reading() as connection:
        return sha256(token.encode()).hexdigest() in _links(connection, store.now())


def set_up(store: Store, token: str, *, key: str, title: str, name: str, password: str) -> str:
    """A new draft study with its coordinator, signed in: a session's token. The link is used up.

    AccountRefused for a link that does not work and a name that is taken; ValueError for a key or title that cannot be.
    """
    new = Study(key=key, title=title, seed=secrets.randbits(SEED_BITS))
    password_hash, now, digest = passwords.hashed(password), store.now(), sha256(token.encode()).hexdigest()
    with store.recording() as connection:
        links = _links(connection, now)
        if links.pop(digest, None) is None:
            raise AccountRefused("link: it is unknown, used or older than seven days: ask for a new one")
        lifecycle.create(connection, new, now=now)
        row = people.add(connection, new.key, name, role=Role.COORDINATOR, password_hash=password_hash, now=now)
        audit.append(connection, at=now, action="study_set_up", study_key=new.key, account_id=row.id)
        _keep(connection, links)
        return accounts.begin_session(connection, row.id, now)
