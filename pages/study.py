"""Coordinate: progress, new readers, scans and truth in, the model on them, and the unlocking of the results."""

import streamlit as st

from pages.shared import coordinating, model_run, resources
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
    """Scans in until the first read, their truth until the results are open; each refused file says why."""
    if state.has_reads:
        st.caption("The study holds reads, so its cases are fixed.")
    if state.unlocked:
        return
    scans = [] if state.has_reads else st.file_uploader(
        f"Head CTs (.nii, .nii.gz), up to {st.get_option('server.maxUploadSize')} MB each; readers see keys, not names",
        type=["nii", "gz"], accept_multiple_files=True)
    truth = st.file_uploader("Reference standard, if there is one: a CSV with caseID, poor, gcs, age", type="csv")
    if st.button("Import", disabled=not (scans or truth)):
        try:
            outcomes = coordinating.import_uploads(study.key, scans, truth)
        except ValueError as error:  # a truth table that breaks a rule, or a study that was frozen meanwhile
            st.warning(str(error))
            return
        st.success(coordinating.what_came_in(outcomes, with_truth=truth is not None))
        for refusal in filter(None, (outcome.refusal for outcome in outcomes)):
            st.warning(refusal)


def run_model() -> None:
    """The network on every case that lacks its outputs."""
    n_cases, waiting = len(store.cases(study.key)), model_run.waiting(study.key)
    st.caption(f"{n_cases - len(waiting)} of {n_cases} cases have model outputs.")
    if waiting and st.button(f"Run the model on the others ({len(waiting)})"):
        bar = st.progress(0.0, text="Waiting for the network ...")
        for number, (case, refusal) in enumerate(model_run.run(study.key, waiting), 1):
            bar.progress(number / len(waiting), text=f"{case.key}: {number} of {len(waiting)}")
            if refusal:
                st.warning(refusal)


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
