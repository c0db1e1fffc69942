"""One step of a reader in one browser session: how long it took, and what was already asked. No Streamlit here."""

import time
from dataclasses import dataclass, field

_SLACK_S = 5.0  # the browser's report may be this much older than the draft


@dataclass
class Sitting:
    """Counts the active seconds of a step.

    The browser counts active time for each case, over all its steps, for as long as its tab lives. `seconds_before` are
    those of this step's draft, `seconds_elsewhere` those of the case's earlier, locked step.
    """

    seconds_before: float = 0.0
    seconds_elsewhere: float = 0.0
    began: float = field(default_factory=time.monotonic)
    tried_to_lock: bool = False
    doubted: tuple[str, int] | None = None  # the contradiction that was asked about
    over: bool = False
    _offset: float | None = None

    def seconds(self, active_s: float | None) -> float:
        """Seconds spent on this step, from the browser's count of the case; by the clock where it sent none."""
        if active_s is None:
            return self.seconds_before + time.monotonic() - self.began
        if self._offset is None:
            began_anew = active_s + _SLACK_S < self.seconds_before + self.seconds_elsewhere
            self._offset = self.seconds_before if began_anew else -self.seconds_elsewhere
        return max(0.0, active_s + self._offset)
