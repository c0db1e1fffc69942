"""The viewing log that the browser sends: how a case was looked at, validated before any of it is stored with a read.

What does not have its shape is left out, by name, and never keeps a reader from their read: the answers count.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from jsonschema import Draft202012Validator

_LONGEST_READING_S = 24 * 3600
_LONGEST_NAME = 64  # characters of a preset or a map
_MOST_NAMES = 64
MOST_MEASUREMENTS = 100  # the viewer (measuring.js; a test holds the two together) draws no more
_MOST_SLICES = 4096

# JSON Schemas: dictionaries of values of many types, hence `Any`.
_Schema = dict[str, Any]


def _number(low: float = -1e6, high: float = 1e6) -> _Schema:
    return {"type": "number", "minimum": low, "maximum": high}


def _whole(low: int, high: int) -> _Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _list(of: _Schema, least: int, most: int) -> _Schema:
    return {"type": "array", "items": of, "minItems": least, "maxItems": most}


def _fields(fields: Mapping[str, _Schema], optional: Mapping[str, _Schema] | None = None) -> _Schema:
    return {"type": "object", "properties": {**fields, **(optional or {})}, "required": list(fields),
            "additionalProperties": False}


_WHOLE_TEXT = "^[^\\x00-\\x1f\\ud800-\\udfff]*$"  # what every file can hold
_NAMES = _list({"type": "string", "maxLength": _LONGEST_NAME, "pattern": _WHOLE_TEXT}, 0, _MOST_NAMES)
_PANES = ("one", "two", "three", "four")
_POINTS = _list(_list(_number(), 2, 2), 2, 4)
_MEASUREMENT = {
    "id": _whole(0, 1_000_000), "kind": {"enum": ["ruler", "ellipse", "abc"]},
    "plane": {"enum": ["axial", "coronal", "sagittal"]}, "depth": _whole(0, _MOST_SLICES), "points": _POINTS,
    "slices": _number(0, _MOST_SLICES),
}
_VALUES = {name: _number(-1e9, 1e9) for name in (
    "lengthMm", "mean", "sd", "areaMm2", "count", "aMm", "bMm", "thicknessMm", "volumeMl")}
_STATE = _fields({
    "at": _list(_whole(0, _MOST_SLICES), 3, 3), "centre": _list(_number(), 3, 3), "zoom": _number(0, 1000),
    "window": _fields({"width": _number(1, 8000), "level": _number(-2000, 6000)}),
    "inverted": {"type": "boolean"}, "smooth": {"type": "boolean"}, "contour": {"type": "boolean"},
    "overlay": _fields({"on": {"type": "boolean"}, "opacity": _number(0, 1), "threshold": _number(0, 1),
                        "colours": {"enum": ["inferno", "viridis", "hot"]}}),
    "layout": {"enum": [*_PANES, "mpr"]},
    "shown": _fields({pane: _list(_whole(-1, 1000), 1, 4) for pane in _PANES}),
    "tool": {"enum": ["scroll", "window", "ruler", "ellipse", "abc"]},
    "measurements": _list(_fields(_MEASUREMENT), 0, MOST_MEASUREMENTS),
    "selected": {"type": ["integer", "null"]},
})
_READING = _fields({"activeMs": _number(0, 1e9), "overlayMs": _number(0, 1e9)}, {
    "overlayOpened": _whole(0, 100_000), "visited": _list(_whole(0, _MOST_SLICES), 0, _MOST_SLICES),
    "presets": _NAMES, "maps": _NAMES})
_KEPT = _fields({"size": _list(_whole(1, _MOST_SLICES), 3, 3), "state": _STATE}, {"reading": _READING})
_SHAPES = {name: Draft202012Validator(schema) for name, schema in {
    "measurements": _list(_fields(_MEASUREMENT, _VALUES), 0, MOST_MEASUREMENTS), "presets": _NAMES, "maps": _NAMES,
    "overlay_opened": _whole(0, 100_000), "slices_visited": _whole(0, _MOST_SLICES),
    "kept": {"anyOf": [_KEPT, {"type": "null"}]},
}.items()}
"""The parts that are stored as they come, once they have their shape."""


@dataclass(frozen=True)
class ViewingLog:
    """How a case was looked at, as the browser counted it: a description of the reading, not a proof."""

    active_s: float | None  # case open, tab visible, some sign of life in the last 60 s; None: no sensible count
    overlay_s: float = 0.0  # of that, with a map on the screen
    slices_visited: int = 0
    measurements: list[dict[str, Any]] = field(default_factory=list)
    overlay_opened: int = 0  # how often a map came onto the screen
    presets: list[str] = field(default_factory=list)  # the window presets that were on the screen
    maps: list[str] = field(default_factory=list)  # method and task of the maps that were
    kept: dict[str, Any] | None = None  # settings and counts, for `Scan.kept`; None while the scan is loading
    left_out: list[str] = field(default_factory=list)  # parts without their shape

    def stored(self) -> dict[str, Any]:
        """What is stored with the read or its draft; the active time has a column of its own."""
        told = asdict(self)
        del told["active_s"]
        if not self.left_out:
            del told["left_out"]
        return told


def log_of(told: Mapping[str, Any], *, slices: int) -> ViewingLog:
    """The validated log of what a browser sent about a scan with so many slices."""
    parts = {name: told[name] for name, shape in _SHAPES.items() if name in told and shape.is_valid(told[name])}
    left_out = [name for name in _SHAPES if name in told and name not in parts]
    active_s, overlay_s = _seconds(told.get("active_s")), _seconds(told.get("overlay_s"))
    left_out += [name for name, value in {"active_s": active_s, "overlay_s": overlay_s}.items() if value is None]
    parts["slices_visited"] = min(parts.get("slices_visited", 0), slices)
    return ViewingLog(active_s, min(overlay_s or 0.0, active_s or 0.0), left_out=left_out, **parts)


def kept_in(viewing: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the viewer was left, in the viewing of a read or draft; None where none is stored in its shape.

    Older releases stored what they were sent.
    """
    kept = viewing.get("kept")
    return kept if isinstance(kept, dict) and _SHAPES["kept"].is_valid(kept) else None


def _seconds(value: object) -> float | None:
    """The value as seconds of one reading, or None; the browser is not trusted to send a sensible number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST_READING_S:
        return None
    return float(value)
