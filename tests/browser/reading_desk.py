"""A served study with one reader at it, as tests of the Read page need it: signed in, with a look into the store."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from pages.shared.resources import COOKIE
from reader_study import accounts, workspace
from reader_study.design import Design, Study, Truth
from reader_study.reads import Draft, Step
from tests.browser.put_cases import put_cases
from tests.browser.serving import PROJECT, Served
from tests.small_study import open_as_is, prediction_of

KEY, READER, PASSWORD = "desk", "Ana", "a long password"
CASES = ("case-001", "case-002", "case-003")
FIRST_PICTURE_MS = 30_000


class Desk:
    """The study's server, its store, and the reader's browser windows."""

    def __init__(self, browser: Browser, folder: Path, log: Path, **definition: Any) -> None:
        self.browser, place = browser, workspace.at(folder)
        self.store = place.open_store()
        known = {"title": "A desk to read at", "seed": 1, "design": Design.SEQUENTIAL}
        wanted: dict[str, Any] = known | definition  # each part of a definition has its own type
        self.store.create_study(Study(key=KEY, demo=True, **wanted))
        put_cases(self.store, place, KEY, truths={key: Truth(1, 7, 84.0, "female") for key in CASES},
                  predictions={key: prediction_of(key) for key in CASES})
        open_as_is(self.store, KEY)
        self._token = accounts.join_demo(self.store, KEY, READER, PASSWORD)
        self.app = Served(PROJECT / "app.py", log, ICH_WORKSPACE=str(folder))

    def stop(self) -> None:
        """End the server."""
        self.app.stop()
        self.store.close()

    def sit_down(self, browser: Browser | None = None, *, width: int = 1280, height: int = 800) -> Page:
        """A window of a browser of its own, signed in, at the Read page."""
        context = (browser or self.browser).new_context(viewport={"width": width, "height": height},
                                                        color_scheme="dark")
        context.add_cookies([{"name": COOKIE, "value": self._token, "url": self.app.address, "httpOnly": True,
                              "sameSite": "Strict"}])
        return self.another_tab(context)

    def another_tab(self, context: BrowserContext) -> Page:
        """One more tab of a window, at the Read page."""
        page = context.new_page()
        page.goto(f"{self.app.address}/read")
        return page

    def opened(self, page: Page) -> Page:
        """The page, once the scan and the form stand on it."""
        expect(page.locator(".ich-viewer[data-ready]")).to_be_visible(timeout=FIRST_PICTURE_MS)
        expect(page.get_by_role("button", name="Lock read")).to_be_visible(timeout=FIRST_PICTURE_MS)
        return page

    @property
    def step(self) -> Step | None:
        """The reader's next step."""
        return self.store.worklist(KEY, READER).next_step

    @property
    def draft(self) -> Draft | None:
        """What is kept of the next step."""
        return self.store.draft(KEY, READER, self.step) if self.step else None

    def kept(self) -> dict[str, Any]:
        """The answers that are kept of it."""
        return dict(self.draft.answers) if self.draft else {}

    def measurements(self) -> list[str]:
        """The kinds of its measurements."""
        return [row["kind"] for row in self.draft.viewing.get("measurements", [])] if self.draft else []


def until(so: Callable[[], bool], what: str, *, seconds: float = 30) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not so():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


@contextmanager
def server_away(desk: Desk, page: Page) -> Iterator[None]:
    """Kills the server, and starts it again afterwards: the form is closed meanwhile, and open in the end."""
    desk.app.kill()
    expect(page.get_by_label("Comment")).to_be_disabled(timeout=10_000)
    yield
    desk.app.start()
    expect(page.get_by_label("Comment")).to_be_enabled(timeout=30_000)


def press(page: Page, desk: Desk, letter: str, **kept: object) -> None:
    """Presses a letter once the form can hear it, and waits until the answer is kept."""
    page.keyboard.press(letter)
    until(lambda: kept.items() <= desk.kept().items(), f"{letter} is kept")


def settled(page: Page) -> None:
    """Leaves the form the second it needs to hear its keys."""
    page.wait_for_timeout(1000)


def fill_in(page: Page, desk: Desk, **prognosis: str) -> None:
    """Answers all that must be: the prognosis by its letter, a probability of 90 %, severe, and 80 years or more."""
    (letter, choice), = prognosis.items()
    for key, kept in {letter: {"prognosis": choice}, "h": {"gcs": "severe"}, "z": {"age": "80_or_more"}}.items():
        press(page, desk, key, **kept)
    page.keyboard.press("r")
    page.keyboard.type("90")
