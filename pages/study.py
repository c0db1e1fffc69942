"""Coordinate: progress, new readers, scans and truth in, the model on them, and the unlocking of the results."""

import streamlit as st

from pages.shared import coordinating, model_run, resources, uploads
from pages.shared.progress import show_readers
from reader_study.accounts import AccountRefused
from reader_study.design import Role

person, store = resources.require(Role.COORDINATOR), resources.store()
study, state = store.study(person.study_key), store.state(person.study_key)


def add_reader() -> None:
    """A name in, a one-use link out."""
    with st.form("reader", border=False, clear_on_submit=True):
        name = st.text_input("Name of a new reader")
        if not st.form_submit_button("Make an invitation link"):
            return
    try:
        link = coordinating.invitation_link(person, name, page_url=st.context.url)
    except AccountRefused as error:
        st.warning(str(error))
    else:
        st.caption(f"Send this link to {name}. It works once, for seven days, and is not shown again.")
        st.code(link, language=None, wrap_lines=True)


def import_scans() -> None:
    """Scans in until the first read, their truth until the results are open."""
    if state.has_reads:
        st.caption("The study holds reads, so its cases are fixed.")
    if not state.unlocked:
        uploads.show(study.key, with_scans=not state.has_reads)


def run_model() -> None:
    """The network on every case that lacks its outputs."""
    n_cases, waiting, count = len(store.cases(study.key)), store.cases_to_predict(study.key), st.empty()
    count.caption(f"{n_cases - len(waiting)} of {n_cases} cases have model outputs.")
    if waiting and st.button(f"Run the model on the others ({len(waiting)})"):
        bar = st.progress(0.0, text="Waiting for the network ...")
        place = st.empty()

        def tell_place(number: int) -> None:
            place.caption(f"Number {number} in line: another explanation is running." if number else "")

        for number, (case, refusal) in enumerate(model_run.run(study.key, waiting, tell_place=tell_place), 1):
            bar.progress(number / len(waiting), text=f"{case.key}: {number} of {len(waiting)}")
            if refusal:
                st.warning(refusal)
        count.caption(f"{n_cases - len(store.cases_to_predict(study.key))} of {n_cases} cases have model outputs.")


def unlock() -> None:
    """Opens the results, once and for good, after a confirmation."""
    if state.unlocked:
        st.caption("The results are open to you, and to each reader whose own reads are complete.")
        return
    st.caption("Opens truth, all reads and the comparison to you, and to each reader who is done. It cannot be undone "
               "and stands in the audit trail.")
    sure = st.checkbox("I have checked the progress above and want to open the results")
    if st.button("Unlock the results", disabled=not sure):
        store.set_unlocked(study.key, by=person.username)
        st.rerun()


with st.container(horizontal_alignment="center"), st.container(width=860):
    st.title(study.title)
    show_readers(study.key)
    for title, section in (("Readers", add_reader), ("Cases", import_scans), ("Model", run_model), ("Results", unlock)):
        st.subheader(title)
        section()
