"""What the browser says of a reading, taken as a stranger's word: checked, cut to size, or not believed at all."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pages.shared.viewer import Scan

_LONGEST_READING_S = 24 * 3600
_LONGEST_NAME = 64  # characters of a preset, a map or a tab


@dataclass(frozen=True)
class Typing:
    """How far the typing had got: how many changes one opening of a form, `by` its name, had seen."""

    by: str
    count: int

    def is_overtaken_by(self, other: "Typing | None") -> bool:
        """Whether the other was told later by the same form."""
        return other is not None and self.by == other.by and self.count < other.count


@dataclass(frozen=True)
class ReadingReport:
    """How a case was read, as the browser counted it: a description of the reading, not a proof."""

    active_s: float  # case open, tab visible, some sign of life in the last 60 s
    overlay_s: float  # of that, with a map on the screen
    slices_visited: int
    measurements: tuple[Mapping[str, Any], ...] = ()
    overlay_opened: int = 0  # how often a map came onto the screen
    presets: tuple[str, ...] = ()  # the window presets that were on the screen
    maps: tuple[str, ...] = ()  # method and task of the maps that were
    kept: Mapping[str, Any] | None = None  # settings and counts, for `Scan.kept`
    typed: Mapping[str, Any] = field(default_factory=dict)  # what stood in the fields at the press
    typing: Typing | None = None

    def viewing(self) -> dict[str, Any]:
        """What is stored with the read or its draft."""
        return {name: value for name, value in asdict(self).items() if name not in ("active_s", "typed", "typing")}


@dataclass(frozen=True)
class Tab:
    """A tab of a browser by the name it gave itself, when it last found out that the reader reads in another, and
    the name of the app's opening in it, which a reload ends.
    """

    name: str
    asked: int = 0
    opening: str = ""


def report_of(state: Mapping[str, Any] | None, scan: "Scan") -> ReadingReport | None:
    """The report in a component's state, or None where there is none, it is of another case, or it can't be right."""
    report = (state or {}).get("report")
    if not isinstance(report, Mapping) or (report.get("study"), report.get("case")) != (scan.study, scan.case):
        return None
    return report_in(report, slices=scan.shape[2])


def report_in(report: Mapping[str, Any], *, slices: int) -> ReadingReport | None:
    """The report in what a browser sent of a scan with so many slices, or None where it can't be right."""
    active_s, overlay_s = _seconds(report.get("active_s")), _seconds(report.get("overlay_s"))
    visited, measurements = report.get("slices_visited"), report.get("measurements")
    if active_s is None or overlay_s is None or not isinstance(visited, int) or not isinstance(measurements, list):
        return None
    kept, typed, opened = report.get("kept"), report.get("typed"), report.get("overlay_opened")
    return ReadingReport(
        active_s, min(overlay_s, active_s), max(0, min(visited, slices)),
        tuple(row for row in measurements if isinstance(row, Mapping)),
        overlay_opened=max(0, opened) if type(opened) is int else 0,
        presets=_names(report.get("presets")), maps=_names(report.get("maps")),
        kept=kept if isinstance(kept, Mapping) else None, typed=typed if isinstance(typed, Mapping) else {},
        typing=typing_in(report),
    )


def typing_in(told: Mapping[str, Any]) -> Typing | None:
    """How far the typing had got, in a report or in the viewing of a draft."""
    typing = told.get("typing")
    if not isinstance(typing, Mapping):
        return None
    by, count = typing.get("by"), typing.get("count")
    return Typing(by, count) if isinstance(by, str) and len(by) <= _LONGEST_NAME and type(count) is int else None


def tab_of(state: Mapping[str, Any] | None) -> Tab | None:
    """The tab in a component's state."""
    told = (state or {}).get("tab")
    if not isinstance(told, Mapping):
        return None
    name, asked, opening = told.get("name"), told.get("asked"), told.get("opening")
    if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME:
        return None
    return Tab(
        name, asked=int(asked) if isinstance(asked, int | float) and math.isfinite(asked) else 0,
        opening=opening if isinstance(opening, str) and len(opening) <= _LONGEST_NAME else "",
    )


def _names(told: object) -> tuple[str, ...]:
    """Short texts of a list."""
    listed = told if isinstance(told, list) else []
    return tuple(name for name in listed[:_LONGEST_NAME] if isinstance(name, str) and len(name) <= _LONGEST_NAME)


def _seconds(value: object) -> float | None:
    """The value as seconds of one reading, or None; the browser is not trusted to send a sensible number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if 0 <= value <= _LONGEST_READING_S else None
