"""The form of a read: a study's questions, answers kept as they are given, and one button that locks them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from ich_model import software
from ich_model.tasks import Prediction, Task
from pages.shared import draft_route, question_fields, resources
from pages.shared.question_fields import Fields
from pages.shared.reading_report import typing_in
from pages.shared.sitting import Sitting
from pages.shared.viewer import Keeping, ReadingReport, Scan, reading_report, report_of
from reader_study import questions, reading_tab
from reader_study.definition import Fact, Study
from reader_study.design import AlreadyRead, NotAllowed, Person, Role, feedback_open
from reader_study.questions import QuestionKind
from reader_study.reads import Answers, Draft, Read, Step, shown_with

GONE = "This read was locked in another window, or you were signed out, or the study was closed. Nothing more was kept."


@dataclass(frozen=True)
class Reading:
    """All that the form needs to know of the step it is for; an aided one has a prediction and the answers before."""

    person: Person
    study: Study
    step: Step
    scan: Scan
    sitting: Sitting
    clinical: Mapping[Fact, int | float | str] = field(default_factory=dict)  # that stand on the page
    prediction: Prediction | None = None
    before: Answers | None = None

    def key(self, part: str) -> str:
        """A widget's name: other steps and sittings have other widgets."""
        step = self.step
        return f"{part}-{step.case_key}-{step.condition}-{step.repeat}-{self.sitting.name}"


@st.fragment
def read_form(reading: Reading) -> None:
    """The form; locking a read reruns the whole page, which then shows the next step."""
    if resources.require(Role.READER) != reading.person or reading.sitting.over:
        st.rerun()
    draft, asked = _draft(reading), reading.study.questions
    missing = questions.missing(asked, draft) if reading.sitting.tried_to_lock else {}
    fields = Fields(draft, reading.key, lambda key, answer: _answer(reading, key, answer), reading.sitting.seeds,
                    missing=missing, prediction=reading.prediction, before=reading.before)
    with st.container(gap="xsmall"):
        for question in asked:
            question_fields.draw(question, fields)
        with st.container():  # also without a sentence: what follows must not move, or its next key would be lost
            if reading.sitting.doubted:
                question_fields.say(questions.contradiction(draft))
        with st.form(reading.key("lock"), border=False):
            st.form_submit_button("Lock read", type="primary", shortcut="Ctrl+Enter", width="stretch",
                                  on_click=_lock, args=(reading,))
            reading_report(reading.scan, key=reading.key("report"), keeping=_keeping(reading))


def _keeping(reading: Reading) -> Keeping:
    """Where the browser keeps what is typed, and which fields the letters lead to."""
    fields = {question.key: {"at": f"st-key-{reading.key(question.key)}", "letter": question.letter,
                             "number": question.kind is QuestionKind.NUMBER}
              for question in reading.study.questions if question_fields.focusable(question)}
    return Keeping(draft_route.address(reading.person.study_key, reading.step), reading.sitting.name,
                   fields, drawn=time.time_ns() // 1000)


def _kept(reading: Reading) -> Draft | None:
    return resources.store().draft(reading.person.study_key, reading.person.username, reading.step)


def _draft(reading: Reading) -> dict[str, Any]:
    kept = _kept(reading)
    return dict(kept.answers) if kept else {}


def _answer(reading: Reading, key: str, answer: Any) -> None:
    _keep(reading, {key: answer})
    if reading.sitting.doubted != _asked_about(_draft(reading)):  # typed and sent with the press that asked: it stays
        reading.sitting.doubted = None


def _asked_about(draft: dict[str, Any]) -> tuple[Any, Any]:
    """The two answers that can contradict each other."""
    return draft.get(Task.PROGNOSIS), draft.get("p_poor")


def _keep(reading: Reading, answers: dict[str, Any]) -> None:
    """Puts answers into the draft in the store."""
    if not _still_signed_in(reading):
        return
    try:
        reading_tab.keep(resources.store(), reading.person.study_key, reading.person.username, reading.step,
                         answers=answers, tab=resources.tab_name(), sitting=reading.sitting.name,
                         seconds=_seconds(reading))
    except reading_tab.ReadElsewhere:
        reading.sitting.over = True
        resources.session_flag("was elsewhere", True)  # the page says so
    except (AlreadyRead, NotAllowed):
        st.toast(GONE)


def _still_signed_in(reading: Reading) -> bool:
    """Whether the session is still the reader's: a form outlives a sign-out in another tab."""
    here = resources.person() == reading.person
    if not here:
        st.toast(GONE)
    return here


def _report(reading: Reading) -> ReadingReport | None:
    return report_of(st.session_state.get(reading.key("report")), reading.scan)


def _seconds(reading: Reading) -> float | None:
    """The active seconds so far; None where the browser sends them itself, with the draft."""
    report = _report(reading)
    if report is None and resources.tab_name():
        return None
    return reading.sitting.seconds(report.active_s if report else None)


def _shown(reading: Reading) -> dict[str, Any]:
    """What stands in fields and round buttons at the press, as the reader sees it; what is no answer counts as open.

    Of the fields nothing where the browser has kept more since it reported: the draft then is what stands there. A
    round button may be ahead of the draft where its change was on the way when the server went away.
    """
    asked = reading.study.questions
    chosen = {question.key: st.session_state.get(reading.key(question.key)) for question in asked
              if question_fields.is_round(question)}
    chosen = {key: value for key, value in chosen.items() if value is not None}
    return chosen | _typed(reading)


def _typed(reading: Reading) -> dict[str, Any]:
    report, asked = _report(reading), reading.study.questions
    typed = [question.key for question in asked if question_fields.is_typed(question)]
    if report is None:
        return {key: st.session_state.get(reading.key(key)) for key in typed}
    kept = _kept(reading)
    if report.typing and kept and report.typing.is_overtaken_by(typing_in(kept.viewing)):
        return {}
    fitting = draft_route.taken(asked, dict(report.typed))
    return {key: fitting.get(key) for key in typed if key in report.typed}


def _lock(reading: Reading) -> None:
    """Locks the read if it is complete and a contradiction was asked about once; else the form says what to do."""
    if not _still_signed_in(reading):
        return
    _keep(reading, _shown(reading))
    draft, sitting = _draft(reading), reading.sitting
    if sitting.over:
        return
    sitting.tried_to_lock = True
    asked = _asked_about(draft)
    if questions.missing(reading.study.questions, draft):
        return
    if questions.contradiction(draft) and sitting.doubted != asked:
        sitting.doubted = asked
        return
    try:
        resources.store().lock_read(_read(reading, draft))
        _offer_feedback(reading)
    except (AlreadyRead, NotAllowed):
        st.toast(GONE)
    sitting.over = True


def _offer_feedback(reading: Reading) -> None:
    """Lets the page show the reference standard next, where all of a training case is locked."""
    worklist = resources.store().worklist(reading.person.study_key, reading.person.username)
    if feedback_open(worklist, reading.step.case_key):
        resources.session_flag("feedback", reading.step.case_key)


def _read(reading: Reading, draft: dict[str, Any]) -> Read:
    store, person, step, report = resources.store(), reading.person, reading.step, _report(reading)
    shown = shown_with(reading.prediction) if reading.prediction else {}
    if shown and report:
        shown |= {"map_seconds": report.overlay_s, "maps": list(report.maps)}
    viewing = report.viewing() if report else {}
    return Read(
        study=person.study_key, reader=person.username, case=step.case_key, condition=step.condition,
        repeat=step.repeat, answers=question_fields.answers_of(reading.study.questions, draft),
        started_at=store.start_read(person.study_key, person.username, step),
        seconds=reading.sitting.seconds(report.active_s if report else None), shown=shown,
        viewing=viewing | {"clinical": dict(reading.clinical), "app_version": software.app_version()},
    )
