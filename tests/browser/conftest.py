"""A browser for the tests of this folder, and a running app with a study of its own."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import chromium
from tests.browser.viewer_app import bench as benches
from tests.browser.viewer_app.bench import MAP, Bench

PROJECT = Path(__file__).resolve().parents[2]
START_S = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test of this folder, so that `-m "not browser"` leaves them out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless Chromium whose own files stay in the test's temporary folder."""
    found = chromium.find()
    if found is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(chromium.MISSING)
        pytest.skip(chromium.MISSING)
    home = tmp_path_factory.mktemp("browser-home")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=found, args=chromium.FLAGS, env=os.environ | {"HOME": str(home)})
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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port),
               "--server.headless", "true"]
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT,
                                  env=os.environ | environment)
    try:
        wait_until_up(f"http://127.0.0.1:{port}/_stcore/health", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def wait_until_up(url: str, server: subprocess.Popen, log: Path) -> None:
    """Returns when the server answers; fails with what it printed where it ends or stays silent."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and server.poll() is None:
        try:
            urlopen(url, timeout=2)
            return
        except (URLError, OSError):
            time.sleep(0.2)
    server.kill()
    pytest.fail(f"the app did not start within {START_S} s: {re.sub(chr(10), ' ', log.read_text())[-800:]}")


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
