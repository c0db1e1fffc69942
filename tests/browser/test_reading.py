"""Reading in a real browser: by keyboard alone, through kills of browser, server and network, and in two tabs."""

import contextlib
import re

import pytest
from playwright.sync_api import Error, expect

from reader_study.questions import STANDARD
from tests.browser import person
from tests.browser.reading_desk import KEY, READER, fill_in, press, server_away, settled, until

MOVED, ELSEWHERE = re.compile("was moved to another tab"), re.compile("reading in another tab")


def test_two_reads_with_the_keyboard_alone(sit):
    desk = sit()
    page = desk.opened(desk.sit_down())
    settled(page)
    page.keyboard.press("4")  # the viewer's: bone
    press(page, desk, "p", prognosis="poor")
    page.keyboard.press("r")
    page.keyboard.type("70")
    page.keyboard.press("Escape")
    press(page, desk, "h", gcs="severe")
    press(page, desk, "y", age="under_80")
    page.keyboard.press("x")
    page.keyboard.type("good gyms, 4 zoomed")  # every letter is a key somewhere
    page.keyboard.press("Control+Enter")
    until(lambda: len(desk.store.reads(KEY)) == 1, "the read is locked")
    (stored,) = desk.store.reads(KEY)
    assert stored.read.answers.values == {"prognosis": "poor", "p_poor": 70, "gcs": "severe", "age": "under_80",
                                          "comment": "good gyms, 4 zoomed"}
    assert {"Brain", "Bone"} <= set(stored.read.viewing["presets"])
    expect(page.locator(".ich-step")).to_contain_text("aided read", timeout=20_000)
    desk.opened(page)
    settled(page)
    press(page, desk, "g", prognosis="good")
    expect(page.locator(".ich-changed").first).to_have_text("Poor → Good")
    press(page, desk, "m", gcs="mild")
    press(page, desk, "z", age="80_or_more")
    page.keyboard.press("r")
    page.keyboard.type("60")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("lock again to keep both")).to_be_visible()
    page.keyboard.press("Control+Enter")
    until(lambda: len(desk.store.reads(KEY)) == 2, "the aided read is locked")
    aided = desk.store.reads(KEY)[1].read
    assert aided.viewing["overlay_opened"] >= 1
    assert aided.viewing["maps"] == ["guided_grad_cam prognosis"]
    assert 0 < aided.viewing["overlay_s"] <= aided.seconds < 60


def test_round_buttons_take_arrows_and_leave_every_other_key_to_the_page(sit):
    desk = sit(questions=tuple(STANDARD[key] for key in ("prognosis", "confidence")))
    page = desk.opened(desk.sit_down())
    settled(page)
    page.keyboard.press("k")
    page.keyboard.press("ArrowRight")
    until(lambda: desk.kept() == {"confidence": 2}, "the arrow chooses")
    page.keyboard.press("4")
    expect(page.locator("[data-pane='0'] .windowText")).to_have_text("W 2800  L 600")
    press(page, desk, "p", prognosis="poor", confidence=2)
    page.keyboard.press("k")
    page.keyboard.press("Control+Enter")
    until(lambda: len(desk.store.reads(KEY)) == 1, "the read is locked")


def test_typing_reaches_the_server_though_the_field_is_never_left(sit):
    desk = sit()
    page = desk.opened(desk.sit_down())
    settled(page)
    page.keyboard.press("x")
    page.keyboard.type("gmz1", delay=20)
    until(lambda: desk.kept() == {"comment": "gmz1"}, "the comment is kept")
    page.keyboard.type(" and more", delay=20)
    expect(page.get_by_label("Comment")).to_be_focused()
    until(lambda: desk.kept() == {"comment": "gmz1 and more"}, "all of it is kept")
    expect(page.locator("[data-pane='0'] .windowText")).to_have_text("W 80  L 40")


def test_a_killed_browser_loses_nothing_and_a_deleted_measurement_stays_deleted(sit, launch):
    desk = sit()
    doomed = launch()
    page = desk.opened(desk.sit_down(doomed))
    settled(page)
    press(page, desk, "p", prognosis="poor")
    page.keyboard.press("Home")
    person.draw_ruler(page)
    page.keyboard.press("r")
    page.keyboard.type("35")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.keyboard.type("half a com")
    page.wait_for_timeout(1500)  # the last second may be lost
    chip, before = page.locator(".ich-viewer .chip").inner_text(), desk.draft.seconds
    with contextlib.suppress(Error):  # nobody is left to answer
        doomed.new_browser_cdp_session().send("Browser.crash")
    again = desk.opened(desk.sit_down())
    expect(again.locator(".ich-viewer .chip")).to_have_text(chip.replace("\n", ""), use_inner_text=False)
    expect(again.locator("[data-pane='0'] .sliceText")).to_have_text("1 / 32")
    expect(again.get_by_label("Probability of poor outcome")).to_have_value("35")
    expect(again.get_by_label("Comment")).to_have_value("half a com")
    expect(again.locator("button[kind=primary]")).to_contain_text("Poor")
    until(lambda: desk.draft.seconds > before > 1, "the time goes on")
    again.locator(".ich-viewer .chip .remove").click()
    until(lambda: desk.measurements() == [], "the measurement is deleted on the server")
    again.context.close()
    third = desk.opened(desk.sit_down())
    expect(third.locator(".ich-viewer .chip")).to_have_count(0)


def test_a_killed_server_is_found_again_with_all_that_was_typed(sit):
    desk = sit()
    page = desk.opened(desk.sit_down())
    settled(page)
    page.keyboard.press("x")
    page.keyboard.type("before")
    until(lambda: desk.kept() == {"comment": "before"}, "it is kept")
    comment = page.get_by_label("Comment").element_handle()
    with server_away(desk, page):
        page.keyboard.type("void")  # with the field closed this reaches nothing, the viewer neither
        expect(page.get_by_text("Not saved since")).to_be_visible(timeout=10_000)
    page.keyboard.press("Shift+A")  # while Streamlit's dialog about the server fades
    page.keyboard.type("nd after, at once", delay=100)  # while the page is put together again
    until(lambda: desk.kept() == {"comment": "beforeAnd after, at once"}, "typing goes on")
    expect(page.get_by_text("Not saved since")).to_be_hidden(timeout=10_000)
    expect(page.locator(".ich-viewer .stage.one")).to_be_visible()
    settled(page)
    assert comment.evaluate("field => field === document.activeElement"), "the field is put anew"


def test_a_case_that_was_just_opened_hears_every_key_once_its_server_is_there_again(sit):
    desk = sit()
    page = desk.opened(desk.sit_down())
    settled(page)
    fill_in(page, desk, p="poor")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".ich-step")).to_contain_text("2 of")
    settled(page)
    page.keyboard.press("r")
    page.keyboard.type("8")
    until(lambda: desk.kept() == {"p_poor": 8}, "it is kept")
    with server_away(desk, page):
        page.keyboard.press("r")  # would choose the number to be typed over
    expect(page.get_by_role("dialog")).to_have_count(0)
    for key in ("7", "Escape", "y", "g", "m"):  # the new server does not know the buttons yet
        page.keyboard.press(key)
    heard = {"p_poor": 87, "age": "under_80", "prognosis": "good", "gcs": "mild"}
    until(lambda: desk.kept() == heard, "all is heard", seconds=10)


def test_two_tabs_do_not_fight(sit):
    desk = sit()
    first = desk.opened(desk.sit_down())
    settled(first)
    first.keyboard.press("x")
    first.keyboard.type("from the first")
    second = desk.another_tab(first.context)
    expect(second.get_by_text(ELSEWHERE)).to_be_visible(timeout=20_000)
    expect(second.locator(".ich-viewer")).to_have_count(0)
    second.get_by_role("button", name="Read here").click()
    desk.opened(second)
    expect(first.get_by_text(MOVED)).to_be_visible(timeout=15_000)
    expect(second.get_by_label("Comment")).to_have_value("from the first")
    settled(second)
    second.keyboard.press("x")
    second.keyboard.press("End")
    second.keyboard.type(", then here")
    until(lambda: desk.kept() == {"comment": "from the first, then here"}, "the second tab keeps")
    first.get_by_role("button", name="Read here").click()
    desk.opened(first)
    expect(first.get_by_label("Comment")).to_have_value("from the first, then here")
    expect(second.get_by_text(MOVED)).to_be_visible(timeout=15_000)
    first.close()
    desk.opened(second)  # nobody reads elsewhere any more


def test_a_field_that_was_left_for_another_tab_never_comes_back(sit):
    desk = sit()
    first = desk.opened(desk.sit_down())
    settled(first)
    first.keyboard.press("x")
    first.keyboard.type("one")
    second = desk.another_tab(first.context)
    second.get_by_role("button", name="Read here").click()
    desk.opened(second)
    settled(second)
    second.keyboard.press("x")
    second.keyboard.press("End")
    second.keyboard.type(", two")
    until(lambda: desk.kept() == {"comment": "one, two"}, "the second tab keeps")
    first.get_by_role("button", name="Read here").click()
    expect(first.get_by_label("Comment")).to_have_value("one, two")
    second.close()
    with server_away(desk, first):
        pass
    first.wait_for_timeout(4000)  # what the browser may still remember of the first field would be back by now
    assert (first.get_by_label("Comment").input_value(), desk.kept()) == ("one, two", {"comment": "one, two"})


def test_the_following_scan_is_fetched_ahead_and_not_again(sit):
    desk = sit(design="unaided_only")
    fetched: list[str] = []
    page = desk.sit_down()
    page.on("request", lambda request: fetched.append(request.url) if request.url.endswith("/volume") else None)
    page.reload()
    desk.opened(page)
    steps = desk.store.worklist(KEY, READER).steps
    until(lambda: len(fetched) == 2, "the second scan is fetched")
    assert [url.split("/")[-2] for url in fetched] == [step.case_key for step in steps[:2]]
    settled(page)
    fill_in(page, desk, p="poor")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".ich-step")).to_contain_text(steps[1].case_key, timeout=20_000)
    desk.opened(page)
    until(lambda: len(fetched) == 3, "the third scan is fetched")
    assert fetched[2].split("/")[-2] == steps[2].case_key


@pytest.mark.parametrize("aided", [False, True])
def test_the_form_fits_the_smallest_screen(sit, aided):
    desk = sit()
    page = desk.opened(desk.sit_down())
    settled(page)
    if aided:
        fill_in(page, desk, p="poor")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".ich-step")).to_contain_text("aided read", timeout=20_000)
        desk.opened(page)
        settled(page)
    expect(page.locator(".ich-viewer .bar.overlay")).to_be_visible(visible=aided)
    settled(page)
    page.keyboard.press("Control+Enter")  # each question now says that it is open
    expect(page.locator(".ich-missing")).to_have_count(4)
    settled(page)
    button = page.get_by_role("button", name="Lock read").bounding_box()
    assert button["y"] + button["height"] <= 800, page.locator(".st-key-ich-read-form").inner_text()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
