"""What counts as reading: time with the case open, the tab visible and a sign of life in the last minute."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace

import pytest
from playwright.sync_api import Browser

from tests.browser.viewer_app import bench as benches
from tests.browser.viewer_app.bench import MAP, SCAN, Bench


@pytest.fixture
def timed(browser: Browser) -> Iterator[Bench]:
    """A viewer without map, beside its report, under a clock of the test's own."""
    with benches.open_bench(browser) as bench:
        bench.page.clock.install()
        bench.page.goto(benches.SITE)
        bench.page.wait_for_function("window.started")
        bench.show(SCAN)
        data = {"part": "report", "in_form": True, "scan": asdict(SCAN)}
        bench.page.evaluate(f"window.report({json.dumps(data)})")
        yield bench


def report(bench: Bench) -> dict:
    """What a press of any key or button sends."""
    bench.page.locator("#field").press("x")
    return bench.page.evaluate("window.states.at(-1)")


def test_time_counts_while_there_are_signs_of_life(timed: Bench) -> None:
    before = report(timed)["active_s"]
    timed.page.clock.run_for(20_000)
    assert report(timed)["active_s"] - before == pytest.approx(20, abs=2)


def test_after_a_minute_without_any_the_clock_stands(timed: Bench) -> None:
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
    timed.send(SCAN, MAP)
    timed.page.locator('.resolution:text-matches("interpolated")').wait_for()
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
    timed.send(SCAN, MAP)
    timed.page.locator('.resolution:text-matches("interpolated")').wait_for()
    assert report(timed)["overlay_opened"] == 1
    timed.page.evaluate("document.activeElement.blur()")
    timed.press("o")
    timed.page.locator('.resolution:text-matches("map off")').wait_for()
    timed.press("o")
    told = report(timed)
    assert (told["presets"], told["overlay_opened"], told["maps"]) == (["Brain", "Bone"], 2, ["grad_cam prognosis"])


def test_a_reading_goes_on_where_the_page_says_it_was_left(timed: Bench) -> None:
    timed.press("Home")
    timed.drag(timed.at(150, 60), timed.at(60, 60))
    kept = report(timed)["kept"]
    kept["reading"]["activeMs"] = 3_600_000
    timed.page.evaluate("window.leave()")
    elsewhere = replace(SCAN, case="CLOCK-kept", kept=kept)
    timed.show(elsewhere)
    data = {"part": "report", "in_form": True, "scan": asdict(elsewhere)}
    timed.page.evaluate(f"window.report({json.dumps(data)})")
    told = report(timed)
    assert timed.text("sliceText") == f"1 / {SCAN.shape[2]}"
    assert 3600 <= told["active_s"] < 3700


def test_a_part_that_stays_on_the_page_outlives_an_overtaken_call(timed: Bench) -> None:
    timed.page.evaluate("window.overtake()")
    timed.press("Home")
    assert timed.text("sliceText") == f"1 / {SCAN.shape[2]}"
    assert report(timed)["slices_visited"] == 2


def test_what_a_report_has_told_stays_as_it_was_while_typing_goes_on(timed: Bench) -> None:
    timed.page.evaluate("""document.getElementById("report").remove(); document.body.insertAdjacentHTML("beforeend",
        '<div id="report"><span></span></div><div class="typed"><textarea></textarea></div>')""")
    keep = {"url": "kept", "fields": {"comment": {"at": "typed", "letter": "C", "number": False}}}
    data = {"part": "report", "in_form": True, "scan": asdict(SCAN), "keep": keep}
    timed.page.evaluate(f"window.report({json.dumps(data)})")
    timed.page.locator(".typed textarea").press("a")
    told = timed.page.evaluate("(window.told = window.states.at(-1), structuredClone(window.told))")
    timed.page.locator(".typed textarea").press("b")
    assert (told["typed"], told["typing"]["count"]) == ({"comment": "a"}, 1)
    assert timed.page.evaluate("window.told") == told
    assert timed.page.evaluate("window.states.at(-1).typing.count") == 2
