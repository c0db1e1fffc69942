"""Served studies with readers at them, as tests of the Read page need them: signed in, with a look into the store."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from pages.shared.resources import COOKIE
from reader_study.access import accounts
from reader_study.store import workspace
from reader_study.store.store import Store
from reader_study.study.design import Design, Study, Truth
from reader_study.study.read import Draft, Read, Step
from tests.browser.support import person
from tests.browser.support.put_cases import put_cases
from tests.browser.support.serving import PROJECT, Served
from tests.browser.support.windows import Window, Windows
from tests.support.small_study import open_as_is, prediction_of

PASSWORD = "a long password"
CASES = ("case-001", "case-002", "case-003")
FIRST_PICTURE_MS = 30_000


class Desk:
    """A reader of a served study, and their browser windows."""

    def __init__(self, windows: Windows, store: Store, app: Served, *, key: str, reader: str) -> None:
        self.windows, self.store, self.app, self.key, self.reader = windows, store, app, key, reader
        self.token = accounts.join_demo(store, key, reader, PASSWORD)
        self._taken: list[Window] = []

    def sit_down(self, window: Window | None = None) -> Page:
        """A tab at the Read page, signed in, in a window of its own; another kind of window where it is given."""
        window = window or self.windows.new()
        self._taken.append(window)
        window.context.add_cookies([{"name": COOKIE, "value": self.token, "url": self.app.address, "httpOnly": True,
                                     "sameSite": "Strict"}])
        return self.another_tab(window.context)

    def leave(self) -> None:
        """Gives all windows back."""
        while self._taken:
            self.windows.take_back(self._taken.pop())

    def another_tab(self, context: BrowserContext) -> Page:
        """One more tab of a window, at the Read page."""
        page = context.new_page()
        page.goto(f"{self.app.address}/read")
        return page

    def opened(self, page: Page) -> Page:
        """The page, once the scan of the reader's next read is on it, and its form, which then hears keys."""
        step = self.step
        assert step is not None, "the reader has no read to open"
        name = f"{step.case_key}/{step.condition}/{step.repeat}"
        expect(page.locator(f"form.ich-read[data-step='{name}']")).to_be_visible(timeout=FIRST_PICTURE_MS)
        expect(page.locator(f".ich-viewer[data-ready='{step.case_key}']")).to_be_visible(timeout=FIRST_PICTURE_MS)
        return page

    def reads(self) -> list[Read]:
        """The reads that are locked."""
        return [stored.read for stored in self.store.reads(self.key, self.reader)]

    @property
    def step(self) -> Step | None:
        """The reader's next step."""
        return self.store.worklist(self.key, self.reader).next_step

    @property
    def draft(self) -> Draft | None:
        """What is kept of the next step."""
        return self.store.draft(self.key, self.reader, self.step) if self.step else None

    def kept(self) -> dict[str, Any]:
        """The answers that are kept of it."""
        return dict(self.draft.answers) if self.draft else {}

    def measurements(self) -> list[str]:
        """The kinds of its measurements."""
        return [row["kind"] for row in self.draft.viewing.get("measurements", [])] if self.draft else []


class ServedStudies:
    """One server with a study for each definition that is asked for; each desk has a reader of its own."""

    def __init__(self, windows: Windows, folder: Path, log: Path) -> None:
        self.windows, self.place = windows, workspace.at(folder)
        self.store = self.place.open_store()
        self.app = Served(PROJECT / "app.py", log, ICH_WORKSPACE=str(folder))
        self.keys: dict[str, str] = {}  # by definition
        self.n_readers = 0

    def desk(self, *, alone: bool = False, **definition: Any) -> Desk:
        """A desk in a study so defined; `alone`: in one of its own, which the test changes."""
        name = repr(sorted(definition.items())) + (str(self.n_readers) if alone else "")
        if name not in self.keys:
            self.keys[name] = self._new_study(definition)
        self.n_readers += 1
        return Desk(self.windows, self.store, self.app, key=self.keys[name], reader=f"Ana {self.n_readers}")

    def _new_study(self, definition: dict[str, Any]) -> str:
        key = f"desk-{len(self.keys)}"
        known = {"title": "A desk to read at", "seed": 1, "design": Design.SEQUENTIAL}
        wanted: dict[str, Any] = known | definition  # each part of a definition has its own type
        self.store.create_study(Study(key=key, demo=True, **wanted))
        put_cases(self.store, self.place, key, truths={case: Truth(1, 7, 84.0, "female") for case in CASES},
                  predictions={case: prediction_of(case) for case in CASES})
        open_as_is(self.store, key)
        return key

    def stop(self) -> None:
        """End the server."""
        self.app.stop()
        self.store.close()


def until(so: Callable[[], bool], what: str, *, seconds: float = 30) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not so():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


@contextmanager
def server_away(desk: Desk) -> Iterator[None]:
    """Kills the server, and starts it again afterwards."""
    desk.app.kill()
    try:
        yield
    finally:
        desk.app.start()


def is_chosen(page: Page, text: str) -> None:
    """Returns when the answer's button is pressed, and says so to whoever cannot see it."""
    expect(page.get_by_role("button", name=text, exact=True)).to_have_attribute("aria-pressed", "true")


def answer_all(page: Page, letters: str = "phz", percent: str = "90", comment: str = "") -> None:
    """Answers all that must be, by keys alone and without waiting."""
    for letter in letters:
        page.keyboard.press(letter)
    page.keyboard.press("r")
    page.keyboard.type(percent)
    page.keyboard.press("Escape")
    if comment:
        page.keyboard.press("x")
        page.keyboard.type(comment)


def takes_presses(page: Page) -> None:
    """Waits until a question or feedback that has just come may be answered by a press."""
    expect(page.locator("form button.lock")).not_to_have_attribute("aria-disabled", "true")


def lock(page: Page, desk: Desk) -> None:
    """Presses the lock, and waits until the read is locked."""
    before = len(desk.reads())
    takes_presses(page)
    page.keyboard.press("Control+Enter")
    until(lambda: len(desk.reads()) == before + 1, "the read is locked")


def aided_read(desk: Desk) -> Page:
    """A reader at an aided read, whose unaided one was poor, 90 %, severe and 80 or more."""
    page = desk.opened(desk.sit_down())
    answer_all(page, comment="left")
    lock(page, desk)
    return desk.opened(page)


def open_correction(page: Page, desk: Desk) -> None:
    """Opens the form that corrects the reader's last read, on the Study page."""
    page.goto(desk.app.address)
    page.get_by_text("Look back at your reads").click()
    person.at_rest(page)
    page.get_by_role("combobox").focus()
    until(lambda: chosen_with_keys(page), "the read is chosen")
    person.at_rest(page)  # a key that was pressed once more may have asked for the form again


def chosen_with_keys(page: Page) -> bool:
    """Whether a correction's form is there; else asks for the first of the list once more.

    The list closes again while the expander round it still opens.
    """
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    return page.locator("form.ich-read").is_visible()
