"""Blinding, from outside: nothing forbidden reaches a reader's browser, and all of it is found where it is allowed."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PROJECT, running_app
from tests.browser.support import person, planted
from tests.browser.support.traffic import Traffic


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A planted study served by the app: its address and a reader's invitation."""
    folder = tmp_path_factory.mktemp("planted")
    token = planted.plant(folder)
    log = tmp_path_factory.mktemp("log") / "app.log"
    with running_app(PROJECT / "app.py", log, ICH_WORKSPACE=str(folder)) as app:
        yield app, token


def status_of(page: Page, address: str) -> int:
    """The status that the signed-in page's own fetch of an address gets."""
    return page.evaluate("address => fetch(address).then(response => response.status)", address)


def test_a_reader_gets_model_output_only_after_their_lock_and_never_truth_or_others_reads(study, page):
    app, token = study
    traffic = Traffic(page)
    person.accept_invitation(page, app, token, planted.PASSWORD)
    person.go_to(page, "Read")
    person.wait_for_step(page, "unaided read")
    for title in ("Review", "Compare", "Study", "Read"):
        person.go_to(page, title)
        person.at_rest(page)
    for link in ("coordinate", "models", "review?case=case-001", "review?case=case-002", "compare?part=Cases"):
        page.goto(f"{app}/{link}")
        person.at_rest(page)
    for file in ("tables.zip", "everything.zip", "report.html", "cases.csv", "figures/roc.svg"):
        assert status_of(page, f"{app}/export/{planted.KEY}/{file}") == 404
    forbidden = planted.MODEL_SECRETS + planted.OTHERS_SECRETS + planted.TRUTH_SECRETS
    assert len(traffic.received) > 20
    assert traffic.sources_of(forbidden) == []

    page.goto(f"{app}/read")
    person.wait_for_step(page, "unaided read")
    case = page.locator(".ich-step").inner_text().split()[3]
    map_address = planted.MAP_ADDRESS.replace("case-001", case)
    assert status_of(page, f"{app}/{map_address}") == 404
    person.answer_with_keys(page, letters="phy", percent=80)
    assert traffic.sources_of(forbidden) == []

    page.keyboard.press("Control+Enter")
    person.wait_for_step(page, "aided read")
    person.wait_for_map(page)
    found = {secret for secret, _ in traffic.sources_of(planted.MODEL_SECRETS)}
    assert {planted.WEIGHTS_ID.encode(), b"/map/"} <= found, "the search would not find what it looks for"
    assert status_of(page, f"{app}/{map_address}") == 200
    other = "case-002" if case == "case-001" else "case-001"
    assert status_of(page, f"{app}/{map_address.replace(case, other)}") == 404
    assert traffic.sources_of(planted.OTHERS_SECRETS + planted.TRUTH_SECRETS) == []


def test_without_a_cookie_every_data_route_gives_the_same_not_found(study, page):
    app, _ = study
    page.goto(app)
    addresses = [planted.MAP_ADDRESS, f"data/{planted.KEY}/case-001/volume", "data/nothing/case-001/volume",
                 f"export/{planted.KEY}/tables.zip", f"export/{planted.KEY}/cases.csv"]
    answers = page.evaluate("""addresses => Promise.all(addresses.map(address =>
        fetch('/' + address).then(async response => [response.status, await response.text()])))""", addresses)
    assert answers == [[404, "Not found"]] * len(addresses)
