"""The form of a read: answers kept as they are given, and one button that locks them."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from ich_model.tasks import CLASS_TEXTS, READ_TARGETS, Prediction, Task
from pages.shared import answers, resources
from pages.shared.answers import PROBABILITY, QUESTIONS, Draft
from pages.shared.model_card import question_head
from pages.shared.sitting import Sitting
from pages.shared.viewer import ReadingReport, Scan, reading_report, report_of
from reader_study.design import AlreadyRead, NotAllowed, Person, Role
from reader_study.reads import COMMENT_LENGTH, Answers, Read, Step, shown_with

GONE = "This read was locked in another window, or you were signed out, or the study was closed. Nothing more was kept."


@dataclass(frozen=True)
class Reading:
    """All that the form needs to know of the step it is for; an aided one has a prediction and the answers before."""

    person: Person
    step: Step
    scan: Scan
    sitting: Sitting
    prediction: Prediction | None = None
    before: Answers | None = None

    def key(self, part: str) -> str:
        """A widget's name: other steps have other widgets."""
        return f"{part}-{self.step.case_key}-{self.step.condition}-{self.step.repeat}"


@st.fragment
def read_form(reading: Reading) -> None:
    """The form; locking a read reruns the whole page, which then shows the next step."""
    resources.require(Role.READER)
    if reading.sitting.over:
        st.rerun()
    draft = _draft(reading)
    missing = answers.missing(draft) if reading.sitting.tried_to_lock else {}
    for task in QUESTIONS:
        with st.container(gap="xxsmall"):
            _choice(reading, draft, task, missing)
            if task is Task.PROGNOSIS:
                _probability(reading, draft, missing)
    st.text_area("Comment (optional)", draft.get("comment") or "", key=reading.key("comment"), height=68,
                 max_chars=COMMENT_LENGTH, on_change=_keep_field, args=(reading, "comment"))
    if reading.sitting.doubted:
        _say(answers.contradiction(draft))
    with st.form(reading.key("lock"), border=False):
        st.form_submit_button("Lock read", type="primary", shortcut="Ctrl+Enter", width="stretch",
                              on_click=_lock, args=(reading,))
        reading_report(reading.scan, key=reading.key("report"))


def _draft(reading: Reading) -> Draft:
    kept = resources.store().draft(reading.person.study_key, reading.person.username, reading.step)
    return dict(kept.answers) if kept else {}


def _choice(reading: Reading, draft: Draft, task: Task, missing: dict[str, str]) -> None:
    """One button a class; its letter stands on it, and the chosen one is filled."""
    question = QUESTIONS[task]
    st.html(question_head(question.title, task, prediction=reading.prediction, before=reading.before))
    with st.container(horizontal=len(question.letters) == 2, gap="xxsmall"):
        for code in READ_TARGETS[task].classes:
            st.button(CLASS_TEXTS[code], key=reading.key(code), shortcut=question.letters[code], width="stretch",
                      type="primary" if draft.get(task) == code else "secondary",
                      on_click=_keep, args=(reading, str(task), code))
    _say(missing.get(task))


def _probability(reading: Reading, draft: Draft, missing: dict[str, str]) -> None:
    st.number_input("Probability of poor outcome, %", 0, 100, draft.get(PROBABILITY), step=1, placeholder="0–100",
                    key=reading.key(PROBABILITY), on_change=_keep_field, args=(reading, PROBABILITY))
    _say(missing.get(PROBABILITY))


def _say(sentence: str | None) -> None:
    """One sentence beside what it is about."""
    if sentence:
        st.markdown(f":small[:orange[{sentence}]]")


def _keep_field(reading: Reading, name: str) -> None:
    _keep(reading, name, st.session_state[reading.key(name)])


def _keep(reading: Reading, name: str, value: Any) -> None:
    """Puts one answer into the draft in the store."""
    reading.sitting.doubted = None
    if not _still_signed_in(reading):
        return
    try:
        resources.store().save_draft(reading.person.study_key, reading.person.username, reading.step,
                                     _draft(reading) | {name: value}, seconds=_seconds(reading))
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


def _seconds(reading: Reading) -> float:
    report = _report(reading)
    return reading.sitting.seconds(report.active_s if report else None)


def _lock(reading: Reading) -> None:
    """Locks the read if it is complete and a contradiction was asked about once; else the form says what to do."""
    if not _still_signed_in(reading):
        return
    draft, sitting = _draft(reading), reading.sitting
    for name in (PROBABILITY, "comment"):  # typed and sent together with the press
        draft[name] = st.session_state[reading.key(name)]
    sitting.tried_to_lock = True
    asked = (draft.get(Task.PROGNOSIS), draft[PROBABILITY])
    if answers.missing(draft):
        return
    if answers.contradiction(draft) and sitting.doubted != asked:
        sitting.doubted = asked
        return
    try:
        resources.store().lock_read(_read(reading, draft))
    except (AlreadyRead, NotAllowed):
        st.toast(GONE)
    sitting.over = True


def _read(reading: Reading, draft: Draft) -> Read:
    store, person, step, report = resources.store(), reading.person, reading.step, _report(reading)
    shown = shown_with(reading.prediction) if reading.prediction else {}
    if shown and report:
        shown |= {"map_seconds": report.overlay_s}
    return Read(
        study=person.study_key, reader=person.username, case=step.case_key, condition=step.condition,
        repeat=step.repeat, answers=Answers(**draft | {"comment": draft["comment"] or ""}),
        started_at=store.start_read(person.study_key, person.username, step), seconds=_seconds(reading), shown=shown,
    )
