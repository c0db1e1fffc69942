"""Sign-in and the guarded data routes: who gets what, and that every refusal looks the same."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from ich_model.scans import browser_payload, volume
from pages.shared import resources
from pages.shared import routes as data_routes
from pages.shared.account import routes as sign_in_routes
from pages.shared.security import EVERY_ANSWER, SecurityHeaders
from reader_study.access import accounts
from tests.support import app_study
from tests.support.app_study import KEY, MAP, OTHER, PASSWORD
from tests.support.small_study import lock_all, lock_next

ORIGIN = {"origin": "http://testserver"}
VOLUME = f"/data/{KEY}/case-001/volume"
TABLE = f"/export/{KEY}/performance.csv"
EXPORTS = tuple(f"/export/{KEY}/{file}" for file in (
    "tables.zip", "everything.zip", "report.html", "report.pdf", "figures/roc.svg", "figures/saliency.png"))
COOKIE = resources.COOKIE


@pytest.fixture
def client(store):
    """A browser on the app's own routes."""
    routes = [*sign_in_routes.ROUTES, *data_routes.ROUTES]
    app = Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)])
    return TestClient(app, follow_redirects=False)


def as_person(client: TestClient, token: str) -> TestClient:
    """The browser with a session's cookie."""
    client.cookies.set(COOKIE, token)
    return client


def post(client: TestClient, action: str, **fields: str):
    """The answer to a form of our own page."""
    return client.post(f"/auth/{action}", data=fields, headers=ORIGIN)


def test_signing_in_gives_a_cookie_that_no_script_and_no_other_site_can_use(client):
    app_study.reader("Ana")
    answer = post(client, "login", username="ana", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "../")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie


def test_over_https_the_cookie_stays_on_https(client):
    app_study.reader("Ana")
    answer = client.post("/auth/login", data={"username": "Ana", "password": PASSWORD},
                         headers=ORIGIN | {"x-forwarded-proto": "https"})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_wrong_password_gives_a_code_and_nothing_of_what_was_typed(client):
    answer = post(client, "login", username="<b>Eve</b>", password="wrong")
    assert answer.headers["location"] == "../?notice=wrong-sign-in"
    assert "set-cookie" not in answer.headers
    assert "Eve" not in answer.text


@pytest.mark.parametrize("headers", [{}, {"origin": "http://elsewhere"}, {"origin": "null"},
                                     ORIGIN | {"sec-fetch-site": "cross-site"}])
def test_a_form_of_another_site_is_refused(client, headers):
    assert client.post("/auth/demo", headers=headers).status_code == 403


def test_joining_the_demo_makes_a_reader_who_is_signed_in(client, store):
    answer = post(client, "join", display_name="Ana", password=PASSWORD)
    assert answer.headers["location"] == "../?notice=welcome"
    assert accounts.person(store, answer.cookies[COOKIE]).display_name == "Ana"


@pytest.mark.parametrize(("fields", "code"), [
    ({"display_name": "Ana", "password": "short"}, "bad-password"),
    ({"display_name": "", "password": PASSWORD}, "name-not-usable"),
    ({}, "bad-password"),
])
def test_joining_with_what_cannot_be_taken_says_why(client, fields, code):
    assert post(client, "join", **fields).headers["location"] == f"../?notice={code}"


def test_a_form_larger_than_any_of_ours_is_refused(client):
    assert post(client, "join", display_name="x" * 20_000, password=PASSWORD).status_code == 413


def test_an_invitation_sets_one_password_once(client, store):
    token = accounts.invite(store, OTHER, "Cem")
    assert post(client, "invite", token=token, password=PASSWORD).headers["location"] == "../?notice=welcome"
    again = post(client, "invite", token=token, password=PASSWORD)
    assert again.headers["location"] == "../?notice=invite-not-valid"


def test_signing_out_ends_the_session_on_the_server(client):
    app_study.write_scan()
    token = app_study.reader()
    assert as_person(client, token).get(VOLUME).status_code == 200
    assert post(client, "logout").headers["location"] == "../?notice=signed-out"
    assert as_person(client, token).get(VOLUME).status_code == 404


def test_the_demo_coordinator_enters_with_one_press(client, store):
    token = post(client, "demo").cookies[COOKIE]
    assert accounts.person(store, token).role == "coordinator"


def test_a_volume_comes_in_screen_order(client):
    hu = app_study.write_scan()
    answer = as_person(client, app_study.reader()).get(VOLUME)
    assert answer.headers["content-encoding"] == "gzip"
    assert np.array_equal(np.frombuffer(answer.content, "<i2"), browser_payload.screen_order(hu).ravel())


def test_a_volume_is_prepared_once_and_again_when_its_file_is_newer(client, monkeypatch):
    app_study.write_scan()
    loads, load = [], volume.load
    monkeypatch.setattr(volume, "load", lambda path: loads.append(path) or load(path))
    as_person(client, app_study.reader())
    client.get(VOLUME)
    client.get(VOLUME)
    assert len(loads) == 1
    resources.workspace().volume_path(KEY, "case-001").touch()
    client.get(VOLUME)
    assert len(loads) == 2


def test_nothing_half_written_lies_beside_a_scan(client):
    app_study.write_scan()
    as_person(client, app_study.reader()).get(VOLUME)
    folder = resources.workspace().case_folder(KEY, "case-001")
    assert sorted(file.name for file in folder.iterdir()) == ["outputs", "volume.bin.gz", "volume.nii.gz"]


def test_unknown_not_yours_and_not_yet_are_one_and_the_same_answer(client):
    app_study.write_scan()
    signed_out = client.get(VOLUME)
    as_person(client, app_study.reader())
    for url in (f"/data/{KEY}/case-999/volume", f"/data/{KEY}/case-002/volume", "/data/none/case-001/volume", MAP,
                f"/data/{OTHER}/case-001/volume", MAP.replace("prognosis", "gcs"), TABLE, f"/export/{OTHER}/cases.csv",
                MAP.replace(app_study.WEIGHTS, "ffffffffffff"), f"/export/{KEY}/no.csv", *EXPORTS):
        refused = client.get(url)
        assert (url, refused.status_code, refused.content) == (url, 404, signed_out.content)
        assert refused.headers == signed_out.headers


def test_another_site_cannot_fetch_a_scan(client):
    app_study.write_scan()
    as_person(client, app_study.reader())
    assert client.get(VOLUME, headers={"sec-fetch-site": "cross-site"}).status_code == 404


def test_a_map_opens_to_the_reader_who_locked_the_unaided_read_and_to_no_other(client, store):
    app_study.write_scan()
    tokens = {name: app_study.reader(name) for name in ("Ana", "Ben")}
    while lock_next(store, "Ana").case_key != "case-001":
        pass
    assert as_person(client, tokens["Ana"]).get(MAP).status_code == 200
    assert as_person(client, tokens["Ben"]).get(MAP).status_code == 404


def test_a_map_comes_as_bytes_scaled_to_its_maximum_without_its_negative_part(client):
    app_study.write_scan()
    answer = as_person(client, app_study.coordinator()).get(MAP)
    values, counts = np.unique(np.frombuffer(answer.content, np.uint8), return_counts=True)
    assert (values.tolist(), counts[1:].tolist()) == ([0, 128, 255], [1, 1])


def test_a_path_in_the_place_of_a_method_reaches_no_file(client):
    app_study.write_scan()
    as_person(client, app_study.coordinator())
    assert client.get(MAP.replace("guided_grad_cam", "..%2F..%2Fguided_grad_cam")).status_code == 404


def test_results_are_refused_until_the_study_is_unlocked_also_to_its_coordinator(client, store):
    app_study.reader("Ana")
    lock_all(store, "Ana")
    as_person(client, app_study.coordinator())
    assert client.get(TABLE).status_code == 404
    store.set_unlocked(KEY)
    table = pd.read_csv(io.StringIO(client.get(TABLE).text))
    assert {"raterID", "metric", "value"} <= set(table)


def test_results_are_refused_to_a_reader_who_is_not_done(client, store):
    token = app_study.reader("Ana")
    store.set_unlocked(KEY)
    lock_next(store, "Ana")
    assert as_person(client, token).get(TABLE).status_code == 404
    lock_all(store, "Ana")
    assert client.get(TABLE).status_code == 200


def test_readers_who_are_not_done_are_in_a_table_only_when_asked_for(client, store):
    for name in ("Ana", "Ben"):
        app_study.reader(name)
    lock_all(store, "Ana")
    lock_next(store, "Ben")
    store.set_unlocked(KEY)
    as_person(client, app_study.coordinator())
    assert "Ben" not in client.get(f"{TABLE}?readers=all").text  # as older releases asked
    store.take_in_unfinished(KEY, True)
    assert "Ben" in client.get(TABLE).text


def test_all_tables_come_in_one_zip_with_their_dictionary(client, store):
    app_study.reader("Ana")
    lock_all(store, "Ana")
    store.set_unlocked(KEY)
    answer = as_person(client, app_study.coordinator()).get(f"/export/{KEY}/tables.zip")
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert {"performance.csv", "agreement.csv", "cases.csv", "data_dictionary.csv"} <= set(names)


@pytest.mark.parametrize("address", [f"/export/{KEY}/{file}" for file in ("everything.zip", "figures/saliency.png")])
def test_every_export_comes_to_who_may_see_the_results(client, store, address):
    app_study.write_scan("case-001")
    app_study.write_scan("case-002")
    app_study.reader("Ana")
    lock_all(store, "Ana")
    store.set_unlocked(KEY)
    answer = as_person(client, app_study.coordinator()).get(address)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{KEY}-')
    assert answer.headers["cache-control"] == "no-store"


def test_a_downloaded_table_is_the_one_that_was_selected(client, store):
    for name in ("Ana", "Ben"):
        app_study.reader(name)
        lock_all(store, name)
    store.set_unlocked(KEY)
    as_person(client, app_study.coordinator())
    rows = pd.read_csv(io.StringIO(client.get(f"{TABLE}?condition=unaided&raters=Ana&threshold=0.75").text))
    assert set(rows["raterID"]) == {"Ana"}
    assert rows.set_index("metric").loc["recall", "value"] == 0  # Ana gave 70 %


def test_figures_and_kinds_that_there_are_not_are_not_found(client, store):
    app_study.reader("Ana")
    lock_all(store, "Ana")
    store.set_unlocked(KEY)
    as_person(client, app_study.coordinator())
    for name in ("roc.exe", "nothing.svg", "saliency.svg"):
        assert client.get(f"/export/{KEY}/figures/{name}").status_code == 404


def test_every_answer_tells_the_browser_to_trust_nobody_else(client):
    app_study.write_scan()
    answer = as_person(client, app_study.reader()).get(VOLUME)
    assert {name: answer.headers[name] for name in EVERY_ANSWER} == EVERY_ANSWER
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
