"""The line in which explanations wait for their turn: each takes gigabytes, so one runs at a time in a process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, Event

LOOK_AGAIN_S = 0.1  # how soon one that waits notices that it was stopped


class Cancelled(Exception):
    """A computation that its caller stopped."""


def _nothing(*_numbers: int) -> None:
    """For who does not want to be told."""


@dataclass(frozen=True)
class Watch:
    """How a caller follows a computation and stops it, from any thread.

    `on_place(place)` is called when the place in the line changes: 1 is next, 0 is running. `on_step(done, total)` is
    called as the work goes on. Both run in the thread that computes. Setting `stop` ends it before its next pass.
    """

    stop: Event = field(default_factory=Event)
    on_place: Callable[[int], None] = _nothing
    on_step: Callable[[int, int], None] = _nothing

    def check(self) -> None:
        """Raises Cancelled once `stop` is set."""
        if self.stop.is_set():
            raise Cancelled("the explanation was stopped; start it again when it is wanted")


class WaitingLine:
    """First come, first served; `at_once` run together."""

    def __init__(self, *, at_once: int = 1) -> None:
        self._at_once = at_once
        self._tickets: list[object] = []
        self._changed = Condition()

    def __len__(self) -> int:
        """How many run or wait."""
        return len(self._tickets)

    @contextmanager
    def turn(self, watch: Watch) -> Iterator[None]:
        """Waits for a turn and holds it; Cancelled where it is stopped while it waits."""
        ticket = object()
        with self._changed:
            self._tickets.append(ticket)
        try:
            self._wait(ticket, watch)
            yield
        finally:
            with self._changed:
                self._tickets.remove(ticket)
                self._changed.notify_all()

    def _wait(self, ticket: object, watch: Watch) -> None:
        place: int | None = None
        while place != 0:
            watch.check()
            known = place
            with self._changed:
                self._changed.wait_for(partial(self._has_moved, ticket, known), LOOK_AGAIN_S)
                place = self._place(ticket)
            if place != known:
                watch.on_place(place)  # outside the lock: it may take its time

    def _has_moved(self, ticket: object, known: int | None) -> bool:
        return self._place(ticket) != known

    def _place(self, ticket: object) -> int:
        return max(0, self._tickets.index(ticket) - self._at_once + 1)


EXPLANATIONS = WaitingLine()
"""The line of this process."""
