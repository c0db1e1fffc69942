"""Maps, measurements and kept state of the viewer, done in a browser and checked by pixels or values."""

import re
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.viewer.app import bench as benches
from tests.browser.viewer.app import clock
from tests.browser.viewer.app.bench import MAP, SCAN, Bench, grey_of

# The overlay


def test_the_map_colours_the_block_and_o_takes_it_away(mapped: Bench) -> None:
    mapped.press("j")
    red, _, blue = mapped.pixel(*mapped.at(150, 170))
    assert red > blue + 30
    mapped.press("o")
    assert mapped.pixel(*mapped.at(150, 170)) == (grey_of(clock.BLOCK_HU),) * 3


def test_j_jumps_to_the_strongest_slice_and_the_strip_marks_it(mapped: Bench) -> None:
    mapped.press("Home", "j")
    assert mapped.text("sliceText") == f"{clock.STRONGEST_SLICE} / 30"
    expect(mapped.page.locator("canvas.strip")).to_have_attribute("data-strongest", str(clock.STRONGEST_SLICE))


def test_the_map_value_stands_beside_hu(mapped: Bench) -> None:
    mapped.press("j")
    mapped.hover(*mapped.at(150, 170))
    assert re.fullmatch(r"60 HU  map (0\.9\d|1\.00)", mapped.text("huText"))


def test_the_threshold_hides_and_the_opacity_fades(mapped: Bench) -> None:
    mapped.press("j")
    rim = mapped.at(150 - 30, 170)  # map 0.4: hidden at the default 0.5
    assert len(set(mapped.pixel(*rim))) == 1
    mapped.page.get_by_label("Hide below").fill("0.2")
    assert len(set(mapped.pixel(*rim))) == 3
    mapped.page.get_by_label("Opacity").fill("0")
    assert len(set(mapped.pixel(*rim))) == 1


@pytest.mark.parametrize(("colours", "strongest"), [("inferno", 0), ("viridis", 1), ("hot", 0)])
def test_colour_maps(mapped: Bench, colours: str, strongest: int) -> None:
    mapped.press("j")
    mapped.page.get_by_label("Colour map").select_option(colours)
    mapped.page.get_by_label("Opacity").fill("1")
    pixel = mapped.pixel(*mapped.at(150 - 22, 170))  # map 0.6
    assert pixel[strongest] == max(pixel) > min(pixel)


def test_the_colour_bar_shows_the_map_in_hand_and_veils_what_is_hidden(mapped: Bench) -> None:
    mapped.page.get_by_label("Colour map").select_option("hot")
    bar = mapped.page.get_by_role("img", name="Colours from 0 to the map's maximum")
    painted = bar.locator(".gradient").evaluate("(each) => getComputedStyle(each).backgroundImage")
    assert painted.startswith("linear-gradient(to right, rgb(11, 0, 0)")
    assert painted.endswith("rgb(255, 255, 255) 100%)")
    assert bar.locator(".veil").bounding_box()["width"] == pytest.approx(bar.bounding_box()["width"] / 2, abs=1.5)
    expect(bar).to_have_text("00.5max")


def test_a_map_without_positive_evidence_says_so(opened: Bench) -> None:
    opened.files["data/nothing"] = bytes(np.prod(clock.SHAPE))
    bench = opened.fresh(replace(MAP, url="data/nothing"))
    expect(bench.page.locator('[data-pane="0"] .resolution')).to_have_text("No positive evidence at this layer")


def test_a_refused_map_says_so_and_the_scan_stays(opened: Bench) -> None:
    bench = opened.fresh(replace(MAP, url="data/refused"))
    expect(bench.page.locator('[data-pane="0"] .resolution')).to_contain_text("This map is not available to you")
    assert bench.pixel(*bench.at(150, 170)) == (grey_of(clock.BLOCK_HU),) * 3


def test_a_map_no_longer_offered_leaves_the_screen(mapped: Bench) -> None:
    mapped.press("j")
    mapped.send(replace(SCAN, case=f"CLOCK-{mapped.cases}"))
    expect(mapped.page.get_by_label("Map in pane 1")).to_have_count(0)
    mapped.settle()
    assert mapped.pixel(*mapped.at(150, 170)) == (grey_of(clock.BLOCK_HU),) * 3


# Measurements


def test_the_ruler_measures_in_mm(plain: Bench) -> None:
    plain.press("d")
    plain.drag(plain.at(150, 170), plain.at(90, 90))
    values = plain.page.locator(".chip .values")
    expect(values).to_have_text(re.compile(r"^(84|85)\.\d mm$"))  # hypot(60, 80 * 0.75) = 84.9


def test_an_ellipse_knows_the_block(plain: Bench) -> None:
    plain.press("e")
    plain.drag(plain.at(158, 178), plain.at(142, 162))
    expect(plain.page.locator(".chip .values")).to_have_text(re.compile(r"^60\.0 HU  SD 0\.0  \d+ mm²$"))


def test_abc_2_gives_the_volume_with_its_formula(plain: Bench) -> None:
    plain.press("b")
    plain.drag(plain.at(130, 120), plain.at(70, 120))  # A = 60 mm
    plain.drag(plain.at(100, 160), plain.at(110, 80))  # B = 60 mm, made square to A
    for _ in range(8):
        plain.page.get_by_role("button", name="Half a slice more").click()  # C = 4 x 5 mm
    plain.settle()
    values = plain.page.locator(".chip .values").inner_text()
    a, b, c, volume = map(float, re.fullmatch(r"A (\S+) × B (\S+) × C (\S+) mm / 2 = (\S+) mL", values).groups())
    assert (a, b, c) == (pytest.approx(60, abs=0.7), pytest.approx(60, abs=0.7), 20)
    assert volume == pytest.approx(a * b * c / 2 / 1000, abs=0.06)


def test_measurements_stay_on_their_slice_and_can_be_deleted(plain: Bench) -> None:
    plain.press("d")
    plain.drag(plain.at(150, 60), plain.at(60, 60))
    on_line = plain.at(105, 60)
    drawn = plain.pixel(*on_line)
    plain.press("ArrowDown")
    assert plain.pixel(*on_line) == (grey_of(clock.BRAIN_HU),) * 3 != drawn
    plain.press("ArrowUp", "Delete")
    expect(plain.page.locator(".chip")).to_have_count(0)
    assert plain.pixel(*on_line) == (grey_of(clock.BRAIN_HU),) * 3


def test_the_end_of_a_ruler_can_be_moved(plain: Bench) -> None:
    plain.press("d")
    plain.drag(plain.at(150, 60), plain.at(90, 60))
    plain.drag(plain.at(90, 60), plain.at(60, 60))
    expect(plain.page.locator(".chip .values")).to_have_text(re.compile(r"^(89|90)\.\d mm$"))


def test_a_click_with_a_tool_measures_nothing(plain: Bench) -> None:
    plain.press("d")
    plain.page.mouse.click(plain.box()["x"] + 300, plain.box()["y"] + 300)
    expect(plain.page.locator(".chip")).to_have_count(0)


# Cases and what is kept


def test_the_case_and_the_word_synthetic_are_printed(opened: Bench) -> None:
    bench = opened.fresh()
    assert (bench.text("caseText"), bench.text("synthetic")) == (f"CLOCK-{bench.cases}", "SYNTHETIC")


def test_another_case_is_never_drawn_with_this_ones_pixels(plain: Bench) -> None:
    plain.files["data/other"] = 404
    plain.send(replace(SCAN, case="OTHER", url="data/other"))
    expect(plain.page.locator(".pane")).to_have_count(0)
    expect(plain.page.locator(".message")).to_contain_text("This scan is not available to you")


def test_a_scan_of_the_wrong_length_is_not_drawn(plain: Bench) -> None:
    plain.files["data/short"] = b"1234"
    plain.send(replace(SCAN, case="SHORT", url="data/short"))
    expect(plain.page.locator(".message")).to_contain_text("arrived with 4 bytes where 2880000 are expected")
    expect(plain.page.locator(".pane")).to_have_count(0)


def test_an_answer_without_a_body_is_a_scan_of_the_wrong_length(browser: Browser) -> None:
    with benches.open_bench(browser) as bench:
        bench.page.evaluate("window.fetch = async () => new Response(null)")  # as browsers may take status 204
        bench.send(SCAN)
        expect(bench.page.locator(".message")).to_contain_text("arrived with 0 bytes where 2880000 are expected")


def test_a_browser_that_gives_no_canvas_is_told_what_to_do_and_nothing_is_left_open(browser: Browser) -> None:
    with benches.open_bench(browser) as bench:
        bench.page.evaluate("HTMLCanvasElement.prototype.getContext = () => null")
        bench.send(SCAN)
        expect(bench.page.locator(".message")).to_contain_text("can't be shown: the browser has no memory left")
        bench.press("+", "4", "End")  # would fail on a scan without panes


def test_slice_window_zoom_and_measurements_survive_leaving_the_page(plain: Bench) -> None:
    plain.press("End", "4", "+", "d")
    plain.drag(plain.at(150, 60), plain.at(60, 60))
    plain.page.evaluate("window.leave()")
    plain.show(replace(SCAN, case=f"CLOCK-{plain.cases}"))
    assert (plain.text("sliceText"), plain.text("windowText")) == ("30 / 30", "W 2800  L 600")
    assert plain.text("zoomText").startswith("Zoom 1.25×")
    expect(plain.page.locator(".chip")).to_have_count(1)


def test_the_volume_is_fetched_once_for_all_of_this(opened: Bench) -> None:
    assert opened.requested.count("data/volume") == 1
    assert opened.requested.count("data/map") == 1


def test_full_screen_holds_the_viewer(plain: Bench) -> None:
    plain.page.get_by_role("button", name="Full screen").click()
    plain.page.wait_for_function("document.fullscreenElement")
    plain.page.evaluate("document.exitFullscreen()")


def test_a_view_is_kept_in_memory_alone_and_for_its_reader_alone(browser: Browser) -> None:
    with benches.open_bench(browser) as bench:
        mine = replace(SCAN, reader="ana")
        bench.show(mine)
        bench.press("End")
        bench.page.evaluate("window.leave()")
        bench.show(mine)
        assert bench.text("sliceText") == "30 / 30"
        bench.show(replace(SCAN, reader="ben"))
        assert bench.text("sliceText") == "16 / 30"
        assert bench.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        bench.page.reload()
        bench.page.wait_for_function("window.started")
        bench.show(mine)
        assert bench.text("sliceText") == "16 / 30"
