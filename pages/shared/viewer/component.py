"""The CT viewer and the reading desk: components that draw in the browser.

The page says which scan and which maps, or which study is read; the browser fetches them from the app's guarded routes,
draws every slice and the form itself, and sends what is entered there. Nothing that a reader does reruns the page.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).resolve().parents[1]
_SCRIPTS = (  # one module in the browser, in this order: tables before what reads them
    *(f"viewer/{name}.js" for name in (
        "dom", "icons", "drawing/colour", "drawing/volume", "drawing/planes", "drawing/overlay_maps", "state",
        "tools/measurement_values", "actions", "drawing/render_slice", "drawing/prerender", "drawing/draw_annotations",
        "tools/measurement_tools", "tools/keyboard_cursor", "drawing/brain_contour", "tools/scrollbar", "panes",
        "drawing/corner_text", "help", "tools/toolbar", "tools/touch", "tools/mouse", "tools/keys", "reading_log")),
    *(f"reading/{name}.js" for name in (
        "tab", "server", "fields", "form", "form_keys", "focus", "draft", "lock", "heading", "desk", "correction")),
    "viewer/main.js",
)  # fmt: skip


@dataclass(frozen=True)
class Scan:
    """One scan to show. The route answers `url` with int16 HU in screen order [k][y][x], gzip-encoded."""

    study: str
    case: str
    shape: tuple[int, int, int]  # (I, J, K), RAS+
    spacing_mm: tuple[float, float, float]
    url: str  # relative to the page
    synthetic: bool
    reader: str = ""  # of several readers in a tab each has their own view, measurements and time
    first_slice_mm: float = 0.0  # position of the lowest slice along the patient
    brain_url: str = ""  # where the page offers the brain's contour: uint8 in screen order, 1 = brain
    step: str = ""  # of several readings of the case each has its own view, measurements and time
    kept: Mapping[str, Any] | None = None  # where a reading was left: `ViewingLog.kept`; the newest counts
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


def script() -> str:
    """The JavaScript of all components, one module."""
    return "\n".join([*map(_script, _SCRIPTS), "export default showPart;"])


def _script(file: str) -> str:
    """A script without its doc comments: they are for its readers and for tsc, and would travel with every rerun."""
    return re.sub(r"^ */\*\*.*?\*/\n", "", (_FOLDER / file).read_text(encoding="utf-8"), flags=re.M | re.S)


def style() -> str:
    """The style sheet of all components."""
    return "\n".join((_FOLDER / file).read_text(encoding="utf-8") for file in ("viewer/viewer.css", "reading/desk.css"))


_SCRIPT, _STYLE = script(), style()
_mount_viewer = st.components.v2.component(
    "ich_ct_viewer", html='<div class="ich-viewer"></div>', css=_STYLE, js=_SCRIPT
)
_mount_desk = st.components.v2.component(
    "ich_reading_desk", html='<div class="ich-desk"></div>', css=_STYLE, js=_SCRIPT
)


def read_desk(url: str, *, reader: str, key: str) -> None:
    """The reading desk: scan and form of the signed-in reader's next read, and of each that follows.

    Args:
        url: Where the browser asks where the reader stands, relative to the page.
        reader: The reader's name: another one's desk is begun anew.
        key: One name, so that the component stays mounted.
    """
    _mount_desk(key=key, data={"part": "desk", "url": url, "reader": reader})


def correction_form(
    url: str, form: Mapping[str, Any], *, reader: str, key: str, on_corrected: Callable[[], None]
) -> None:
    """A read's form with the answers that count, to be corrected; `on_corrected` is called before the page reruns.

    Args:
        url: Where the correction is sent, relative to the page.
        form: The questions and answers, as `reading.form_data` makes them.
        reader: Whose read it is: nothing is corrected for another who signs in meanwhile.
        key: Another for each read and correction.
        on_corrected: Called once the server has kept it.
    """
    _mount_desk(key=key, data={"part": "correction", "url": url, "form": form, "reader": reader},
                on_corrected_change=on_corrected)


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


def described(shown: Scan | Overlay) -> dict[str, Any]:
    """A scan or a map as the browser gets it."""
    return _checked(shown) if isinstance(shown, Scan) else asdict(shown)


def _checked(scan: Scan) -> dict[str, Any]:
    """The scan as the browser gets it."""
    shape = tuple(int(length) for length in scan.shape)
    spacing = tuple(float(length) for length in scan.spacing_mm)
    if len(shape) != 3 or min(shape) < 1:
        raise ValueError(f"{scan.case}: expected a shape of three positive lengths, got {scan.shape}")
    if len(spacing) != 3 or not all(0 < length < inf for length in spacing):
        raise ValueError(f"{scan.case}: expected three positive spacings in mm, got {scan.spacing_mm}")
    return asdict(scan) | {"shape": list(shape), "spacing_mm": list(spacing)}
