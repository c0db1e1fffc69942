"""The viewer on screens of other sizes and in browsers of other languages, and scans of every storage order."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from ich_model.scans import browser_payload, volume
from tests.browser.viewer.app import bench as benches
from tests.browser.viewer.app import clock
from tests.browser.viewer.app.bench import MAP, SCAN, Bench, grey_of
from tests.support import simple_head

SCREENS = {"1280x800": (1280, 800, 1), "4K at 200 %": (1920, 1080, 2), "3840x2160 at ratio 2": (3840, 2160, 2)}
OTHER_LANGUAGES = ("de-DE", "es-ES")

# Sizes


@pytest.fixture(scope="module", params=SCREENS)
def opened_screen(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A browser window of that size, for all its tests."""
    width, height, ratio = SCREENS[request.param]
    size = {"width": width, "height": height}
    with benches.open_bench(browser, viewport=size, device_scale_factor=ratio) as bench:
        bench.show()
        yield bench


@pytest.fixture
def screen(opened_screen: Bench) -> Bench:
    """The viewer with a fresh case and a map, filling a screen but for the rest of a page."""
    bench = opened_screen.fresh(MAP, height_px=opened_screen.page.viewport_size["height"] - 60)
    expect(bench.page.locator('[data-pane="0"] .resolution')).to_have_text("2 × 19 × 19, interpolated")
    return bench


def test_every_control_lies_on_the_screen_and_no_two_overlap(screen: Bench) -> None:
    boxes = screen.page.evaluate("""() => [...document.getElementById("host").shadowRoot
        .querySelectorAll(".bars button, .bars select, .bars input, .colour-bar, .scroll-bar")]
        .filter((each) => each.checkVisibility()).map((each) => {
          const { left, top, right, bottom } = each.getBoundingClientRect();
          return [left, top, right, bottom, each.scrollWidth - each.clientWidth];
        })""")
    size = screen.page.viewport_size
    assert len(boxes) > 20
    assert all(0 <= left < right <= size["width"] and 0 <= top < bottom <= size["height"]
               for left, top, right, bottom, _ in boxes)
    overlaps = [(one, other) for one, other in permutations(boxes, 2)
                if one[0] < other[2] - 1 and other[0] < one[2] - 1 and one[1] < other[3] - 1 and other[1] < one[3] - 1]
    assert overlaps == []


def test_the_picture_has_most_of_the_screen_and_its_pixels_are_right(screen: Bench) -> None:
    box, size = screen.box(), screen.page.viewport_size
    assert box["width"] * box["height"] > 0.75 * size["width"] * size["height"]
    screen.press("o")
    assert screen.pixel(*screen.at(150, 170)) == (grey_of(clock.BLOCK_HU),) * 3


def test_no_canvas_is_larger_than_a_4k_screen(screen: Bench) -> None:
    pixels = screen.page.locator('[data-pane="0"] canvas').evaluate("(c) => c.width * c.height")
    assert pixels <= 1.001 * 3840 * 2160


def test_no_corner_runs_into_another(screen: Bench) -> None:
    screen.hover(*screen.at(150, 170))
    screen.settle()
    corners = screen.page.evaluate("""() => [...document.getElementById("host").shadowRoot
        .querySelectorAll('[data-pane="0"] .corner, [data-pane="0"] .letter')].map((each) => {
          const { left, top, right, bottom } = each.getBoundingClientRect();
          return [left, top, right, bottom];
        })""")
    overlaps = [(one, other) for one, other in permutations(corners, 2)
                if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]]
    assert overlaps == []


# Languages


@pytest.fixture(scope="module", params=OTHER_LANGUAGES)
def opened_abroad(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A browser that writes 57,5 for 57.5."""
    with benches.open_bench(browser, locale=request.param) as bench:
        assert bench.page.evaluate("(57.5).toLocaleString()") == "57,5"
        bench.show()
        yield bench


@pytest.fixture
def foreign(opened_abroad: Bench) -> Bench:
    """The viewer there, with a fresh case and a map."""
    return opened_abroad.fresh(MAP)


def test_printed_numbers_keep_their_point(foreign: Bench) -> None:
    foreign.press("6", "+")
    assert foreign.text("windowText") == "W 85  L 57.5"
    assert foreign.text("zoomText").startswith("Zoom 1.25×")
    assert foreign.text("positionText") == "75.0 mm"


def test_sliders_take_and_say_fractions(foreign: Bench) -> None:
    threshold = foreign.page.get_by_label("Hide below")
    threshold.focus()
    foreign.page.keyboard.press("ArrowRight")
    assert threshold.input_value() == "0.55"
    expect(foreign.page.locator(".range").nth(1)).to_contain_text("0.55")


def test_measurements_are_right(foreign: Bench) -> None:
    foreign.press("d")
    foreign.drag(foreign.at(150, 60), foreign.at(60, 60))
    measured = foreign.page.locator(".chip .values").inner_text()
    assert float(measured.removesuffix(" mm")) == pytest.approx(90, abs=0.5)


# Orientation

ORDERS = ["".join(axes) for names in permutations(["RL", "AP", "SI"]) for axes in product(*names)]
MARKED, MARKED_HU = (30, 41, 9), 77  # left of the middle, behind it, low: (i, j, k) in RAS+


@pytest.mark.parametrize("codes", ORDERS)
def test_a_marked_voxel_is_drawn_at_its_place_from_all_48_storage_orders(
    opened: Bench, tmp_path: Path, codes: str
) -> None:
    hu = simple_head.head_hu()
    hu[28:33, 39:44, 8:11] = MARKED_HU
    turn = nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("RAS"), nib.orientations.axcodes2ornt(codes))
    nib.save(nib.Nifti1Image(hu, simple_head.AFFINE).as_reoriented(turn), tmp_path / "case.nii")
    scan = volume.load(tmp_path / "case.nii")
    opened.files[f"data/{codes}"] = browser_payload.screen_order(scan.hu.astype("<i2")).tobytes()
    opened.show(replace(SCAN, case=codes, url=f"data/{codes}", shape=scan.shape, spacing_mm=scan.spacing_mm))
    opened.press("Home", *["ArrowDown"] * MARKED[2])
    box, (wide, high) = opened.box(), (192, 224)  # mm
    scale = min(box["width"] / wide, box["height"] / high)
    right_of_middle = (MARKED[0] + 0.5 - 48) * 2  # mm towards the patient's right, the screen's left where positive
    before_middle = (MARKED[1] + 0.5 - 56) * 2
    place = box["width"] / 2 - right_of_middle * scale, box["height"] / 2 - before_middle * scale
    assert opened.pixel(*place) == (grey_of(MARKED_HU),) * 3
    mirrored = box["width"] - place[0], place[1]
    assert opened.pixel(*mirrored) == (grey_of(30),) * 3
    assert opened.page.locator('[data-pane="0"] .letter').all_inner_texts() == ["R", "L", "A", "P"]


def test_the_superior_slice_is_the_last(opened: Bench) -> None:
    hu = np.full(clock.SHAPE, -1000, np.int16)
    hu[:, :, -1] = 60
    opened.files["data/top"] = browser_payload.screen_order(hu).tobytes()
    opened.show(replace(SCAN, case="TOP", url="data/top"))
    opened.press("End")
    assert opened.pixel(*opened.at(100, 120)) == (grey_of(60),) * 3
    opened.press("v")
    box = opened.box(1)
    assert opened.pixel(box["width"] / 2, box["height"] / 2 - 74 * min(box["width"] / 200, box["height"] / 150),
                        pane=1) == (grey_of(60),) * 3  # up in coronal
