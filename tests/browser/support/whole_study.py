"""End-to-end run of a sequential study in browsers: a coordinator and three readers, from invitation to results.

During the run the server is killed while one reader reads, and another reader's browser crashes.
"""

import contextlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, expect

from reader_study.store import workspace
from reader_study.study.read import Step
from tests.browser.support import made_study, person
from tests.browser.support.made_study import ENTERED, KEY, Entered
from tests.browser.support.serving import PROJECT, Served

PASSWORD = "a long password"
CRASH_AFTER_S = 2.0  # of reading time in the saved draft
RESULTS_MS = 90_000  # timeout for four people who open the results on a machine with other load


@dataclass(frozen=True)
class Form:
    """The content of a partly filled form: selected buttons, fields, and the measurements beside the scan."""

    step: str
    chosen: list[str]
    fields: list[str]
    measurements: list[str]

    @classmethod
    def on(cls, page: Page) -> "Form":
        """The current content of a Read page's form."""
        fields = page.locator(".ich-read :is(input, textarea)")
        return cls(page.locator(".ich-step").inner_text(),
                   page.locator(".ich-read button[aria-pressed=true]").all_inner_texts(),
                   [each.input_value() for each in fields.all()], page.locator(".ich-viewer .chip").all_inner_texts())


@dataclass
class Crash:
    """A reader's form before and after a crash, and the active seconds in the draft before it."""

    before: Form
    kept_s: float
    after: Form | None = None


@dataclass
class Played:
    """The observations during the run."""

    crashes: dict[str, Crash] = field(default_factory=dict)  # by reader
    closed: dict[str, str] = field(default_factory=dict)  # by reader: the Compare page's text before unlocking
    results: list[str] = field(default_factory=list)  # who saw every reader on the Compare page


class Play:
    """The run: the study, its server and the people's browsers."""

    def __init__(self, browser: Browser, folder: Path, log: Path) -> None:
        self.browser, self.seen = browser, Played()
        self.token = made_study.prepare(folder)
        self.app = Served(PROJECT / "app.py", log, ICH_WORKSPACE=str(folder))
        self.store = workspace.at(folder).open_store()

    def run(self, launch: Callable[[], Browser]) -> Played:
        """Runs the study from the coordinator's link to the results; `launch` starts the browser that will crash."""
        coordinator = self.come_in(self.browser, self.token)
        self.go_to_part(coordinator, "Readers")
        links = {name: self.invite(coordinator, name) for name in ENTERED}
        self.go_to_part(coordinator, "Design")
        coordinator.get_by_role("button", name="Open the study").click()
        coordinator.get_by_text("The study is open: its readers can read.").wait_for()
        doomed = launch()
        pages = {name: self.come_in(doomed if name == "Ben" else self.browser, link) for name, link in links.items()}
        pages["Ana"] = self.survive("Ana", pages["Ana"], self.kill_the_server)
        pages["Ben"] = self.survive("Ben", pages["Ben"], self.kill_the_browser)
        for name, page in pages.items():
            self.read_all(name, page)
        self.finish(coordinator, pages)
        return self.seen

    # Signing in

    def new_page(self, browser: Browser) -> Page:
        """A page in a new browser context."""
        return browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark").new_page()

    def come_in(self, browser: Browser, token: str) -> Page:
        """Accepts an invitation in a browser; returns the page."""
        page = self.new_page(browser)
        person.accept_invitation(page, self.app.address, token, PASSWORD)
        return page

    def go_to_part(self, coordinator: Page, part: str) -> None:
        """Opens a part of the Coordinate page."""
        coordinator.goto(f"{self.app.address}/coordinate?part={part}")

    def invite(self, coordinator: Page, name: str) -> str:
        """Creates an invitation link on the Coordinate page; returns its token."""
        coordinator.get_by_label("Name of a new reader").fill(name)
        coordinator.get_by_role("button", name="Make an invitation link").click()
        coordinator.get_by_text(f"Send this link to {name}").wait_for()
        address = coordinator.locator("[data-testid=stCode]").inner_text()
        return re.search(r"invite=(\S+)", address)[1]

    # Reading

    def next_entered(self, name: str) -> tuple[Step, Entered]:
        """A reader's next step and the answers to enter."""
        step = self.store.worklist(KEY, name).next_step
        return step, ENTERED[name][step.case_key, step.condition]

    def enter(self, page: Page, name: str) -> None:
        """Answers a read with keys, and waits until the draft has all answers."""
        step, entered = self.next_entered(name)
        person.wait_for_step(page, f"{step.case_key} · {step.condition} read")
        person.answer_with_keys(page, letters=entered.letters, percent=entered.percent, comment=entered.comment)
        self.until(partial(self.has_kept, name, step, entered.values()), f"the answers of {name} are kept",
                   seen=lambda: f"{step}: kept {self.kept(name, step)}, entered {entered.values()}, {Form.on(page)}, "
                                f"focus on {page.evaluate('document.activeElement.outerHTML.slice(0, 200)')}")

    def has_kept(self, name: str, step: Step, answers: dict[str, object]) -> bool:
        """Whether the draft has these answers."""
        return answers.items() <= self.kept(name, step).items()

    def kept(self, name: str, step: Step) -> dict:
        """The draft's answers."""
        draft = self.store.draft(KEY, name, step)
        return {"comment": ""} | (dict(draft.answers) if draft else {})

    def lock(self, page: Page, name: str) -> None:
        """Locks the read with Ctrl+Enter, and confirms it where the form asks about a contradiction."""
        step, _ = self.next_entered(name)
        asked = page.get_by_text("lock again to keep both")
        page.keyboard.press("Control+Enter")
        self.until(lambda: self.is_locked(name, step) or asked.is_visible(), "the read is locked, or asked about")
        if not self.is_locked(name, step):
            expect(page.locator("form button.lock")).not_to_have_attribute("aria-disabled", "true")
            page.keyboard.press("Control+Enter")
            self.until(lambda: self.is_locked(name, step), "the read is locked")

    def is_locked(self, name: str, step: Step) -> bool:
        """Whether a reader's step is locked."""
        return step in self.store.worklist(KEY, name).locked

    def read_all(self, name: str, page: Page) -> None:
        """Reads to the end of the worklist."""
        person.go_to(page, "Read")
        while self.store.worklist(KEY, name).next_step:
            self.enter(page, name)
            self.lock(page, name)

    def survive(self, name: str, page: Page, crash: Callable[[Page, str], Page]) -> Page:
        """Fills in a read, crashes, and locks the restored read; returns the page to continue with."""
        person.go_to(page, "Read")
        step, _ = self.next_entered(name)
        person.wait_for_step(page, step.case_key)
        person.draw_ruler(page)
        self.enter(page, name)
        self.until(lambda: self.seconds_kept(name, step) > CRASH_AFTER_S, "some reading time is kept")
        self.until(lambda: len(self.store.draft(KEY, name, step).viewing["measurements"]) == 1, "the ruler is kept")
        seen = self.seen.crashes[name] = Crash(Form.on(page), self.seconds_kept(name, step))
        page = crash(page, name)
        person.wait_for_step(page, step.case_key)
        page.locator(".ich-viewer .chip").first.wait_for()
        seen.after = self.settled_form(page, seen.before)
        self.lock(page, name)
        return page

    def seconds_kept(self, name: str, step: Step) -> float:
        """The active seconds of a draft."""
        return self.store.draft(KEY, name, step).seconds

    def settled_form(self, page: Page, expected: Form) -> Form:
        """The form once it is as expected, or after a timeout; its fields are restored one after another."""
        with contextlib.suppress(AssertionError):
            self.until(lambda: Form.on(page) == expected, "the form is filled again")
        return Form.on(page)

    def until(self, so: Callable[[], bool], what: str, *, seconds: float = 30, seen: Callable[[], str] = str) -> None:
        """Waits until a condition holds.

        Raises:
            AssertionError: at a timeout, with the observed state.
        """
        end = time.monotonic() + seconds
        while not so():
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what} {seen()}")
            time.sleep(0.1)

    # Crashes

    def kill_the_server(self, page: Page, _name: str) -> Page:
        """Kills and restarts the server; the reader reloads the page."""
        self.app.kill()
        self.app.start()
        page.reload()
        return page

    def kill_the_browser(self, page: Page, name: str) -> Page:
        """Crashes the browser; the reader signs in again in another one, as on another computer."""
        browser = page.context.browser
        with contextlib.suppress(Error):  # the crashed browser sends no response
            browser.new_browser_cdp_session().send("Browser.crash")
        page = self.new_page(self.browser)
        page.goto(self.app.address)
        page.locator("input[name=username]").fill(name)
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        person.go_to(page, "Read")
        return page

    # Closing and results

    def confirm(self, page: Page, sentence: str, button: str) -> None:
        """Ticks a confirmation and presses a button."""
        page.get_by_text(sentence).click()
        page.get_by_role("button", name=button).click()

    def finish(self, coordinator: Page, pages: dict[str, Page]) -> None:
        """Closes and unlocks the study, and opens the results as each person."""
        for name, page in pages.items():
            person.go_to(page, "Compare")
            self.seen.closed[name] = page.locator("[data-testid=stAlert]").inner_text()
        self.go_to_part(coordinator, "Progress")
        coordinator.get_by_text("None: every read of every reader is locked.").wait_for()
        self.go_to_part(coordinator, "Results")
        self.confirm(coordinator, "Take no further reads, for good", "Close the study")
        coordinator.get_by_text("The study is closed: no further reads are taken.").wait_for()
        self.confirm(coordinator, "I have checked the progress and want to open the results", "Unlock the results")
        coordinator.get_by_text("The results are open to you").wait_for()
        for name, page in {"the coordinator": coordinator, **pages}.items():
            page.goto(f"{self.app.address}/compare")
            for rater in ENTERED:
                named = page.locator("[data-testid=stMain]").get_by_text(rater).first
                named.wait_for(state="attached", timeout=RESULTS_MS)
            self.seen.results.append(name)
