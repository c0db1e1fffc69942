"""Voxels and tables over HTTP: each request asks the study's rules, and whatever is refused is the same 404.

Unknown, not yours, not yet and no such file cannot be told apart by the answer.
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ich_model.saliency_map import Method
from ich_model.tasks import Task
from pages.shared import payloads, resources
from pages.shared.security import GUARDED_ANSWER, fetch_is_ours
from pages.shared.selection import from_query, selected
from reader_study import accounts, comparison, export, permissions, results
from reader_study.design import NotAllowed, Person
from reader_study.ratings import BadRatings

Parameters = dict[str, str]
"""What the address asks for; its path wins over its query."""


def _volume(person: Person, asked: Parameters) -> Response | None:
    study, case = asked["study"], asked["case"]
    if not permissions.may_open(resources.store(), person, study, case):
        return None
    return _voxels(resources.workspace().volume_path(study, case), payloads.of_volume)


def _map(person: Person, asked: Parameters) -> Response | None:
    store, study, case = resources.store(), asked["study"], asked["case"]
    if not permissions.may_see_model_output(store, person, study, case):
        return None
    known = {prediction.weights_id for prediction in store.predictions(study, case)}
    if asked["weights"] not in known or asked["task"] not in set(Task) or asked["method"] not in set(Method):
        return None
    return _voxels(resources.map_file(study, case, asked["weights"], method=asked["method"], task=asked["task"]),
                   payloads.of_map)


def _voxels(source: Path, payload: Callable[[Path], bytes]) -> Response | None:
    if not source.is_file():
        return None
    return Response(payload(source), media_type="application/octet-stream", headers={"Content-Encoding": "gzip"})


def _table(person: Person, asked: Parameters) -> Response | None:
    tables = _tables(person, asked)
    if tables is None or asked["table"] not in tables:
        return None
    return _download(export.to_csv(tables[asked["table"]]).encode(), "text/csv", name=f"{asked['table']}.csv")


def _all_tables(person: Person, asked: Parameters) -> Response | None:
    tables = _tables(person, asked)
    if tables is None:
        return None
    packed = export.to_zip(export.csv_files(export.with_dictionary(tables)))
    return _download(packed, "application/zip", name=f"{asked['study']}-tables.zip")


def _tables(person: Person, asked: Parameters) -> dict[str, pd.DataFrame] | None:
    store, study = resources.store(), asked["study"]
    try:
        ratings = results.results_for(store, person, study)
        return comparison.all_tables(selected(ratings, from_query(asked), n_cases=len(store.cases(study))))
    except (NotAllowed, BadRatings):
        return None


def _download(content: bytes, media_type: str, *, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _endpoint(answer: Callable[[Person, Parameters], Response | None]) -> Callable:
    """A request handler that signs the person in by their cookie and answers None with the one 404."""
    def decide(token: str | None, asked: Parameters) -> Response | None:
        person = accounts.person(resources.store(), token)
        return answer(person, asked) if person else None

    async def handle(request: Request) -> Response:
        response = None
        if fetch_is_ours(request):
            token = request.cookies.get(resources.COOKIE)
            response = await run_in_threadpool(decide, token, {**request.query_params, **request.path_params})
        response = response or PlainTextResponse("Not found", 404)
        response.headers.update(GUARDED_ANSWER)
        return response

    return handle


ROUTES = [
    Route("/data/{study}/{case}/volume", _endpoint(_volume)),
    Route("/data/{study}/{case}/map/{weights}/{method}/{task}", _endpoint(_map)),
    Route("/export/{study}/tables.zip", _endpoint(_all_tables)),
    Route("/export/{study}/{table}.csv", _endpoint(_table)),
]
