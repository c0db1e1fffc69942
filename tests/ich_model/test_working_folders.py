"""A working folder lives as long as its job, and what a killed job left goes without harm to anything else."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from ich_model.working_folders import sweep, working_folder

DEAD, ALSO_DEAD = ".upload-0123456789abcdef", ".upload-456789abcdef0123"


def left(parent: Path, name: str, *, locked: bool = False) -> Path:
    """A folder with a file in it, as a killed job left it, with or without the file that it had locked."""
    (parent / name).mkdir()
    (parent / name / "scan.zip").write_bytes(b"words")
    if locked:
        (parent / f"{name}.lock").touch()
    return parent / name


def test_a_job_at_work_stays_and_one_that_was_killed_goes(tmp_path: Path) -> None:
    left(tmp_path, DEAD)
    left(tmp_path, ALSO_DEAD, locked=True)
    (tmp_path / ".upload-89abcdef01234567.lock").touch()
    with working_folder(tmp_path, "upload") as alive:
        (alive / "scan.nii").write_bytes(b"words")
        sweep(tmp_path, "upload")
        assert sorted(tmp_path.iterdir()) == [alive, alive.with_name(f"{alive.name}.lock")]
        assert (alive / "scan.nii").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_gone_when_its_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError, match="division"), working_folder(tmp_path, "upload"):
        1 / 0  # noqa: B018
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [
    ".upload", ".upload-", ".upload-old", ".upload-0123", ".upload-2-0123456789abcdef", "upload-0123456789abcdef",
    ".upload-0123456789ABCDEF", ".upload-0123456789abcdef-kept"])
def test_a_folder_that_only_begins_alike_is_somebody_elses(tmp_path: Path, name: str) -> None:
    other = left(tmp_path, name)
    with working_folder(tmp_path, "upload"):
        pass
    assert (other / "scan.zip").read_bytes() == b"words"


def test_what_another_user_left_stays_and_hinders_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = left(tmp_path, DEAD, locked=True)
    opened = os.open

    def only_ours(path: str | Path, *how: int, **where: int | None) -> int:
        if Path(path).name == f"{DEAD}.lock":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *how, **where)

    monkeypatch.setattr(os, "open", only_ours)
    with working_folder(tmp_path, "upload") as folder:
        (folder / "scan.nii").touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == [DEAD, f"{DEAD}.lock"]
    assert other.exists()


def test_storage_without_file_locks_is_refused_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with (pytest.raises(OSError, match="has no file locks, expected one that has; choose a folder elsewhere"),
          working_folder(tmp_path, "upload")):
        pass
    assert list(tmp_path.iterdir()) == []
