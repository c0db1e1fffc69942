"""What stands round a read: which one it is, clinical data, a pause, the scan that comes next, training feedback."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from ich_model.tasks import READ_TARGETS, Task
from pages.shared import progress, resources
from pages.shared.model_card import SYNTHETIC_CASE, tag
from pages.shared.scans import scan_of
from pages.shared.viewer import Scan, ct_viewer
from reader_study.definition import Fact, Study
from reader_study.design import Case, Person, Truth, Worklist, feedback_open
from reader_study.reads import Step, StoredRead

TRAINING = "Training"


def label(study: Study, worklist: Worklist, step: Step) -> str:
    """What a case is called on the screen: its key, or only the read's place in the worklist."""
    return step.case_key if progress.names_cases(study) else f"read {worklist.done + 1}"


def following(person: Person, worklist: Worklist) -> Scan | None:
    """The scan of the next other case, which the browser may fetch ahead; nothing else of that case."""
    ahead = [step.case_key for step in worklist.steps if step not in worklist.locked]
    later = next((key for key in ahead if key != ahead[0]), None)
    case = resources.store().case(person.study_key, later) if later else None
    return scan_of(person.study_key, case) if case else None


def show_step(person: Person, worklist: Worklist, step: Step, *, label: str) -> None:
    """Which read of how many this is, how long the rest may take, and a way to pause."""
    left = progress.time_left(resources.store().reads(person.study_key, person.username), worklist)
    left = f" · {left}" if left else ""
    named = f"{escape(label)} · " if label == step.case_key else ""
    mark = f" {tag(TRAINING)}" if step.case_key in worklist.training else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<div class="ich-step"><b>{worklist.done + 1} of {worklist.total}</b>{left}<br>'
                f"{named}{step.condition} read{mark}</div>", width="stretch")
        st.button("Pause", on_click=resources.session_flag, args=("paused", True))
    st.progress(worklist.done / worklist.total)


def pause() -> None:
    """Ends the page while the reader pauses: no scan is open, so no time runs."""
    if resources.session_flag("paused"):
        st.info("You are pausing; your answers are kept and no time is counted.")
        st.button("Go on", type="primary", on_click=resources.session_flag, args=("paused", False))
        st.stop()


def show_clinical(clinical: Mapping[Fact, Any]) -> None:
    """The clinical data that the study shows in this read, in a line."""
    if clinical:
        texts = " · ".join(escape(_fact(fact, value)) for fact, value in clinical.items())
        st.html(f'<div class="ich-clinical"><b>Clinical data</b> {texts}</div>')


def _fact(fact: Fact, value: Any) -> str:
    if fact is Fact.AGE:
        return f"{value:g} years"
    return f"GCS {value}" if fact is Fact.GCS else str(value)


def show_feedback(person: Person) -> None:
    """Ends the page with the reference standard of the training case just locked, until the reader goes on."""
    case_key = resources.session_flag("feedback")
    case = resources.store().case(person.study_key, case_key) if case_key else None
    if case is None or not feedback_open(resources.store().worklist(person.study_key, person.username), case_key):
        return
    truth = resources.store().feedback(person.study_key, person.username, case_key)
    reads = [stored for stored in resources.store().reads(person.study_key, person.username)
             if stored.read.case == case_key]
    with st.container(horizontal=True, gap="small"):
        with st.container(width="stretch"):
            ct_viewer(scan_of(person.study_key, case), key="feedback", above_px=58)
        with st.container(width=310, gap="small"):
            _feedback(case, truth, reads, resources.store().study(person.study_key))
            st.button("Go on", type="primary", shortcut="Ctrl+Enter", width="stretch",
                      on_click=resources.session_flag, args=("feedback", ""))
    st.stop()


def _feedback(case: Case, truth: Truth | None, reads: list[StoredRead], study: Study) -> None:
    mark = tag(SYNTHETIC_CASE) if case.synthetic else ""
    st.html(f'<div class="ich-marks">{tag(TRAINING)}{mark}</div>')
    st.markdown("**Feedback on your training case**")
    rows = [(question.text, question.text_of(READ_TARGETS[task].classes[truth.class_index(task)]),
             [question.text_of(stored.final.code(task)) for stored in reads])
            for task in Task if truth and (question := study.question(task.value))]
    for text, right, given in rows:
        agreed = "as you read it" if given and given[-1] == right else f"you: {', then '.join(filter(None, given))}"
        st.html(f'<div class="ich-card"><h4>{escape(text)}</h4><b>{escape(right)}</b> <small>{escape(agreed)}</small>'
                "</div>")
    if truth:
        st.caption(f"Reference standard: GCS {truth.gcs}, {truth.age:g} years.")
