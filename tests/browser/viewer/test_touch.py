"""Touch gestures and fine screens, done in a browser and checked by pixels or printed values."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.viewer.app import bench as benches
from tests.browser.viewer.app import clock
from tests.browser.viewer.app.bench import Bench, grey_of


@pytest.fixture
def finger(browser: Browser) -> Iterator[tuple[Bench, Callable[..., None]]]:
    """A bench on a touch screen, and a way to put fingers on places of its pane."""
    with benches.open_bench(browser, has_touch=True, device_scale_factor=2) as bench:
        bench.show()
        box = bench.box()
        session = bench.page.context.new_cdp_session(bench.page)

        def send(kind: str, *points: tuple[float, float]) -> None:
            touches = [{"x": box["x"] + x, "y": box["y"] + y, "id": n} for n, (x, y) in enumerate(points)]
            session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": touches})
            bench.settle()

        yield bench, send


def test_one_finger_scrolls(finger: tuple[Bench, Callable[..., None]]) -> None:
    bench, send = finger
    send("Start", (400, 200))
    send("Move", (400, 300))
    send("End")
    assert int(bench.text("sliceText").split()[0]) > 18


def test_two_fingers_zoom(finger: tuple[Bench, Callable[..., None]]) -> None:
    bench, send = finger
    send("Start", (300, 300), (400, 300))
    send("Move", (250, 300), (450, 300))
    send("End")
    assert (bench.text("zoomText")[:10], bench.text("sliceText")) == ("Zoom 2.00×", "16 / 30")


def test_three_fingers_set_the_window(finger: tuple[Bench, Callable[..., None]]) -> None:
    bench, send = finger
    send("Start", (300, 300), (400, 300), (350, 250))
    send("Move", (400, 300), (500, 300), (450, 250))
    send("End")
    assert bench.text("windowText") == "W 130  L 40"


def test_the_canvas_has_the_screens_own_pixels(browser: Browser) -> None:
    with benches.open_bench(browser, device_scale_factor=2) as bench:
        bench.show()
        width, shown = bench.page.locator('[data-pane="0"] canvas').evaluate("(c) => [c.width, c.clientWidth]")
        assert width == 2 * shown
        assert bench.pixel(*bench.at(150, 170)) == (grey_of(clock.BLOCK_HU),) * 3
