"""The compare page of an unlocked study: every part with its tables, downloads and filters."""

import re

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import resources
from tests.pages.test_pages import PAGES, sent, without_failure
from tests.support import app_study
from tests.support.app_study import KEY
from tests.support.small_study import lock_all


@pytest.fixture
def compared(tmp_path, monkeypatch):
    """The compare page of a study that two readers have read and the coordinator has unlocked."""
    store = app_study.open_workspace(tmp_path, monkeypatch)
    for name in ("Ana", "Ben"):
        app_study.reader(name)
        lock_all(store, name)
    store.set_unlocked(KEY)
    token = app_study.coordinator()
    monkeypatch.setattr(resources, "session_token", lambda: token)
    yield without_failure(AppTest.from_file(PAGES / "compare.py", default_timeout=120).run())
    resources.store().close()
    resources.forget()


def test_the_comparison_opens_with_its_first_table_and_every_export(compared):
    for file in ("everything.zip", "report.html", "report.pdf", "tables.zip", "performance_wide.csv", "performance.csv",
                 "figures/roc.svg"):
        assert f"export/{KEY}/{file}?condition=unaided" in sent(compared)
    assert list(first_table(compared)["Rater"])[:2] == ["Ana", "Ben"]


def first_table(page):
    """The first table of the page, as a browser reads it."""
    html = next(block.proto.body for block in page.get("html") if "<table" in block.proto.body)
    head, *rows = [[re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
                   for row in re.findall(r"<tr.*?</tr>", html, re.S)]
    return pd.DataFrame(rows, columns=head)


@pytest.mark.parametrize(("part", "file"), [
    ("Agreement", "agreement_wide.csv"), ("Tests", "tests.csv"), ("Readers and cases", "mrmc.csv"),
    ("Aid and time", "aid_effect.csv"), ("Bands and calibration", "ordinal.csv"), ("Subgroups", "subgroups.csv"),
    ("Cases", "cases.csv"), ("Planning", "sample_size.csv"), ("Methods", "everything.zip"), ("Maps", "tables.zip")])
def test_every_part_of_the_comparison_shows_its_table_with_a_download(compared, part, file):
    page = without_failure(compared.segmented_control(key="part").set_value(part).run())
    assert f"export/{KEY}/{file}?condition=" in sent(page)


def test_cases_open_in_the_review_and_missed_ones_are_named(compared):
    page = without_failure(compared.segmented_control(key="part").set_value("Cases").run())
    cases = page.dataframe[0].value
    assert list(cases["Case"]) == ["review?case=case-001", "review?case=case-002"]
    assert list(cases["Readers right"]) == ["2/2", "0/2"]
    assert "**Missed by all readers:** case-002" in [text.value for text in page.markdown]


def test_the_threshold_makes_the_calls_anew(compared):
    page = without_failure(compared.toggle(key="by_p").set_value(True).run())
    page = without_failure(page.slider(key="threshold").set_value(0.75).run())
    found = first_table(page).set_index("Rater")
    assert found.loc["Ana", "Recall"].startswith("0.00")  # Ana gave 70 %
    assert "threshold=0.75" in sent(page)
