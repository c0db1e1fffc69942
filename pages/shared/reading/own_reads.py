"""A reader's own locked reads, to look back at, and their corrections where the study allows them."""

from typing import Any

import streamlit as st

from pages.shared import resources
from pages.shared.reading.desk import step_address
from pages.shared.reading.form_data import form_data
from pages.shared.viewer.component import correction_form
from reader_study.study.definition import Study
from reader_study.study.design import Person, Worklist, names_cases
from reader_study.study.read import StoredRead

CORRECTED = "Corrected: each correction is kept beside the read, with its time and reason."


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
            by_number = {stored.number: stored for stored in reads}
            chosen = st.selectbox("Correct a read", list(by_number), index=None, placeholder="Choose a read",
                                  format_func=lambda number: _name(by_number[number], study, worklist))
            if chosen in by_number:
                _correction(study, by_number[chosen])


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


def _correction(study: Study, stored: StoredRead) -> None:
    """The questions with the answers that count now, a reason, and a button that adds the correction."""
    form = form_data(study.questions, stored.final.values)
    with st.container(width=420):
        correction_form(step_address(study.key, stored.read.step, "correction"), form, reader=stored.read.reader,
                        key=f"correction-{stored.number}-{len(stored.corrections)}", on_corrected=lambda: None)
    if stored.corrections:
        st.success(CORRECTED)
