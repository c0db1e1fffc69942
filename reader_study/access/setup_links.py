"""A new study from the browser: a one-time link with which its first person becomes its coordinator.

The first start prints one for a workspace that has no study but the demo, and a coordinator can make one.
"""

import secrets
from datetime import timedelta

from reader_study.access import accounts, passwords, tokens
from reader_study.store import account_queries, audit, study_queries
from reader_study.store.account_queries import AccountRefused
from reader_study.store.store import Store
from reader_study.study.definition import Study
from reader_study.study.design import Role

LINK_LIFE = timedelta(days=7)
SETUP = "setup_links"
SEED_BITS = 32


def has_study(store: Store) -> bool:
    """Whether there is a study besides a demo."""
    return any(not study.demo for study in store.studies())


def offer(store: Store, *, by: str | None = None, study_key: str | None = None) -> str:
    """A one-time token to set up a study; `by` is a coordinator of `study_key`, None is the command line.

    Raises:
        ValueError: where a coordinator is named without a study.
    """
    if by is not None and study_key is None:
        raise ValueError(f"study_key: expected the study of which {by} is a coordinator, got none")
    token, now = tokens.new_token(), store.now()
    with store.recording() as connection:
        actor = (None if by is None or study_key is None
                 else account_queries.acting_coordinator(connection, study_key, by))
        # The first start's link replaces those before.
        links = {} if by is None else tokens.working(connection, SETUP, now=now)
        tokens.keep(connection, SETUP, links | tokens.record(token, now=now, life=LINK_LIFE))
        audit.append(connection, at=now, action="setup_link_made", study_key=study_key, account_id=actor)
    return token


def works(store: Store, token: str) -> bool:
    """Whether a link can still be used."""
    with store.reading() as connection:
        return tokens.digest(token) in tokens.working(connection, SETUP, now=store.now())


def set_up(store: Store, token: str, *, key: str, title: str, name: str, password: str) -> str:
    """A new draft study with its coordinator, signed in: a session's token. The link is used up.

    AccountRefused for a link that does not work and a name that is taken; ValueError for a key or title that cannot be.
    """
    new = Study(key=key, title=title, seed=secrets.randbits(SEED_BITS))
    password_hash, now = passwords.hashed(password), store.now()
    with store.recording() as connection:
        links = tokens.working(connection, SETUP, now=now)
        if tokens.used_up(links, token) is None:
            raise AccountRefused("link: it is unknown, used or older than seven days: ask for a new one")
        study_queries.create(connection, new, now=now)
        row = account_queries.add(connection, new.key, name, role=Role.COORDINATOR, password_hash=password_hash,
                                  now=now)
        audit.append(connection, at=now, action="study_set_up", study_key=new.key, account_id=row.id)
        tokens.keep(connection, SETUP, links)
        return accounts.begin_session(connection, row.id, now)
