"""Serving the app to a browser, with servers that can be killed and restarted at the same address.

Importing the app's packages takes longer than most tests, so a fork server imports them once and each app server is
forked from it.
"""

import contextlib
import multiprocessing
import os
import re
import socket
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

PROJECT = Path(__file__).resolve().parents[3]
START_S = 60
STOP_S = 10
COPIES = multiprocessing.get_context("forkserver")
COPIES.set_forkserver_preload(["tests.browser.support.loaded"])
_had: list[int] = []  # the port of the last server


class Served:
    """A Streamlit app on a free port; the log has the output of its servers."""

    def __init__(self, script: Path, log: Path, **environment: str) -> None:
        self._port = free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self._script, self._log, self._environment = script, log, os.environ | environment
        self.start()

    def start(self) -> None:
        """Starts a server and waits until it responds; fails the test with its output where it does not."""
        self._server = COPIES.Process(target=run, daemon=True,
                                      args=(str(self._script), self._port, str(self._log), self._environment))
        self._server.start()
        until = time.monotonic() + START_S
        while time.monotonic() < until and self._server.is_alive():
            try:
                urlopen(f"{self.address}/_stcore/health", timeout=2)
                return
            except (URLError, OSError):
                time.sleep(0.1)
        self.kill()
        printed = re.sub(r"\n", " ", self._log.read_text())
        pytest.fail(f"the app did not start within {START_S} s: {printed[-800:]}")

    def kill(self) -> None:
        """Kills the server (SIGKILL)."""
        self._server.kill()
        self._server.join()

    def stop(self) -> None:
        """Terminates the server (SIGTERM); fails the test where it does not end in time."""
        self._server.terminate()
        self._server.join(STOP_S)
        if self._server.is_alive():
            self.kill()
            pytest.fail(f"the app did not end within {STOP_S} s of being asked to")


def free_port() -> int:
    """The port of the server before where it is free again: what browsers hold of its scripts is used again."""
    for port in (*_had, 0):
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(("127.0.0.1", port))
            _had[:] = [tried.getsockname()[1]]
            break
    return _had[0]


def run(script: str, port: int, log: str, environment: dict[str, str]) -> None:
    """Runs `streamlit run` in this process with an environment, and writes its output to the log."""
    from streamlit.web import cli

    os.environ.clear()
    os.environ.update(environment)
    os.chdir(PROJECT)
    with open(log, "ab") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    cli.main(["run", script, "--server.port", str(port), "--server.headless", "true"], standalone_mode=False)
