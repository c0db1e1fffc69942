"""The app served to a browser, which can be killed as a power cut would, and started again at the same address."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

PROJECT = Path(__file__).resolve().parents[2]
START_S = 60


class Served:
    """A Streamlit app on a free port; the log holds what its servers printed."""

    def __init__(self, script: Path, log: Path, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self._script, self._log, self._environment = script, log, os.environ | environment
        self.start()

    def start(self) -> None:
        """Start a server and wait until it answers; fails with what it printed where it ends or stays silent."""
        command = [sys.executable, "-m", "streamlit", "run", str(self._script), "--server.port", str(self._port),
                   "--server.headless", "true"]
        with self._log.open("a") as output:
            self._server = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT,
                                            env=self._environment)
        until = time.monotonic() + START_S
        while time.monotonic() < until and self._server.poll() is None:
            try:
                urlopen(f"{self.address}/_stcore/health", timeout=2)
                return
            except (URLError, OSError):
                time.sleep(0.1)
        self.kill()
        printed = re.sub(r"\n", " ", self._log.read_text())
        pytest.fail(f"the app did not start within {START_S} s: {printed[-800:]}")

    def kill(self) -> None:
        """kill -9."""
        self._server.kill()
        self._server.wait()

    def stop(self) -> None:
        """End the server as its operator would."""
        self._server.terminate()
        self._server.wait(10)
