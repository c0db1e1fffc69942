"""Coordinate: who has read how much, new readers, scans in, the model on them, and the unlocking of the results."""

import streamlit as st

from pages.shared import coordinating, model_run, resources
from reader_study.accounts import AccountRefused
from reader_study.design import Role, StudyFrozen
from reader_study.truth_table import BadTruth

person = resources.require(Role.COORDINATOR)
store, study = resources.store(), resources.store().study(person.study_key)
state = store.state(study.key)


def add_reader() -> None:
    """A name in, a one-use link out."""
    with st.form("reader", border=False, clear_on_submit=True):
        name = st.text_input("Name of a new reader")
        pressed = st.form_submit_button("Make an invitation link")
    if pressed:
        try:
            link = coordinating.invitation_link(person, name, page_url=st.context.url)
        except AccountRefused as error:
            st.warning(str(error))
            return
        st.caption(f"Send this link to {name}. It works once, for seven days, and is not shown again.")
        st.code(link, language=None, wrap_lines=True)


def import_scans() -> None:
    """Scans and truth in; each refused file says why."""
    if state.has_reads:
        st.caption("The study holds reads, so its cases are fixed.")
        return
    limit = st.get_option("server.maxUploadSize")
    st.caption(f"Head CTs as .nii or .nii.gz, up to {limit} MB each. Names and headers are not kept: cases get keys.")
    scans = st.file_uploader("Scans", type=["nii", "gz"], accept_multiple_files=True)
    truth = st.file_uploader("Reference standard (optional): a CSV with caseID, poor, gcs, age", type="csv")
    if st.button("Import", disabled=not (scans or truth)):
        try:
            outcomes = coordinating.import_uploads(study.key, scans, truth)
        except (BadTruth, StudyFrozen, ValueError) as error:
            st.warning(str(error))
            return
        st.success(f"{sum(outcome.case is not None for outcome in outcomes)} of {len(outcomes)} scans came in.")
        for outcome in outcomes:
            if outcome.refusal:
                st.warning(outcome.refusal)


def run_model() -> None:
    """The network on every case that lacks its outputs."""
    cases = model_run.waiting(study.key)
    st.caption(f"{len(store.cases(study.key)) - len(cases)} of {len(store.cases(study.key))} cases have model outputs.")
    if cases and st.button(f"Run the model on {len(cases)} cases"):
        bar = st.progress(0.0, text="Waiting for the network ...")
        for number, (case, refusal) in enumerate(model_run.run(study.key, cases), 1):
            bar.progress(number / len(cases), text=f"{case.key}: {number} of {len(cases)}")
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
    progress = coordinating.progress_table(study.key)
    if len(progress):
        done = st.column_config.ProgressColumn(format="%d %%", min_value=0, max_value=100)
        st.dataframe(progress, hide_index=True, column_config={"Done": done})
    for title, section in (("Readers", add_reader), ("Cases", import_scans), ("Model", run_model), ("Results", unlock)):
        st.subheader(title)
        section()
