"""The viewer in a running Streamlit app: what reruns, and what survives a rerun or a page change."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import running_app

A_WHILE_MS = 10_000  # of the browser's clock: longer than anything that the viewer puts off
APP = Path(__file__).parent / "app" / "app.py"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_app(APP, tmp_path_factory.mktemp("viewer") / "log.txt") as url:
        yield url


@pytest.fixture
def opened(page: Page, address: str) -> Page:
    """The page with the viewer, its scan on the screen."""
    page.goto(address)
    expect(slice_text(page)).to_have_text("16 / 30", timeout=30_000)
    return page


@pytest.fixture
def timed(page: Page, address: str) -> Iterator[Page]:
    """The same, where the test may move the browser's clock on."""
    page.clock.install()
    page.goto(address)
    expect(slice_text(page)).to_have_text("16 / 30", timeout=30_000)
    yield page
    page.context.close()  # or the clock would stand in the window's next page too


def slice_text(page: Page) -> Locator:
    """The printed slice number."""
    return page.locator('[data-pane="0"] .sliceText')


def expect_next_run(page: Page, number: int) -> None:
    """The page's next run, asked for here, is the one of that number: none came before it."""
    page.get_by_text("Show the map", exact=True).click()
    expect(page.get_by_text(re.compile(r"^runs \d+$"))).to_have_text(f"runs {number}")


def test_scrolling_and_windowing_never_rerun_the_page(timed: Page) -> None:
    timed.locator('[data-pane="0"] canvas').hover()
    for _ in range(5):
        timed.mouse.wheel(0, 100)
    timed.keyboard.press("4")
    expect(slice_text(timed)).to_have_text("21 / 30")
    timed.clock.run_for(A_WHILE_MS)
    expect_next_run(timed, 2)


def test_a_rerun_keeps_the_view_and_brings_the_map(opened: Page) -> None:
    opened.keyboard.press("End")
    opened.get_by_text("Show the map", exact=True).click()
    expect(opened.locator('[data-pane="0"] .resolution')).to_have_text("2 × 19 × 19, interpolated")
    expect(slice_text(opened)).to_have_text("30 / 30")
    opened.get_by_text("Show the map", exact=True).click()
    expect(opened.locator('[data-pane="0"] .resolution')).to_have_text("")


def test_a_page_change_keeps_the_view_and_fetches_nothing_again(opened: Page) -> None:
    fetched: list[str] = []
    opened.on("request", lambda request: fetched.append(request.url) if "/data/" in request.url else None)
    opened.keyboard.press("Home")
    opened.get_by_role("link", name="Other").click()
    expect(opened.get_by_role("button", name="Show")).to_be_visible()
    expect(slice_text(opened)).to_have_text("1 / 30")
    assert fetched == []
