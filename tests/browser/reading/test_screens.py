"""The reading desk on every size of screen, and for whoever cannot see it or has only a finger."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from reader_study.study.design import Design
from tests.browser.reading.desk import aided_read, answer_all, lock, open_correction, server_away, takes_presses
from tests.browser.support import axe

SCREENS = {"smallest": (1280, 800), "zoomed to 150 %": (853, 533), "upright": (1200, 1920), "tablet": (1024, 768),
           "upright tablet": (768, 1024), "large": (3840, 2160)}


@pytest.fixture(scope="module")
def lacking(served_studies) -> Iterator[dict[str, Page]]:
    """An unaided form and an aided one, on which each open question says that it is open."""
    pages, desks = {}, [served_studies.desk(), served_studies.desk()]
    for condition, desk in zip(("unaided", "aided"), desks, strict=True):
        page = pages[condition] = desk.opened(desk.sit_down()) if condition == "unaided" else aided_read(desk)
        page.keyboard.press("p")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".missing:not(:empty)")).to_have_count(3)
    yield pages
    for desk in desks:
        desk.leave()


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("condition", ["unaided", "aided"])
def test_the_form_fits_every_screen_with_the_lock_always_on_it(lacking, screen, condition):
    page, (width, height) = lacking[condition], SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    button = page.get_by_role("button", name=re.compile("Lock read")).bounding_box()
    assert button["x"] >= 0
    assert button["x"] + button["width"] <= width
    assert button["y"] + button["height"] <= height
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= height
    picture = page.locator(".ich-viewer canvas").first.bounding_box()
    assert picture["width"] >= (0.88 * width if "upright" in screen else 0.5 * width - 100)


def test_every_target_is_large_enough_for_a_finger(sit):
    desk = sit()
    page = desk.opened(desk.sit_down(
        desk.windows.new(viewport={"width": 1024, "height": 768}, has_touch=True, is_mobile=True)))
    small = page.locator(".ich-desk :is(button, select, input, textarea, .steps label)").evaluate_all("""nodes => nodes
        .map((node) => [node.textContent || node.ariaLabel, node.getBoundingClientRect()])
        .filter(([, { width, height }]) => width && (width < 44 || height < 44)).map(([text]) => text)""")
    assert small == []


def test_no_state_of_the_desk_breaks_a_rule_of_axe(sit):
    desk = sit(design=Design.UNAIDED_ONLY, corrections=True)
    page = desk.opened(desk.sit_down())
    assert axe.violations(page) == []
    page.keyboard.press("p")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".missing:not(:empty)")).to_have_count(3)
    assert axe.violations(page) == []
    page.keyboard.type("30")
    for key in ("h", "z", "Control+Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("lock again to keep both")).to_be_visible()
    assert axe.violations(page) == []
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("You are pausing")).to_be_visible()
    assert axe.violations(page) == []
    page.get_by_role("button", name="Go on").click()
    with server_away(desk):
        page.keyboard.press("m")
        expect(page.get_by_text("Not saved since")).to_be_visible()
        assert [one for one in axe.violations(page) if not one.row.widget] == []  # Streamlit's menu is dimmed
    second = desk.another_tab(page.context)
    expect(second.get_by_role("button", name="Read here")).to_be_visible()
    assert axe.violations(second) == []


def test_a_training_cases_feedback_and_a_correction_break_no_rule_of_axe(sit):
    desk = sit(design=Design.UNAIDED_ONLY, corrections=True, training=("case-002",))
    page = desk.opened(desk.sit_down())
    answer_all(page)
    lock(page, desk)
    expect(page.get_by_text("Reference standard: GCS 7, 84 years.")).to_be_visible()
    assert axe.violations(page) == []
    takes_presses(page)
    page.keyboard.press("Control+Enter")
    desk.opened(page)
    answer_all(page)
    lock(page, desk)
    open_correction(page, desk)
    page.get_by_role("button", name="Add the correction").click()
    expect(page.get_by_text("Say why you correct this read.")).to_be_visible()
    assert axe.violations(page) == []
