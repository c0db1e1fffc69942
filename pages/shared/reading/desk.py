"""The description of a reader's next step that the browser gets: the read to make now, or why there is none.

All that is sent is decided here, by the study's rules, for the reader's next step alone. It is asked for when the page
opens and comes with the answer to each lock, so that the next read needs no run of the page.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from ich_model.tasks import READ_TARGETS, Prediction, Task
from pages.shared import resources
from pages.shared.model.card import SYNTHETIC_CASE, named
from pages.shared.reading.form_data import Described, form_data
from pages.shared.reading.viewing_log import kept_in
from pages.shared.scans import overlays_of, prediction_for, scan_of
from pages.shared.viewer.component import Scan, described
from reader_study.study.definition import Fact, Study
from reader_study.study.design import Design, Person, Worklist, feedback_open, names_cases, next_read
from reader_study.study.errors import AlreadyRead, NotAllowed
from reader_study.study.read import Condition, Draft, Step, StoredRead
from reader_study.study.worklist import time_left

NOT_RUN = "The model has not been run on this case yet. Ask your coordinator: your reads go on here when it has."


def address(study: str) -> str:
    """Where a page asks where its reader stands, relative to the page."""
    return f"data/{study}/desk"


def step_address(study: str, step: Step, act: str) -> str:
    """Where the draft of a step, its lock or its correction is sent, relative to a page."""
    return f"data/{study}/{step.case_key}/{act}/{step.condition}/{step.repeat}"


def step_name(step: Step) -> str:
    """A step in one word, as the page marks its form with it."""
    return f"{step.case_key}/{step.condition}/{step.repeat}"


def where(person: Person) -> Described:
    """The reader's next read, which this opens, or a sentence."""
    store = resources.store()
    study, worklist = store.study(person.study_key), store.worklist(person.study_key, person.username)
    step = next_read(store.state(study.key), worklist, now=store.now())
    if isinstance(step, str):
        return _message(step, worklist)
    prediction = prediction_for(person, step.case_key) if step.condition is Condition.AIDED else None
    if prediction is None and step.condition is Condition.AIDED:
        return _message(NOT_RUN, worklist)
    try:
        store.start_read(study.key, person.username, step)
    except (AlreadyRead, NotAllowed) as refusal:  # locked in another window, or closed, a moment ago
        return _message(f"{refusal}. Reload the page.", worklist)
    return _read(person, study, worklist, step, prediction)


def _message(sentence: str, worklist: Worklist) -> Described:
    return {"state": "message", "message": sentence, "done": worklist.done}


def _read(
    person: Person, study: Study, worklist: Worklist, step: Step, prediction: Prediction | None
) -> Described:
    store, case = resources.store(), resources.case_of(study.key, step)
    draft = store.draft(study.key, person.username, step)
    before = unaided_read(person, study, step)
    label = _label(study, worklist, step)
    scan = replace(scan_of(study.key, case, reader=person.username), step=f"{step.condition}-{step.repeat}",
                   kept=_left_at(draft, before), label=label)
    form = form_data(study.questions, draft.answers if draft else {}, prediction=prediction,
                     before=before.final if before else None)
    following = _following(person, worklist)
    return {
        "state": "read", "step": step_name(step), "revision": draft.revision if draft else 0,
        "draft_url": step_address(study.key, step, "draft"), "lock_url": step_address(study.key, step, "lock"),
        "scan": described(scan), "next": described(following) if following else None,
        "overlays": [described(overlay) for overlay in overlays_of(study.key, prediction)] if prediction else [],
        "heading": _heading(person, worklist, step, label), "form": form, "has_before": before is not None,
        "clinical": _clinical(store.clinical_shown(study.key, person.username, step)),
        "model": asdict(named(prediction)) if prediction else None,
        "shown": prediction.weights_id if prediction else "",
    }


def _label(study: Study, worklist: Worklist, step: Step) -> str:
    """What a case is called on the screen: its key, or only the read's place in the worklist."""
    return step.case_key if names_cases(study) else f"read {worklist.done + 1}"


def _heading(person: Person, worklist: Worklist, step: Step, label: str) -> Described:
    """Which read of how many this is, and how long the rest may take."""
    seconds = resources.store().seconds_of_reads(person.study_key, person.username)
    return {"place": f"{worklist.done + 1} of {worklist.total}", "left": time_left(seconds, worklist),
            "case": label if label == step.case_key else "", "condition": f"{step.condition} read",
            "training": step.case_key in worklist.training, "done": worklist.done, "total": worklist.total}


def _following(person: Person, worklist: Worklist) -> Scan | None:
    """The scan of the next other case, which the browser may fetch ahead; nothing else of that case."""
    ahead = [step.case_key for step in worklist.steps if step not in worklist.locked]
    later = next((key for key in ahead if key != ahead[0]), None)
    case = resources.store().case(person.study_key, later) if later else None
    return scan_of(person.study_key, case) if case else None


def _left_at(draft: Draft | None, before: StoredRead | None) -> dict[str, Any] | None:
    """Where the viewer goes on: as the draft left it, or as the same case was left a moment ago, without its time.

    A repeat begins afresh, and so does the other session of a crossover: nothing tells that the case was seen before.
    """
    if draft and (kept := kept_in(draft.viewing)):
        return kept
    kept = kept_in(before.read.viewing) if before else None
    return {part: kept[part] for part in ("size", "state")} if kept else None


def unaided_read(person: Person, study: Study, step: Step) -> StoredRead | None:
    """In a sequential study the reader's own locked unaided read that an aided step follows; else None."""
    if step.condition is not Condition.AIDED or study.design is not Design.SEQUENTIAL:
        return None
    return resources.store().read_at(study.key, person.username, Step(step.case_key, Condition.UNAIDED))


def _clinical(facts: Mapping[Fact, Any]) -> list[str]:
    """The clinical data that the study shows in this read, in words."""
    return [_fact(fact, value) for fact, value in facts.items()]


def _fact(fact: Fact, value: Any) -> str:
    if fact is Fact.AGE:
        return f"{value:g} years"
    return f"GCS {value}" if fact is Fact.GCS else str(value)


def feedback(person: Person, step: Step) -> Described | None:
    """The reference standard of a training case beside the reader's own answers, once all their reads of it are locked;
    None for any other case."""
    store = resources.store()
    if not feedback_open(store.worklist(person.study_key, person.username), step.case_key):
        return None
    case = resources.case_of(person.study_key, step)
    truth, study = store.feedback(person.study_key, person.username, step.case_key), store.study(person.study_key)
    reads = [stored for stored in store.reads(person.study_key, person.username) if stored.read.case == step.case_key]
    rows = []
    for task in Task:
        question = study.question(task.value)
        if truth is None or question is None:
            continue
        right = question.text_of(READ_TARGETS[task].classes[truth.class_index(task)])
        given = [question.text_of(stored.final.code(task)) for stored in reads]
        agreed = "as you read it" if given and given[-1] == right else f"you: {', then '.join(filter(None, given))}"
        rows.append({"question": question.text, "right": right, "given": agreed})
    return {"state": "feedback", "scan": described(scan_of(person.study_key, case)), "rows": rows,
            "mark": SYNTHETIC_CASE if case.synthetic else "",
            "truth": f"Reference standard: GCS {truth.gcs}, {truth.age:g} years." if truth else ""}

