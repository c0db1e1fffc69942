"""What a reader entered against slow, strange and overtaken answers, and against second tabs and second people."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from pages.shared.resources import COOKIE
from reader_study.study.design import Design
from reader_study.study.questions import STANDARD, Choice, Question, QuestionKind
from tests.browser.reading.desk import answer_all, is_chosen, lock, until
from tests.browser.support import person

COMMENT, PERCENT = "Comment (optional)", "Probability of poor outcome, %"
NOT_SAVED, NOT_LOCKED = re.compile("Not saved since"), re.compile("Not locked yet")


@pytest.fixture
def desk(sit):
    """A reader of a study without aided reads."""
    return sit(design=Design.UNAIDED_ONLY)


def held_back(page: Page, path: str) -> list[Route]:
    """The first request to a path, which stays on its way until the test lets it go on."""
    held: list[Route] = []
    page.route(path, lambda route: held.append(route), times=1)
    return held


def until_there(page: Page, so: Callable[[], bool], what: str) -> None:
    """Waits until something is so, while the page's requests go on."""
    until(lambda: page.wait_for_timeout(50) is None and so(), what)


def hear_answer(page: Page, path: str, act: Callable[[], object] = lambda: None) -> None:
    """Waits until the page has heard the next answer from a path, after an act, and has drawn what it makes of it."""
    with page.expect_response(path):
        act()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


STRANGE = [
    {"status": 200, "content_type": "text/html", "body": "<h1>Sign in to the hospital's network</h1>"},
    {"status": 404, "content_type": "text/html", "body": "<h1>nginx</h1>"},
    {"status": 429, "content_type": "text/plain", "body": "slow down"},
    {"status": 401, "body": ""}, {"status": 413, "body": ""},
    {"status": 502, "content_type": "text/html", "body": "<h1>Bad gateway</h1>"},
]


@pytest.mark.parametrize("answer", STRANGE, ids=lambda answer: f"{answer['status']}")
def test_what_is_not_our_servers_answer_neither_saves_nor_locks_nor_takes_the_form_down(desk, answer):
    page = desk.opened(desk.sit_down())
    page.route("**/data/**", lambda route: route.fulfill(**answer))
    answer_all(page, comment="kept in this tab")
    expect(page.get_by_text(NOT_SAVED)).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(NOT_LOCKED)).to_be_visible()
    expect(page.get_by_label(COMMENT)).to_have_value("kept in this tab")
    assert (desk.kept(), desk.reads()) == ({}, [])
    page.unroute("**/data/**")
    until(lambda: [read.answers.comment for read in desk.reads()] == ["kept in this tab"], "the read is locked")


def test_enter_in_a_field_locks_nothing(sit):
    asked = tuple(STANDARD[key] for key in ("prognosis", "p_poor", "confidence"))
    desk = sit(design=Design.UNAIDED_ONLY, questions=asked)
    page = desk.opened(desk.sit_down())
    page.keyboard.press("p")
    page.keyboard.press("k")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("r")
    page.keyboard.type("70")
    page.keyboard.press("Enter")
    until(lambda: len(desk.kept()) == 3, "all is kept")
    hear_answer(page, "**/draft/**")
    assert desk.reads() == []
    lock(page, desk)


def test_a_double_click_on_the_lock_confirms_no_contradiction(desk):
    page = desk.opened(desk.sit_down())
    answer_all(page, percent="10")
    page.get_by_role("button", name=re.compile("Lock read")).dblclick(delay=10)
    expect(page.get_by_role("alert")).to_contain_text("lock again to keep both")
    hear_answer(page, "**/draft/**")
    assert desk.reads() == []


PRESSED_AS_SOON_AS_ASKED = """(doubt) => new MutationObserver(() => doubt.dispatchEvent(
    new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, composed: true, cancelable: true })
)).observe(doubt, { childList: true, characterData: true, subtree: true })"""


def test_ctrl_enter_right_after_a_question_does_not_answer_it(desk):
    page = desk.opened(desk.sit_down())
    answer_all(page, percent="10")
    page.locator(".doubt").evaluate(PRESSED_AS_SOON_AS_ASKED)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("lock again to keep both")
    hear_answer(page, "**/draft/**")
    assert desk.reads() == []
    lock(page, desk)


def test_a_lock_that_arrives_after_a_later_change_is_not_made(desk):
    page = desk.opened(desk.sit_down())
    answer_all(page)
    until(lambda: len(desk.kept()) == 4, "all is kept")
    held = held_back(page, "**/lock/**")
    page.keyboard.press("Control+Enter")
    until_there(page, lambda: len(held) == 1, "it is pressed")
    body = held[0].request.post_data_json
    expect(page.locator("form.ich-read")).to_have_attribute("aria-busy", "false")
    page.keyboard.press("m")
    expect(page.get_by_text("Not locked: you changed an answer")).to_be_visible()
    until_there(page, lambda: desk.kept().get("gcs") == "mild", "the change is kept")
    late = page.context.request.post(held[0].request.url, data=json.dumps(body), headers={
        "Content-Type": "application/json", "Origin": desk.app.address})
    assert late.status == 409
    assert desk.reads() == []
    lock(page, desk)
    desk.opened(page)
    assert desk.reads()[0].answers.get("gcs") == "mild"
    expect(page.get_by_text("as it stood when you pressed")).to_have_count(0)


def test_a_read_that_was_locked_as_pressed_says_so_also_at_the_end_of_the_worklist(desk):
    page = desk.sit_down()
    for number in range(3):
        desk.opened(page)
        answer_all(page)
        if number < 2:
            lock(page, desk)

    def answer_late(route: Route) -> None:
        route.fetch()  # it is locked, and nothing of that comes back

    page.route("**/lock/**", answer_late)
    page.keyboard.press("Control+Enter")
    until_there(page, lambda: len(desk.reads()) == 3, "it is locked")
    expect(page.locator("form.ich-read")).to_have_attribute("aria-busy", "false")
    page.keyboard.press("m")
    expect(page.get_by_text("Your reads are complete")).to_be_visible()
    expect(page.get_by_text("as it stood when you pressed")).to_be_visible()


def test_leaving_for_another_page_keeps_what_was_typed_while_a_draft_was_on_its_way(desk):
    page = desk.opened(desk.sit_down())
    held = held_back(page, "**/draft/**")
    page.keyboard.press("x")
    page.keyboard.type("first")
    until_there(page, lambda: len(held) == 1, "a draft is on its way")
    page.keyboard.type(", last words")
    person.go_to(page, "Review")
    until_there(page, lambda: desk.kept().get("comment") == "first, last words", "all is kept")
    person.go_to(page, "Read")
    desk.opened(page)
    expect(page.get_by_label(COMMENT)).to_have_value("first, last words")


def test_going_on_after_a_pause_while_the_reading_was_moved_shows_no_scan_without_its_form(desk):
    page = desk.opened(desk.sit_down())
    page.get_by_role("button", name="Pause").click()
    second = desk.another_tab(page.context)
    second.get_by_role("button", name="Read here").click()
    desk.opened(second)
    expect(page.get_by_text("was moved to another tab")).to_be_visible()
    expect(page.get_by_role("button", name="Go on")).to_have_count(0)
    expect(page.get_by_role("button", name="Read here")).to_be_visible()


def test_a_page_that_opened_while_the_server_was_away_offers_to_read_here_afterwards(desk):
    first = desk.opened(desk.sit_down())
    second = first.context.new_page()
    second.route("**/desk", lambda route: route.abort(), times=2)
    second.goto(f"{desk.app.address}/read")
    expect(second.get_by_text("The server can't be reached. Trying again.")).to_be_visible()
    second.get_by_role("button", name="Read here").click()
    desk.opened(second)


def test_a_question_that_reading_here_overtook_leaves_the_new_form_alone(desk):
    first = desk.opened(desk.sit_down())
    second = desk.another_tab(first.context)
    expect(second.get_by_role("button", name="Read here")).to_be_visible()
    held: list[Route] = []
    second.route("**/desk", lambda route: held.append(route) if len(held) < 2 else route.continue_())
    until_there(second, lambda: len(held) == 1, "it asks whether the other tab is still there")
    second.get_by_role("button", name="Read here").click()
    until_there(second, lambda: len(held) == 2, "it asks to read here")
    hear_answer(second, "**/desk", held[0].continue_)
    held[1].continue_()
    desk.opened(second)
    field = second.get_by_label(COMMENT).element_handle()
    for _ in range(2):  # longer than it waits before it would ask once more
        hear_answer(second, "**/draft/**")
    assert field.evaluate("field => field.isConnected"), "the form was put anew"


def test_a_pause_lasts_over_a_lock_that_waited(desk):
    page = desk.opened(desk.sit_down())
    answer_all(page)
    until(lambda: len(desk.kept()) == 4, "all is kept")
    held = held_back(page, "**/lock/**")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Pause").click()
    hear_answer(page, "**/lock/**", held[0].continue_)
    assert len(desk.reads()) == 1
    expect(page.get_by_text("You are pausing")).to_be_visible()
    expect(page.locator(".ich-viewer .pane canvas")).to_have_count(0)
    page.get_by_role("button", name="Go on").click()
    desk.opened(page)


def test_a_form_that_another_tab_overtook_while_it_was_offline_does_not_say_that_all_is_kept(desk):
    page = desk.opened(desk.sit_down())
    until(lambda: desk.draft is not None, "it is kept")
    page.context.set_offline(True)
    page.keyboard.press("x")
    page.keyboard.type("never arrived")
    expect(page.get_by_text(NOT_SAVED)).to_be_visible()
    second = desk.sit_down()
    second.get_by_role("button", name="Read here").click()
    desk.opened(second)
    page.context.set_offline(False)
    expect(page.get_by_text("What you entered here last could not be kept")).to_be_visible()
    hear_answer(page, "**/desk")
    expect(page.get_by_text("What you entered here last could not be kept")).to_be_visible()


def test_measurements_and_time_of_the_computer_that_went_on_count(desk):
    page = desk.opened(desk.sit_down())
    until(lambda: desk.draft is not None, "it is kept")
    page.context.set_offline(True)
    second = desk.sit_down()
    second.get_by_role("button", name="Read here").click()
    desk.opened(second)
    person.draw_ruler(second)
    until(lambda: desk.measurements() == ["ruler"] and desk.draft.seconds > 3, "the second computer keeps")
    second.close()
    seconds = desk.draft.seconds
    page.context.set_offline(False)
    expect(page.get_by_text("have read in another tab or on another computer since")).to_be_visible()
    desk.opened(page)
    answer_all(page)
    lock(page, desk)
    (read,) = desk.reads()
    assert [row["kind"] for row in read.viewing["measurements"]] == ["ruler"]
    assert read.seconds >= seconds


def test_another_reader_who_signs_in_in_another_tab_is_not_read_for(sit):
    ana = sit(design=Design.UNAIDED_ONLY)
    ben = sit(design=Design.UNAIDED_ONLY)
    page = ana.opened(ana.sit_down())
    page.context.add_cookies([{"name": COOKIE, "value": ben.token, "url": ana.app.address, "httpOnly": True,
                               "sameSite": "Strict"}])
    answer_all(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("you were signed out, or the study was changed")).to_be_visible()
    expect(page.locator("form.ich-read")).to_have_count(0)
    assert (ana.reads(), ben.reads(), ben.draft) == ([], [], None)


ALT = Question(key="side", text="Side", kind=QuestionKind.CHOICE,
               choices=(Choice("left", "Left", "Alt+Y"), Choice("right", "Right", "Alt+Z")))


@pytest.mark.parametrize(("key", "code", "chosen"), [
    ("y", "KeyZ", "Left"), ("z", "KeyY", "Right"),  # a German keyboard
    ("y", "KeyY", "Left"), ("¥", "KeyY", "Left"),  # an American one, and one of a Mac
])
def test_alt_with_a_letter_is_the_letter_that_is_printed_on_the_key(sit, key, code, chosen):
    desk = sit(design=Design.UNAIDED_ONLY, questions=(ALT,))
    page = desk.opened(desk.sit_down())
    page.evaluate("""([key, code]) => document.body.dispatchEvent(
        new KeyboardEvent("keydown", { key, code, altKey: true, bubbles: true, composed: true, cancelable: true }))""",
                  [key, code])
    is_chosen(page, chosen)


def test_leaving_with_something_unsaved_is_asked_about(desk):
    page = desk.opened(desk.sit_down())
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.route("**/draft/**", lambda route: route.abort())
    page.keyboard.press("x")
    page.keyboard.type("only here")
    expect(page.get_by_text(NOT_SAVED)).to_be_visible()
    page.close(run_before_unload=True)
    until_there(page, lambda: asked == ["beforeunload"], "it is asked")
    expect(page.get_by_label(COMMENT)).to_have_value("only here")
