"""The CT viewer of the read and review pages: a component that draws in the browser, and what it reports of a reading.

The page says which scan and which maps; the browser fetches them from the app's guarded routes and draws every slice
itself. Nothing the reader does in the viewer reruns the page.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent / "viewer"
_SCRIPTS = (  # one module in the browser, in this order: tables before what reads them
    "dom", "icons", "colour", "volume", "planes", "maps", "state", "measure", "actions", "raster", "annotate",
    "measuring", "scrollbar", "panes", "hud", "help", "toolbar", "touch", "gestures", "keys", "reading", "viewer",
)  # fmt: skip
_LONGEST_READING_S = 24 * 3600


@dataclass(frozen=True)
class Scan:
    """One scan to show. The route answers `url` with int16 HU in screen order [k][y][x], gzip-encoded."""

    study: str
    case: str
    shape: tuple[int, int, int]  # (I, J, K), RAS+
    spacing_mm: tuple[float, float, float]
    url: str  # relative to the page
    synthetic: bool
    reader: str = ""  # keeps slice, window, measurements and time over a reload of the page; empty: only in memory
    first_slice_mm: float = 0.0  # position of the lowest slice along the patient


@dataclass(frozen=True)
class Overlay:
    """One saliency map that may be laid over the scan. The route answers `url` with uint8, 255 = the map's maximum."""

    label: str  # shown in the list: must tell model, method and task apart
    task: str
    method: str
    url: str
    native_shape: tuple[int, int, int]  # (D, H, W) before interpolation
    probability_text: str = ""


@dataclass(frozen=True)
class ReadingReport:
    """How a case was read, as the browser counted it: a description of the reading, not a proof."""

    active_s: float  # case open, tab visible, some sign of life in the last 60 s
    overlay_s: float  # of that, with a map on the screen
    slices_visited: int
    measurements: tuple[Mapping[str, Any], ...] = ()


def script() -> str:
    """The viewer's JavaScript, one module."""
    return "\n".join((_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS)


def style() -> str:
    """The viewer's style sheet."""
    return (_FOLDER / "viewer.css").read_text(encoding="utf-8")


_mount_viewer = st.components.v2.component(
    "ich_ct_viewer", html='<div class="ich-viewer"></div>', css=style(), js=script()
)
_mount_report = st.components.v2.component("ich_reading_report", html="<span></span>", js=script())


def ct_viewer(
    scan: Scan,
    *,
    overlays: Sequence[Overlay] = (),
    key: str = "viewer",
    height_px: int = 640,
    above_px: int = 120,
) -> None:
    """Shows a scan.

    Args:
        scan: What to show. Another scan under the same key empties the screen before anything is fetched.
        overlays: The maps this person may see now; the browser learns of no others.
        key: One name for all cases of a page, so that the component stays mounted.
        height_px: Least height. Where the window is taller the viewer fills it.
        above_px: Height left to the rest of the page then.
    """
    _mount_viewer(
        key=key,
        data={
            "part": "viewer",
            "scan": _checked(scan),
            "overlays": [asdict(overlay) for overlay in overlays],
            "least_height_px": height_px,
            "above_px": above_px,
        },
    )


def reading_report(scan: Scan, *, key: str = "reading", in_form: bool = True) -> ReadingReport | None:
    """How the scan has been read so far, or None before the browser has said anything.

    Inside an `st.form` the value travels with the form's button and is exact to the press that submits; nothing is
    rerun for it. Outside a form (`in_form=False`) it stands in a fragment of its own and is as old as the pointer's
    last way out of the viewer, 30 s at most.
    """
    if in_form:
        _mount_reading(scan, key, in_form=True)
    else:
        st.fragment(_mount_reading)(scan, key, in_form=False)
    return report_of(st.session_state.get(key), scan)


def _mount_reading(scan: Scan, key: str, *, in_form: bool) -> None:
    data = {"part": "report", "scan": _checked(scan), "in_form": in_form}
    _mount_report(key=key, data=data, height=1, on_report_change=lambda: None)


def report_of(state: Mapping[str, Any] | None, scan: Scan) -> ReadingReport | None:
    """The report in a component's state, or None where there is none, it is of another case, or it can't be right."""
    report = (state or {}).get("report")
    if not isinstance(report, Mapping) or (report.get("study"), report.get("case")) != (scan.study, scan.case):
        return None
    active_s, overlay_s = _seconds(report.get("active_s")), _seconds(report.get("overlay_s"))
    visited, measurements = report.get("slices_visited"), report.get("measurements")
    if active_s is None or overlay_s is None or not isinstance(visited, int) or not isinstance(measurements, list):
        return None
    rows = tuple(row for row in measurements if isinstance(row, Mapping))
    return ReadingReport(active_s, min(overlay_s, active_s), max(0, min(visited, scan.shape[2])), rows)


def _seconds(value: object) -> float | None:
    """The value as seconds of one reading, or None; the browser is not trusted to send a sensible number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if 0 <= value <= _LONGEST_READING_S else None


def _checked(scan: Scan) -> dict[str, Any]:
    """The scan as the browser gets it."""
    shape = tuple(int(length) for length in scan.shape)
    spacing = tuple(float(length) for length in scan.spacing_mm)
    if len(shape) != 3 or min(shape) < 1:
        raise ValueError(f"{scan.case}: expected a shape of three positive lengths, got {scan.shape}")
    if len(spacing) != 3 or not all(math.isfinite(length) and length > 0 for length in spacing):
        raise ValueError(f"{scan.case}: expected three positive spacings in mm, got {scan.spacing_mm}")
    return asdict(scan) | {"shape": list(shape), "spacing_mm": list(spacing)}
