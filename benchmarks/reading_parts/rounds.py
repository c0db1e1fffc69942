"""What a reader's time is measured by: reads made at a person's pace, and reads typed as one burst."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from benchmarks.reading_parts.reader import Meant, Reader

KEYS = "GPMHYZ"  # each question is answered, and then answered otherwise
PERCENT, COMMENT = "90", "clot, left"  # fits what the last of the keys say
BETWEEN_KEYS_MS = 400
BEFORE_LOCK_MS = 1500  # all that was typed is saved, nothing else goes on
AFTER_OPENING_MS = 2000  # what still comes over the socket of the opening belongs to it
TURN_MS = 300  # for a page that comes to the front to be drawn again
SETTLE_MS = 1000  # before the first key at a person's pace
BURST_PATIENCE_S = 20.0


@dataclass
class Timed:
    """Reads at a person's pace: seconds of each key and each lock, infinite where nothing came of it, and the messages
    over Streamlit's socket in each read that was locked."""

    keys_s: list[float] = field(default_factory=list)
    headings_s: list[float] = field(default_factory=list)  # of the next case
    all_s: list[float] = field(default_factory=list)  # until also its first slice and a form ready for keys
    messages: list[int] = field(default_factory=list)

    def read(self, reader: Reader) -> None:
        """One read, from its first key to the next case."""
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
    """Reads typed as one burst each, answers and Ctrl+Enter without a pause; `meant` is by step."""

    typed: int = 0
    locked: int = 0
    exact: int = 0
    _meant: dict[tuple[str, str, int], Meant] = field(default_factory=dict)

    def read(self, reader: Reader, chance: Random) -> None:
        """One burst into the form that is ready; the next one is ready afterwards."""
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
