"""The demo study as a new user meets it: prepared by the app's own command, read, reviewed, compared, exported."""

import csv
import io
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
from playwright.sync_api import expect

from reader_study.store import workspace
from tests.browser.conftest import PROJECT, running_app
from tests.browser.support import person

PASSWORD = "a long password"
SCREENSHOTS = PROJECT / "tests" / "browser" / "screenshots"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workspace with the demo study, prepared as `make run` does it."""
    place = tmp_path_factory.mktemp("demo")
    done = subprocess.run([sys.executable, "-m", "data_samples.demo_study"], cwd=PROJECT, check=True,
                          env=os.environ | {"ICH_WORKSPACE": str(place)}, capture_output=True, text=True)
    assert "Simulated reader D" in done.stdout
    return place


@pytest.fixture(scope="module")
def app(folder, tmp_path_factory):
    """The app on that workspace."""
    log = tmp_path_factory.mktemp("log") / "app.log"
    with running_app(PROJECT / "app.py", log, ICH_WORKSPACE=str(folder)) as address:
        yield address


@pytest.fixture
def picture(page, tmp_path):
    """Takes a screenshot; with ICH_SCREENSHOTS=1 it replaces the one in the README."""
    def take(name: str) -> None:
        path = tmp_path / f"{name}.png"
        page.screenshot(path=path)
        if os.environ.get("ICH_SCREENSHOTS"):
            SCREENSHOTS.mkdir(exist_ok=True)
            shutil.copy(path, SCREENSHOTS / path.name)

    return take


def test_preparing_again_changes_nothing(folder):
    before = (folder / "study.db").read_bytes()
    done = subprocess.run([sys.executable, "-m", "data_samples.demo_study"], cwd=PROJECT, check=True,
                          env=os.environ | {"ICH_WORKSPACE": str(folder)}, capture_output=True, text=True)
    assert done.stdout == ""
    assert (folder / "study.db").read_bytes() == before


def test_a_person_joins_reads_a_case_with_the_keyboard_and_the_read_is_stored(app, folder, page, picture):
    page.goto(app)
    page.get_by_role("button", name="Enter as demo coordinator").wait_for()
    picture("welcome")
    person.join_demo(page, app, "Ana", PASSWORD)
    person.go_to(page, "Read")
    person.wait_for_step(page, "unaided read")
    person.at_rest(page)
    person.answer_with_keys(page, letters="phy", percent=80)
    picture("read")
    page.keyboard.press("Control+Enter")
    person.wait_for_step(page, "aided read")
    person.wait_for_map(page)
    picture("read-aided")
    store = workspace.at(folder).open_store()
    (stored,) = store.reads("demo", "Ana")
    answers = stored.read.answers
    assert tuple(map(answers.get, ("prognosis", "p_poor", "gcs", "age"))) == ("poor", 80, "severe", "under_80")
    assert 0 < stored.read.seconds < 120
    assert stored.read.shown == {}
    assert store.verify() is None


def test_a_coordinator_reviews_compares_and_exports_every_table(app, page, picture):
    person.enter_demo(page, app)
    person.go_to(page, "Review")
    page.locator(".ich-model-head").first.wait_for()
    expect(page.locator(".ich-viewer[data-ready]")).to_be_visible(timeout=person.CASE_OPEN_MS)
    person.at_rest(page)
    picture("review")
    person.go_to(page, "Compare")
    page.get_by_text("Simulated reader A").first.wait_for(state="attached")
    person.at_rest(page)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    picture("compare")
    with page.expect_download() as download:
        page.get_by_text("Download all tables").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        tables = {name: list(csv.DictReader(io.TextIOWrapper(archive.open(name), "utf-8")))
                  for name in archive.namelist() if name.endswith(".csv")}
    assert {"performance.csv", "agreement.csv", "cases.csv"} <= set(tables)
    raters = {row["raterID"] for row in tables["performance.csv"]}
    assert {f"Simulated reader {letter}" for letter in "ABCD"} <= raters
    assert len(tables["cases.csv"]) >= 12
    person.go_to(page, "Coordinate")
    page.get_by_text("Missing reads").wait_for()
    page.locator("[data-testid=stCode]").get_by_text("Dear Ana").wait_for()
    picture("coordinate")
