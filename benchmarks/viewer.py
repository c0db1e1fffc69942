"""From an input event to new pixels: the viewer beside what Streamlit offers, interleaved in one run.

    python -m benchmarks.viewer [--steps 48]

Pixels are those of Chromium's own screencast, so every viewer is measured by the same outside eye: a step ends when a
frame shows the grey of the slice that was asked for. What the screencast itself costs is the row "floor": a page that
fills one rectangle a key.
"""

import argparse
import asyncio
import base64
import io
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.async_api import BrowserContext, CDPSession, Page, async_playwright

from benchmarks.viewer_peers import scan
from tests.browser import chromium
from tests.browser.conftest import running_app

APP = Path(__file__).parent / "viewer_peers" / "app.py"
SIZE = {"width": 1280, "height": 800}
PATHS = {"canvas": "", "floor": "bench/floor"}  # the others' are their names
IMAGES = {"canvas": '[data-pane="0"] canvas', "matplotlib": '[data-testid="stImage"] img',
          "plotly": ".js-plotly-plot .main-svg", "image": '[data-testid="stImage"] img', "floor": "canvas"}
WITHOUT_SLIDER = {"canvas", "floor"}
BLOCK = 5  # steps of one viewer before the next one's turn
SILENCE_S = 6.0
PAUSE_S = 0.8  # between steps, so that none is still busy with the one before


class Eye:
    """Sees a page's picture through the screencast, and knows which slice it shows."""

    def __init__(self, name: str, page: Page, session: CDPSession) -> None:
        self.name, self.page, self.session = name, page, session
        self.frames: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self.middle = (0.0, 0.0)
        self.slice = scan.SHAPE[2] // 2
        self.seconds: list[float] = []
        self.lost = 0
        self.answers: set[asyncio.Future] = set()
        session.on("Page.screencastFrame", self._frame)

    def _frame(self, event: dict) -> None:
        self.frames.put_nowait((time.perf_counter(), base64.b64decode(event["data"])))
        answer = asyncio.ensure_future(
            self.session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]}))
        self.answers.add(answer)
        answer.add_done_callback(self.answers.discard)

    async def watch(self) -> None:
        """Brings the page to the front and starts looking."""
        await self.page.bring_to_front()
        await self.session.send("Page.startScreencast", {"format": "jpeg", "quality": 60, "everyNthFrame": 1})

    async def rest(self) -> None:
        """Stops looking."""
        await self.session.send("Page.stopScreencast")

    def shows(self, frame: bytes) -> int:
        """The slice a frame shows, by the grey of the picture's middle."""
        image = np.asarray(Image.open(io.BytesIO(frame)).convert("L"), dtype=float)
        x, y = (round(at * image.shape[1] / SIZE["width"]) for at in self.middle)
        grey = image[y - 8 : y + 8, x - 8 : x + 8].mean()
        return round((grey - scan.grey_of(0)) / scan.GREY_STEP)

    async def until(self, k: int) -> float | None:
        """The time at which a frame with slice k arrived; None after a long silence (a key or a frame was lost)."""
        while True:
            try:
                when, frame = await asyncio.wait_for(self.frames.get(), SILENCE_S)
            except TimeoutError:
                return None
            if self.shows(frame) == k:
                return when

    async def step(self) -> None:
        """One key press to the next slice, timed to its pixels; every eighth goes back over eight slices untimed."""
        if self.slice >= scan.SHAPE[2] * 3 // 4:
            await self.back()
        await asyncio.sleep(PAUSE_S)
        while not self.frames.empty():
            self.frames.get_nowait()
        began = time.perf_counter()
        await self.page.keyboard.press("ArrowRight")
        ended = await self.until(self.slice + 1)
        if ended is None:
            self.lost += 1
            self.slice = self.shows(await self.page.screenshot(type="jpeg"))
        else:
            self.seconds.append(ended - began)
            self.slice += 1

    async def back(self) -> None:
        """Goes back eight slices and looks where that ended."""
        for _ in range(8):
            await self.page.keyboard.press("ArrowLeft")
            await asyncio.sleep(0.1)
        await asyncio.sleep(2 * PAUSE_S)
        self.slice = self.shows(await self.page.screenshot(type="jpeg"))


async def open_eye(context: BrowserContext, url: str, name: str) -> tuple[Eye, float]:
    """A page with one viewer, and the seconds from asking for it to its first picture."""
    page = await context.new_page()
    eye = Eye(name, page, await context.new_cdp_session(page))
    began = time.perf_counter()
    await page.goto(f"{url}/{PATHS.get(name, name)}")
    picture = page.locator(IMAGES[name]).first
    await picture.wait_for(timeout=60_000)
    took = time.perf_counter() - began
    await asyncio.sleep(2)
    box = await picture.bounding_box()
    eye.middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    if name not in WITHOUT_SLIDER:
        await page.get_by_role("slider").focus()
    return eye, took


async def measure(url: str, steps: int) -> list[tuple[Eye, float]]:
    """Every viewer after its steps, and the seconds of its opening on the warm app."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.find(), args=chromium.FLAGS)
        context = await browser.new_context(viewport=SIZE)
        for name in IMAGES:  # warm the app and the browser's cache
            await (await open_eye(context, url, name))[0].page.close()
        eyes = [await open_eye(context, url, name) for name in IMAGES]
        for _ in range(-(-steps // BLOCK)):
            for eye, _ in eyes:
                await eye.watch()
                for _ in range(BLOCK):
                    await eye.step()
                await eye.rest()
        await browser.close()
    return eyes


def table(rows: list[tuple[Eye, float]]) -> str:
    """The figures as a Markdown table; ratios are to the viewer's p50."""
    ours = statistics.median(rows[0][0].seconds)
    lines = ["| viewer | steps (lost) | p50 ms | p95 ms | p50 / viewer | open to first slice, warm, ms |",
             "| --- | --- | --- | --- | --- | --- |"]
    for eye, opened in rows:
        p50, p95 = np.percentile(eye.seconds, [50, 95])
        lines.append(f"| {eye.name} | {len(eye.seconds)} ({eye.lost}) | {p50 * 1000:.0f} | {p95 * 1000:.0f} "
                     f"| {p50 / ours:.1f} | {opened * 1000:.0f} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Runs the app, measures, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=48, help="steps of each viewer (at least 40 for a p95)")
    steps = parser.parse_args(arguments).steps
    with tempfile.TemporaryDirectory() as folder, running_app(APP, Path(folder) / "log.txt") as url:
        print(table(asyncio.run(measure(url, steps))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
