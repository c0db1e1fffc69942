"""A reader at the Read page, who opens it, answers with keys, locks, and continues with the next case."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, WebSocket

from benchmarks.peers.viewer import scan
from benchmarks.reading_parts import forms, in_page
from benchmarks.reading_parts.forms import Form, Step
from benchmarks.reading_parts.served import App

COOKIE = "ich_session"
WINDOW = ViewportSize(width=1280, height=800)
OPEN_S = 90.0
AHEAD_S, AHEAD_TRIES = 30.0, 3
SCAN_BYTES = 2 * math.prod(scan.SHAPE)
WORDS = ("clot, left", "small, thalamus", "4 mm shift", "gyri zoomed", "mixed density", "unsure", "90 % basal ganglia")


@dataclass(frozen=True)
class Meant:
    """The intended answers: the letters of prognosis, GCS and age, the probability in percent, and a comment."""

    letters: str
    percent: int
    comment: str

    @classmethod
    def by_chance(cls, chance: Random, number: int) -> "Meant":
        """Random consistent answers, with a comment that is unique by its number."""
        poor = chance.random() < 0.5
        letters = ("P" if poor else "G") + chance.choice("MNH") + chance.choice("YZ")
        return cls(letters, chance.randint(*((51, 99) if poor else (1, 49))), f"{number}: {chance.choice(WORDS)}")

    def values(self, codes: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
        """The answers by question, in the form in which they are stored."""
        return dict(codes[letter] for letter in self.letters) | {"p_poor": self.percent, "comment": self.comment}

    def type(self, page: Page, *, delay_ms: float = 0) -> None:
        """Types all answers, with this pause between keys."""
        for key in (*self.letters.lower(), "r", *str(self.percent), "Escape", "x", *self.comment):
            page.keyboard.press(key)
            if delay_ms:
                page.wait_for_timeout(delay_ms)


class Reader:
    """One reader in a browser context of its own; `at` is the number of completed reads."""

    def __init__(self, browser: Browser, app: App, form: Form, name: str) -> None:
        self.app, self.form, self.name, self.at = app, form, name, 0
        self.steps = app.desk.steps[name]
        self.messages = 0  # over Streamlit's socket, both ways
        context = browser.new_context(viewport=WINDOW, color_scheme="dark")
        context.add_cookies([{"name": COOKIE, "value": app.desk.tokens[name], "url": app.address, "httpOnly": True,
                              "sameSite": "Strict"}])
        context.add_init_script(in_page.SCRIPT)
        self.page = context.new_page()
        self.page.on("websocket", self._listen)
        self.page.goto(f"{app.address}/read")
        self.wait_until_open()

    def _listen(self, socket: WebSocket) -> None:
        for event in ("framesent", "framereceived"):
            socket.on(event, self._count)

    def _count(self, _frame: str | bytes) -> None:
        self.messages += 1

    @property
    def step(self) -> Step:
        """The current step."""
        return self.steps[self.at]

    def wait_until_open(self) -> None:
        """Waits until the current read is shown, its scan is drawn, and its form accepts keys.

        Raises:
            SystemExit: at a timeout.
        """
        wanted = (forms.heading(self.at + 1), forms.first_slice(self.step), self.form.ready(self.step))
        if not in_page.wait_for(self.page, *wanted, patience_s=OPEN_S):
            raise SystemExit(f"read {self.at + 1} of {self.name} did not open within {OPEN_S:g} s; the page: "
                             f"{in_page.text_of(self.page)}")

    def wait_until_ahead(self) -> None:
        """Waits until the next case's scan is prefetched and has had time to be decompressed.

        Raises:
            SystemExit: at a timeout.
        """
        ahead = next((step[0] for step in self.steps[self.at:] if step[0] != self.step[0]), None)
        for _ in range(AHEAD_TRIES):
            until = time.monotonic() + AHEAD_S
            while ahead and time.monotonic() < until:
                if in_page.has_fetched(self.page, f"/{ahead}/volume", SCAN_BYTES):
                    ahead = None
                self.page.wait_for_timeout(100)
            if not ahead:
                self.page.wait_for_timeout(1000)
                return
            self.page.reload()  # an open page does not retry an aborted fetch
            self.wait_until_open()
        raise SystemExit(f"{self.name}: the scan of {ahead} was not fetched ahead within {AHEAD_S:g} s")

    def answer(self, letter: str) -> float:
        """Seconds from a choice's key to its filled button; infinite at a timeout."""
        shown = self.form.chosen(self.app.desk.texts[letter])
        return in_page.time_of_key(self.page, letter.lower(), {"filled": shown}, patience_s=5).get("filled", math.inf)

    def lock(self) -> dict[str, float]:
        """Seconds from Ctrl+Enter to the next case's heading, first slice and form; the reader continues there.

        Empty at a timeout, where the reader stays at the current read.
        """
        following = self.steps[self.at + 1]
        seen = in_page.time_of_key(self.page, "Control+Enter", {
            "heading": forms.heading(self.at + 2), "slice": forms.first_slice(following),
            "form": self.form.ready(following)})
        if len(seen) < 3:
            return {}
        self.at += 1
        return seen

    def goes_on(self, *, patience_s: float) -> bool:
        """Whether the next case's heading is shown in time after Ctrl+Enter; the reader then continues there."""
        came = in_page.wait_for(self.page, forms.heading(self.at + 2), patience_s=patience_s)
        self.at += came
        return came

    def pass_by(self) -> None:
        """Locks the read without the page, by the store, and opens the next one."""
        self.app.desk.ask("lock_next", reader=self.name)
        self.at += 1
        self.page.reload()
        self.wait_until_open()
