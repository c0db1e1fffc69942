"""The Results tab: recording thresholds, closing the study, unlocking its results."""

import streamlit as st

from pages.shared import resources
from reader_study.report import study_ratings
from reader_study.study.design import Person
from reader_study.study.errors import NotAllowed


def show(person: Person) -> None:
    """What comes before the results open, in the order in which it is done."""
    state = resources.store().state(person.study_key)
    st.header("Thresholds")
    _thresholds(person, unlocked=state.unlocked)
    st.header("Closing")
    _close(person, closed=state.closed)
    st.header("Unlocking")
    _unlock(person, unlocked=state.unlocked)


def _thresholds(person: Person, *, unlocked: bool) -> None:
    """The score from which a model's call is poor, on record before anyone sees the truth beside it."""
    store, key = resources.store(), person.study_key
    known = store.thresholds(key)
    if known:
        st.dataframe([{"Rater": one.rater, "Poor from": one.value, "Recorded at (UTC)": one.recorded_at}
                      for one in known], hide_index=True, height="content")
    models = sorted({study_ratings.model_label(prediction) for prediction in store.predictions(key)})
    open_ones = [model for model in models if model not in {one.rater for one in known}]
    if unlocked or not open_ones:
        st.caption("A model without a recorded threshold calls poor from 0.5 on, as published.")
        return
    with st.form("threshold", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        rater = st.selectbox("Model", open_ones)
        value = st.number_input("Poor from", 0.0, 1.0, 0.5, step=0.01)
        pressed = st.form_submit_button("Record the threshold")
    st.caption("It stands with its time in the audit trail and cannot be changed; without one a model calls poor from "
               "0.5 on, as published.")
    if pressed:
        try:
            store.record_threshold(key, rater, value, by=person.username)
        except ValueError as error:
            st.warning(str(error))
        else:
            st.rerun()


def _close(person: Person, *, closed: bool) -> None:
    """Takes no further reads, after a confirmation."""
    if closed:
        st.caption("The study is closed: no further reads are taken.")
        return
    sure = st.checkbox("Take no further reads, for good")
    if st.button("Close the study", disabled=not sure):
        resources.store().set_closed(person.study_key, by=person.username)
        st.rerun()


def _unlock(person: Person, *, unlocked: bool) -> None:
    """Opens the results, once and for good, after a confirmation."""
    if unlocked:
        st.caption("The results are open to you, and to each reader who may see them and whose own reads are complete.")
        return
    st.caption("Opens truth, all reads and the comparison to you, and to each reader who is done. It cannot be undone "
               "and stands in the audit trail.")
    sure = st.checkbox("I have checked the progress and want to open the results")
    if st.button("Unlock the results", disabled=not sure):
        try:
            resources.store().set_unlocked(person.study_key, by=person.username)
        except NotAllowed as error:
            st.warning(str(error))
        else:
            st.rerun()
