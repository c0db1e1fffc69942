"""What is written is the whole old, the whole new or nothing, also when its writer is killed at any moment."""

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ich_model import atomic
from ich_model.atomic import atomic_file, atomic_folder

BEFORE = ("locked", "begun", "half", "written", "flushed")
AFTER = ("renamed", "emptied", "ended")
NEW = "new one;new two;"
WRITER = """
import shutil, sys, time
from pathlib import Path
from ich_model import atomic

kind, stop, target = sys.argv[1], sys.argv[2], Path(sys.argv[3])
flush, mkdir, rmtree = atomic._flush, Path.mkdir, shutil.rmtree

def at(moment):
    if moment == stop:
        print("here", flush=True)
        time.sleep(60)

def make(path, *how, **more):
    at("locked" if path.name.startswith(".") else "")
    mkdir(path, *how, **more)

def flushed(path):
    at("renamed" if path == target.parent else "")
    flush(path)
    at("flushed" if path.name == target.name else "")

def remove(path, *how, **more):
    at("emptied")
    rmtree(path, *how, **more)

Path.mkdir, atomic._flush, shutil.rmtree = make, flushed, remove
with (atomic.atomic_file if kind == "file" else atomic.atomic_folder)(target) as path:
    at("begun")
    for part, moment in (("one", "half"), ("two", "written")):
        file = path if kind == "file" else path / f"{part}.txt"
        with file.open("a") as stream:
            stream.write(f"new {part};")
        at(moment)
at("ended")
"""
LOOP = """
import sys
from pathlib import Path
from ich_model.atomic import atomic_file

target, sign, times = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("here", flush=True)
for _ in range(times):
    with atomic_file(target) as path:
        path.write_text(sign * 200_000)
"""


def started(program: str, *arguments: object) -> subprocess.Popen[str]:
    """A process with a program, once it has said that it is where it should be."""
    process = subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    process.stdout.close()
    return process


def kill(process: subprocess.Popen[str]) -> None:
    """Ends a process without a chance to tidy up."""
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("stop", [*BEFORE, *AFTER])
def test_a_killed_writer_leaves_the_whole_old_or_new_file_and_the_next_removes_the_rest(
        tmp_path: Path, stop: str) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    kill(started(WRITER, "file", stop, target))
    assert target.read_text() == ("old" if stop in BEFORE else NEW)
    assert (names(tmp_path) == ["a.txt"]) == (stop == "ended")
    with atomic_file(target) as file:
        file.write_text("newer")
    assert names(tmp_path) == ["a.txt"]
    assert target.read_text() == "newer"


@pytest.mark.parametrize("stop", BEFORE)
def test_a_folders_writer_killed_before_its_end_leaves_no_folder(tmp_path: Path, stop: str) -> None:
    target = tmp_path / "out"
    kill(started(WRITER, "folder", stop, target))
    assert not target.exists()
    with atomic_folder(target) as folder:
        (folder / "three.txt").write_text("newer")
    assert names(tmp_path) == ["out"]
    assert names(target) == ["three.txt"]


@pytest.mark.parametrize("stop", AFTER)
def test_a_folder_that_was_renamed_is_whole_and_the_next_writer_is_refused_and_removes_the_rest(
        tmp_path: Path, stop: str) -> None:
    target = tmp_path / "out"
    kill(started(WRITER, "folder", stop, target))
    with pytest.raises(ValueError, match="out: exists already, expected a new folder"), atomic_folder(target):
        pass
    assert names(tmp_path) == ["out"]
    assert "".join((target / name).read_text() for name in names(target)) == NEW


def test_a_writer_killed_at_any_time_leaves_a_whole_version_and_those_at_work_lose_nothing(tmp_path: Path) -> None:
    target, drawn = tmp_path / "a", random.Random(7)
    going_on = [started(LOOP, target, sign, 300) for sign in "xy"]
    for _ in range(6):
        victim = started(LOOP, target, "z", 10_000)
        time.sleep(drawn.uniform(0, 0.1))
        kill(victim)
        content = target.read_text()
        assert content == content[0] * 200_000
    assert [process.wait(60) for process in going_on] == [0, 0]
    with atomic_file(target) as file:
        file.write_text("newer")
    assert names(tmp_path) == ["a"]


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


def test_of_writers_of_a_folder_at_once_one_is_first_and_the_others_are_refused(tmp_path: Path) -> None:
    def write(content: str) -> str:
        try:
            with atomic_folder(tmp_path / "out") as folder:
                for name in "ab":
                    (folder / name).write_text(content)
        except ValueError as error:
            return str(error)
        return content

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(write, "01234567"))
    [first] = [one for one in told if len(one) == 1]
    assert {one for one in told if one != first} == {f"{tmp_path / 'out'}: exists already, expected a new folder"}
    assert [(tmp_path / "out" / name).read_text() for name in "ab"] == [first, first]
    assert names(tmp_path) == ["out"]


def test_a_folder_that_comes_at_the_last_moment_is_not_replaced(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def too_late(path: Path, target: Path) -> Path:
        target.mkdir()
        (target / "old").touch()
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", too_late)
    with (pytest.raises(ValueError, match="out: exists already, expected a new folder"),
          atomic_folder(tmp_path / "out") as folder):
        (folder / "new").touch()
    assert names(tmp_path / "out") == ["old"]


def failing_flush(monkeypatch: pytest.MonkeyPatch, number: int, *, of_folders: bool) -> None:
    """Lets the flush of every file, or of every folder, fail."""
    flush = os.fsync

    def fail(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) == of_folders:
            raise OSError(number, os.strerror(number))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", fail)


def test_a_file_that_does_not_reach_the_disk_does_not_take_its_place(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("old")
    failing_flush(monkeypatch, errno.EIO, of_folders=False)
    with pytest.raises(OSError, match="Input/output error"), atomic_file(tmp_path / "a") as file:
        file.write_text("new")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_a_file_system_that_flushes_no_folders_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_flush(monkeypatch, errno.EINVAL, of_folders=True)
    with atomic_folder(tmp_path / "out") as folder, atomic_file(tmp_path / "a") as file:
        file.write_text("new")
        (folder / "b").write_text("new")
    assert names(tmp_path) == ["a", "out"]


def test_a_writer_at_work_loses_nothing_to_the_next(tmp_path):
    with atomic_file(tmp_path / "a") as slow:
        slow.write_text("slow")
        with atomic_file(tmp_path / "a") as fast:
            fast.write_text("fast")
        assert (tmp_path / "a").read_text() == "fast"
    assert (tmp_path / "a").read_text() == "slow"


def test_a_name_with_the_signs_of_a_pattern_is_a_name(tmp_path):
    kill(started(WRITER, "file", "half", tmp_path / "[a]*"))
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
