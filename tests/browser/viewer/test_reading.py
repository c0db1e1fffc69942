"""What counts as reading: time with the case open, the tab visible and a sign of life in the last minute."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest
from playwright.sync_api import Browser

from pages.shared.viewer.component import Overlay, Scan
from tests.browser.viewer.app import bench as benches
from tests.browser.viewer.app.bench import MAP, SCAN, Bench

READ = {"state": "read", "step": "a step", "revision": 0, "draft_url": "draft", "lock_url": "lock", "next": None,
        "heading": {"place": "1 of 2", "left": "", "case": "", "condition": "unaided read", "training": False,
                    "done": 0, "total": 2},
        "form": {"questions": [], "answers": {}}, "has_before": False, "clinical": [], "model": None, "shown": ""}


def tell(bench: Bench, scan: Scan, *overlays: Overlay) -> None:
    """Lets the desk show a read of a scan, with maps, when it asks next."""
    told = READ | {"scan": asdict(scan), "overlays": [asdict(overlay) for overlay in overlays],
                   "shown": "weights" if overlays else ""}
    bench.files |= {"desk": json.dumps(told).encode(), "draft": b"{}"}


@pytest.fixture
def timed(browser: Browser) -> Iterator[Bench]:
    """A desk whose read has no map, under a clock of the test's own."""
    with benches.open_bench(browser) as bench:
        bench.page.clock.install()
        bench.page.goto(benches.SITE)
        bench.page.wait_for_function("window.started")
        tell(bench, SCAN)
        bench.page.evaluate("""window.show({ part: "desk", url: "desk", reader: "ana" })""")
        bench.page.locator(f'.ich-viewer[data-ready="{SCAN.case}"]').wait_for()
        yield bench


def add_map(bench: Bench) -> None:
    """Offers a map: the desk asks again once its draft is refused."""
    tell(bench, SCAN, MAP)
    bench.files["draft"] = 404
    bench.page.clock.run_for(3000)
    bench.page.locator('.resolution:text-matches("interpolated")').wait_for()
    bench.files["draft"] = b"{}"


def report(bench: Bench) -> dict[str, Any]:
    """What the page sends of the viewer as its last word."""
    with bench.page.expect_request(f"{benches.SITE}draft") as sent:
        bench.page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    return json.loads(sent.value.post_data)["viewing"]


def sign_of_life(bench: Bench) -> None:
    """A press of a key that does nothing."""
    bench.page.keyboard.press("Shift")


def test_time_counts_while_there_are_signs_of_life(timed: Bench) -> None:
    sign_of_life(timed)
    before = report(timed)["active_s"]
    timed.page.clock.run_for(20_000)
    assert report(timed)["active_s"] - before == pytest.approx(20, abs=2)


def test_after_a_minute_without_any_the_clock_stands(timed: Bench) -> None:
    sign_of_life(timed)
    before = report(timed)["active_s"]
    timed.page.clock.run_for(300_000)
    assert report(timed)["active_s"] - before == pytest.approx(60, abs=3)


def test_a_hidden_tab_is_not_read(timed: Bench) -> None:
    before = report(timed)["active_s"]
    timed.page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
    timed.page.clock.run_for(30_000)
    assert report(timed)["active_s"] - before < 2


def test_map_time_counts_only_with_a_map_on_the_screen(timed: Bench) -> None:
    timed.page.clock.run_for(10_000)
    assert report(timed)["overlay_s"] == 0
    add_map(timed)
    before = report(timed)["overlay_s"]
    timed.page.clock.run_for(10_000)
    assert report(timed)["overlay_s"] - before == pytest.approx(10, abs=2)


def test_slices_and_measurements_are_reported(timed: Bench) -> None:
    timed.page.keyboard.press("ArrowDown")
    timed.page.keyboard.press("ArrowUp")
    timed.page.keyboard.press("d")
    timed.drag(timed.at(150, 60), timed.at(60, 60))
    told = report(timed)
    assert told["slices_visited"] == 2
    assert [(row["kind"], round(row["lengthMm"])) for row in told["measurements"]] == [("ruler", 90)]


def test_presets_and_openings_of_the_map_are_reported(timed: Bench) -> None:
    timed.press("4")
    add_map(timed)
    assert report(timed)["overlay_opened"] == 1
    timed.page.evaluate("document.activeElement.blur()")
    timed.press("o")
    timed.page.locator('.resolution:text-matches("map off")').wait_for()
    timed.press("o")
    told = report(timed)
    assert (told["presets"], told["overlay_opened"], told["maps"]) == (["Brain", "Bone"], 2, ["grad_cam prognosis"])


def test_a_reading_goes_on_where_the_server_says_it_was_left(timed: Bench) -> None:
    timed.press("Home")
    timed.drag(timed.at(150, 60), timed.at(60, 60))
    kept = report(timed)["kept"]
    kept["reading"]["activeMs"] = 3_600_000
    timed.page.evaluate("window.leave()")
    elsewhere = replace(SCAN, case="CLOCK-kept", kept=kept)
    tell(timed, elsewhere)
    timed.page.evaluate("""window.show({ part: "desk", url: "desk", reader: "ana" })""")
    timed.page.locator('.ich-viewer[data-ready="CLOCK-kept"]').wait_for()
    told = report(timed)
    assert timed.text("sliceText") == f"1 / {SCAN.shape[2]}"
    assert 3600 <= told["active_s"] < 3700


def test_under_a_dialog_nothing_is_read(timed: Bench) -> None:
    timed.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<div role=dialog></div>')")
    before = report(timed)["active_s"]
    timed.page.clock.run_for(20_000)
    assert report(timed)["active_s"] - before < 2


def test_a_part_that_stays_on_the_page_outlives_an_overtaken_call(timed: Bench) -> None:
    timed.page.evaluate("window.overtake()")
    timed.press("Home")
    assert timed.text("sliceText") == f"1 / {SCAN.shape[2]}"
    assert report(timed)["slices_visited"] == 2


def test_a_page_that_was_left_says_no_longer_that_its_reader_is_there(timed: Bench) -> None:
    timed.page.clock.fast_forward(16 * 60_000)
    timed.page.clock.run_for(5000)
    timed.requested.clear()
    timed.page.clock.run_for(10_000)
    assert "draft" not in timed.requested
    sign_of_life(timed)
    with timed.page.expect_request(f"{benches.SITE}draft"):
        timed.page.clock.run_for(5000)
