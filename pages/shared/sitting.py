"""One step of a reader in one browser session: how long it took, and what was already asked. No Streamlit here."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Sitting:
    """What a session remembers of the step that is being read.

    `seconds_before` are those of the step's draft, and `kept` is where the browser left its reading then: it counts on
    from there, and without it from 0.
    """

    name: str  # the widgets of another sitting are others
    seconds_before: float = 0.0
    kept: Mapping[str, Any] | None = None
    seeds: dict[str, Any] = field(default_factory=dict)  # the answers that typed fields began with, by question key
    began: float = field(default_factory=time.monotonic)
    tried_to_lock: bool = False
    doubted: tuple[Any, Any] | None = None  # the contradiction that was asked about
    over: bool = False

    def seconds(self, active_s: float | None) -> float:
        """Seconds spent on this step, from the browser's count; by the clock where it sent none."""
        if active_s is None:
            return self.seconds_before + time.monotonic() - self.began
        counted_on = self.kept is not None and "reading" in self.kept
        return active_s if counted_on else self.seconds_before + active_s
