"""Load test of the store: all readers lock reads concurrently, also while the app or the database server is killed.

`python -m benchmarks.store` prints one row per run: acknowledged reads that are not stored (lost), reads stored twice
(doubled), whether the audit trail's hash chain is intact, the number of retries, and the latency of a lock from the
request to its acknowledgement. Without `--pause` readers do not pause between reads, so that a lock waits for those of
all other readers and its latency is readers / throughput. The rows of a single reader show the latency without
contention.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread

from benchmarks import postgresql
from benchmarks.store_readers import KEY, new_study
from reader_study.store.store import Store

COPIES = {"sqlite": 1, "postgresql": 2}  # app processes; SQLite is for one machine and one copy
ALONE = 200  # reads of a single reader
HEADER = ("database", "readers", "copies", "killed", "reads", "lost", "doubled", "chain", "pressed again", "seconds",
          "reads/s", "p50 ms", "p95 ms", "max ms")


@dataclass
class Acknowledged:
    """The reads that the app acknowledged, with their latencies in seconds and the total number of retries."""

    reads: list[tuple[str, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    again: int = 0
    _guard: Lock = field(default_factory=Lock)

    def listen(self, lines: Iterable[str]) -> None:
        """Records each line of a copy of the app until it ends."""
        for line in lines:
            if line.endswith("\n"):  # the last line of a killed copy may be incomplete
                reader, case, seconds, tries = line.split()
                with self._guard:
                    self.reads.append((reader, case))
                    self.seconds.append(float(seconds))
                    self.again += int(tries) - 1


class App:
    """All copies of the app, each with its share of the readers."""

    def __init__(self, url: str, readers: Sequence[str], *, copies: int, pause_s: float) -> None:
        self.acknowledged, self._url, self._pause_s = Acknowledged(), url, pause_s
        self._shares = [tuple(readers[copy::copies]) for copy in range(copies)]
        self.start()

    def start(self) -> None:
        """Starts every copy and a thread that reads its output."""
        programs = [f"from benchmarks.store_readers import serve; serve({self._url!r}, {share!r}, {self._pause_s!r})"
                    for share in self._shares]
        self._copies = [subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).resolve().parents[1],
                                         stdout=subprocess.PIPE, text=True) for program in programs]
        self._listeners = [Thread(target=self.acknowledged.listen, args=(copy.stdout,)) for copy in self._copies]
        for listener in self._listeners:
            listener.start()

    def kill(self) -> None:
        """Kills every copy (SIGKILL) and restarts them."""
        for copy in self._copies:
            copy.kill()
        self.wait()
        self.start()

    def running(self) -> bool:
        """Whether a copy still runs."""
        return any(copy.poll() is None for copy in self._copies)

    def wait(self) -> None:
        """Waits until every copy ended and its output was read."""
        for copy, listener in zip(self._copies, self._listeners, strict=True):
            copy.wait()
            listener.join()


def copies_of(kind: str, n_readers: int) -> int:
    """The number of copies of the app for a number of readers."""
    return min(COPIES[kind], n_readers)


def run(
    url: str, kind: str, *, n_readers: int, n_reads: int, pause_s: float = 0.0,
    interrupt: Callable[[App], None] | None = None,
) -> list[str]:
    """The figures of one run, from an empty database to the last read: HEADER from "reads" on."""
    readers = [f"reader-{number}" for number in range(n_readers)]
    new_study(url, readers=readers, cases=n_reads // n_readers)
    start, app = time.perf_counter(), App(url, readers, copies=copies_of(kind, n_readers), pause_s=pause_s)
    while interrupt is not None and app.running() and len(app.acknowledged.reads) < n_reads // 2:
        time.sleep(0.01)
    if interrupt is not None:
        interrupt(app)
    app.wait()
    seconds = time.perf_counter() - start
    with closing(Store(url)) as store:
        stored = Counter((kept.read.reader, kept.read.case) for kept in store.reads(KEY))
        chain = "whole" if store.verify() is None else "BROKEN"
    heard = app.acknowledged
    doubled = sum(count - 1 for count in stored.values()) + sum(count - 1 for count in Counter(heard.reads).values())
    cuts = statistics.quantiles(heard.seconds, n=20)
    latencies = [f"{1000 * value:.0f}" for value in (cuts[9], cuts[18], max(heard.seconds))]
    return [str(sum(stored.values())), str(len(set(heard.reads) - set(stored))), str(doubled), chain, str(heard.again),
            f"{seconds:.1f}", f"{n_reads / seconds:.0f}", *latencies]


def _runs(arguments: argparse.Namespace) -> list[list[str]]:
    """Every run, as rows of the table."""
    rows = []

    def add(url: str, kind: str, *, killed: str, interrupt: Callable[[App], None] | None = None,
            alone: bool = False) -> None:
        readers, reads = (1, ALONE) if alone else (getattr(arguments, f"readers_{kind}"), arguments.reads)
        figures = run(url, kind, n_readers=readers, n_reads=reads, pause_s=arguments.pause, interrupt=interrupt)
        rows.append([kind, str(readers), str(copies_of(kind, readers)), killed, *figures])
        print("  ".join(rows[-1]), file=sys.stderr)

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ich-load-")))
        add(f"sqlite:///{folder / 'alone.db'}", "sqlite", killed="nothing", alone=True)
        add(f"sqlite:///{folder / 'plain.db'}", "sqlite", killed="nothing")
        add(f"sqlite:///{folder / 'killed.db'}", "sqlite", killed="app", interrupt=App.kill)
        if postgresql.binaries() is None:
            print("PostgreSQL is not installed: its rows are missing", file=sys.stderr)
            return rows
        server = stack.enter_context(postgresql.running())

        def cut_power(_app: App) -> None:
            server.kill()
            server.start()

        add(server.url(server.new_database("load_alone")), "postgresql", killed="nothing", alone=True)
        for killed, interrupt in (("nothing", None), ("database server", cut_power)):
            name = server.new_database(f"load_{killed.replace(' ', '_')}")
            add(server.url(name), "postgresql", killed=killed, interrupt=interrupt)
    return rows


def main(argv: Sequence[str]) -> None:
    """Runs all and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__.splitlines()[0])
    parser.add_argument("--reads", type=int, default=10_000)
    parser.add_argument("--readers-sqlite", type=int, default=20)
    parser.add_argument("--readers-postgresql", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.0, metavar="SECONDS", help="mean time between two reads")
    for row in [list(HEADER), ["---"] * len(HEADER), *_runs(parser.parse_args(argv))]:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main(sys.argv[1:])
