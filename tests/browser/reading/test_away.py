"""Reading on through kills of browser and server, lost answers, a computer that slept, and a second tab."""

import contextlib
import re

import pytest
from playwright.sync_api import Error, Page, Route, expect

from reader_study.access import accounts
from reader_study.study.design import Design
from tests.browser.reading.desk import Desk, answer_all, is_chosen, lock, server_away, until
from tests.browser.support import person
from tests.browser.support.windows import Window

MOVED, ELSEWHERE = re.compile("was moved to another tab"), re.compile("reading in another tab")
COMMENT, PERCENT = "Comment (optional)", "Probability of poor outcome, %"
NOT_SAVED, NOT_LOCKED = re.compile("Not saved since"), re.compile("Not locked yet")


@pytest.fixture
def desk(sit):
    """A reader of a study without aided reads."""
    return sit(design=Design.UNAIDED_ONLY)


def comment(page: Page, text: str) -> None:
    """Types at the end of the comment."""
    page.keyboard.press("x")
    page.keyboard.press("End")
    page.keyboard.type(text)


def test_a_killed_browser_loses_nothing_and_a_deleted_measurement_stays_deleted(desk, launch):
    doomed = launch()
    page = desk.opened(desk.sit_down(Window(doomed)))
    page.keyboard.press("p")
    page.keyboard.press("Home")
    person.draw_ruler(page)
    page.keyboard.press("r")
    page.keyboard.type("35")
    page.keyboard.press("Escape")
    comment(page, "half a com")
    until(lambda: desk.kept().get("comment") == "half a com", "all is kept")
    until(lambda: desk.draft.seconds > 1 and desk.measurements() == ["ruler"], "the measurement and some time are kept")
    chip, before = page.locator(".ich-viewer .chip").inner_text(), desk.draft.seconds
    with contextlib.suppress(Error):  # nobody is left to answer
        doomed.new_browser_cdp_session().send("Browser.crash")
    again = desk.opened(desk.sit_down())
    expect(again.locator(".ich-viewer .chip")).to_have_text(chip.replace("\n", ""), use_inner_text=False)
    expect(again.locator("[data-pane='0'] .sliceText")).to_have_text("1 / 32")
    expect(again.get_by_label(PERCENT)).to_have_value("35")
    expect(again.get_by_label(COMMENT)).to_have_value("half a com")
    is_chosen(again, "Poor")
    until(lambda: desk.draft.seconds > before, "the time goes on")
    again.locator(".ich-viewer .chip .remove").click()
    until(lambda: desk.measurements() == [], "the measurement is deleted on the server")
    again.close()
    third = desk.opened(desk.sit_down())
    expect(third.locator(".ich-viewer .chip")).to_have_count(0)


def test_while_the_server_is_away_all_goes_on_and_is_saved_when_it_is_there_again(desk):
    page = desk.opened(desk.sit_down())
    comment(page, "before")
    until(lambda: desk.kept() == {"comment": "before"}, "it is kept")
    field = page.get_by_label(COMMENT).element_handle()
    with server_away(desk):
        page.keyboard.type(", void")
        expect(page.get_by_text(NOT_SAVED)).to_be_visible()
        expect(page.get_by_test_id("stDialog")).to_have_count(0)
        page.keyboard.type(", on")
        assert field.evaluate("field => field.getRootNode().activeElement === field"), "the cursor is gone"
        page.keyboard.press("Escape")
        page.keyboard.press("p")
        is_chosen(page, "Poor")
        page.keyboard.press("Home")
        expect(page.locator("[data-pane='0'] .sliceText")).to_have_text("1 / 32")
        assert "void" not in page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    until(lambda: desk.kept() == {"comment": "before, void, on", "prognosis": "poor"}, "all of it is kept")
    expect(page.get_by_text(NOT_SAVED)).to_have_count(0)
    assert field.evaluate("field => field.isConnected"), "the field was put anew"


def test_a_case_that_was_just_opened_hears_every_key_while_its_server_is_away_and_after(desk):
    page = desk.opened(desk.sit_down())
    answer_all(page)
    lock(page, desk)
    desk.opened(page)
    with server_away(desk):
        page.keyboard.press("r")
        page.keyboard.type("8")
    for key in ("7", "Escape", "y", "g", "m"):
        page.keyboard.press(key)
    heard = {"p_poor": 87, "age": "under_80", "prognosis": "good", "gcs": "mild"}
    until(lambda: desk.kept() == heard, "all is heard")


def test_a_lock_that_is_pressed_while_the_server_is_away_is_made_once_when_it_is_there_again(desk):
    page = desk.opened(desk.sit_down())
    answer_all(page, comment="away")
    until(lambda: desk.kept().get("comment") == "away", "all is kept")
    with server_away(desk):
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text(NOT_LOCKED)).to_be_visible()
    until(lambda: len(desk.reads()) == 1, "the read is locked")
    desk.opened(page)
    (stored,) = desk.store.reads(desk.key, desk.reader)
    assert (stored.read.answers.comment, stored.read.answers.p_poor) == ("away", 90)
    assert stored.read.started_at < stored.read.pressed_at < stored.locked_at


def test_a_lock_that_waits_for_the_server_is_not_made_on_a_form_that_changed_since(desk):
    page = desk.opened(desk.sit_down())
    answer_all(page)
    until(lambda: len(desk.kept()) == 4, "all is kept")
    with server_away(desk):
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text(NOT_LOCKED)).to_be_visible()
        page.keyboard.press("m")
        expect(page.get_by_text("Not locked: you changed an answer")).to_be_visible()
    until(lambda: desk.kept().get("gcs") == "mild", "the change is kept")
    assert desk.reads() == []
    lock(page, desk)
    assert desk.reads()[0].answers.get("gcs") == "mild"


def test_a_lock_whose_answer_is_lost_is_made_once_and_reading_goes_on(desk):
    page = desk.opened(desk.sit_down())
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)  # it is locked, and nobody here hears of it
        route.abort()

    page.route("**/lock/**", lose, times=1)
    answer_all(page, comment="once")
    lock(page, desk)
    desk.opened(page)
    assert lost == [200]
    assert [read.answers.comment for read in desk.reads()] == ["once"]


def test_a_computer_that_slept_while_its_reader_went_on_shows_what_was_entered_there(desk):
    page = desk.opened(desk.sit_down())
    comment(page, "from one")
    until(lambda: desk.kept() == {"comment": "from one"}, "it is kept")
    page.context.set_offline(True)
    page.keyboard.type("x")
    second = desk.sit_down()
    second.get_by_role("button", name="Read here").click()
    desk.opened(second)
    comment(second, ", two")
    until(lambda: desk.kept() == {"comment": "from one, two"}, "the second computer keeps")
    second.close()
    page.context.set_offline(False)
    expect(page.get_by_label(COMMENT)).to_have_value("from one, two")
    expect(page.get_by_text("have read in another tab or on another computer since")).to_be_visible()
    assert desk.kept() == {"comment": "from one, two"}


def test_two_tabs_do_not_fight(desk):
    first = desk.opened(desk.sit_down())
    comment(first, "from the first")
    until(lambda: desk.kept() == {"comment": "from the first"}, "it is kept")
    second = desk.another_tab(first.context)
    expect(second.get_by_text(ELSEWHERE)).to_be_visible()
    expect(second.locator(".ich-viewer .pane")).to_have_count(0)
    second.get_by_role("button", name="Read here").click()
    desk.opened(second)
    expect(first.get_by_text(MOVED)).to_be_visible()
    expect(first.locator(".ich-viewer .pane")).to_have_count(0)
    expect(second.get_by_label(COMMENT)).to_have_value("from the first")
    comment(second, ", then here")
    until(lambda: desk.kept() == {"comment": "from the first, then here"}, "the second tab keeps")
    first.get_by_role("button", name="Read here").click()
    desk.opened(first)
    expect(first.get_by_label(COMMENT)).to_have_value("from the first, then here")
    expect(second.get_by_text(MOVED)).to_be_visible()
    first.close()
    desk.opened(second)  # nobody reads elsewhere any more


def test_a_read_that_was_locked_in_another_window_is_said_and_the_next_one_opens(desk):
    page = desk.opened(desk.sit_down())
    comment(page, "too late")
    until(lambda: desk.kept() == {"comment": "too late"}, "it is kept")
    page.context.set_offline(True)
    second = desk.sit_down()
    second.get_by_role("button", name="Read here").click()
    desk.opened(second)
    answer_all(second)
    lock(second, desk)
    second.close()
    page.context.set_offline(False)
    desk.opened(page)
    assert len(desk.reads()) == 1


def styles_of(page: Page) -> list[str]:
    """The computed styles of the page's frame and of what stands in it."""
    return page.evaluate("""() => {
        const nodes = ["[data-testid=stHeader]", "[data-testid=stMainBlockContainer]", ".ich-who", ".ich-who button"];
        const properties = ["color", "backgroundColor", "padding", "position", "fontSize", "border", "height"];
        return nodes.map((each) => getComputedStyle(document.querySelector(each)))
            .map((style) => properties.map((name) => style[name]).join("; "));
    }""")


def test_a_study_that_closes_under_an_open_form_says_so_and_keeps_the_pages_style(sit):
    desk: Desk = sit(alone=True, design=Design.UNAIDED_ONLY)
    page = desk.opened(desk.sit_down())
    before = styles_of(page)
    answer_all(page, comment="so far")
    until(lambda: desk.kept().get("comment") == "so far", "all is kept")
    desk.store.set_closed(desk.key)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The study is closed: no further reads are taken.")).to_be_visible()
    assert styles_of(page) == before
    assert desk.reads() == []


def test_a_sign_out_in_another_tab_ends_the_form_with_a_sentence_and_keeps_the_pages_style(desk):
    page = desk.opened(desk.sit_down())
    before = styles_of(page)
    accounts.sign_out(desk.store, desk.token)
    answer_all(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("you were signed out, or the study was changed")).to_be_visible()
    expect(page.locator(".ich-viewer .pane")).to_have_count(0)
    assert styles_of(page) == before
    assert (desk.kept(), desk.reads()) == ({}, [])
