"""Measuring, reading HU and the crosshair without a pointer; and the brain's contour."""

import re
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from ich_model.scans import browser_payload
from tests.browser.viewer.app import clock
from tests.browser.viewer.app.bench import MAP, SCAN, Bench, grey_of

BRAIN = (slice(20, 180), slice(30, 200), slice(5, 25))  # (i, j, k) of a mask with straight sides


def presses(bench: Bench, key: str, times: int) -> None:
    bench.press(*[key] * times)


# Without a pointer


def test_enter_shows_a_cursor_that_reads_hu_and_the_arrows_move_it(plain: Bench) -> None:
    plain.page.locator(".stage").focus()
    plain.press("Enter")
    assert plain.text("huText") == f"{clock.BRAIN_HU} HU"  # the middle: voxel (99, 119) on slice 16
    presses(plain, "Shift+ArrowUp", 5)  # to the front
    presses(plain, "Shift+ArrowLeft", 5)  # to the patient's right
    assert (plain.text("huText"), plain.text("sliceText")) == (f"{clock.BLOCK_HU} HU", "16 / 30")
    plain.press("Enter", "ArrowDown")
    assert (plain.text("huText"), plain.text("sliceText")) == ("", "17 / 30")


def test_a_ruler_is_drawn_with_keys_alone(plain: Bench) -> None:
    plain.press("d", "Enter", "Enter")
    presses(plain, "Shift+ArrowRight", 3)  # 30 voxels of 1 mm
    presses(plain, "Shift+ArrowDown", 4)
    presses(plain, "ArrowUp", 5)  # 35 voxels of 0.75 mm
    plain.press("Enter")
    expect(plain.page.locator(".chip .values")).to_have_text(f"{np.hypot(30, 35 * 0.75):.1f} mm")
    plain.press("ArrowDown")
    assert plain.text("sliceText") == "17 / 30"


def test_an_ellipse_is_drawn_with_keys_alone(plain: Bench) -> None:
    plain.press("e", "Enter")
    presses(plain, "Shift+ArrowUp", 4)  # from (99, 119) to a corner in the block
    presses(plain, "Shift+ArrowLeft", 4)
    presses(plain, "ArrowUp", 3)
    presses(plain, "ArrowLeft", 3)
    plain.press("Enter", "Shift+ArrowUp", "Shift+ArrowLeft", "Enter")
    expect(plain.page.locator(".chip .values")).to_have_text(re.compile(r"^60\.0 HU  SD 0\.0  \d+ mm²$"))


def test_abc_2_is_drawn_and_counted_with_keys_alone(plain: Bench) -> None:
    plain.press("b", "Enter", "Enter", *["Shift+ArrowLeft"] * 4, "Enter")  # A: 40 mm across
    plain.press("Enter", *["Shift+ArrowUp"] * 4, "Enter")  # B: 40 voxels of 0.75 mm
    more = plain.page.get_by_role("button", name="Half a slice more")
    for _ in range(4):
        more.press("Enter")
    expect(plain.page.locator(".chip .values")).to_have_text("A 40.0 × B 30.0 × C 10.0 mm / 2 = 6.0 mL")


def test_the_points_of_a_measurement_are_moved_with_keys_alone(plain: Bench) -> None:
    plain.press("d", "Enter", "Enter", *["Shift+ArrowRight"] * 3, "Enter", "End", "Escape")
    plain.page.get_by_role("button", name="Ruler, slice 16", exact=True).press("Enter")
    plain.press("Enter", "Shift+ArrowLeft", "Enter", "ArrowRight", "Enter")
    expect(plain.page.locator(".chip .values")).to_have_text("41.0 mm")
    assert plain.text("sliceText") == "16 / 30"


def test_escape_takes_back_what_was_begun(plain: Bench) -> None:
    plain.press("e", "Enter", "Enter", "Shift+ArrowUp", "Escape")
    expect(plain.page.locator(".chip")).to_have_count(0)
    plain.press("ArrowDown")
    assert plain.text("sliceText") == "17 / 30"


def test_in_mpr_enter_takes_the_crosshair_to_the_cursor(plain: Bench) -> None:
    plain.press("v")
    plain.page.locator(".stage").focus()
    plain.press("Enter", *["Shift+ArrowRight"] * 2, "Shift+ArrowDown", "Enter")
    assert plain.text("sliceText", 2) == "121 / 200"  # from 101, 20 to the patient's left
    assert plain.text("sliceText", 1) == "131 / 240"  # from 121, 10 to the back


def test_enter_presses_a_button_that_has_the_focus(plain: Bench) -> None:
    plain.page.get_by_role("button", name="Invert").press("Enter")
    assert plain.text("windowText").endswith("inverted")
    assert plain.text("huText") == ""


# The brain's contour


@pytest.fixture
def brained(opened: Bench) -> Bench:
    """A case whose page offers the contour of a mask with straight sides."""
    mask = np.zeros(clock.SHAPE, np.uint8)
    mask[BRAIN] = 1
    opened.files["data/brain"] = browser_payload.screen_order(mask).tobytes()
    opened.requested.clear()
    opened.cases += 1
    opened.page.evaluate("window.leave()")
    opened.show(replace(SCAN, case=f"BRAIN-{opened.cases}", brain_url="data/brain"), MAP)
    return opened


def on_the_front_edge(bench: Bench) -> tuple[int, int, int]:
    x, y = bench.at(100, BRAIN[1].stop - 1)
    below = bench.at(100, BRAIN[1].stop - 2)[1]
    return bench.pixel(x, y - (below - y) / 2)  # halfway to the next voxel in front


def test_the_contour_is_asked_for_only_when_switched_on_and_drawn_at_the_masks_edge(brained: Bench) -> None:
    assert "data/brain" not in brained.requested
    assert on_the_front_edge(brained) == (grey_of(clock.BRAIN_HU),) * 3
    brained.press("c")
    expect(brained.page.locator('[data-pane="0"] .contourText')).to_have_text("Brain contour, 2040 mL")
    red, green, blue = on_the_front_edge(brained)
    assert green > max(red, blue) + 20
    inside = brained.pixel(*brained.at(100, 100))
    assert inside == (grey_of(clock.BRAIN_HU),) * 3


def test_the_contour_ends_where_the_brain_does(brained: Bench) -> None:
    brained.press("c")
    expect(brained.page.locator('[data-pane="0"] .contourText')).to_contain_text("mL")
    brained.press("Home")
    assert on_the_front_edge(brained) == (grey_of(clock.BRAIN_HU),) * 3


def test_the_button_switches_the_contour_off_again(brained: Bench) -> None:
    button = brained.page.get_by_role("button", name="Contour")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    assert brained.text("contourText") == ""
    assert on_the_front_edge(brained) == (grey_of(clock.BRAIN_HU),) * 3


def test_the_contour_lies_on_the_same_edges_in_coronal(brained: Bench) -> None:
    brained.press("c", "v")
    expect(brained.page.locator('[data-pane="0"] .contourText')).to_contain_text("mL")
    box, height_mm, width_mm = brained.box(1), clock.SHAPE[2] * clock.SPACING_MM[2], clock.SHAPE[0]
    scale = min(box["width"] / width_mm, box["height"] / height_mm)
    top = box["height"] / 2 + (height_mm / 2 - BRAIN[2].stop * clock.SPACING_MM[2]) * scale
    colours = [brained.pixel(box["width"] / 2, top + shift, pane=1) for shift in (-1, 0, 1)]
    assert any(green > max(red, blue) + 20 for red, green, blue in colours)


def test_a_page_that_offers_no_contour_has_no_button_for_it(plain: Bench) -> None:
    expect(plain.page.get_by_role("button", name="Contour")).to_have_count(0)
    plain.press("c")
    assert plain.text("contourText") == ""


def test_a_refused_contour_says_so(opened: Bench) -> None:
    opened.cases += 1
    opened.page.evaluate("window.leave()")
    opened.show(replace(SCAN, case=f"BRAIN-{opened.cases}", brain_url="data/none"))
    opened.press("c")
    expect(opened.page.locator('[data-pane="0"] .contourText')).to_contain_text("not available to you")
