"""The viewer's Python side: what the browser is told of a case, and what it is believed."""

import json
import math
import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import viewer
from pages.shared.viewer import Overlay, ReadingReport, Scan, report_of

SCAN = Scan("demo", "case-07", (512, 512, 32), (0.45, 0.45, 5.0), "data/demo/case-07/volume", synthetic=True)
REPORT = {"study": "demo", "case": "case-07", "active_s": 12.5, "overlay_s": 2.0, "slices_visited": 9,
          "measurements": []}


def page_with_viewer(overlays: tuple = ()) -> None:
    from pages.shared.viewer import Scan, ct_viewer

    scan = Scan("demo", "case-07", (512, 512, 32), (0.45, 0.45, 5.0), "data/demo/case-07/volume", True)
    ct_viewer(scan, overlays=overlays)


def page_with_form() -> None:
    import streamlit as st

    from pages.shared.viewer import Scan, reading_report

    scan = Scan("demo", "case-07", (512, 512, 32), (0.45, 0.45, 5.0), "data/demo/case-07/volume", True)
    with st.form("read"):
        st.text(str(reading_report(scan)))
        st.form_submit_button("Lock")


def shown(page: AppTest) -> list[dict]:
    """What the components of a page are given, from the messages that go to the browser."""
    page.run()
    assert not page.exception
    return [json.loads(element.proto.json or element.proto.mixed.json) for element in page.get("bidi_component")]


def test_the_browser_is_told_where_the_scan_is_and_no_voxel() -> None:
    (data,) = shown(AppTest.from_function(page_with_viewer))
    assert data["scan"]["url"] == "data/demo/case-07/volume"
    assert data["scan"]["shape"] == [512, 512, 32]
    assert len(json.dumps(data)) < 1000


def test_without_overlays_no_map_address_reaches_the_browser() -> None:
    (data,) = shown(AppTest.from_function(page_with_viewer))
    assert data["overlays"] == []
    assert "map" not in json.dumps(data)


def test_an_overlay_comes_with_its_native_resolution() -> None:
    overlay = Overlay("Prognosis", "prognosis", "grad_cam", "data/demo/case-07/map/w/grad_cam/prognosis", (2, 19, 19))
    (data,) = shown(AppTest.from_function(page_with_viewer, args=((overlay,),)))
    assert data["overlays"][0]["native_shape"] == [2, 19, 19]


def test_the_report_stands_in_the_form_and_knows_nothing_yet() -> None:
    page = AppTest.from_function(page_with_form)
    (data,) = shown(page)
    assert (data["part"], data["in_form"]) == ("report", True)
    assert page.text[0].value == "None"


def test_a_report_of_this_case_is_taken() -> None:
    assert report_of({"report": REPORT}, SCAN) == ReadingReport(12.5, 2.0, 9)


@pytest.mark.parametrize("case", ["case-08", None])
def test_a_report_of_another_case_is_none(case: str | None) -> None:
    assert report_of({"report": REPORT | {"case": case}}, SCAN) is None


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, 1e9, "12", None, True])
def test_impossible_seconds_are_no_report(seconds: object) -> None:
    assert report_of({"report": REPORT | {"active_s": seconds}}, SCAN) is None


def test_a_report_never_has_more_slices_than_the_scan_nor_more_map_time_than_time() -> None:
    report = report_of({"report": REPORT | {"slices_visited": 99, "overlay_s": 50}}, SCAN)
    assert report == ReadingReport(12.5, 12.5, 32)


@pytest.mark.parametrize("shape", [(512, 512), (512, 512, 0)])
def test_a_scan_of_no_volume_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="case-07: expected a shape of three positive lengths"):
        viewer._checked(replace(SCAN, shape=shape))


def test_a_scan_without_spacing_is_refused() -> None:
    with pytest.raises(ValueError, match="case-07: expected three positive spacings in mm"):
        viewer._checked(replace(SCAN, spacing_mm=(0.45, math.nan, 5.0)))


def test_every_script_is_in_the_module_and_none_is_fetched_from_elsewhere() -> None:
    files = {file.stem for file in viewer._FOLDER.glob("*.js")}
    assert files == set(viewer._SCRIPTS)
    assert not re.search(r"https?://|\bimport\b", viewer.script() + viewer.style())


def test_doc_comments_are_not_sent_and_every_function_is() -> None:
    declared = re.compile(r"^(?:async )?function \w+", flags=re.MULTILINE)
    written = [name for script in viewer._SCRIPTS
               for name in declared.findall((viewer._FOLDER / f"{script}.js").read_text(encoding="utf-8"))]
    assert declared.findall(viewer.script()) == written
    assert "/**" not in viewer.script()


def test_the_viewer_leaves_the_forms_letters_alone() -> None:
    keys = set(re.findall(r'keys: \["([a-z])"\]', (viewer._FOLDER / "keys.js").read_text(encoding="utf-8")))
    assert keys == set("fisojlvdebc")
