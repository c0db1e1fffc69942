"""A fair (first in, first out) queue for work of which only so much may run at once, with progress and cancelling.

`threading.Lock` goes to any of those that wait, so that some wait for long. Torch-free.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock

from ich_model.jobs.progress import no_progress

CHECK_EVERY_S = 0.1  # how soon one that waits notices that it was stopped


class Cancelled(Exception):
    """A computation that its caller stopped."""


@dataclass(frozen=True)
class Watch:
    """How a caller follows a computation and stops it, from any thread.

    `on_place(place)` is called when the place in the queue changes: 1 is next, 0 is running. `on_step(done, total)` is
    called as the work goes on. Both run in the thread that computes. Setting `stop` ends it before its next pass.
    """

    stop: Event = field(default_factory=Event)
    on_place: Callable[[int], None] = no_progress
    on_step: Callable[[int, int], None] = no_progress

    def check(self) -> None:
        """Raises Cancelled once `stop` is set."""
        if self.stop.is_set():
            raise Cancelled("the explanation was stopped; start it again when it is wanted")


class FairQueue:
    """Lets `at_once` run together, in the order in which they came."""

    def __init__(self, *, at_once: int = 1) -> None:
        self._guard, self._free = Lock(), at_once
        self._waiting: deque[_Ticket] = deque()
        self._running = 0

    def __len__(self) -> int:
        """How many run or wait."""
        return self._running + len(self._waiting)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @contextmanager
    def turn(self, watch: Watch | None = None) -> Iterator[None]:
        """Waits for a turn and holds it.

        Raises:
            Cancelled: where `watch` stops it while it waits.
        """
        ticket = self._join()
        try:
            if watch is None:
                ticket.called.wait()
            else:
                self._follow(ticket, watch)
            yield
        finally:
            self._leave(ticket)

    def _join(self) -> "_Ticket":
        ticket = _Ticket()
        with self._guard:
            self._waiting.append(ticket)
            self._call()
        return ticket

    def _leave(self, ticket: "_Ticket") -> None:
        with self._guard:
            if ticket.called.is_set():
                self._free += 1
                self._running -= 1
            else:
                self._waiting.remove(ticket)
            self._call()

    def _call(self) -> None:
        """Calls those whose turn it is, the guard is held."""
        while self._free and self._waiting:
            self._free -= 1
            self._running += 1
            self._waiting.popleft().called.set()

    def _follow(self, ticket: "_Ticket", watch: Watch) -> None:
        place: int | None = None
        while place != 0:
            watch.check()
            known = place
            if known is not None:
                ticket.called.wait(CHECK_EVERY_S)
            with self._guard:
                place = 0 if ticket.called.is_set() else self._waiting.index(ticket) + 1
            if place != known:
                watch.on_place(place)  # outside the guard: it may take its time


class _Ticket:
    """One that waits, by its own event: calling it wakes no other."""

    def __init__(self) -> None:
        self.called = Event()


EXPLANATIONS = FairQueue()
"""The queue of this process's explanations: each takes gigabytes, so one runs at a time."""
