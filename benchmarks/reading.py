"""Latency of the Read page of this version and of an earlier one, served side by side and measured alternately.

    python -m benchmarks.reading [--rounds 20] [--bursts 21] [--load-seconds 60] [--only old,new]

The earlier version is checked out beside this one and removed afterwards. Each app has a study created by its own code,
with scans of clinical size and the same readers. One reader works at human pace: each answer key and each lock is timed
in the page, from the event's timestamp to the frame that shows its effect, first on an idle machine, then with all
cores busy. The next scan is prefetched before a lock. Another reader types complete reads as one burst each, as soon as
the case is shown, with all cores busy. Finally 30 readers work concurrently over HTTP; in the earlier version they only
save drafts, because its locks went through Streamlit.

The earlier form does not signal that it accepts keys; it counts as ready when its first button is shown, so its times
are lower bounds.
"""

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from benchmarks.reading_parts import draft_load, served
from benchmarks.reading_parts.draft_load import ComponentVisitor, Visitor, WidgetVisitor
from benchmarks.reading_parts.forms import ComponentForm, Form, WidgetForm
from benchmarks.reading_parts.reader import Reader
from benchmarks.reading_parts.rounds import Bursts, Timed
from benchmarks.reading_parts.served import App, Desk
from tests.browser.support import chromium

EARLIER = "9d9cbc5"
SIDES = ("old", "new")
READERS_AT_ONCE = 30
LOAD_TURNS = 4
BURSTS_IN_A_ROW = 7
BURSTS_TURN_MS = 2000  # wait after a page is brought to the front
CROWD = [f"Reader {number}" for number in range(READERS_AT_ONCE)]
PACED, IN_BURSTS = "Ana", "Ben"


@dataclass
class Side:
    """A version and its measurements."""

    app: App
    form: Form
    quiet: Timed = field(default_factory=Timed)
    busy: Timed = field(default_factory=Timed)
    bursts: Bursts = field(default_factory=Bursts)
    draft_s: list[float] = field(default_factory=list)
    lost: int = 0
    locks: int = 0  # of the concurrent readers

    def visitors(self) -> list[Visitor]:
        """The clients of the concurrent readers."""
        if isinstance(self.form, ComponentForm):
            return [ComponentVisitor(self.app, name) for name in CROWD]
        sittings = self.app.desk.ask("open_forms", readers=CROWD)
        return [WidgetVisitor(self.app, name, sitting=sittings[name]) for name in CROWD]


def median_ms(seconds: Sequence[float]) -> float:
    """The median in ms."""
    return float(np.median(seconds)) * 1000


def p95_ms(seconds: Sequence[float]) -> float:
    """The 95th percentile in ms, the next higher measured value."""
    return float(np.percentile(seconds, 95, method="higher")) * 1000


def spread(seconds: Sequence[float]) -> str:
    """The median, the 95th percentile and the number of times in ms, with the number of timeouts (infinite times)."""
    timeouts = sum(map(math.isinf, seconds))
    lost = f", {timeouts} lost" if timeouts else ""
    return f"{median_ms(seconds):.0f}, p95 {p95_ms(seconds):.0f} (n {len(seconds)}{lost})"


@dataclass(frozen=True)
class Row:
    """A row of the table: the measure, its format, its goal in words, and whether the goal is met.

    `figures` are empty where it was not measured. For times the ratio of medians is given, and `times` is its goal.
    """

    what: str
    goal: str
    figures: Callable[[Side], Sequence[float]]
    shown: Callable[[Side], str]
    met: Callable[[Side], bool] | None = None
    times: float | None = None  # None: no ratio is given

    def cells(self, old: Side | None, new: Side | None) -> list[str]:
        """The row's cells."""
        both = [side if side and len(self.figures(side)) else None for side in (old, new)]
        ratio = None
        if self.times is not None and both[0] and both[1]:
            ratio = median_ms(self.figures(both[0])) / median_ms(self.figures(both[1]))
        verdict = ""
        if self.met and both[1] and (ratio is not None or not self.times):
            verdict = "met" if self.met(both[1]) and (ratio or 0) >= (self.times or 0) else "missed"
        shown = [self.shown(side) if side else "" for side in both]
        return [self.what, *shown, f"{ratio:.1f}" if ratio is not None else "", self.goal, verdict]


def timed(
    what: str, goal: str, seconds: Callable[[Side], Sequence[float]], *, median: float = math.inf, p95: float = 0.0,
    times: float = 0.0,
) -> Row:
    """A row of times with goals in ms for the median and the 95th percentile; without `p95` it has no goal."""
    def met(side: Side) -> bool:
        return median_ms(seconds(side)) < median and p95_ms(seconds(side)) < p95

    return Row(what, goal, seconds, lambda side: spread(seconds(side)), met if p95 else None, times)


ROWS = (
    timed("key of an answer to its filled button, quiet, ms", "p95 under 33, at least 6 times faster",
          lambda side: side.quiet.keys_s, p95=33, times=6),
    timed("the same, every core busy", "", lambda side: side.busy.keys_s),
    timed("lock to the next heading, quiet, ms", "", lambda side: side.quiet.headings_s),
    timed("lock to heading, first slice and a form ready for keys, quiet, ms",
          "median under 90, p95 under 200, at least 4 times faster", lambda side: side.quiet.all_s,
          median=90, p95=200, times=4),
    timed("the same, every core busy", "median under 180, p95 under 400", lambda side: side.busy.all_s,
          median=180, p95=400),
    Row("reads typed as one burst each, every core busy", "all locked, each exactly as typed",
        lambda side: range(side.bursts.typed),
        lambda side: f"{side.bursts.locked} of {side.bursts.typed} locked, {side.bursts.exact} as typed",
        lambda side: side.bursts.typed == side.bursts.locked == side.bursts.exact),
    Row("messages over Streamlit's socket in a read", "at most 2", lambda side: side.quiet.messages,
        lambda side: f"{np.median(side.quiet.messages):.0f}, most {max(side.quiet.messages)}",
        lambda side: max(side.quiet.messages) <= 2),
    Row(f"a draft of {READERS_AT_ONCE} readers at once, ms", "p95 under 30, 0 lost", lambda side: side.draft_s,
        lambda side: f"{spread(side.draft_s)}, {side.lost} lost, {side.locks} locks",
        lambda side: p95_ms(side.draft_s) < 30 and not side.lost, times=0),
)


def table(old: Side | None, new: Side | None) -> str:
    """All rows as a Markdown table."""
    head = [["what", f"old ({EARLIER})", "new", "old / new", "goal", ""], ["---"] * 6]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [*head, *(row.cells(old, new) for row in ROWS)])


def measure(browser: Browser, sides: Sequence[Side], *, rounds: int, busy_rounds: int, bursts: int) -> None:
    """Measures one reader on each side, alternating after each read."""
    readers = [Reader(browser, side.app, side.form, PACED) for side in sides]
    for reader in readers:
        reader.wait_until_ahead()
    for _ in range(rounds):
        for side, reader in zip(sides, readers, strict=True):
            side.quiet.read(reader)
    with served.busy(os.cpu_count() or 1):
        for _ in range(busy_rounds):
            for side, reader in zip(sides, readers, strict=True):
                side.busy.read(reader)
    for reader in readers:
        reader.page.context.close()
    chances = [Random(1) for _ in sides]  # the same reads on both
    readers = [Reader(browser, side.app, side.form, IN_BURSTS) for side in sides]
    with served.busy(os.cpu_count() or 1):
        for first in range(0, bursts, BURSTS_IN_A_ROW):
            for side, reader, chance in zip(sides, readers, chances, strict=True):
                reader.page.bring_to_front()
                reader.page.wait_for_timeout(BURSTS_TURN_MS)
                for _ in range(first, min(first + BURSTS_IN_A_ROW, bursts)):
                    side.bursts.read(reader, chance)  # as soon as the case is shown
    for side, reader in zip(sides, readers, strict=True):
        reader.page.context.close()
        side.bursts.compare(reader)


def load(sides: Sequence[Side], *, seconds: float) -> None:
    """Measures concurrent readers, alternating between the sides after some seconds."""
    crowds = [side.visitors() for side in sides]
    for turn in range(LOAD_TURNS):
        for crowd in crowds:
            draft_load.read_at_once(crowd, seconds / LOAD_TURNS, turn)
    for side, crowd in zip(sides, crowds, strict=True):
        side.draft_s = [each for visitor in crowd for each in visitor.seconds]
        side.lost, side.locks = draft_load.lost(crowd), sum(len(visitor.locked) for visitor in crowd)


def main(arguments: list[str]) -> int:
    """Serves both versions, measures, and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="reads at a person's pace on each side, quiet")
    parser.add_argument("--busy-rounds", type=int, default=10, help="the same with every core busy")
    parser.add_argument("--bursts", type=int, default=21, help="reads typed as one burst each")
    parser.add_argument("--load-seconds", type=float, default=60, help="of the readers at once, on each side")
    parser.add_argument("--only", default=",".join(SIDES), help="old, new, or both with a comma between")
    asked = parser.parse_args(arguments)
    names = [name for name in SIDES if name in asked.only.split(",")]
    if unknown := set(asked.only.split(",")) - set(SIDES):
        parser.error(f"--only {asked.only}: expected old, new or both, got {', '.join(sorted(unknown))}")
    at_once = int(asked.load_seconds // draft_load.READ_S) + LOAD_TURNS
    cases = max(asked.rounds + asked.busy_rounds, asked.bursts, at_once) + 2
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ich-reading-")))
        sides = {}
        for name in names:
            tree = stack.enter_context(served.checked_out(EARLIER, folder / "old")) if name == "old" else served.PROJECT
            desk = Desk.prepared(tree, folder / f"workspace-{name}", design="unaided_only", cases=cases,
                                 readers=[PACED, IN_BURSTS, *CROWD])
            app = stack.enter_context(served.served(desk, folder / f"{name}.txt"))
            sides[name] = Side(app, WidgetForm() if name == "old" else ComponentForm())
        if asked.rounds + asked.busy_rounds + asked.bursts:
            playwright = stack.enter_context(sync_playwright())
            browser = playwright.chromium.launch(executable_path=chromium.find(chromium.BROWSERS), args=chromium.FLAGS)
            measure(browser, list(sides.values()), rounds=asked.rounds, busy_rounds=asked.busy_rounds,
                    bursts=asked.bursts)
            browser.close()
        if asked.load_seconds:
            load(list(sides.values()), seconds=asked.load_seconds)
    print(table(sides.get("old"), sides.get("new")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
