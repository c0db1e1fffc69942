"""Serving versions of the app from folders of their own, each with a study created by its own code."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

PROJECT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("study_script.py")
FLAT = "aa472b6:benchmarks/reading_parts/study_script.py"  # for versions before the move of modules into packages
START_S = 120
STOP_S = 20


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """A commit checked out in a folder, which is removed afterwards; SystemExit where git cannot do it."""
    added = subprocess.run(["git", "worktree", "add", "--detach", str(folder), commit], cwd=PROJECT, text=True,
                           capture_output=True, check=False)
    if added.returncode:
        said = " ".join(added.stderr.split())
        raise SystemExit(f"commit {commit}: git cannot check it out beside this one ({said}). The benchmark needs a "
                         "clone with the project's whole history.")
    try:
        yield folder
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(folder)], cwd=PROJECT, check=True)


@dataclass(frozen=True)
class Desk:
    """A study in a workspace of its own, with each reader's session and steps, and the choices' texts and codes."""

    tree: Path
    workspace: Path
    study: str  # its key
    tokens: dict[str, str]
    steps: dict[str, list[tuple[str, str, int]]]  # case, condition, repeat
    texts: dict[str, str]  # of the choices, by their letters
    codes: dict[str, tuple[str, str]]  # question and choice, by the same letters

    @classmethod
    def prepared(cls, tree: Path, workspace: Path, *, design: str, cases: int, readers: list[str]) -> "Desk":
        """A new study for these readers."""
        made = _ask(tree, workspace, "prepare", design=design, cases=cases, readers=readers)
        steps = {reader: [tuple(step) for step in listed] for reader, listed in made["steps"].items()}
        codes = {letter: tuple(code) for letter, code in made["codes"].items()}
        return cls(tree, workspace, made["study"], made["tokens"], steps, made["texts"], codes)

    def ask(self, command: str, **arguments: object) -> Any:  # JSON, by command
        """The result of a command of `study_script`, run by the version's own code."""
        return _ask(self.tree, self.workspace, command, **arguments)


def _script_for(tree: Path) -> str:
    """The study script that fits the module paths of this version."""
    if (tree / "reader_study" / "store").is_dir():
        return SCRIPT.read_text(encoding="utf-8")
    return subprocess.run(["git", "show", FLAT], cwd=PROJECT, text=True, capture_output=True, check=True).stdout


def _ask(tree: Path, workspace: Path, command: str, **arguments: object) -> Any:  # as above
    given = json.dumps(arguments | {"workspace": str(workspace)})
    done = subprocess.run([sys.executable, "-", command, given], cwd=tree, input=_script_for(tree), text=True,
                          capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command} failed in the version at {tree}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


class App:
    """A version's server on a free port, which can be killed, as by a power failure, and restarted on that port."""

    def __init__(self, desk: Desk, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.desk, self._log = desk, log
        self.start()

    def start(self) -> None:
        """Starts a server and waits until it responds.

        Raises:
            SystemExit: where it does not within START_S seconds.
        """
        command = ["env", f"ICH_WORKSPACE={self.desk.workspace}", sys.executable, "-m", "streamlit", "run", "app.py",
                   "--server.port", str(self.port), "--server.headless", "true"]
        with self._log.open("ab") as output:
            self._server = subprocess.Popen(command, cwd=self.desk.tree, stdout=output, stderr=subprocess.STDOUT)
        until = time.monotonic() + START_S
        while time.monotonic() < until and self._server.poll() is None:
            try:
                urlopen(f"{self.address}/_stcore/health", timeout=2)
                return
            except (URLError, OSError):
                time.sleep(0.05)
        self.kill()
        raise SystemExit(f"the app did not start within {START_S} s: {self._log.read_text()[-800:]}")

    def kill(self) -> None:
        """Kills the server (SIGKILL)."""
        self._server.kill()
        self._server.wait()

    def stop(self) -> None:
        """Terminates the server, and kills it where it does not end in time."""
        self._server.terminate()
        try:
            self._server.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def served(desk: Desk, log: Path) -> Iterator[App]:
    """The app of a study, stopped afterwards."""
    app = App(desk, log)
    try:
        yield app
    finally:
        app.stop()


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """A number of processes that each keep one core busy."""
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()
