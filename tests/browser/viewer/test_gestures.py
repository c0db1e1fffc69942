"""Scrolling, windows, zoom and keys of the viewer, done in a browser and checked by pixels or printed values."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.browser.viewer.app import clock
from tests.browser.viewer.app.bench import MIDDLE, SCAN, SLICES, Bench, grey_of

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
    expect(plain.page.locator('[data-pane="0"] .sliceText')).to_have_text(re.compile(r"^([5-9]|[1-3]\d) / 30$"))
    plain.page.keyboard.up("ArrowDown")
    reached = plain.text("sliceText")
    for _ in range(10):  # frames
        plain.settle()
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


def test_position_and_spacing_are_printed_in_mm(plain: Bench) -> None:
    assert (plain.text("positionText"), plain.text("spacingText")) == ("75.0 mm", "1.00 × 0.75 × 5.00 mm")


def test_the_position_counts_from_where_the_lowest_slice_lies(plain: Bench) -> None:
    plain.show(replace(SCAN, case="LOW", first_slice_mm=-62.5))
    assert plain.text("positionText") == "12.5 mm"
    plain.press("Home")
    assert plain.text("positionText") == "-62.5 mm"


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
