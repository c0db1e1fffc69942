"""Durability of reads while the server is killed (SIGKILL) repeatedly: every read stored as typed, and once.

    python -m benchmarks.reading_kills [--reads 40] [--seed 1]

There is one kill per read: alternately at a random moment of typing, and right after Ctrl+Enter, while the lock request
is in flight. The server is restarted at once, and typing does not wait for it; the next read begins when its form is
shown. Unaided and aided reads alternate, as in a sequential study.
"""

import argparse
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from random import Random
from threading import Thread
from time import monotonic, sleep

from playwright.sync_api import sync_playwright

from benchmarks.reading_parts import in_page, served
from benchmarks.reading_parts.forms import ComponentForm, Step
from benchmarks.reading_parts.reader import Meant, Reader
from benchmarks.reading_parts.served import App, Desk
from tests.browser.support import chromium

READER = "Ana"
KEY_MS = 30  # between two keys
TYPING_S = 1.5  # about what a read takes to type
LOCKING_S = 0.12  # about what a lock takes
BACK_S = 90.0  # timeout for the server to restart and the page to continue


@dataclass
class Killer:
    """Kills and restarts the server after each delay in seconds that it receives; None ends it."""

    app: App
    delays: "SimpleQueue[float | None]" = field(default_factory=SimpleQueue)
    kills: int = 0

    def work(self) -> None:
        """Processes delays until None."""
        while (after_s := self.delays.get()) is not None:
            sleep(after_s)
            self.app.kill()
            self.kills += 1
            self.app.start()


def typed_on(reader: Reader, killer: Killer, *, reads: int, chance: Random) -> dict[Step, Meant]:
    """Types reads without pause during the kills; returns the intended answers by step."""
    meant: dict[Step, Meant] = {}
    for number in range(reads):
        answers = meant[reader.step] = Meant.by_chance(chance, number)
        while_typing = number % 2 == 0
        if while_typing:
            killer.delays.put(chance.uniform(0, TYPING_S))
        answers.type(reader.page, delay_ms=KEY_MS)
        if not while_typing:
            killer.delays.put(chance.uniform(0, LOCKING_S))
        reader.page.keyboard.press("Control+Enter")
        if number + 1 < reads:
            if not reader.goes_on(patience_s=BACK_S):
                print(f"read {number + 1} was not locked; the page: {in_page.text_of(reader.page)}")
                return meant
            reader.wait_until_open()
    wait_until_stored(reader, reads)
    return meant


def wait_until_stored(reader: Reader, reads: int) -> None:
    """Waits until `reads` reads are stored, or for a timeout; the page keeps running meanwhile."""
    until = monotonic() + BACK_S
    while len(reader.app.desk.ask("stored")) < reads and monotonic() < until:
        reader.page.wait_for_timeout(1000)


def faults(desk: Desk, meant: dict[Step, Meant]) -> list[str]:
    """A sentence for each read that is missing, duplicated, was not typed, or differs from the intended answers."""
    stored = [(tuple(read["step"]), read["answers"]) for read in desk.ask("stored")]
    times = Counter(step for step, _ in stored)
    answers = dict(stored)
    found = [f"{step} is stored {times[step]} times" for step in meant if times[step] != 1]
    found += [f"{step} is stored {times[step]} times and was not typed" for step in times if step not in meant]
    return found + [f"{step}: {answers[step]} is stored, {each.values(desk.codes)} was meant"
                    for step, each in meant.items() if step in answers and answers[step] != each.values(desk.codes)]


def main(arguments: list[str]) -> int:
    """Types, kills and compares; the exit code is 0 where every read is stored as intended."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading_kills", description=__doc__.splitlines()[0])
    parser.add_argument("--reads", type=int, default=40, help="reads, and kills")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ich-kills-")))
        desk = Desk.prepared(served.PROJECT, folder / "workspace", design="sequential", cases=-(-asked.reads // 2),
                             readers=[READER])
        app = stack.enter_context(served.served(desk, folder / "log.txt"))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium.find(chromium.BROWSERS), args=chromium.FLAGS)
        killer = Killer(app)
        thread = Thread(target=killer.work)
        thread.start()
        try:
            meant = typed_on(Reader(browser, app, ComponentForm(), READER), killer, reads=asked.reads,
                             chance=Random(asked.seed))
        finally:
            killer.delays.put(None)
            thread.join()
            browser.close()
        found = faults(desk, meant)
    print(f"{killer.kills} kills in {len(meant)} of {asked.reads} reads; seed {asked.seed}")
    print("\n".join(found) or "every read is stored once, as it was meant")
    return int(bool(found) or len(meant) < asked.reads)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
