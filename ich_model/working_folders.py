"""Folders that live as long as one job, and the end of those whose process was killed.

A job holds a lock on a file beside its folder. The system lets go of it when the process ends, however it ends: a
folder whose lock is free, or that has none, belongs to nobody. Neither a process id, which means nothing on another
machine, nor an age, which a long job reaches too, could tell that. On storage that machines share their locks must be
shared as well, as NFS does unless it is mounted with `local_lock` or `nolock`.
"""

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

_LOCK = ".lock"
_TOKEN_BYTES = 8
_ANY_TOKEN = "[0-9a-f]" * (2 * _TOKEN_BYTES)  # a pattern; a folder of the user's that begins alike does not fit it
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def alone(lock: Path, *, wait: bool = True) -> Iterator[None]:
    """Holds a lock file that is gone afterwards. Waits for whoever holds it, or raises BlockingIOError."""
    with os.fdopen(_taken(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)):
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


@contextmanager
def working_folder(parent: Path, kind: str) -> Iterator[Path]:
    """A new folder `.kind-...` that is gone afterwards; those of the same kind that killed processes left go first."""
    sweep(parent, kind)
    folder = parent / f".{kind}-{secrets.token_hex(_TOKEN_BYTES)}"
    with alone(_lock_of(folder)):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


def sweep(parent: Path, kind: str) -> None:
    """Removes the folders of a kind that belong to nobody any more; what is not ours to remove stays."""
    ours = f".{escape(kind)}-{_ANY_TOKEN}"
    for lock in parent.glob(ours + _LOCK):
        with suppress(BlockingIOError, PermissionError), alone(lock, wait=False):  # at work, or of another user
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
    for folder in parent.glob(ours):
        if folder.is_dir() and not _lock_of(folder).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK)


def _taken(lock: Path, how: int) -> int:
    """An open file that holds the lock; BlockingIOError where it should not wait and another holds it."""
    while True:
        file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _hold(file, how, lock)
            if _is_at(lock, file):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)  # whoever held it before has removed it meanwhile


def _hold(file: int, how: int, lock: Path) -> None:
    try:
        fcntl.flock(file, how)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            lock.unlink(missing_ok=True)
            sentence = "its file system has no file locks, expected one that has; choose a folder elsewhere"
            raise OSError(error.errno, sentence, str(lock)) from error
        raise


def _is_at(path: Path, file: int) -> bool:
    """Whether a path still leads to an open file."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False
