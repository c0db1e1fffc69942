"""The CT viewer of the read and review pages: a component that draws in the browser, and what it reports of a reading.

The page says which scan and which maps; the browser fetches them from the app's guarded routes and draws every slice
itself. Nothing the reader does in the viewer reruns the page.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared.reading_report import ReadingReport as ReadingReport
from pages.shared.reading_report import Tab, tab_of
from pages.shared.reading_report import report_of as report_of

_FOLDER = Path(__file__).parent / "viewer"
_SCRIPTS = (  # one module in the browser, in this order: tables before what reads them
    "dom", "icons", "colour", "volume", "planes", "maps", "state", "measure", "actions", "raster", "prepare",
    "annotate", "measuring", "pointing", "contour",
    "scrollbar", "panes", "hud", "help", "toolbar", "touch", "gestures", "keys", "reading",
    "tab", "away", "keeper", "viewer",
)  # fmt: skip
# Streamlit sends a component's script whenever it stands in a rerun: what a fragment holds must be short. The report's
# waits for the viewer's, which stands on the same page.
_REPORT_SCRIPT = """export default (part) =>
  (globalThis.ichShowPart ??= Promise.withResolvers()).promise.then((show) => show(part));"""


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
    brain_url: str = ""  # where the page offers the brain's contour: uint8 in screen order, 1 = brain
    step: str = ""  # of several readings of the case each has its own view, measurements and time
    kept: Mapping[str, Any] | None = None  # where a reading was left: `ReadingReport.kept`; the newest counts
    label: str = ""  # printed for the case where its key must not be: else the key


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
class Keeping:
    """Where the browser keeps the draft of a sitting, and the fields of the page whose typing goes with it.

    A field's `at` is the class of its container, `letter` the key that brings the cursor there, and `number` says that
    it takes one.
    """

    url: str  # relative to the page; takes a POST
    sitting: str
    fields: Mapping[str, Mapping[str, Any]]
    drawn: int  # another for each drawing of the form, which tells the browser that the server knows its buttons


def script() -> str:
    """The viewer's JavaScript, one module."""
    return "\n".join([*map(_script, _SCRIPTS), "export default showPart;"])


def _script(name: str) -> str:
    """A script without its doc comments: they are for its readers and for tsc, and would travel with every rerun."""
    return re.sub(r"^ */\*\*.*?\*/\n", "", (_FOLDER / f"{name}.js").read_text(encoding="utf-8"), flags=re.M | re.S)


def style() -> str:
    """The viewer's style sheet."""
    return (_FOLDER / "viewer.css").read_text(encoding="utf-8")


_mount_viewer = st.components.v2.component(
    "ich_ct_viewer", html='<div class="ich-viewer"></div>', css=style(), js=script()
)
_mount_report = st.components.v2.component(
    "ich_reading_report", html='<span role="status"></span>', css="span { color: #d8a657; font: 13px system-ui; }",
    js=_REPORT_SCRIPT)
_mount_tab = st.components.v2.component("ich_tab", html="<span></span>", js=f"{_script('tab')}export default showTab;")


def ct_viewer(
    scan: Scan,
    *,
    overlays: Sequence[Overlay] = (),
    key: str = "viewer",
    height_px: int = 640,
    above_px: int = 120,
    following: Scan | None = None,
) -> None:
    """Shows a scan.

    Args:
        scan: What to show. Another scan under the same key empties the screen before anything is fetched.
        overlays: The maps this person may see now; the browser learns of no others.
        key: One name for all cases of a page, so that the component stays mounted.
        height_px: Least height. Where the window is taller the viewer fills it.
        above_px: Height left to the rest of the page then.
        following: The scan that is fetched ahead once this one is on the screen.
    """
    _mount_viewer(
        key=key,
        data={
            "part": "viewer",
            "scan": _checked(scan),
            "overlays": [asdict(overlay) for overlay in overlays],
            "next": _checked(following) if following else None,
            "least_height_px": height_px,
            "above_px": above_px,
        },
    )


def reading_report(
    scan: Scan, *, key: str = "reading", in_form: bool = True, keeping: Keeping | None = None
) -> ReadingReport | None:
    """How the scan has been read so far, or None before the browser has said anything.

    Inside an `st.form` the value travels with the form's button and is exact to the press that submits; nothing is
    rerun for it. Outside a form (`in_form=False`) it stands in a fragment of its own and is as old as the pointer's
    last way out of the viewer, 30 s at most. With `keeping` the browser posts it as it changes, too.
    """
    if in_form:
        _mount_reading(scan, key, in_form=True, keeping=keeping)
    else:
        st.fragment(_mount_reading)(scan, key, in_form=False, keeping=keeping)
    return report_of(st.session_state.get(key), scan)


def _mount_reading(scan: Scan, key: str, *, in_form: bool, keeping: Keeping | None) -> None:
    data = {"part": "report", "scan": _checked(scan), "in_form": in_form, "keep": asdict(keeping) if keeping else None}
    _mount_report(key=key, data=data, on_report_change=lambda: None)


def browser_tab(*, key: str = "tab", known: str = "", opening: str = "") -> Tab | None:
    """The browser's tab that shows the page, or None before it has said so. It reruns what it stands in.

    An opening of the app that has no name yet takes the one given here.
    """
    _mount_tab(key=key, data={"known": known, "opening": opening}, height=1, on_tab_change=lambda: None)
    return tab_of(st.session_state.get(key))


def _checked(scan: Scan) -> dict[str, Any]:
    """The scan as the browser gets it."""
    shape = tuple(int(length) for length in scan.shape)
    spacing = tuple(float(length) for length in scan.spacing_mm)
    if len(shape) != 3 or min(shape) < 1:
        raise ValueError(f"{scan.case}: expected a shape of three positive lengths, got {scan.shape}")
    if len(spacing) != 3 or not all(0 < length < inf for length in spacing):
        raise ValueError(f"{scan.case}: expected three positive spacings in mm, got {scan.spacing_mm}")
    return asdict(scan) | {"shape": list(shape), "spacing_mm": list(spacing)}
