"""The Read page of someone who reads, or has read since, in another tab or on another computer."""

from reader_study import reading_tab, sittings
from tests import app_study
from tests.app_pages import press, sent, without_failure
from tests.app_study import KEY


def test_a_second_tab_says_so_and_reads_on_there_when_asked(opened, store):
    token = app_study.reader()
    reading_tab.take(store, KEY, "Ana", "first tab")
    page = opened(token)
    assert "/volume" not in sent(page)
    resources_name = "second tab"
    page.session_state["flag-tab"] = resources_name
    page = without_failure(page.run())
    assert "another tab" in page.info[0].value
    assert "/volume" in sent(press(page, "Read here"))
    assert reading_tab.holder(store, KEY, "Ana") == resources_name


def test_a_form_whose_reader_went_on_elsewhere_keeps_nothing_and_says_so(opened, store):
    page = opened()
    page.session_state["flag-tab"] = "first tab"
    page = without_failure(page.run())
    reading_tab.take(store, KEY, "Ana", "second tab")
    page = without_failure(press(page, "Poor").run())
    assert "moved" in page.info[0].value
    assert store.draft(KEY, "Ana", store.worklist(KEY, "Ana").next_step) is None


def test_a_form_that_slept_while_its_reader_was_elsewhere_keeps_nothing_and_shows_what_was_entered_there(opened, store):
    page = opened()
    step = store.worklist(KEY, "Ana").next_step
    there = sittings.begin(store, KEY, "Ana", opening="another computer")
    reading_tab.keep(store, KEY, "Ana", step, answers={"p_poor": 70}, sitting=there.name)
    page = press(page, "Poor")
    assert store.draft(KEY, "Ana", step).answers == {"p_poor": 70}
    assert page.number_input[0].value == 70
    assert "have read in another tab or on another computer since" in page.toast[0].value
    press(page, "Poor")
    assert store.draft(KEY, "Ana", step).answers == {"p_poor": 70, "prognosis": "poor"}
