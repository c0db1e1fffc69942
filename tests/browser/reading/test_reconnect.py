"""A page of Streamlit's own buttons whose server was killed and started again."""

from playwright.sync_api import expect

from pages.shared.resources import COOKIE
from reader_study.access import accounts
from tests.browser.reading.desk import server_away
from tests.browser.support import person


def test_a_page_that_was_just_opened_hears_its_buttons_once_its_server_is_there_again(sit, page):
    desk = sit()
    token = accounts.enter_demo_coordinator(desk.store, desk.key)
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": desk.app.address}])
    page.goto(f"{desk.app.address}/coordinate")
    person.at_rest(page)
    page.get_by_role("radio", name="Audit trail").click()
    expect(page.get_by_role("button", name="Verify the whole trail")).to_be_visible()
    person.at_rest(page)
    with server_away(desk):
        expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=60_000)
    person.at_rest(page)
    page.get_by_role("button", name="Verify the whole trail").click()
    expect(page.get_by_text("is as it was written")).to_be_visible()
