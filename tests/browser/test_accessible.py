"""Nobody is kept out: no page breaks a rule of axe-core, its headings go down step by step, and it keeps its style."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, expect

from pages.shared.compare import sections
from pages.shared.resources import COOKIE
from reader_study.access import accounts
from reader_study.store import workspace
from tests.browser.support import axe, person, read_study
from tests.browser.support.read_study import BEGUN, BOSS, DRAFT_BOSS, KEY
from tests.browser.support.serving import PROJECT, Served
from tests.browser.support.windows import Windows


class Place(NamedTuple):
    """Who is at which page of the menu, at which part of it, and which list is open there."""

    who: str
    title: str
    part: str = ""
    opened: str = ""


COMPARED = {  # part -> words of it
    "Performance": "performance_wide.csv", "Agreement": "agreement_wide.csv", "Tests": "tests.csv",
    "Readers and cases": "mrmc.csv", "Aid and time": "aid_effect.csv", "Bands and calibration": "calibration.csv",
    "Subgroups": "subgroups.csv", "Cases": "cases.csv", "Maps": "Guided Grad-CAM of prognosis",
    "Planning": "sample_size.csv", "Methods": "to paste into a paper",
}
COORDINATED = {"Progress": "Missing reads", "Design": "Definition", "Cases": "Import", "Audit trail": "Last hash",
               "Readers": "Name of a new reader", "Results": "Thresholds"}
UPLOADS = Place(DRAFT_BOSS, "Coordinate", "Cases")
OPEN_LIST = Place(BOSS, "Compare", "Tests", "Raters")
PLACES = [
    *(Place(BEGUN, title) for title in ("Study", "Read")),
    *(Place(BOSS, title) for title in ("Study", "Review", "Models")),
    *(Place(BOSS, "Compare", part) for part in COMPARED),
    OPEN_LIST,
    *(Place(BOSS, "Coordinate", part) for part in COORDINATED),
    *(Place(DRAFT_BOSS, title) for title in ("Review", "Compare")),  # there is nothing yet
    Place(DRAFT_BOSS, "Coordinate", "Design"), UPLOADS,
]
DRAWN = {Place(BOSS, "Review"): ".ich-viewer[data-ready]", Place(BEGUN, "Read"): "form.ich-read"}
"""What the browser draws itself, after the page's run."""
KNOWN_AT = {
    axe.Row("presentation-role-conflict", "stFileUploaderDropzone"): UPLOADS,
    axe.Row("region", "stMultiSelectDropdown"): OPEN_LIST,
}
"""What is known of a widget -> a place where it is found."""


class House:
    """The served studies, and one tab in which their people take turns: each document that is loaded costs seconds."""

    def __init__(self, windows: Windows, folder: Path) -> None:
        self.folder, self.tokens = folder, read_study.make(folder)
        self.app = Served(PROJECT / "app.py", folder / "log.txt", ICH_WORKSPACE=str(folder))
        self.windows, self.window = windows, windows.new()
        self.context = self.window.context
        self.tab, self.who = self.window.tab(), ""

    def close(self) -> None:
        """Ends the server."""
        self.windows.take_back(self.window)
        self.app.stop()

    def sign_in(self, who: str, token: str) -> None:
        """The browser is that person's from now on."""
        self.who = who
        self.context.clear_cookies()
        self.context.add_cookies([{"name": COOKIE, "value": token, "url": self.app.address, "httpOnly": True,
                                   "sameSite": "Strict"}])

    def opened(self, address: str, tab: Page | None = None) -> Page:
        """A tab at an address."""
        page = tab or self.window.tab()
        page.goto(f"{self.app.address}/{address}")
        expect(page.locator(".ich-style")).to_be_attached(timeout=person.CASE_OPEN_MS)
        person.at_rest(page)
        return page

    def at(self, place: Place) -> Page:
        """The tab at a place."""
        if place.who != self.who:
            self.sign_in(place.who, self.tokens[place.who])
            self.opened("", self.tab)
        if self.tab.title() != full(place.title):
            go_to(self.tab, place.title)
        if place.part:
            go_to_part(self.tab, place)
        if place in DRAWN:
            expect(self.tab.locator(DRAWN[place])).to_be_visible(timeout=person.CASE_OPEN_MS)
            person.at_rest(self.tab)
        if place.opened:
            self.tab.get_by_role("combobox", name=place.opened).press("ArrowDown")
            expect(self.tab.get_by_role("option").first).to_be_visible()
        return self.tab


def full(title: str) -> str:
    """A page's title in the browser."""
    return f"{title} · ICH Reader"


def go_to(page: Page, title: str) -> None:
    """Follows the menu to another page."""
    person.go_to(page, title)
    expect(page).to_have_title(full(title))
    person.at_rest(page)


def go_to_part(page: Page, place: Place) -> None:
    """Chooses a part of the page."""
    words = (COMPARED if place.title == "Compare" else COORDINATED)[place.part]
    page.get_by_role("radiogroup", name="Part").get_by_role("radio", name=place.part, exact=True).click()
    expect(page.get_by_text(words).first).to_be_visible(timeout=person.CASE_OPEN_MS)
    person.at_rest(page)


def check(page: Page, *known: axe.Row) -> None:
    """No rule is broken but where a widget of Streamlit's is known to; one heading of the first level leads."""
    found = axe.violations(page)
    assert axe.not_allowed(found) == []
    assert set(known) <= {one.row for one in found}, "this is no longer so: its row of KNOWN goes"
    levels = axe.heading_levels(page)
    assert (levels[:1], levels.count(1)) == ([1], 1)
    assert [step for step in pairwise(levels) if step[1] > step[0] + 1] == []


@pytest.fixture(scope="module")
def house(all_windows: Windows, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with closing(House(all_windows, tmp_path_factory.mktemp("house"))) as made:
        yield made


@pytest.mark.parametrize("address", ["?notice=wrong-sign-in", "?invite={invitation}", "?setup={setup}", "coordinate"])
def test_the_ways_in_keep_nobody_out(house: House, address: str) -> None:
    house.context.clear_cookies()
    house.who = ""
    check(house.opened(address.format(**house.tokens), house.tab))


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_a_page_keeps_nobody_out(house: House, place: Place) -> None:
    try:
        check(house.at(place), *(row for row, where in KNOWN_AT.items() if where == place))
    finally:
        house.tab.keyboard.press("Escape")


def test_every_part_of_a_page_is_looked_at_and_all_that_is_known_is_looked_for() -> None:
    assert list(COMPARED) == list(sections.PARTS)
    assert set(KNOWN_AT) == set(axe.KNOWN)
    assert set(KNOWN_AT.values()) <= set(PLACES)


HEADER, PAGE = "[data-testid=stHeader]", "[data-testid=stMainBlockContainer]"
STYLED = (PAGE, HEADER, "[role=radio][aria-checked=true]", "h1", ".ich-who button",
          ".ich-form button", ".ich-go", ".ich-card", ".ich-tag")
"""What our style sheet describes."""
STYLE = """element => {
  const style = getComputedStyle(element);
  return [style.display, style.position, style.padding, style.border, style.font, style.color, style.backgroundColor];
}"""


def styled(page: Page) -> dict[str, list[str]]:
    """How what stands on a page is drawn; nothing is pointed at or focused."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    person.at_rest(page)
    found = {name: page.locator(name) for name in STYLED}
    return {name: places.first.evaluate(STYLE) for name, places in found.items() if places.count()}


def test_a_page_keeps_its_style_when_the_study_is_closed_and_its_person_signed_out_elsewhere(house: House) -> None:
    with closing(workspace.at(house.folder).open_store()) as store:
        house.sign_in(BOSS, accounts.enter_demo_coordinator(store, KEY))
        welcome, review, coordinate = (house.opened(address) for address in ("", "review", "coordinate"))
        before = [styled(page) for page in (welcome, review, coordinate)]
        store.set_closed(KEY)

    go_to(welcome, "Study")
    review.get_by_role("combobox", name="Case").fill("case-002")
    review.keyboard.press("Enter")
    expect(review.locator(".ich-viewer .caseText").first).to_have_text("case-002")
    go_to_part(coordinate, Place(BOSS, "Coordinate", "Results"))
    expect(coordinate.get_by_text("The study is closed")).to_be_visible()
    assert [styled(page) for page in (welcome, review, coordinate)] == before

    house.context.request.post(f"{house.app.address}/auth/logout", headers={"Origin": house.app.address})
    for page, title, was in zip((welcome, review, coordinate), ("Study", "Review", "Coordinate"), before, strict=True):
        person.go_to(page, title)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        now = styled(page)
        assert now[PAGE] == was[PAGE]
        assert now[HEADER][0] == "none"  # nothing in it for who is not signed in
