"""A browser for the tests of this folder, and a running app with a study of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.reading.desk import Desk, ServedStudies
from tests.browser.support import chromium
from tests.browser.support.serving import PROJECT as PROJECT
from tests.browser.support.serving import Served
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
            executable_path=found, args=chromium.FLAGS, env={**os.environ, "HOME": str(home)})


@pytest.fixture(scope="session")
def browser(launch: Callable[[], Browser]) -> Iterator[Browser]:
    """The browser that the tests share."""
    launched = launch()
    yield launched
    launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page, without cookies, at the smallest screen that the app is made for."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="dark")
    yield context.new_page()
    context.close()


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
def served_studies(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedStudies]:
    """A server for all tests of a module."""
    folder = tmp_path_factory.mktemp("desks")
    served = ServedStudies(browser, folder / "workspace", folder / "log.txt")
    yield served
    served.stop()


@pytest.fixture
def sit(served_studies: ServedStudies) -> Iterator[Callable[..., Desk]]:
    """Gives a new reader a desk in a study of the definition asked for; the windows are closed after the test."""
    yield served_studies.desk
    for context in served_studies.browser.contexts:
        context.close()
