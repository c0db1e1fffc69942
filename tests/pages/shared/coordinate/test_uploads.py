"""Scans from a browser: zips and DICOM files, the choice of a series, a confirmation, and nothing left behind."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import resources
from tests.support import app_study, simple_head
from tests.support.app_study import KEY
from tests.support.made_dicom import write_series, zipped

PAGE = Path(__file__).resolve().parents[4] / "pages" / "coordinate.py"


@pytest.fixture
def page(store, monkeypatch) -> AppTest:
    """The coordinator's page."""
    token = app_study.coordinator()
    monkeypatch.setattr(resources, "session_token", lambda: token)
    opened = AppTest.from_file(PAGE, default_timeout=120)
    opened.query_params["part"] = "Cases"
    return opened.run()


def imported(page: AppTest) -> AppTest:
    """The page after a press on Import, with nothing of the upload left in the workspace."""
    next(button for button in page.button if button.label == "Import").click().run()
    assert [error.message for error in page.exception] == []
    assert list(resources.workspace().root.rglob(".*")) == []
    return page


def test_the_size_limit_and_the_kinds_are_said_beforehand(page):
    assert "up to 200 MB a file" in page.file_uploader[0].label
    assert ".zip of NIfTI or DICOM" in page.file_uploader[0].label


def test_a_zip_of_dicom_comes_in_with_what_was_done_to_it(page, store, tmp_path):
    folder = write_series(tmp_path / "scan", change=lambda header, _k: setattr(header, "LossyImageCompression", "01"))
    page.file_uploader[0].upload("ana.zip", zipped(folder, tmp_path / "ana.zip").read_bytes()).run()
    assert imported(page).success[0].value == "1 of 1 scans came in."
    assert "case-003, from ana.zip: compressed with loss." in [caption.value for caption in page.caption]
    assert store.case(KEY, "case-003").shape == simple_head.SHAPE


def test_each_refused_scan_is_told_with_its_code_and_the_others_come_in(page, store, tmp_path):
    page.file_uploader[0].upload("cut.nii.gz", b"\x1f\x8b")
    page.file_uploader[0].upload("ana.zip", zipped(write_series(tmp_path / "scan"), tmp_path / "a.zip").read_bytes())
    told = [warning.value for warning in imported(page.run()).warning]
    assert [text.rpartition(" ")[2] for text in told if text.startswith("cut.nii.gz: ")] == ["[truncated]"]
    assert store.case(KEY, "case-003").shape == simple_head.SHAPE


def test_several_dicom_files_are_one_scan(page, tmp_path):
    for file in sorted(write_series(tmp_path / "scan").iterdir()):
        page.file_uploader[0].upload(f"{file.name}.dcm", file.read_bytes())
    page.run()
    assert imported(page).success[0].value == "1 of 1 scans came in."


def test_of_several_series_one_is_chosen_before_the_import(page, store, tmp_path):
    write_series(tmp_path / "scan" / "a", series="1.1")
    write_series(tmp_path / "scan" / "b", simple_head.head_hu(), series="1.2",
                 change=lambda header, _k: setattr(header, "ConvolutionKernel", "H60s"))
    page.file_uploader[0].upload("two.zip", zipped(tmp_path / "scan", tmp_path / "two.zip").read_bytes()).run()
    [choice] = page.selectbox
    assert (choice.label, choice.options[1]) == ("two.zip: which series?",
                                                 "no description, 32 slices, 5 mm thick, kernel H60s")
    choice.select_index(1).run()
    assert imported(page).success[0].value == "1 of 1 scans came in."
    assert '"H60s"' in (resources.workspace().case_folder(KEY, "case-003") / "scan.json").read_text()


def test_writing_in_the_images_must_be_confirmed(page, tmp_path):
    folder = write_series(tmp_path / "scan", change=lambda header, _k: setattr(header, "BurnedInAnnotation", "YES"))
    page.file_uploader[0].upload("ana.zip", zipped(folder, tmp_path / "ana.zip").read_bytes()).run()
    told = [warning.value for warning in imported(page).warning]
    assert [text for text in told if "writing burned into its pixels" in text and text.endswith("[burned_in]")]
    page.checkbox[0].check().run()
    assert imported(page).success[0].value == "1 of 1 scans came in."
