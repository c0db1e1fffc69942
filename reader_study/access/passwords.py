"""Passwords: how long they are, and their slow hashes (argon2id)."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from reader_study.store.account_queries import AccountRefused

PASSWORD_LENGTH = (8, 200)  # characters; NIST SP 800-63B asks for at least 8

_hasher = PasswordHasher()


def check(password: str) -> None:
    """AccountRefused unless a new password is long enough, and not endless."""
    low, high = PASSWORD_LENGTH
    if not low <= len(password) <= high:
        raise AccountRefused(f"password: expected {low} to {high} characters, got {len(password)}")


def hashed(password: str) -> str:
    """The hash of a new password, after its check. It takes a moment: never inside a transaction."""
    check(password)
    return _hasher.hash(password)


def hashed_anew(password_hash: str, password: str) -> str:
    """The hash of a password that has just matched: another one where the costs of hashing have risen since."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(password_hash) else password_hash


def matches(password_hash: str | None, password: str) -> bool:
    """Whether a password matches a hash. Without a hash (None) it never does, and checking takes as long."""
    try:
        return _hasher.verify(password_hash or _nobodys_hash(), password) and password_hash is not None
    except VerifyMismatchError:
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))
