"""A reader's own locked reads, to look back at, and their corrections where the study allows them."""

from typing import Any

import streamlit as st

from pages.shared import question_fields, resources
from pages.shared.progress import names_cases
from pages.shared.question_fields import Fields
from reader_study import questions
from reader_study.definition import Study
from reader_study.design import NotAllowed, Person, Worklist
from reader_study.questions import TEXT_LENGTH
from reader_study.reads import StoredRead

CORRECTED = "The correction is kept beside the read, with its time and reason."


def show_own_reads(person: Person) -> None:
    """The reads as a table, newest first; nothing before the first."""
    store = resources.store()
    reads = store.reads(person.study_key, person.username)[::-1]
    if not reads:
        return
    study, worklist = store.study(person.study_key), store.worklist(person.study_key, person.username)
    with st.expander(f"Look back at your reads ({len(reads)})"):
        st.dataframe([_row(stored, study, worklist) for stored in reads], hide_index=True)
        if study.corrections:
            chosen = st.selectbox("Correct a read", reads, index=None, placeholder="Choose a read",
                                  format_func=lambda stored: _name(stored, study, worklist))
            if chosen:
                _correction(person, study, chosen)


def _name(stored: StoredRead, study: Study, worklist: Worklist) -> str:
    """A read by its place; by its case too, where nobody can tell from that which cases come twice."""
    case = f"{stored.read.case}, " if names_cases(study) else ""
    training = ", training" if stored.read.case in worklist.training else ""
    return f"{stored.position + 1}: {case}{stored.read.condition}{training}"


def _row(stored: StoredRead, study: Study, worklist: Worklist) -> dict[str, Any]:
    answers = {question.text: question.text_of(stored.final.get(question.key)) for question in study.questions}
    changed = f"{len(stored.corrections)}×" if stored.corrections else ""
    return {"Read": _name(stored, study, worklist), **answers, "Locked (UTC)": f"{stored.locked_at:%Y-%m-%d %H:%M}",
            "Corrected": changed}


def _correction(person: Person, study: Study, stored: StoredRead) -> None:
    """The questions with the answers that count now, a reason, and a button that adds the correction."""
    name = f"correction-{stored.number}-{len(stored.corrections)}"
    answers = resources.kept("correction", name, lambda: dict(stored.final.values))
    fields = Fields(answers, lambda part: f"{name}-{part}", answers.__setitem__,
                    dict(stored.final.values), with_keys=False)
    with st.container(width=420):
        for question in study.questions:
            question_fields.draw(question, fields)
        reason = st.text_area("Reason for the correction", key=f"{name}-reason", height=68, max_chars=TEXT_LENGTH)
        if st.button("Add the correction", key=f"{name}-add", type="primary"):
            _correct(person, study, stored, answers=answers, reason=reason)


def _correct(person: Person, study: Study, stored: StoredRead, *, answers: dict[str, Any], reason: str) -> None:
    open_ones = questions.missing(study.questions, answers)
    if open_ones or not reason.strip():
        question_fields.say(next(iter(open_ones.values()), "Say why you correct this read."))
        return
    try:
        resources.store().correct_read(person.study_key, person.username, stored.read.step,
                                       question_fields.answers_of(study.questions, answers), reason)
    except NotAllowed as refusal:
        question_fields.say(f"{refusal}.")
        return
    st.success(CORRECTED)
