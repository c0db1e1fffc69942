"""Voxels and tables over HTTP: each request asks the study's rules, and whatever is refused is the same 404.

Unknown, not yours, not yet and no such file cannot be told apart by the answer.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ich_model.saliency.saliency_map import Method
from ich_model.scans import browser_payload
from ich_model.tasks import Task
from pages.shared import resources
from pages.shared.compare import export_routes
from pages.shared.reading import routes as reading_routes
from pages.shared.security import GUARDED_ANSWER, fetch_is_ours
from reader_study.access import accounts, permissions
from reader_study.study.design import Person

Parameters = dict[str, str]
"""What the address asks for; its path wins over its query."""


def _scan(payload: Callable[[Path], bytes]) -> Callable[[Person, Parameters], Response | None]:
    """Answers with what a payload makes of a scan that the person may open."""
    def answer(person: Person, asked: Parameters) -> Response | None:
        study, case = asked["study"], asked["case"]
        if not permissions.may_open(resources.store(), person, study, case):
            return None
        return _voxels(resources.workspace().volume_path(study, case), payload)

    return answer


def _map(person: Person, asked: Parameters) -> Response | None:
    study, case = asked["study"], asked["case"]
    known = {prediction.weights_id for prediction in permissions.models_seen(resources.store(), person, study, case)}
    if asked["weights"] not in known or asked["task"] not in set(Task) or asked["method"] not in set(Method):
        return None
    return _voxels(resources.map_file(study, case, asked["weights"], method=asked["method"], task=asked["task"]),
                   browser_payload.of_map)


def _voxels(source: Path, payload: Callable[[Path], bytes]) -> Response | None:
    if not source.is_file():
        return None
    return Response(payload(source), media_type="application/octet-stream", headers={"Content-Encoding": "gzip"})


def _endpoint(answer: Callable[[Person, Parameters], Response | None]) -> Callable[[Request], Awaitable[Response]]:
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
    Route("/data/{study}/{case}/volume", _endpoint(_scan(browser_payload.of_volume))),
    Route("/data/{study}/{case}/brain", _endpoint(_scan(browser_payload.of_brain))),
    Route("/data/{study}/{case}/map/{weights}/{method}/{task}", _endpoint(_map)),
    *reading_routes.ROUTES,
    *(Route(f"/export/{{study}}/{path}", _endpoint(answer)) for path, answer in export_routes.PATHS.items()),
]
