"""A temporary PostgreSQL server from the installed binaries, for the tests and for the store's load benchmark.

It listens only on a Unix socket in its own folder, without authentication.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

BINARIES = "/usr/lib/postgresql/*/bin"  # Debian's folders, by major version
UNPRIVILEGED = "postgres"  # the server refuses to run as root; Debian's package creates this user
START_S = 60
QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off")
"""Settings of a server whose data need not be durable."""


def binaries() -> Path | None:
    """The folder of the newest installed server, or of the one on the path; None where there is none."""
    found = sorted(Path("/").glob(f"{BINARIES[1:]}/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


class Server:
    """A server with its data in a folder of its own, which can be killed and restarted.

    RuntimeError where PostgreSQL is not installed or the server does not start.
    """

    def __init__(self, folder: Path, settings: Sequence[str] = ()) -> None:
        self.folder, self._settings = folder, settings
        installed = binaries()
        if installed is None:
            raise RuntimeError("no PostgreSQL server is installed here; `apt-get install postgresql` brings one")
        self._binaries = installed
        self._user = UNPRIVILEGED if os.geteuid() == 0 else None  # None: as the current user
        self._no_groups: list[str] | None = [] if self._user else None
        if self._user:
            shutil.chown(folder, UNPRIVILEGED, UNPRIVILEGED)
        self._run("initdb", "-D", str(folder / "data"), "-U", UNPRIVILEGED, "-A", "trust", "-E", "UTF8",
                  "--locale=C.UTF-8", "--no-sync")
        self.start()

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database of this server."""
        return f"postgresql+psycopg://{UNPRIVILEGED}@/{database}?host={self.folder}"

    def new_database(self, name: str) -> str:
        """Creates an empty database and returns its name."""
        self._run("createdb", "-h", str(self.folder), "-U", UNPRIVILEGED, "-T", "template0", name)
        return name

    def start(self) -> None:
        """Starts the server and waits until it accepts connections.

        Raises:
            RuntimeError: where it does not within START_S seconds.
        """
        options = [word for setting in ("listen_addresses=", f"unix_socket_directories={self.folder}",
                                        "max_connections=300", *self._settings) for word in ("-c", setting)]
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            self._process = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(self.folder / "data"), *options], cwd=self.folder,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                user=self._user, group=self._user, extra_groups=self._no_groups)
            while self._process.poll() is None and time.monotonic() < until:
                if self._answers():
                    return
                time.sleep(0.05)
            time.sleep(0.2)  # it ended, because shared memory of a killed server is released with a delay
        raise RuntimeError(f"{self.folder}: the PostgreSQL server did not start within {START_S} s")

    def _answers(self) -> bool:
        asked = [str(self._binaries / "pg_isready"), "-q", "-h", str(self.folder)]
        return subprocess.run(asked, check=False).returncode == 0

    def kill(self) -> None:
        """Kills the server (SIGKILL), as a power failure would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Stops the server and closes all connections."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(START_S)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([str(self._binaries / program), *arguments], cwd=self.folder, capture_output=True,
                              text=True, check=False, user=self._user, group=self._user, extra_groups=self._no_groups)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")


@contextmanager
def running(*, settings: Sequence[str] = ()) -> Iterator[Server]:
    """A new server, removed with its data at the end, in a short path: a Unix socket's has at most 107 characters."""
    folder = Path(tempfile.mkdtemp(prefix="ich-pg-"))
    try:
        server = Server(folder, settings)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
