"""The viewer's Python side: what the browser is told of a case, and which scripts it gets."""

import json
import math
import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.reading.viewing_log import MOST_MEASUREMENTS
from pages.shared.viewer import component
from pages.shared.viewer.component import Overlay, Scan, described

SCAN = Scan("demo", "case-07", (512, 512, 32), (0.45, 0.45, 5.0), "data/demo/case-07/volume", synthetic=True)


def page_with_viewer(overlays: tuple = ()) -> None:
    from pages.shared.viewer.component import Scan, ct_viewer

    scan = Scan("demo", "case-07", (512, 512, 32), (0.45, 0.45, 5.0), "data/demo/case-07/volume", True)
    ct_viewer(scan, overlays=overlays)


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


@pytest.mark.parametrize("shape", [(512, 512), (512, 512, 0)])
def test_a_scan_of_no_volume_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="case-07: expected a shape of three positive lengths"):
        described(replace(SCAN, shape=shape))


def test_a_scan_without_spacing_is_refused() -> None:
    with pytest.raises(ValueError, match="case-07: expected three positive spacings in mm"):
        described(replace(SCAN, spacing_mm=(0.45, math.nan, 5.0)))


def test_every_script_is_in_the_module_and_none_is_fetched_from_elsewhere() -> None:
    files = {file.relative_to(component._FOLDER).as_posix() for file in component._FOLDER.rglob("*.js")}
    assert files == set(component._SCRIPTS)
    assert not re.search(r"https?://|\bimport\b", component.script() + component.style())


def test_doc_comments_are_not_sent_and_every_function_is() -> None:
    declared = re.compile(r"^(?:async )?function \w+", flags=re.MULTILINE)
    written = [name for script in component._SCRIPTS
               for name in declared.findall((component._FOLDER / script).read_text(encoding="utf-8"))]
    assert declared.findall(component.script()) == written
    assert "/**" not in component.script()


def test_the_viewer_draws_no_more_measurements_than_are_kept() -> None:
    script = (component._FOLDER / "viewer" / "tools" / "measurement_tools.js").read_text(encoding="utf-8")
    told = re.search(r"MOST_MEASUREMENTS = (\d+)", script)
    assert told is not None
    assert int(told[1]) == MOST_MEASUREMENTS


def test_the_viewer_leaves_the_forms_letters_alone() -> None:
    script = (component._FOLDER / "viewer" / "tools" / "keys.js").read_text(encoding="utf-8")
    keys = set(re.findall(r'keys: \["([a-z])"\]', script))
    assert keys == set("fisojlvdebc")
