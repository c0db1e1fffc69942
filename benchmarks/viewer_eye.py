"""Observation of a page through Chromium's screencast: which slice its picture shows, and how many bytes it receives.

The screencast has half the page's size, because encoding a whole page as JPEG takes longer than drawing a slice. Times
are those at which frames arrive here. Chromium's own timestamps of frames are not used: with WebGL they are some 20 ms
before the drawing ends.
"""

import asyncio
import base64
import io
import time
from typing import Any

import numpy as np
from PIL import Image
from playwright.async_api import CDPSession, Page, ViewportSize

from benchmarks.peers.viewer import scan

SIZE: ViewportSize = {"width": 1280, "height": 800}  # CSS pixels of the page
SEEN = {"maxWidth": SIZE["width"] // 2, "maxHeight": SIZE["height"] // 2}
SILENCE_S = 6.0
Message = dict[str, Any]  # Any: JSON of Chromium's DevTools protocol
HALF_PX = 8  # CSS pixels; half the side of the square whose mean grey is used


class Eye:
    """The observer of one page with a viewer. `middle` is the centre of the picture in CSS pixels of the page."""

    def __init__(self, name: str, page: Page, session: CDPSession, *, middle: tuple[float, float]) -> None:
        self.name, self.page, self.session, self.middle = name, page, session, middle
        self.frames: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self.slice = scan.SHAPE[2] // 2
        self.forward = True
        self.seconds: list[float] = []
        self.lost = 0
        self.bytes_received = 0
        self.answers: set[asyncio.Future[Message]] = set()
        session.on("Page.screencastFrame", self._frame)
        session.on("Network.dataReceived", lambda event: self._count(event["encodedDataLength"]))
        session.on("Network.webSocketFrameReceived", lambda event: self._count(_length(event["response"])))

    def _count(self, length: float) -> None:
        self.bytes_received += int(length)

    def _frame(self, event: Message) -> None:
        self.frames.put_nowait((time.perf_counter(), base64.b64decode(event["data"])))
        answer = asyncio.ensure_future(
            self.session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]}))
        self.answers.add(answer)
        answer.add_done_callback(self._answered)

    def _answered(self, answer: asyncio.Future[Message]) -> None:
        self.answers.discard(answer)
        answer.exception()  # retrieved, because asyncio logs exceptions (of a closed page) that nobody retrieves

    async def watch(self) -> None:
        """Brings the page to the front and starts the screencast."""
        await self.page.bring_to_front()
        await self.session.send("Page.startScreencast", {"format": "jpeg", "quality": 60, "everyNthFrame": 1, **SEEN})

    async def until_quiet(self, *, quiet_s: float = 1.5, longest_s: float = 20.0) -> None:
        """Waits until no bytes have been received for a while."""
        end, known = time.perf_counter() + longest_s, -1
        while known != self.bytes_received and time.perf_counter() < end:
            known = self.bytes_received
            await asyncio.sleep(quiet_s)

    async def rest(self) -> None:
        """Stops the screencast."""
        await self.session.send("Page.stopScreencast")

    def shows(self, frame: bytes) -> int:
        """The index of the slice that a frame shows, by the grey of the picture's centre."""
        image = np.asarray(Image.open(io.BytesIO(frame)).convert("L"), dtype=float)
        scale = image.shape[1] / SIZE["width"]
        x, y = (round(at * scale) for at in self.middle)
        half = round(HALF_PX * scale)
        grey = float(image[y - half : y + half, x - half : x + half].mean())
        return round((grey - scan.grey_of(0)) / scan.GREY_STEP)

    async def until(self, k: int, *, silence_s: float = SILENCE_S) -> float | None:
        """The time at which a frame with slice k arrived; None after a timeout (a key or a frame was lost)."""
        while True:
            try:
                when, frame = await asyncio.wait_for(self.frames.get(), silence_s)
            except TimeoutError:
                return None
            if self.shows(frame) == k:
                return when

    async def step(self, pause_s: float) -> None:
        """Times one key press to a neighbouring slice until its pixels; the slices between 1/4 and 3/4 up and down."""
        if not scan.SHAPE[2] // 4 < self.slice < scan.SHAPE[2] * 3 // 4:
            self.forward = self.slice <= scan.SHAPE[2] // 4
        by = 1 if self.forward else -1
        await asyncio.sleep(pause_s)
        while not self.frames.empty():
            self.frames.get_nowait()
        began = time.perf_counter()
        await self.page.keyboard.press("ArrowRight" if self.forward else "ArrowLeft")
        ended = await self.until(self.slice + by)
        if ended is None:
            self.lost += 1
            self.slice = self.shows(await self.page.screenshot(type="jpeg"))
        else:
            self.seconds.append(ended - began)
            self.slice += by


def _length(frame: Message) -> int:
    """Number of bytes of a websocket frame, text or binary (which is base64-encoded)."""
    payload = frame.get("payloadData", "")
    return len(payload.encode()) if frame.get("opcode") == 1 else len(payload) * 3 // 4
