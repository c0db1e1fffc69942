"""A plain page that holds the viewer and nothing else: no server, the browser's requests are answered from memory."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any, Literal

import numpy as np
from playwright.sync_api import Browser, FloatRect, Page, Route

from pages.shared.viewer import component
from tests.browser.viewer.app import clock

Button = Literal["left", "middle", "right"]
Place = tuple[float, float]  # CSS pixels from a pane's corner
MIDDLE: Place = (440, 300)
SLICES = clock.SHAPE[2]
SITE = "http://viewer.test/"
PAGE = """<!doctype html><body style="margin:0;background:#0b0d10;color:#aaa">
<input id="field"><input id="radio" type="radio"><div id="host"></div><script type="module">
import mount from "./viewer.js";
const root = document.getElementById("host").attachShadow({ mode: "open" });
const css = document.createElement("style");
css.textContent = await (await fetch("viewer.css")).text();
root.innerHTML = '<div class="ich-viewer"></div><div class="ich-desk"></div>';
root.append(css);
let unmount = () => {};
window.show = (data) => {
  if (data.part === "desk") root.querySelector(".ich-viewer")?.remove();
  unmount = mount({ data, parentElement: root, setTriggerValue: () => {} });
};
window.overtake = () => unmount(); // as when the next data came before the last were taken in
window.leave = () => {
  const place = root.host.parentNode, after = root.host.nextSibling;
  root.host.remove();
  unmount();
  place.insertBefore(root.host, after);
};
window.started = true;
</script></body>"""

KINDS = {"": "text/html", "viewer.js": "text/javascript", "desk": "application/json", "draft": "application/json"}
SCAN = component.Scan("demo", "CLOCK-1", clock.SHAPE, clock.SPACING_MM, "data/volume", synthetic=True)
MAP = component.Overlay("Grad-CAM · prognosis", "prognosis", "grad_cam", "data/map", (2, 19, 19), "p(poor) 0.72")


def grey_of(hu: float, width: float = 80, level: float = 40) -> int:
    """The grey, 0-255, of a density in a window."""
    return round(float(np.clip((hu - level + width / 2) / width * 255, 0, 255)))


class Bench:
    """The viewer on a page, its scans and maps, and the ways to look at it."""

    def __init__(self, page: Page) -> None:
        """Opens the page; `files` are the answers by address, a number being an error status."""
        self.page = page
        self.cases = 0
        self.requested: list[str] = []
        self.files: dict[str, bytes | int] = {
            "": PAGE.encode(), "viewer.js": component.script().encode(), "viewer.css": component.style().encode(),
            "data/volume": clock.volume_payload(clock.volume_hu()), "data/map": clock.map_payload(clock.map_values()),
        }
        page.route(SITE + "**", self._answer)
        page.goto(SITE)
        page.wait_for_function("window.started")

    def _answer(self, route: Route) -> None:
        name = route.request.url.removeprefix(SITE)
        self.requested.append(name)
        answer = self.files.get(name, 404)
        kind = KINDS.get(name, "application/octet-stream")
        if isinstance(answer, int):
            route.fulfill(status=answer, content_type="text/plain", body="as our routes answer")
        else:
            route.fulfill(body=answer, content_type=kind)

    def fresh(self, *overlays: component.Overlay, height_px: int = 680) -> "Bench":
        """Another case with the clock's voxels: nothing is set up yet. Gives itself back."""
        self.cases += 1
        self.page.evaluate("window.leave(); document.activeElement.blur()")
        self.page.mouse.move(5, 700)
        self.show(replace(SCAN, case=f"CLOCK-{self.cases}"), *overlays, height_px=height_px)
        return self

    def show(self, scan: component.Scan = SCAN, *overlays: component.Overlay, height_px: int = 680) -> None:
        """Mounts the viewer or gives it new data, as a rerun of the page does, and waits for the picture."""
        self.send(scan, *overlays, height_px=height_px)
        self.page.locator(f'.ich-viewer[data-ready="{scan.case}"]').wait_for()
        self.settle()

    def send(self, scan: component.Scan, *overlays: component.Overlay, height_px: int = 680) -> None:
        """Mounts the viewer or gives it new data, without waiting."""
        data = {"part": "viewer", "scan": asdict(scan), "overlays": [asdict(each) for each in overlays],
                "least_height_px": height_px, "above_px": 2000}
        self.page.evaluate(f"window.show({json.dumps(data)})")

    def settle(self) -> None:
        """Waits until what was asked for has been drawn."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def text(self, name: str, pane: int = 0) -> str:
        """What a corner prints: sliceText, windowText, huText, ..."""
        self.settle()
        return self.page.locator(f'[data-pane="{pane}"] .{name}').inner_text()

    def pixel(self, x: float, y: float, pane: int = 0) -> tuple[int, int, int]:
        """Colour at a place of the pane, in CSS pixels from its corner."""
        self.settle()
        script = """([pane, x, y]) => {
          const canvas = document.getElementById("host").shadowRoot.querySelector(`[data-pane="${pane}"] canvas`);
          const ratio = canvas.width / canvas.clientWidth;
          return [...canvas.getContext("2d").getImageData(x * ratio, y * ratio, 1, 1).data].slice(0, 3);
        }"""
        return tuple(self.page.evaluate(script, [pane, x, y]))

    def box(self, pane: int = 0) -> FloatRect:
        """Where a pane lies on the page."""
        box = self.page.locator(f'[data-pane="{pane}"] canvas').bounding_box()
        assert box is not None, f"pane {pane} is not on the screen"
        return box

    def at(self, i: int, j: int, pane: int = 0) -> tuple[float, float]:
        """Place of a voxel (i, j) RAS+ in an axial pane at fit, in CSS pixels from its corner, worked out here."""
        box = self.box(pane)
        wide, high = clock.SHAPE[0] * clock.SPACING_MM[0], clock.SHAPE[1] * clock.SPACING_MM[1]
        scale = min(box["width"] / wide, box["height"] / high)
        x = (clock.SHAPE[0] - i - 0.5) * clock.SPACING_MM[0] - wide / 2
        y = (clock.SHAPE[1] - j - 0.5) * clock.SPACING_MM[1] - high / 2
        return box["width"] / 2 + x * scale, box["height"] / 2 + y * scale

    def hover(self, x: float, y: float, pane: int = 0) -> None:
        """Moves the mouse to a place in a pane."""
        box = self.box(pane)
        self.page.mouse.move(box["x"] + x, box["y"] + y)

    def drag(self, start: Place, end: Place, *, button: Button = "left", pane: int = 0) -> None:
        """Drags the mouse from one place of a pane to another."""
        self.hover(*start, pane)
        self.page.mouse.down(button=button)
        box = self.box(pane)
        self.page.mouse.move(box["x"] + end[0], box["y"] + end[1], steps=4)
        self.page.mouse.up(button=button)
        self.settle()

    def press(self, *keys: str) -> None:
        """Presses keys one after another, as with nothing focused."""
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def wheel(self, notches: float, *, ctrl: bool = False) -> None:
        """Turns the mouse wheel where the mouse is; positive turns it towards the hand."""
        if ctrl:
            self.page.keyboard.down("Control")
        for _ in range(round(abs(notches))):
            self.page.mouse.wheel(0, 100 if notches > 0 else -100)
        if ctrl:
            self.page.keyboard.up("Control")
        self.settle()


@contextmanager
def open_bench(browser: Browser, **settings: Any) -> Iterator[Bench]:  # Any: each setting of a context has its type
    """A bench in a browser context of its own; an error in the page's scripts fails the test."""
    context = browser.new_context(**{"viewport": {"width": 940, "height": 720}} | settings)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield Bench(page)
    context.close()
    if errors:
        raise RuntimeError("; ".join(errors))
