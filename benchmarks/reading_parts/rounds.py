"""The two kinds of measured reads: at human pace, and typed as one burst."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from benchmarks.reading_parts.reader import Meant, Reader

KEYS = "GPMHYZ"  # each question is answered, and its answer then changed
PERCENT, COMMENT = "90", "clot, left"  # consistent with the final answers
BETWEEN_KEYS_MS = 400
BEFORE_LOCK_MS = 1500  # so that the draft is saved and the page is idle
AFTER_OPENING_MS = 2000  # later messages on the socket still belong to the opening
TURN_MS = 300  # wait for a page that is brought to the front to be redrawn
SETTLE_MS = 1000  # before the first key at human pace
BURST_PATIENCE_S = 20.0


@dataclass
class Timed:
    """Reads at human pace: seconds of each key and each lock (infinite at a timeout), and the number of messages on
    Streamlit's socket in each locked read."""

    keys_s: list[float] = field(default_factory=list)
    headings_s: list[float] = field(default_factory=list)  # of the next case
    all_s: list[float] = field(default_factory=list)  # until its first slice and a form that accepts keys
    messages: list[int] = field(default_factory=list)

    def read(self, reader: Reader) -> None:
        """Measures one read, from its first key to the next case."""
        page = reader.page
        page.bring_to_front()
        page.wait_for_timeout(TURN_MS + SETTLE_MS)
        before = reader.messages
        for letter in KEYS:
            self.keys_s.append(reader.answer(letter))
            page.wait_for_timeout(BETWEEN_KEYS_MS)
        page.keyboard.press("r")
        page.keyboard.type(PERCENT, delay=60)
        page.keyboard.press("Escape")
        page.keyboard.press("x")
        page.keyboard.type(COMMENT, delay=60)
        page.wait_for_timeout(BEFORE_LOCK_MS)
        seen = reader.lock()
        self.headings_s.append(seen.get("heading", math.inf))
        self.all_s.append(max(seen.values(), default=math.inf))
        if seen:
            page.wait_for_timeout(AFTER_OPENING_MS)
            self.messages.append(reader.messages - before)
        else:
            reader.pass_by()
        reader.wait_until_open()
        reader.wait_until_ahead()


@dataclass
class Bursts:
    """Reads typed as one burst each, answers and Ctrl+Enter without a pause."""

    typed: int = 0
    locked: int = 0
    exact: int = 0
    _meant: dict[tuple[str, str, int], Meant] = field(default_factory=dict)  # the intended answers by step

    def read(self, reader: Reader, chance: Random) -> None:
        """Types one burst into a ready form and waits until the next one is ready."""
        meant = self._meant[reader.step] = Meant.by_chance(chance, self.typed)
        self.typed += 1
        meant.type(reader.page)
        reader.page.keyboard.press("Control+Enter")
        if reader.goes_on(patience_s=BURST_PATIENCE_S):
            self.locked += 1
        else:
            reader.pass_by()
        reader.wait_until_open()

    def compare(self, reader: Reader) -> None:
        """Counts the reads that are stored exactly as they were typed."""
        stored = stored_of(reader)
        self.exact = sum(meant.values(reader.app.desk.codes) == stored.get(step) for step, meant in self._meant.items())


def stored_of(reader: Reader) -> Mapping[tuple[str, str, int], object]:
    """The answers of a reader's locked reads, by step."""
    return {tuple(read["step"]): read["answers"] for read in reader.app.desk.ask("stored")
            if read["reader"] == reader.name}
