"""Reruns of the Read page that overtake each other: none costs a reader a letter, a key press or the page."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from reader_study.questions import STANDARD
from tests.browser import person
from tests.browser.reading_desk import KEY, Desk, fill_in, press, settled, until

DesksMade = Callable[..., Desk]
REPORT_FALLS_SILENT = """() => {
    const parts = [...document.querySelectorAll("*")].map((each) => each.shadowRoot?.ichReport).filter(Boolean);
    for (const part of parts) part.send = () => {};
}"""


def commenting(sit: DesksMade) -> tuple[Desk, Page]:
    """A reader who has chosen and is about to type a comment."""
    desk = sit(questions=tuple(STANDARD[key] for key in ("prognosis", "comment")))
    page = desk.opened(desk.sit_down())
    settled(page)
    press(page, desk, "p", prognosis="poor")
    page.keyboard.press("x")
    return desk, page


def locked(page: Page, desk: Desk) -> dict[str, Any]:
    """The answers of the read that the press of the keys locks."""
    page.keyboard.press("Control+Enter")
    until(lambda: len(desk.store.reads(KEY)) == 1, "the read is locked")
    return desk.store.reads(KEY)[0].read.answers.values


def test_a_report_from_before_the_last_letter_does_not_take_it_back(sit):
    desk, page = commenting(sit)
    page.keyboard.type("unsur")
    page.evaluate(REPORT_FALLS_SILENT)
    page.keyboard.type("e")
    until(lambda: desk.kept().get("comment") == "unsure", "the last letter is kept")
    assert locked(page, desk) == {"prognosis": "poor", "comment": "unsure"}


def test_a_field_that_the_page_puts_anew_gets_back_what_was_typed(sit):
    desk, page = commenting(sit)
    page.keyboard.type("unsure")
    until(lambda: desk.kept().get("comment") == "unsure", "the comment is kept")
    page.get_by_label("Comment").evaluate("""field => {
        const anew = field.cloneNode();
        anew.value = "of an earlier run";
        field.replaceWith(anew);
    }""")
    expect(page.get_by_label("Comment")).to_have_value("unsure")
    assert locked(page, desk) == {"prognosis": "poor", "comment": "unsure"}


def test_keys_pressed_while_the_whole_page_runs_take_no_field_away(sit):
    """The form's fragment is then run again right after the page: see `pages.shared.unsent`."""
    desk = sit()
    page = desk.opened(desk.sit_down())
    settled(page)
    field = page.get_by_label("Comment").element_handle()
    for letter, choice in 3 * (("p", "poor"), ("g", "good")):
        person.go_to(page, "Read")
        for each in letter, "h", "z":
            page.keyboard.press(each)
        wanted = {"prognosis": choice, "gcs": "severe", "age": "80_or_more"}
        until(lambda wanted=wanted: desk.kept() == wanted, "all is kept")
        page.keyboard.press("r")
        expect(page.get_by_label("Probability of poor outcome")).to_be_focused()
        page.keyboard.press("Escape")
        assert field.evaluate("field => field.isConnected")


def test_a_correction_right_before_the_lock_is_what_is_locked(sit):
    """Both wait while the whole page runs, and are then merged: see `pages.shared.presses`."""
    desk = sit()
    page = desk.opened(desk.sit_down())
    settled(page)
    fill_in(page, desk, p="poor")
    page.keyboard.press("Escape")
    until(lambda: "p_poor" in desk.kept(), "the probability is kept")
    person.go_to(page, "Read")
    for key in "m", "n":
        page.keyboard.press(key)
        page.wait_for_timeout(100)
    assert locked(page, desk)["gcs"] == "moderate"


def test_no_key_makes_the_whole_page_again(sit):
    """R is Streamlit's key for that; a read's fields would be put anew while they are typed in."""
    desk = sit()
    page, sent = desk.sit_down(), []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(BackMsg.FromString(frame))))
    page.reload()
    desk.opened(page)
    settled(page)
    del sent[:]
    page.keyboard.press("r")
    expect(page.get_by_label("Probability of poor outcome")).to_be_focused()
    page.keyboard.type("7")
    page.keyboard.press("Escape")
    page.locator(".ich-viewer select").first.focus()
    page.keyboard.press("r")
    page.evaluate("document.activeElement.blur()")
    press(page, desk, "p", prognosis="poor")
    assert {message.WhichOneof("type") for message in sent} == {"rerun_script"}
    assert all(message.rerun_script.fragment_id for message in sent)


def test_a_question_back_moves_nothing_so_that_the_next_key_is_heard(sit):
    desk = sit()
    page = desk.opened(desk.sit_down())
    settled(page)
    fill_in(page, desk, g="good")
    button = page.get_by_role("button", name="Lock read").element_handle()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("lock again to keep both")).to_be_visible()
    settled(page)
    assert button.evaluate("button => button.isConnected")


def test_no_message_of_the_page_may_be_replaced_by_a_reference_to_it(sit):
    """After an overtaken rerun a reference may point to nowhere, and Streamlit's page then turns white."""
    desk = sit()
    page, frames = desk.sit_down(), []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda sent: frames.append(sent)))
    page.reload()
    desk.opened(page)
    settled(page)
    press(page, desk, "g", prognosis="good")
    messages = [ForwardMsg.FromString(frame) for frame in frames]
    assert max(map(len, frames)) > 100_000  # the viewer with its script
    assert not [message for message in messages if message.metadata.cacheable]
