"""One tab at a time on the Read page: a second one says so and offers to read on there, and the first then says so."""

import streamlit as st

from pages.shared import resources
from pages.shared.viewer import browser_tab
from reader_study import reading_tab
from reader_study.design import Person

OPEN_ELSEWHERE = "You are reading in another tab or on another computer; all that you entered there is kept."
MOVED = "Your reading was moved to another tab or computer; all that you entered here is kept."
SINCE = "You have read in another tab or on another computer since; the form shows what you entered there."
LOOK_EVERY_S = 2  # whether the other tab is still there


def wait_for_turn(person: Person) -> None:
    """Ends the page with one sentence and a button while the reader reads elsewhere."""
    waiting = _elsewhere(person)
    with st.container(key="ich-one-tab"):
        st.fragment(_listen, run_every=LOOK_EVERY_S if waiting else None)(person, waiting, resources.tab_name())
    if not waiting:
        resources.session_flag("reads here", True)
        if resources.session_flag("was elsewhere"):
            st.toast(SINCE, duration="long")
            resources.session_flag("was elsewhere", False)
        return
    resources.end_sitting()
    if name := resources.tab_name():
        st.info(MOVED if resources.session_flag("reads here") else OPEN_ELSEWHERE)
        st.button("Read here", type="primary", on_click=_take, args=(person, name))
    st.stop()


def _elsewhere(person: Person) -> bool:
    """Whether a tab other than this one has been heard of just now."""
    return reading_tab.holder(resources.store(), person.study_key, person.username) not in (None, resources.tab_name())


def _listen(person: Person, waiting: bool, known: str | None) -> None:
    """Reruns the page when its tab has told its name while it waits, or the reader comes, goes or was elsewhere."""
    if tab := browser_tab(known=known or "", opening=resources.opening()):
        resources.tab_name(tab.name)
        resources.opening(tab.opening)
    named = waiting and resources.tab_name() != known
    overtaken = resources.sitting_overtaken(person)
    if overtaken:
        resources.end_sitting()
        resources.session_flag("was elsewhere", True)
    if overtaken or named or _elsewhere(person) != waiting:
        st.rerun()


def _take(person: Person, name: str) -> None:
    if resources.person() != person:  # a page outlives a sign-out in another tab
        return
    reading_tab.take(resources.store(), person.study_key, person.username, name)
