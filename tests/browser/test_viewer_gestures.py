"""Every gesture of the viewer, done in a browser on the clock phantom and checked by pixels or printed values."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.viewer_app import bench as benches
from tests.browser.viewer_app import clock
from tests.browser.viewer_app.bench import MAP, SCAN, Bench

MIDDLE = (440, 300)
SLICES = clock.SHAPE[2]


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Bench]:
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


def grey_of(hu: float, width: float = 80, level: float = 40) -> int:
    return round(float(np.clip((hu - level + width / 2) / width * 255, 0, 255)))


# Scrolling


def test_it_opens_at_the_middle_slice_in_the_brain_window(plain: Bench) -> None:
    assert (plain.text("sliceText"), plain.text("windowText")) == ("16 / 30", "W 80  L 40")


def test_a_wheel_notch_is_one_slice(plain: Bench) -> None:
    plain.hover(*MIDDLE)
    plain.wheel(3)
    assert plain.text("sliceText") == "19 / 30"
    plain.wheel(-1)
    assert plain.text("sliceText") == "18 / 30"


def test_the_wheel_stops_at_the_last_slice_and_the_page_stays(plain: Bench) -> None:
    plain.hover(*MIDDLE)
    plain.wheel(40)
    assert plain.text("sliceText") == "30 / 30"
    assert plain.page.evaluate("scrollY") == 0


@pytest.mark.parametrize(("key", "slice_"), [("ArrowDown", 17), ("ArrowRight", 17), ("ArrowUp", 15), ("ArrowLeft", 15),
                                             ("PageDown", 21), ("PageUp", 11), ("Home", 1), ("End", 30)])
def test_keys_step(plain: Bench, key: str, slice_: int) -> None:
    plain.press(key)
    assert plain.text("sliceText") == f"{slice_} / 30"


def test_the_hand_of_the_clock_is_where_the_slice_says(plain: Bench) -> None:
    for k in (15, 16, 17):
        assert plain.pixel(*plain.at(*clock.hand(k))) == (grey_of(clock.HAND_HU),) * 3
        plain.press("ArrowDown")


def test_a_held_key_cines_and_stops_when_let_go(plain: Bench) -> None:
    plain.press("Home")
    plain.page.keyboard.down("ArrowDown")
    plain.page.wait_for_timeout(900)
    plain.page.keyboard.up("ArrowDown")
    reached = plain.text("sliceText")
    assert int(reached.split()[0]) > 4
    plain.page.wait_for_timeout(200)
    assert plain.text("sliceText") == reached


def test_a_left_drag_down_scrolls_on(plain: Bench) -> None:
    plain.drag(MIDDLE, (MIDDLE[0], MIDDLE[1] + 100))
    assert int(plain.text("sliceText").split()[0]) > 18
    plain.drag(MIDDLE, (MIDDLE[0], MIDDLE[1] - 300))
    assert int(plain.text("sliceText").split()[0]) < 10


def test_the_scroll_bar_goes_to_the_slice_under_the_pointer(plain: Bench) -> None:
    bar = plain.page.get_by_role("slider", name="Slice")
    box = bar.bounding_box()
    bar.click(position={"x": 20, "y": box["height"] * 4.5 / SLICES})
    assert plain.text("sliceText") == "5 / 30"
    expect(bar).to_have_attribute("aria-valuetext", "slice 5 of 30")


def test_the_position_is_printed_in_mm(plain: Bench) -> None:
    assert plain.text("positionText") == "75.0 mm"


# Window


@pytest.mark.parametrize(("key", "printed"), [("1", "W 80  L 40"), ("2", "W 200  L 75"), ("3", "W 40  L 40"),
                                              ("4", "W 2800  L 600"), ("5", "W 350  L 50"), ("6", "W 85  L 57.5")])
def test_digits_are_windows(plain: Bench, key: str, printed: str) -> None:
    plain.press(key)
    assert plain.text("windowText") == printed


def test_greys_follow_the_window(plain: Bench) -> None:
    assert plain.pixel(*plain.at(100, 60))[0] == grey_of(clock.BRAIN_HU)
    plain.press("2")
    assert plain.pixel(*plain.at(100, 60))[0] == grey_of(clock.BRAIN_HU, 200, 75)


def test_a_right_drag_sets_width_sideways_and_level_up_and_down(plain: Bench) -> None:
    plain.drag(MIDDLE, (MIDDLE[0] + 100, MIDDLE[1] + 20), button="right")
    assert plain.text("windowText") == "W 130  L 50"


def test_a_double_click_resets_the_window(plain: Bench) -> None:
    plain.press("4")
    plain.hover(*MIDDLE)
    plain.page.mouse.dblclick(*(plain.box()["x"] + MIDDLE[0], plain.box()["y"] + MIDDLE[1]))
    assert plain.text("windowText") == "W 80  L 40"


def test_shift_and_arrows_set_the_window_from_the_keyboard(plain: Bench) -> None:
    plain.press("Shift+ArrowRight", "Shift+ArrowUp")
    assert plain.text("windowText") == "W 85  L 35"


def test_the_preset_list_names_the_window_and_keeps_its_own_keys(plain: Bench) -> None:
    presets = plain.page.get_by_label("Window preset")
    presets.select_option(label="4  Bone")
    assert plain.text("windowText") == "W 2800  L 600"
    presets.focus()
    plain.press("i", "End")
    assert (plain.text("windowText"), plain.text("sliceText")) == ("W 85  L 57.5", "16 / 30")


def test_i_inverts(plain: Bench) -> None:
    before = plain.pixel(*plain.at(100, 60))[0]
    plain.press("i")
    assert plain.pixel(*plain.at(100, 60))[0] == pytest.approx(255 - before, abs=1)


# Zoom, pan, geometry


def test_pixels_that_are_not_square_are_shown_right(plain: Bench) -> None:
    left, right = plain.at(clock.BLOCK[0].stop, 170), plain.at(clock.BLOCK[0].start - 1, 170)
    top, bottom = plain.at(150, clock.BLOCK[1].stop), plain.at(150, clock.BLOCK[1].start - 1)
    block = (grey_of(clock.BLOCK_HU),) * 3
    assert plain.pixel(left[0] + 6, left[1]) == block != plain.pixel(left[0] - 6, left[1])
    assert plain.pixel(right[0] - 6, right[1]) == block != plain.pixel(right[0] + 6, right[1])
    assert plain.pixel(top[0], top[1] + 6) == block != plain.pixel(top[0], top[1] - 6)
    assert plain.pixel(bottom[0], bottom[1] - 6) == block != plain.pixel(bottom[0], bottom[1] + 6)


def test_the_patients_right_is_on_the_left_and_the_front_on_top(plain: Bench) -> None:
    block_x, block_y = plain.at(150, 170)
    assert block_x < plain.box()["width"] / 2
    assert block_y < plain.box()["height"] / 2
    assert plain.pixel(*plain.at(45, 75)) == (255, 255, 255)  # bone: patient's left, behind
    letters = plain.page.locator('[data-pane="0"] .letter').all_inner_texts()
    assert letters == ["R", "L", "A", "P"]


def test_hu_under_the_pointer(plain: Bench) -> None:
    plain.hover(*plain.at(150, 170))
    assert plain.text("huText") == f"{clock.BLOCK_HU} HU"
    plain.hover(*plain.at(45, 75))
    assert plain.text("huText") == f"{clock.BONE_HU} HU"
    plain.hover(2, 2)
    assert plain.text("huText") == ""


def test_hu_follows_the_slice_while_the_pointer_rests(plain: Bench) -> None:
    plain.hover(*plain.at(*clock.hand(15)))
    assert plain.text("huText") == f"{clock.HAND_HU} HU"
    plain.wheel(2)
    assert plain.text("huText") == f"{clock.BRAIN_HU} HU"


def test_zoom_keeps_what_is_under_the_pointer(plain: Bench) -> None:
    plain.hover(*plain.at(150, 170))
    plain.wheel(-4, ctrl=True)
    assert float(plain.text("zoomText").split("×")[0].removeprefix("Zoom ")) > 1.5
    assert plain.text("huText") == f"{clock.BLOCK_HU} HU"
    assert plain.text("sliceText") == "16 / 30"


def test_plus_and_minus_zoom_and_f_fits(plain: Bench) -> None:
    plain.press("+", "+", "-")
    assert plain.text("zoomText").startswith("Zoom 1.25×")
    plain.press("f")
    assert plain.text("zoomText").startswith("Zoom 1.00×")


@pytest.mark.parametrize("how", ["middle", "shift"])
def test_pan_moves_the_image_with_the_hand(plain: Bench, how: str) -> None:
    x, y = plain.at(150, 170)
    if how == "shift":
        plain.page.keyboard.down("Shift")
    plain.drag(MIDDLE, (MIDDLE[0] + 60, MIDDLE[1] + 40), button="middle" if how == "middle" else "left")
    plain.page.keyboard.up("Shift")
    plain.hover(x + 60, y + 40)
    assert plain.text("huText") == f"{clock.BLOCK_HU} HU"
    assert plain.text("sliceText") == "16 / 30"


def test_control_and_arrows_pan(plain: Bench) -> None:
    x, y = plain.at(150, 170)
    plain.press("Control+ArrowRight")
    plain.hover(x + 40, y)
    assert plain.text("huText") == f"{clock.BLOCK_HU} HU"


def test_one_to_one_shows_a_millimetre_as_one(plain: Bench) -> None:
    plain.page.get_by_role("button", name="1:1").click()
    assert plain.text("zoomText").endswith("3.78 px/mm")  # 96 pixels an inch


def test_s_switches_between_smooth_and_pixelated(plain: Bench) -> None:
    edge = plain.at(clock.BLOCK[0].stop, 170)
    greys = {plain.pixel(edge[0] + dx, edge[1])[0] for dx in range(-4, 5)}
    plain.press("s")
    assert len({plain.pixel(edge[0] + dx, edge[1])[0] for dx in range(-4, 5)}) == 2 < len(greys)


# Which keys are the viewer's


def test_keys_typed_into_a_field_are_not_the_viewers(plain: Bench) -> None:
    plain.page.locator("#field").fill("")
    plain.page.locator("#field").press_sequentially("4io")
    plain.page.keyboard.press("ArrowDown")
    assert (plain.text("windowText"), plain.text("sliceText")) == ("W 80  L 40", "16 / 30")
    assert plain.page.locator("#field").input_value() == "4io"


def test_a_radio_button_keeps_its_arrows_and_lends_its_digits(plain: Bench) -> None:
    plain.page.locator("#radio").focus()
    plain.press("ArrowDown", "4")
    assert (plain.text("windowText"), plain.text("sliceText")) == ("W 2800  L 600", "16 / 30")


def test_browser_shortcuts_stay_the_browsers(plain: Bench) -> None:
    plain.page.evaluate("window.seen = []; addEventListener('keydown', (e) => window.seen.push(e.defaultPrevented))")
    plain.press("Control+d", "Alt+ArrowLeft", "g", "p")
    assert plain.page.evaluate("window.seen").count(True) == 0


def test_question_mark_shows_the_keys_and_escape_closes(plain: Bench) -> None:
    plain.press("?")
    sheet = plain.page.get_by_role("dialog", name="Keys and gestures")
    expect(sheet).to_contain_text("Jump to the map's strongest slice")
    plain.press("4", "Escape")
    expect(sheet).to_be_hidden()
    assert plain.text("windowText") == "W 80  L 40"


def test_every_control_has_a_name_and_can_be_reached_by_tab(mapped: Bench) -> None:
    names = mapped.page.evaluate("""() => [...document.getElementById("host").shadowRoot
        .querySelectorAll("button, select, input, [tabindex]")].filter((each) => each.checkVisibility())
        .map((each) => [each.getAttribute("aria-label") || each.textContent, each.tabIndex])""")
    assert len(names) > 18
    assert all(name.strip() and index == 0 for name, index in names)


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
    assert mapped.pixel(*mapped.at(150, 170)) == (grey_of(clock.BLOCK_HU),) * 3
    expect(mapped.page.get_by_label("Map in pane 1")).to_have_count(0)


# Panes


def test_side_by_side_shows_the_scan_beside_the_map_linked(mapped: Bench) -> None:
    mapped.press("l", "j")
    plain_pixel, colour = mapped.pixel(*mapped.at(150, 170), pane=0), mapped.pixel(*mapped.at(150, 170, pane=1), pane=1)
    assert len(set(plain_pixel)) == 1 < len(set(colour))
    mapped.hover(100, 200, pane=1)
    mapped.wheel(2)
    mapped.press("2")
    for pane in (0, 1):
        assert mapped.text("sliceText", pane) == "22 / 30"
        assert mapped.text("windowText", pane) == "W 200  L 75"


def test_four_panes_each_with_a_map_of_its_choice(opened: Bench) -> None:
    bench = opened.fresh(MAP, replace(MAP, label="GCS"), replace(MAP, label="Age"))
    bench.press("l", "l", "l")
    chosen = [bench.page.get_by_label(f"Map in pane {n}").locator("option:checked").inner_text() for n in (1, 2, 3, 4)]
    assert chosen == ["Scan without map", MAP.label, "GCS", "Age"]
    bench.page.get_by_label("Map in pane 4").select_option(label="GCS")
    assert bench.page.get_by_label("Map in pane 4").locator("option:checked").inner_text() == "GCS"


def test_zoom_and_pan_are_linked(mapped: Bench) -> None:
    mapped.press("l")
    mapped.hover(*mapped.at(150, 170))
    mapped.wheel(-3, ctrl=True)
    mapped.hover(*mapped.at(150, 170, pane=1), pane=1)
    assert mapped.text("huText", 1).startswith("60 HU")


def test_without_a_map_there_is_nothing_to_lay_side_by_side(plain: Bench) -> None:
    expect(plain.page.get_by_role("button", name="Layout")).to_be_disabled()
    plain.press("l")
    expect(plain.page.locator(".pane")).to_have_count(1)


def test_mpr_shows_three_planes_and_the_crosshair_goes_where_clicked(plain: Bench) -> None:
    plain.press("v")
    assert [plain.page.locator(f'[data-pane="{n}"] .planeText').inner_text() for n in (0, 1, 2)] == [
        "axial", "coronal", "sagittal"]  # fmt: skip
    plain.page.mouse.click(plain.box()["x"] + plain.at(150, 170)[0], plain.box()["y"] + plain.at(150, 170)[1])
    assert plain.text("sliceText", 1) == f"{240 - 170} / 240"  # y counts from the front
    assert plain.text("sliceText", 2) == f"{200 - 150} / 200"  # x counts from the patient's right


def test_the_superior_end_is_up_in_coronal_and_a_click_there_moves_the_slice(plain: Bench) -> None:
    plain.press("v")
    box = plain.box(1)
    plain.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 50)
    assert int(plain.text("sliceText").split()[0]) > 18
    letters = plain.page.locator('[data-pane="1"] .letter').all_inner_texts()
    assert letters == ["R", "L", "S", "I"]


def test_the_wheel_scrolls_the_plane_it_is_over(plain: Bench) -> None:
    plain.press("v")
    plain.hover(60, 60, pane=2)
    plain.wheel(3)
    assert (plain.text("sliceText", 2), plain.text("sliceText")) == ("104 / 200", "16 / 30")


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


def test_with_a_readers_name_a_reload_keeps_the_view_and_another_reader_starts_anew(browser: Browser) -> None:
    with benches.open_bench(browser) as bench:
        mine = replace(SCAN, reader="ana")
        bench.show(mine)
        bench.press("End")
        bench.page.reload()
        bench.page.wait_for_function("window.started")
        bench.show(mine)
        assert bench.text("sliceText") == "30 / 30"
        bench.show(replace(SCAN, reader="ben"))
        assert bench.text("sliceText") == "16 / 30"


# Touch and large screens


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
