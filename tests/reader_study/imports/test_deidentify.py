"""A series full of invented identifiers is imported, and none of them is found anywhere afterwards."""

import gzip
import logging
from pathlib import Path

import pytest
from pydicom import Dataset, Sequence
from pydicom.datadict import dictionary_VR
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from pages.shared import resources
from pages.shared import routes as data_routes
from pages.shared.account import routes as sign_in_routes
from reader_study.__main__ import main
from tests.pages.test_pages import sent
from tests.support import app_study
from tests.support.app_study import KEY
from tests.support.made_dicom import write_series
from tests.support.small_study import lock_all

PAGES = Path(__file__).resolve().parents[3] / "pages"
SECRETS = ("ZYLBERSTEIN", "QUIXOTA", "MRN7734551", "19470229", "Dr_Frankenstein", "StElsewhere", "1.2.826.77.345",
           "ACC99118822", "555-0199", "Elm_Street_13", "Overlay_Olga", "Private_Paula")
FILE_SECRET = "Abernathy_Wolfgang_1947"
IDENTIFYING = {
    "PatientName": "ZYLBERSTEIN^QUIXOTA", "PatientID": "MRN7734551", "PatientBirthDate": "19470229",
    "OtherPatientIDs": "MRN7734551", "PatientAddress": "Elm_Street_13", "PatientTelephoneNumbers": "555-0199",
    "ReferringPhysicianName": "Dr_Frankenstein", "PerformingPhysicianName": "Dr_Frankenstein",
    "OperatorsName": "Dr_Frankenstein", "InstitutionName": "StElsewhere", "InstitutionAddress": "Elm_Street_13",
    "StationName": "StElsewhere", "AccessionNumber": "ACC99118822", "StudyID": "ACC99118822",
    "StudyDate": "19470229", "AcquisitionDateTime": "19470229", "ContentDate": "19470229",
    "StudyDescription": "HEAD of ZYLBERSTEIN", "SeriesDescription": "for Dr_Frankenstein", "ProtocolName": "QUIXOTA",
    "PatientComments": "lives in Elm_Street_13", "ImageComments": "ZYLBERSTEIN", "DeviceSerialNumber": "MRN7734551",
    "StudyInstanceUID": "1.2.826.77.345.1", "FrameOfReferenceUID": "1.2.826.77.345.3",
    "RequestedProcedureDescription": "QUIXOTA", "ContrastBolusAgent": "StElsewhere", "ManufacturerModelName": "QUIXOTA",
}


def identify(header, k: int) -> None:
    """Names the invented patient everywhere: elements, a sequence, private ones, and the file's own part."""
    for tag, value in IDENTIFYING.items():
        setattr(header, tag, value)
    header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.77.345.4.{k}"
    header.file_meta.SourceApplicationEntityTitle = "StElsewhere"
    named, item = Dataset(), Dataset()
    named.RequestedProcedureComments = "Elm_Street_13"
    item.PatientName, item.PatientID = "ZYLBERSTEIN^QUIXOTA", "MRN7734551"
    item.RequestAttributesSequence = Sequence([named])
    header.ReferencedPatientSequence = header.OtherPatientIDsSequence = Sequence([item])
    block = header.private_block(0x0029, "StElsewhere", create=True)
    block.add_new(0x10, "LO", "ZYLBERSTEIN^QUIXOTA")
    private = Dataset()
    private.private_block(0x0029, "StElsewhere", create=True).add_new(0x12, "UN", b"Private_Paula")
    block.add_new(0x11, "SQ", Sequence([private]))
    overlay = {0x10: ("US", 8), 0x11: ("US", 8), 0x22: ("LO", "Overlay_Olga"), 0x40: ("CS", "G"),
               0x50: ("SS", [1, 1]), 0x100: ("US", 1), 0x102: ("US", 0), 0x1500: ("LO", "Overlay_Olga"),
               0x3000: ("OW", b"Overlay_Olga")}
    for element, (kind, value) in overlay.items():
        header.add_new(0x60000000 + element, kind, value)
    header.add_new(0x50003000, "OW", b"Overlay_Olga")  # an old curve
    header.preamble = b"MRN7734551".ljust(128, b"\0")


def identifiers_in(content: bytes) -> list[str]:
    """The invented identifiers that stand in some bytes, in any case, in one or two bytes a character."""
    lower = content.lower()
    return [secret for secret in (*SECRETS, FILE_SECRET)
            if any(secret.lower().encode(coding) in lower for coding in ("latin-1", "utf-16-le"))]


def unpacked(file: Path) -> bytes:
    content = file.read_bytes()
    return content + gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


@pytest.mark.filterwarnings("ignore:Invalid value for VR")  # an invented date that does not exist
def test_no_identifier_of_a_header_or_a_file_name_enters_workspace_logs_or_answers(
    store, tmp_path, capfd, caplog, recwarn
):
    source = write_series(tmp_path / FILE_SECRET, series="1.2.826.77.345.2", change=identify)
    assert len(identifiers_in((source / "IM007").read_bytes())) == len(SECRETS)
    capfd.readouterr(), recwarn.clear()
    with caplog.at_level(logging.DEBUG):
        assert main(["import-cases", KEY, str(source)]) == 0
        answers = everything_answered(store, "case-003")
        assert main(["export", KEY, "--out", str(tmp_path / "export")]) == 0
    printed = capfd.readouterr()
    assert printed.out.splitlines()[0] == "case-003: taken in as it was"
    said = [printed.out, printed.err, caplog.text, *(str(warning.message) for warning in recwarn), *answers]
    assert [identifiers_in(text.encode()) for text in said if identifiers_in(text.encode())] == []
    files = [file for file in tmp_path.rglob("*") if file.is_file() and not file.is_relative_to(source)]
    found = {file.name: identifiers_in(unpacked(file)) for file in files}
    assert {name: secrets for name, secrets in found.items() if secrets} == {"mapping.csv": [FILE_SECRET]}
    assert {"study.db", "volume.nii.gz", "scan.json"} <= set(found)
    assert [file for file in files if identifiers_in(str(file.relative_to(tmp_path)).encode())] == []


def everything_answered(store, case: str) -> list[str]:
    """Headers and bodies of what the routes of a case and of a study's tables answer to a reader who is done and to
    a coordinator who may see all."""
    reader, coordinator = app_study.reader("Ana"), app_study.coordinator()
    lock_all(store, "Ana")
    store.set_unlocked(KEY)
    client = TestClient(Starlette(routes=[*sign_in_routes.ROUTES, *data_routes.ROUTES]), follow_redirects=False)
    a_map = f"/data/{KEY}/{case}/map/{app_study.WEIGHTS}/grad_cam/prognosis"
    paths = [f"/data/{KEY}/{case}/volume", a_map, f"/export/{KEY}/performance.csv", f"/export/{KEY}/cases.csv"]
    said = pages_of(reader) + pages_of(coordinator)
    for token in (reader, coordinator):
        client.cookies.set(resources.COOKIE, token)
        answers = [client.get(path) for path in paths]
        assert [answer.status_code for answer in answers] == [200, 404, 200, 200]
        said += [f"{answer.headers} {answer.content.decode('latin-1')}" for answer in answers]
    return said


def pages_of(token: str) -> list[str]:
    """All that each page sends to the browser of a person, and what it failed with if it did."""
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resources, "session_token", lambda: token)
        for file in sorted(PAGES.glob("*.py")):
            page = AppTest.from_file(file, default_timeout=120).run()
            said += [sent(page), *(error.stack_trace for error in page.exception)]
    return [str(text) for text in said]


def test_every_invented_identifier_is_an_element_of_its_own_kind():
    assert all(dictionary_VR(tag) for tag in IDENTIFYING)


@pytest.mark.parametrize("kind", ["good", "refused"])
def test_nothing_is_left_behind_but_cases(store, tmp_path, kind):
    keep = None if kind == "good" else range(5)
    main(["import-cases", KEY, str(write_series(tmp_path / "scan", keep=keep))])
    left = {str(file.relative_to(resources.workspace().root)) for file in resources.workspace().root.rglob("*")
            if file.is_file()}
    case = {f"cases/{KEY}/{name}" for name in ("mapping.csv", "case-003/volume.nii.gz", "case-003/scan.json")}
    assert {name for name in left if not name.startswith("study.db")} == (case if kind == "good" else set())
