"""A browser for the tests of this folder, and a running app with a study of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.reading.desk import Desk, ServedStudies
from tests.browser.support import chromium, windows
from tests.browser.support.serving import PROJECT as PROJECT
from tests.browser.support.serving import Served
from tests.browser.support.windows import Windows
from tests.browser.viewer.app import bench as benches
from tests.browser.viewer.app.bench import MAP, Bench

expect.set_options(timeout=20_000)  # what takes a second takes several while other work is on the machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test of this folder, so that `-m "not browser"` leaves them out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Browser]]:
    """Starts headless Chromiums whose own files stay in the test's temporary folder."""
    found = chromium.find()
    if found is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(chromium.MISSING)
        pytest.skip(chromium.MISSING)
    home = tmp_path_factory.mktemp("browser-home")
    with sync_playwright() as playwright:
        yield lambda: playwright.chromium.launch(
            executable_path=found, args=[*chromium.FLAGS, windows.SHARED], env={**os.environ, "HOME": str(home)})


@pytest.fixture(scope="session")
def browser(launch: Callable[[], Browser]) -> Iterator[Browser]:
    """The browser that the tests share."""
    launched = launch()
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def all_windows(browser: Browser) -> Windows:
    """The windows of that browser, which are given out again and again."""
    return Windows(browser)


@pytest.fixture
def page(all_windows: Windows) -> Iterator[Page]:
    """A fresh page, without cookies, at the smallest screen that the app is made for."""
    window = all_windows.new()
    yield window.tab()
    all_windows.take_back(window)


@contextmanager
def running_app(script: Path, log: Path, **environment: str) -> Iterator[str]:
    """Runs a Streamlit app on a free port and gives its address; the log holds what the server printed."""
    app = Served(script, log, **environment)
    try:
        yield app.address
    finally:
        app.stop()


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Bench]:
    """The viewer's bench, open for all tests of a module."""
    with benches.open_bench(browser) as bench:
        bench.show()
        yield bench


@pytest.fixture
def plain(opened: Bench) -> Bench:
    """A fresh case without maps."""
    return opened.fresh()


@pytest.fixture
def mapped(opened: Bench) -> Bench:
    """A fresh case with one map, drawn."""
    bench = opened.fresh(MAP)
    expect(bench.page.locator('[data-pane="0"] .resolution')).to_have_text("2 × 19 × 19, interpolated")
    return bench


@pytest.fixture(scope="module")
def served_studies(all_windows: Windows, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedStudies]:
    """A server for all tests of a module."""
    folder = tmp_path_factory.mktemp("desks")
    served = ServedStudies(all_windows, folder / "workspace", folder / "log.txt")
    yield served
    served.stop()


@pytest.fixture
def sit(served_studies: ServedStudies) -> Iterator[Callable[..., Desk]]:
    """Gives a new reader a desk in a study of the definition asked for; the windows are emptied after the test."""
    desks: list[Desk] = []

    def sit_down_at(**options: Any) -> Desk:  # Any: each part of a definition has its own type
        desks.append(served_studies.desk(**options))
        return desks[-1]

    yield sit_down_at
    for desk in desks:
        desk.leave()
