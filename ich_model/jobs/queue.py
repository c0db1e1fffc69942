"""A fair (first in, first out) queue for work of which only so much may run at once, with progress and cancelling.

`threading.Lock` is not fair: it may starve a waiting thread. Torch-free.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock

from ich_model.jobs.progress import no_progress

CHECK_EVERY_S = 0.1  # polling interval for cancellation while waiting


class Cancelled(Exception):
    """Raised in a computation that its caller cancelled."""


@dataclass(frozen=True)
class Watch:
    """Callbacks for a computation's progress, and an event that cancels it from any thread.

    `on_place(place)` is called when the position in the queue changes: 1 is next, 0 is running. `on_step(done, total)`
    is called after each step. Both run in the computing thread. Setting `stop` cancels it before its next pass.
    """

    stop: Event = field(default_factory=Event)
    on_place: Callable[[int], None] = no_progress
    on_step: Callable[[int, int], None] = no_progress

    def check(self) -> None:
        """Raises Cancelled where `stop` is set."""
        if self.stop.is_set():
            raise Cancelled("the explanation was stopped; start it again when it is wanted")


class FairQueue:
    """A first in, first out queue that lets up to `at_once` callers run concurrently."""

    def __init__(self, *, at_once: int = 1) -> None:
        self._guard, self._free = Lock(), at_once
        self._waiting: deque[_Ticket] = deque()
        self._running = 0

    def __len__(self) -> int:
        """Number of callers that run or wait."""
        return self._running + len(self._waiting)

    @property
    def waiting(self) -> int:
        """Number of callers that wait."""
        return len(self._waiting)

    @contextmanager
    def turn(self, watch: Watch | None = None) -> Iterator[None]:
        """Waits for a turn and holds it during the `with` block; Cancelled where `watch` cancels it while waiting."""
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
        """Admits waiting tickets while there is capacity; the caller holds the guard."""
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
                watch.on_place(place)  # outside the guard, because a callback may be slow


class _Ticket:
    """A waiting caller, with an event of its own so that admitting it wakes no other thread."""

    def __init__(self) -> None:
        self.called = Event()


EXPLANATIONS = FairQueue()
"""This process's queue of explanations; one runs at a time because each takes gigabytes of memory."""
