"""Folders that live as long as one job, and the end of those whose process was killed.

A job holds a lock on a file beside its folder. The system lets go of it when the process ends, however it ends: a
folder whose lock is free, or that has none, belongs to nobody.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

_LOCK = ".lock"


@contextmanager
def alone(lock: Path, *, wait: bool = True) -> Iterator[None]:
    """Holds a lock file that is gone afterwards. Waits for whoever holds it, or raises BlockingIOError."""
    file = _taken(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(file)


@contextmanager
def working_folder(parent: Path, kind: str) -> Iterator[Path]:
    """A new folder `.kind-...` that is gone afterwards; those of the same kind that killed processes left go first."""
    sweep(parent, kind)
    folder = parent / f".{kind}-{secrets.token_hex(8)}"
    with alone(_lock_of(folder)):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def sweep(parent: Path, kind: str) -> None:
    """Removes the folders of a kind that belong to nobody any more."""
    for lock in parent.glob(f".{escape(kind)}-*{_LOCK}"):
        with suppress(BlockingIOError), alone(lock, wait=False):  # else it is at work
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
    for folder in parent.glob(f".{escape(kind)}-*"):
        if folder.is_dir() and not _lock_of(folder).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK)


def _taken(lock: Path, how: int) -> int:
    """An open file that holds the lock; BlockingIOError where it should not wait and another holds it."""
    while True:
        file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, how)
            if lock.exists() and lock.stat().st_ino == os.fstat(file).st_ino:
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)  # whoever held it before has removed it meanwhile
