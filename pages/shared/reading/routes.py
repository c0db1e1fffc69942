"""What the Read page asks and sends: where its reader stands, drafts, locks and corrections.

Only the reader's own page is answered, for their own next step. Whatever is refused is the same 404, but for what a
reader at their form must be told: 409 where they read elsewhere, or something changed since, and 422 where answers are
missing. The server alone decides what is an answer: `validation.check`.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ich_model import software
from ich_model.tasks import Prediction
from pages.shared import resources
from pages.shared.reading import desk
from pages.shared.reading.form_data import form_data
from pages.shared.reading.viewing_log import ViewingLog, log_of
from pages.shared.scans import prediction_for
from pages.shared.security import GUARDED_ANSWER, form_is_ours
from reader_study.access import accounts
from reader_study.store import drafts
from reader_study.study import validation
from reader_study.study.definition import Study
from reader_study.study.design import Person, Role
from reader_study.study.errors import AlreadyRead, NotAllowed
from reader_study.study.questions import TEXT_LENGTH
from reader_study.study.read import PRESS_LENGTH, Condition, Read, Step, shown_with

LONGEST_BODY = 250_000  # bytes
LONGEST_NAME = 64  # characters of a tab's, a form's or a press's name
MOST_SAVES = 10**9

# Requests are untrusted JSON until they are validated; answers become JSON.
Sent = dict[str, Any]
Answer = tuple[int, Any]
"""A status and what goes with it."""
NOT_FOUND: Answer = (404, None)


class NotOurs(ValueError):
    """What no form of ours sends, or not to this person."""


@dataclass(frozen=True)
class Form:
    """A form as it was sent: where from, its answers as they were checked, and how the case was looked at."""

    study: Study
    step: Step
    sender: drafts.Sender
    checked: validation.Checked
    log: ViewingLog

    @property
    def viewing(self) -> dict[str, Any] | None:
        """What is kept of the viewer with a draft; nothing while the scan is loading."""
        return self.log.stored() if self.log.kept is not None else None

    @property
    def seconds(self) -> float | None:
        """The active seconds so far, likewise."""
        return self.log.active_s if self.log.kept is not None else None


# Reading what was sent


def _text(sent: Sent, name: str, *, longest: int = LONGEST_NAME) -> str:
    value = sent.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= longest or not value.isprintable():
        raise NotOurs(f"{name}: expected a text of 1 to {longest} characters")
    return value


def _count(sent: Sent, name: str) -> int:
    value = sent.get(name)
    if type(value) is not int or not 0 <= value <= MOST_SAVES:
        raise NotOurs(f"{name}: expected a whole number from 0 to {MOST_SAVES}")
    return value


def _fields(sent: Sent, name: str) -> Sent:
    value = sent.get(name)
    if not isinstance(value, dict):
        raise NotOurs(f"{name}: expected fields")
    return value


def _check_reader(person: Person, sent: Sent) -> None:
    """NotOurs where the browser has been signed in as somebody else since the page was made."""
    if sent.get("reader") != person.username:
        raise NotOurs("expected a page of the signed-in reader")


def _step(person: Person, path: dict[str, str]) -> Step:
    """The step of an address, which is the reader's next one or locked already."""
    worklist = resources.store().worklist(person.study_key, person.username)
    named = next((step for step in worklist.steps if (step.case_key, step.condition.value, str(step.repeat)) == (
        path["case"], path["condition"], path["repeat"])), None)
    if named is None or (named != worklist.next_step and named not in worklist.locked):
        raise NotOurs("expected the reader's next step")
    return named


def _form(person: Person, path: dict[str, str], sent: Sent) -> Form:
    _check_reader(person, sent)
    study, step = resources.store().study(person.study_key), _step(person, path)
    sender = drafts.Sender(_text(sent, "tab"), _text(sent, "form"), _count(sent, "revision"), _count(sent, "save"))
    slices = resources.case_of(study.key, step).shape[2]
    return Form(study, step, sender, validation.check(study.questions, _fields(sent, "answers")),
                log_of(_fields(sent, "viewing"), slices=slices))


# What is done with it


def _sit_down(person: Person, _path: dict[str, str], sent: Sent) -> Answer:
    """Where the reader stands, for the tab that they read in from now on; another waits."""
    _check_reader(person, sent)
    store, tab = resources.store(), _text(sent, "tab")
    if sent.get("take") is True:
        drafts.take(store, person.study_key, person.username, tab)
    elif not drafts.claim(store, person.study_key, person.username, tab):
        return 200, {"state": "elsewhere"}
    return 200, _timed(desk.where(person))


def _timed(told: Sent) -> Sent:
    """An answer with the server's time in ms, from which the browser goes on counting while the server is away."""
    return told | {"now": round(resources.store().now().timestamp() * 1000)}


def _save(person: Person, path: dict[str, str], sent: Sent) -> Answer:
    form = _form(person, path, sent)
    saved = _saved(person, form)
    if sent.get("leaving") is True:
        drafts.leave(resources.store(), person.study_key, person.username, form.sender.tab)
    return saved


def _saved(person: Person, form: Form) -> Answer:
    """Saves the draft: its revision, or why another is newer."""
    try:
        revision = drafts.save(resources.store(), person.study_key, person.username, form.step, form.sender,
                               answers=form.checked.draft, seconds=form.seconds, viewing=form.viewing)
    except (drafts.ReadElsewhere, drafts.NewerDraft) as conflict:
        return _conflict(form, conflict)
    return 200, _timed({"revision": revision})


def _conflict(form: Form, conflict: drafts.ReadElsewhere | drafts.NewerDraft) -> Answer:
    if isinstance(conflict, drafts.ReadElsewhere):
        return 409, {"why": "elsewhere"}
    newer = conflict.draft
    answers = form_data(form.study.questions, newer.answers)["answers"]
    return 409, {"why": "newer", "revision": newer.revision, "answers": answers,
                 "saved_at": newer.saved_at.timestamp() * 1000}


def _lock(person: Person, path: dict[str, str], sent: Sent) -> Answer:
    """Locks a read: 200 with where the reader stands then, also to a press that was answered before."""
    store, form, press = resources.store(), _form(person, path, sent), _text(sent, "press", longest=PRESS_LENGTH)
    if locked := store.read_at(person.study_key, person.username, form.step):
        return _after(person, form.step) if locked.read.press == press else (409, {"why": "locked"})
    aided = form.step.condition is Condition.AIDED
    prediction = prediction_for(person, form.step.case_key) if aided else None
    if aided and sent.get("shown") != (prediction.weights_id if prediction else ""):
        return 409, {"why": "model"}
    doubt = form.checked.doubt
    if form.checked.wrong or (doubt and sent.get("asked") != doubt):
        status, saved = _saved(person, form)  # what was pressed on is kept
        return (422, saved | _lacking(person, form)) if status == 200 else (status, saved)
    try:
        drafts.lock(store, _read(person, form, prediction, sent, press=press), form.sender)
    except AlreadyRead:
        return 409, {"why": "locked"}
    except (drafts.ReadElsewhere, drafts.NewerDraft) as conflict:
        return _conflict(form, conflict)
    return _after(person, form.step)


def _lacking(person: Person, form: Form) -> Sent:
    """Why a form is not locked yet; an aided one without any answer is asked whether all unaided ones stay."""
    untouched = not form.checked.draft and desk.unaided_read(person, form.study, form.step) is not None
    return {"missing": form.checked.wrong, "ask": form.checked.doubt, "ask_as_before": untouched}


def _after(person: Person, step: Step) -> Answer:
    """Where the reader stands once a step is locked: a training case shows its reference standard first."""
    return 200, _timed(desk.feedback(person, step) or desk.where(person))


def _read(person: Person, form: Form, prediction: Prediction | None, sent: Sent, *, press: str) -> Read:
    """The read that a press locks, with what stood on the screen."""
    store, step, log = resources.store(), form.step, form.log
    draft = store.draft(person.study_key, person.username, step)
    shown = shown_with(prediction) | {"map_seconds": log.overlay_s, "maps": log.maps} if prediction else {}
    viewing = log.stored() | {
        "clinical": dict(store.clinical_shown(person.study_key, person.username, step)),
        "app_version": software.app_version()}
    if before := desk.unaided_read(person, form.study, step):
        viewing["unaided_answers"] = validation.kept_and_changed(
            form.study.questions, before.final, form.checked.answers) | {"taken_over": _taken_over(form, sent)}
    return Read(
        study=person.study_key, reader=person.username, case=step.case_key, condition=step.condition,
        repeat=step.repeat, answers=form.checked.answers,
        started_at=store.opened_at(person.study_key, person.username, step),
        seconds=draft.seconds if form.seconds is None and draft else log.active_s or 0.0, shown=shown, viewing=viewing,
        pressed_at=_time(sent.get("pressed_at")), press=press,
    )


def _taken_over(form: Form, sent: Sent) -> list[str]:
    """The questions whose unaided answers the reader took over at once, with "as before"."""
    told = sent.get("taken_over")
    return [question.key for question in form.study.questions if isinstance(told, list) and question.key in told]


def _time(told: object) -> datetime | None:
    """A time in ms, as the browser counted on from the server's; None where it is none."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 < told < 1e14:
        return None
    return datetime.fromtimestamp(told / 1000, UTC)


def _correct(person: Person, path: dict[str, str], sent: Sent) -> Answer:
    """Appends a correction to a locked read, once."""
    _check_reader(person, sent)
    store, study, step = resources.store(), resources.store().study(person.study_key), _step(person, path)
    checked = validation.check(study.questions, _fields(sent, "answers"))
    told = sent.get("reason")
    reason = validation.whole_text(told) if isinstance(told, str) else ""
    wrong = dict(checked.wrong)
    if not 1 <= len(reason.strip()) <= TEXT_LENGTH:
        wrong["reason"] = "Say why you correct this read."
    stored = store.read_at(study.key, person.username, step)
    if stored is None:
        return NOT_FOUND
    if wrong:
        return 422, {"missing": wrong, "ask": None, "ask_as_before": False}
    last = stored.corrections[-1] if stored.corrections else None
    if last and (last.answers, last.reason) == (checked.answers, reason.strip()):
        return 200, {}  # made already: the answer to it was lost on its way
    try:
        store.correct_read(study.key, person.username, step, checked.answers, reason)
    except NotAllowed as refusal:
        return 409, {"why": "refused", "sentence": f"{refusal}."}
    return 200, {}


# Requests

Act = Callable[[Person, dict[str, str], Sent], Answer]


def _no_constant(name: str) -> NoReturn:
    raise NotOurs(f"expected JSON, got {name}")


def _answer(act: Act, token: str | None, path: dict[str, str], body: bytes) -> Answer:
    person = accounts.person(resources.store(), token)
    if person is None or person.role is not Role.READER or person.study_key != path["study"]:
        return NOT_FOUND
    try:
        sent = json.loads(body, parse_constant=_no_constant)
        return act(person, path, sent) if isinstance(sent, dict) else NOT_FOUND
    except (ValueError, RecursionError):  # no JSON, nested deeper than can be read, not this reader's, or not now
        return NOT_FOUND


def _endpoint(act: Act) -> Callable[[Request], Awaitable[Response]]:
    """Answers a request from our own page, in JSON, by a signed-in reader of the study; anything else with the 404."""
    async def handle(request: Request) -> Response:
        status, content = NOT_FOUND
        length = request.headers.get("content-length", "")
        is_json = request.headers.get("content-type", "").partition(";")[0] == "application/json"
        if form_is_ours(request) and is_json and length.isdecimal() and int(length) <= LONGEST_BODY:
            token, path = request.cookies.get(resources.COOKIE), request.path_params
            status, content = await run_in_threadpool(_answer, act, token, path, await request.body())
        response = PlainTextResponse("Not found", 404) if status == 404 else JSONResponse(content, status)
        response.headers.update(GUARDED_ANSWER)
        return response

    return handle


_STEP = "/data/{study}/{case}"
ROUTES = [
    Route("/data/{study}/desk", _endpoint(_sit_down), methods=["POST"]),
    Route(_STEP + "/draft/{condition}/{repeat}", _endpoint(_save), methods=["PUT"]),
    Route(_STEP + "/lock/{condition}/{repeat}", _endpoint(_lock), methods=["POST"]),
    Route(_STEP + "/correction/{condition}/{repeat}", _endpoint(_correct), methods=["POST"]),
]
