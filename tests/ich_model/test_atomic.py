"""What is written is the whole old, the whole new or nothing, also when its writer is killed at any moment."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ich_model import atomic
from ich_model.atomic import atomic_file, atomic_folder

WRITER = """
import sys, time
from pathlib import Path
from ich_model import atomic

kind, stop, target = sys.argv[1], sys.argv[2], Path(sys.argv[3])

def wait(*_):
    print("here", flush=True)
    time.sleep(60)

def at(moment):
    if moment == stop:
        wait()

if stop == "flush":
    atomic._flush = wait
with (atomic.atomic_file if kind == "file" else atomic.atomic_folder)(target) as path:
    at("begun")
    for part in ("one", "two"):
        file = path if kind == "file" else path / f"{part}.txt"
        with file.open("a") as stream:
            stream.write(f"new {part};")
        at(part)
wait()
"""


def killed(kind: str, stop: str, target: Path) -> None:
    """A writer of a file or folder, killed at the moment named."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, kind, stop, str(target)], stdout=subprocess.PIPE,
                               text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()


@pytest.mark.parametrize("stop", ["begun", "one", "two", "flush"])
def test_a_writer_killed_before_its_end_changes_nothing_and_the_next_removes_what_it_left(tmp_path, stop):
    target = tmp_path / "a.txt"
    target.write_text("old")
    killed("file", stop, target)
    assert target.read_text() == "old"
    with atomic_file(target) as file:
        file.write_text("newer")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert target.read_text() == "newer"


@pytest.mark.parametrize("stop", ["begun", "one", "two", "flush"])
def test_a_folders_writer_killed_before_its_end_leaves_no_folder(tmp_path, stop):
    target = tmp_path / "out"
    killed("folder", stop, target)
    assert not target.exists()
    with atomic_folder(target) as folder:
        (folder / "one.txt").write_text("newer")
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == ["out", "out/one.txt"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_writer_finished_before_it_was_killed_is_whole(tmp_path, kind):
    target = tmp_path / "a"
    killed(kind, "after", target)
    files = sorted([target] if kind == "file" else target.iterdir())
    assert "".join(path.read_text() for path in files) == "new one;new two;"


def write_half(write: Callable[[Path], AbstractContextManager[Path]], target: Path) -> None:
    """Writes a part, and then the disk is full."""
    with write(target) as path:
        (path if write is atomic_file else path / "b").write_text("half")
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("write", [atomic_file, atomic_folder])
def test_a_full_disk_leaves_nothing(tmp_path, write):
    with pytest.raises(OSError, match="No space left on device"):
        write_half(write, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_there_stays_where_the_disk_is_full(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(OSError, match="No space left on device"):
        write_half(atomic_file, tmp_path / "a")
    assert (tmp_path / "a").read_text() == "old"


def test_of_writers_at_once_one_version_is_there_whole(tmp_path):
    versions = [str(number) * 50_000 for number in range(8)]

    def write(content: str) -> None:
        with atomic_file(tmp_path / "a") as file:
            file.write_text(content)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, versions))
    assert (tmp_path / "a").read_text() in versions
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_writer_at_work_loses_nothing_to_the_next(tmp_path):
    with atomic_file(tmp_path / "a") as slow:
        slow.write_text("slow")
        with atomic_file(tmp_path / "a") as fast:
            fast.write_text("fast")
        assert (tmp_path / "a").read_text() == "fast"
    assert (tmp_path / "a").read_text() == "slow"


def test_a_name_with_the_signs_of_a_pattern_is_a_name(tmp_path):
    killed("file", "one", tmp_path / "[a]*")
    with atomic_file(tmp_path / "[a]*") as file:
        file.write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["[a]*"]


def write_new(target: Path, *, folder: bool) -> None:
    """Writes what must not replace anything, while somebody else writes it too."""
    with (atomic_folder(target) if folder else atomic_file(target, replaces=False)) as path:
        (path / "c" if folder else path).write_text("new")
        target.write_text("old")


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("there", [False, True])
def test_what_is_there_before_or_comes_meanwhile_is_not_replaced_where_it_must_not_be(tmp_path, folder, there):
    target = tmp_path / "a"
    if there:
        target.write_text("old")
    with pytest.raises(ValueError, match="a: exists already, expected a new"):
        write_new(target, folder=folder)
    assert target.read_text() == "old"


def test_a_private_file_is_its_owners_from_the_first_byte(tmp_path):
    with atomic_file(tmp_path / "a", private=True) as file:
        file.write_text("secret")
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == atomic.PRIVATE


def test_other_files_and_folders_can_be_read_by_whom_the_system_says(tmp_path):
    plain = tmp_path / "plain"
    plain.mkdir()
    with atomic_folder(tmp_path / "a"), atomic_file(tmp_path / "b") as file:
        file.write_text("open")
    assert (tmp_path / "a").stat().st_mode == plain.stat().st_mode
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode) & 0o666
