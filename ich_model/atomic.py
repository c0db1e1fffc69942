"""Files and folders that appear whole or not at all, also when their writer is killed or the disk is full. Torch-free.

What is written lies in a working folder beside its target, is flushed to the disk and then renamed onto the target. A
process that is killed leaves its working folder behind, which the next writer of the same target removes.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ich_model.working_folders import working_folder

PRIVATE = 0o600
_NOT_FOR_FOLDERS = (errno.EINVAL, errno.EBADF)  # what SMB and some others say where a folder is to be flushed


@contextmanager
def atomic_file(target: Path, *, private: bool = False, replaces: bool = True) -> Iterator[Path]:
    """A path to write a file to; at the end that file is the target, on disk, and where the block raises nothing is.

    Args:
        target: Where the file is to lie. Its folder is made where it is missing.
        private: Whether only its owner may read it.
        replaces: Whether a file that is there already is replaced.

    Raises:
        ValueError: where the target exists, before or after the block, and is not to be replaced.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with working_folder(target.parent, target.name) as folder:
        if not replaces:
            refuse_existing(target, "file")
        written = folder / target.name
        yield written
        if private:
            written.chmod(PRIVATE)
        _flush(written)
        if replaces:
            written.replace(target)
        else:
            _link_new(written, target)
        _flush(target.parent)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """A folder to write files in; at the end that folder is the target, on disk, and where the block raises nothing is.

    Raises:
        ValueError: where the target exists, before or after the block.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with working_folder(target.parent, target.name) as folder:
        refuse_existing(target, "folder")
        written = folder / target.name
        written.mkdir()
        yield written
        refuse_existing(target, "folder")
        move_folder(written, target)


def move_folder(written: Path, target: Path) -> None:
    """Flushes a finished folder and all in it, and gives it its place on the same file system.

    Raises:
        ValueError: where there is a file or a folder already that is not empty.
    """
    for path in [*written.rglob("*"), written]:
        _flush(path)
    try:
        written.rename(target)
    except OSError:
        refuse_existing(target, "folder")  # another writer was first
        raise
    _flush(target.parent)


def refuse_existing(target: Path, kind: str) -> None:
    """ValueError where a file or folder is there already: results are not mixed with older ones."""
    if target.exists():
        raise ValueError(f"{target}: exists already, expected a new {kind}")


def _link_new(written: Path, target: Path) -> None:
    """Gives a file its name; unlike a rename, a link never replaces a file that has come there meanwhile."""
    try:
        os.link(written, target)
    except FileExistsError as error:
        raise ValueError(f"{target}: exists already, expected a new file") from error


def _flush(path: Path) -> None:
    """Returns once a file's content, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if not (path.is_dir() and error.errno in _NOT_FOR_FOLDERS):
            raise
    finally:
        os.close(descriptor)
