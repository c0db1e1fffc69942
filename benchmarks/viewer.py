"""Latency from an input event to new pixels: our viewer against Streamlit's own elements, interleaved in one run.

    python -m benchmarks.viewer [--steps 48] [--only canvas,floor]

Pixels come from Chromium's screencast, so that all viewers are measured in the same way from outside: a step ends when
a frame shows the grey of the requested slice, and a page is open when a frame shows the middle slice. The rows "floor"
and "picture" measure the screencast's own cost: a page that fills one rectangle per key, and one that shows prerendered
pictures of the slices. CPU time is that of the server and of all browser processes, including screencast and pauses.
NiiVue is fetched with npm into .venv/niivue; without npm or network its row is omitted.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import numpy as np
from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from benchmarks.peers.viewer import niivue, scan
from benchmarks.viewer_eye import SIZE, Eye
from tests.browser.conftest import running_app
from tests.browser.support import chromium

APP = Path(__file__).parent / "peers" / "viewer" / "app.py"
BLOCK = 6  # consecutive steps of one viewer
TURN_S = 0.7  # wait for a page that is brought to the front to be redrawn
OPEN_S = 60.0
OPENING_SILENCE_S = 25.0  # timeout without a new frame; NiiVue needs a dozen seconds for its first
TRIES = 3  # a screencast may lose its last frame
OPENINGS = 5  # of each viewer, alternating; a browser caches compiled scripts only from a page's third load on
STREAMLIT_IMAGE = '[data-testid="stImage"] img'
WEBGL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
SOFTWARE = [flag for flag in chromium.FLAGS if flag != "--disable-gpu"]


@dataclass(frozen=True)
class Viewer:
    """One viewer: its page, the selector of its picture, whether a slider handles its keys, and the pause per step."""

    name: str
    title: str
    path: str
    picture: str
    slider: bool = False
    webgl: bool = False
    pause_s: float = 0.3  # between steps, so that the previous one has ended


VIEWERS = (
    Viewer("canvas", "our canvas", "", '[data-pane="0"] canvas'),
    Viewer("floor", "floor of the harness", "bench/floor", "canvas"),
    Viewer("picture", "floor, the scan's pictures", "bench/picture", "canvas"),
    Viewer("niivue", f"NiiVue {niivue.VERSION} in components v2", "niivue", "canvas.niivue", webgl=True),
    Viewer("image", "slider + st.image in a fragment", "image", STREAMLIT_IMAGE, slider=True, pause_s=0.5),
    Viewer("matplotlib", "slider + matplotlib", "matplotlib", STREAMLIT_IMAGE, slider=True, pause_s=0.5),
    Viewer("plotly", "slider + plotly heatmap", "plotly", ".js-plotly-plot .main-svg", slider=True, pause_s=0.5),
)


@dataclass(frozen=True)
class Cpu:
    """CPU time in seconds."""

    server: float = 0.0
    browser: float = 0.0

    @classmethod
    async def spent(cls, url: str, browser: Browser) -> "Cpu":
        """The CPU time of the server and of all processes of a browser until now."""
        with urlopen(f"{url}/bench/cpu", timeout=10) as answer:
            server = float(answer.read())
        session = await browser.new_browser_cdp_session()
        processes = await session.send("SystemInfo.getProcessInfo")
        await session.detach()
        return cls(server, sum(each["cpuTime"] for each in processes["processInfo"]))

    def and_between(self, before: "Cpu", after: "Cpu") -> "Cpu":
        """The sum of this and the difference of two readings."""
        return Cpu(self.server + after.server - before.server, self.browser + after.browser - before.browser)


@dataclass
class Measured:
    """The measurements of a viewer: its observer, the seconds of each opening, bytes, requests and CPU time."""

    viewer: Viewer
    eye: Eye
    openings_s: list[float]
    opening_bytes: int
    volume_requests: list[str] = field(default_factory=list)
    cpu: Cpu = field(default_factory=Cpu)

    def a_step(self, total: float) -> float:
        """The mean per step of a total over all steps."""
        return total / max(1, len(self.eye.seconds) + self.eye.lost)


async def middle_of(page: Page, viewer: Viewer) -> tuple[float, float]:
    """The centre of the viewer's picture in CSS pixels, once it is shown.

    Raises:
        PlaywrightError: where it is not on the screen.
    """
    picture = page.locator(viewer.picture).first
    await picture.wait_for(timeout=OPEN_S * 1000)
    await asyncio.sleep(2)  # its layout may still change
    box = await picture.bounding_box()
    if box is None:
        raise PlaywrightError(f"{viewer.title}: its picture is not on the screen")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def open_viewer(browser: Browser, url: str, viewer: Viewer) -> Measured | None:
    """A viewer opened under observation on a warm app, ready for its first step; None where it cannot be opened."""
    context = await browser.new_context(viewport=SIZE)
    address = f"{url}/{viewer.path}"
    for _ in range(TRIES):
        page = await context.new_page()  # warms the caches of app and browser, and locates the picture
        try:
            await page.goto(address)
            middle = await middle_of(page, viewer)
            await page.close()
            opened = await _open_under_eye(context, address, viewer, middle)
        except PlaywrightError as error:  # on a machine with much other load
            print(f"{viewer.title}: opened once more, {str(error).splitlines()[0]}", file=sys.stderr)
        else:
            if opened:
                return opened
    print(f"{viewer.title} is left out: its middle slice was not seen after opening it {TRIES} times.")
    return None


async def _open_under_eye(
    context: BrowserContext, address: str, viewer: Viewer, middle: tuple[float, float]
) -> Measured | None:
    """The viewer, opened and timed; None where its middle slice did not appear."""
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    eye = Eye(viewer.name, page, session, middle=middle)
    await session.send("Network.enable")
    requests: list[str] = []
    page.on("response", lambda answer: requests.append(answer.headers.get("content-encoding", "plain"))
            if "/data/volume" in answer.url else None)
    await eye.watch()
    began = time.perf_counter()
    await page.goto(address, wait_until="commit")
    opened = await eye.until(eye.slice, silence_s=OPENING_SILENCE_S)
    if opened is None:
        await page.close()
        return None
    await eye.until_quiet()
    await eye.rest()
    if viewer.slider:
        await page.get_by_role("slider").focus()
    return Measured(viewer, eye, [opened - began], eye.bytes_received, requests)


async def open_again(row: Measured, url: str) -> None:
    """Opens the viewer once more in another page, times it, and closes it."""
    page = row.eye.page
    again = await _open_under_eye(page.context, f"{url}/{row.viewer.path}", row.viewer, row.eye.middle)
    if again:
        row.openings_s += again.openings_s
        await again.eye.page.close()


async def measure(url: str, viewers: Sequence[Viewer], steps: int) -> list[Measured]:
    """The measurements of every viewer; openings and steps alternate between the viewers."""
    async with async_playwright() as playwright, AsyncExitStack() as browsers:
        plain = await _browser(playwright, browsers, chromium.FLAGS)
        with_webgl = await _browser(playwright, browsers, SOFTWARE + WEBGL) if any(v.webgl for v in viewers) else plain
        tried = [await open_viewer(with_webgl if viewer.webgl else plain, url, viewer) for viewer in viewers]
        rows = [row for row in tried if row]
        for _ in range(OPENINGS - 1):
            for row in rows:
                await open_again(row, url)
        for _ in range(-(-steps // BLOCK)):
            for row in rows:
                browser = with_webgl if row.viewer.webgl else plain
                await row.eye.watch()
                await asyncio.sleep(TURN_S)
                before = await Cpu.spent(url, browser)
                for _ in range(BLOCK):
                    await row.eye.step(row.viewer.pause_s)
                row.cpu = row.cpu.and_between(before, await Cpu.spent(url, browser))
                await row.eye.rest()
        return rows


async def _browser(playwright: Playwright, browsers: AsyncExitStack, flags: list[str]) -> Browser:
    launched = await playwright.chromium.launch(executable_path=chromium.find(chromium.BROWSERS), args=flags)
    browsers.push_async_callback(launched.close)
    return launched


def table(rows: Sequence[Measured]) -> str:
    """The figures as a Markdown table; ratios are to the first row's p50."""
    ours = np.median(rows[0].eye.seconds)
    lines = ["| viewer | steps (lost) | event to pixels p50 ms | p95 ms | p50 / ours | CPU a step, server + browser ms "
             "| open to first slice, warm, median (range) ms | to open, MB | a step, kB |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        opened = [seconds * 1000 for seconds in row.openings_s]
        p50, p95 = np.percentile(row.eye.seconds, [50, 95]) if row.eye.seconds else (np.nan, np.nan)
        lines.append(
            f"| {row.viewer.title} | {len(row.eye.seconds)} ({row.eye.lost}) | {p50 * 1000:.0f} | {p95 * 1000:.0f} "
            f"| {p50 / ours:.1f} | {row.a_step(row.cpu.server * 1000):.0f} + {row.a_step(row.cpu.browser * 1000):.0f} "
            f"| {np.median(opened):.0f} ({min(opened):.0f}-{max(opened):.0f}) | {row.opening_bytes / 1e6:.1f} "
            f"| {row.a_step((row.eye.bytes_received - row.opening_bytes) / 1e3):.1f} |")
    return "\n".join(lines)


def crossing(row: Measured) -> str:
    """A sentence on the transfers of the volume to our viewer."""
    return (f"Our volume ({np.prod(scan.SHAPE) * 2 / 1e6:.1f} MB of voxels, {len(scan.payload('volume')) / 1e6:.1f} MB "
            f"gzipped) crossed the wire {len(row.volume_requests)} time(s): {', '.join(row.volume_requests)}.")


def main(arguments: list[str]) -> int:
    """Runs the app, measures, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=48, help="steps of each viewer (at least 40 for a p95)")
    parser.add_argument("--only", default="", help="names of viewers, with commas between")
    asked = parser.parse_args(arguments)
    names = [name for name in asked.only.split(",") if name]
    unknown = set(names) - {viewer.name for viewer in VIEWERS}
    if unknown:
        parser.error(f"--only {asked.only}: expected names out of {', '.join(viewer.name for viewer in VIEWERS)}")
    viewers = [viewer for viewer in VIEWERS if not names or viewer.name in names]
    missing = niivue.fetch() if any(viewer.name == "niivue" for viewer in viewers) else None
    if missing:
        print(missing)
        viewers = [viewer for viewer in viewers if viewer.name != "niivue"]
    with tempfile.TemporaryDirectory() as folder, running_app(APP, Path(folder) / "log.txt") as url:
        rows = asyncio.run(measure(url, viewers, asked.steps))
    if not rows or rows[0].viewer is not viewers[0]:
        return 1  # ratios are to the first
    print(table(rows))
    print("\n".join(crossing(row) for row in rows if row.viewer.name == "canvas"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
