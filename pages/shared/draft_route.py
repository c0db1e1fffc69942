"""What a read page sends while a read is made: typed answers, measurements, time, and that its tab is still there.

The page itself is not rerun for it, so that nothing disturbs whoever is typing. Whatever is refused is the same 404,
but for a reader who has gone on in another tab: 409.
"""

import json
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pages.shared import resources
from pages.shared.reading_report import ReadingReport, report_in, tab_of
from pages.shared.security import GUARDED_ANSWER, form_is_ours
from reader_study import accounts, reading_tab
from reader_study.design import Person, Role
from reader_study.questions import Question
from reader_study.reads import Step

LONGEST_BODY = 250_000  # bytes


def address(study: str, step: Step) -> str:
    """Where the draft of a step is sent, relative to a page."""
    return f"data/{study}/{step.case_key}/draft/{step.condition}/{step.repeat}"


def taken(questions: tuple[Question, ...], answers: dict[str, Any]) -> dict[str, Any]:
    """Those of typed answers that a draft can hold: emptied ones, and those on their question's scale."""
    known = {question.key: question for question in questions}
    return {key: value for key, value in ((key, settled(known[key], value)) for key, value in answers.items()
                                          if key in known) if known[key].is_open(value) or _fits(known[key], value)}


def settled(question: Question, value: Any) -> Any:
    """A typed answer as it is stored: a number without a fraction is a whole one where the question wants that."""
    return int(value) if question.whole and isinstance(value, float) and value.is_integer() else value


def _fits(question: Question, value: Any) -> bool:
    try:
        question.check(value)
    except ValueError:
        return False
    return True


def _step(person: Person, path: dict[str, str]) -> Step | None:
    """The step of an address, where it is the reader's next one; None for anyone else and any other step."""
    if person.role is not Role.READER or person.study_key != path["study"]:
        return None
    step = resources.store().worklist(person.study_key, person.username).next_step
    named = step and (step.case_key, step.condition.value, str(step.repeat))
    return step if named == (path["case"], path["condition"], path["repeat"]) else None


def _keep(person: Person, path: dict[str, str], sent: dict[str, Any]) -> int:
    """Keeps what was sent: the status to answer with."""
    store, step = resources.store(), _step(person, path)
    tab, answers, viewing = tab_of({"tab": {"name": sent.get("tab")}}), sent.get("answers"), sent.get("viewing")
    sitting = sent.get("sitting")
    if not (isinstance(answers, dict) and isinstance(viewing, dict) and isinstance(sitting, str)):
        return 404
    if step is None or tab is None:
        return 404
    report = report_in(viewing, slices=resources.case_of(person.study_key, step).shape[2])
    looked = report if report and report.kept is not None else None  # nothing yet while the scan is loading
    try:
        reading_tab.keep(
            store, person.study_key, person.username, step, tab=tab.name, sitting=sitting,
            answers=taken(store.study(person.study_key).questions, answers),
            seconds=looked.active_s if looked else None, viewing=_viewing(looked) if looked else None,
        )
    except reading_tab.ReadElsewhere:
        return 409
    except ValueError:  # locked meanwhile, not this reader's, or too much to be a draft
        return 404
    if sent.get("leaving") is True:
        reading_tab.leave(store, person.study_key, person.username, tab.name)
    return 204


def _viewing(report: ReadingReport) -> dict[str, Any]:
    """How the case was looked at, and how far the typing had got."""
    return report.viewing() | ({"typing": asdict(report.typing)} if report.typing else {})


def _answer(token: str | None, path: dict[str, str], body: bytes) -> int:
    person = accounts.person(resources.store(), token)
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):  # no JSON, or nested deeper than can be read
        return 404
    return _keep(person, path, sent) if person and isinstance(sent, dict) else 404


async def _post(request: Request) -> Response:
    """One draft; only from our own page, in JSON, by a signed-in reader for their next step."""
    status = 404
    length = request.headers.get("content-length", "")
    is_json = request.headers.get("content-type", "").partition(";")[0] == "application/json"
    if form_is_ours(request) and is_json and length.isdigit() and int(length) <= LONGEST_BODY:
        token = request.cookies.get(resources.COOKIE)
        status = await run_in_threadpool(_answer, token, request.path_params, await request.body())
    response = PlainTextResponse("Not found", 404) if status == 404 else Response(status_code=status)
    response.headers.update(GUARDED_ANSWER)
    return response


ROUTES = [Route("/data/{study}/{case}/draft/{condition}/{repeat}", _post, methods=["POST"])]
