"""The widgets above the comparison: what is compared. They make a `Selection`."""

import pandas as pd
import streamlit as st

from ich_model.tasks import POOR_PROBABILITY, Task
from pages.shared import resources
from pages.shared.scans import TASK_TITLES
from reader_study.access import permissions
from reader_study.report.compared_readers import Compared
from reader_study.statistics.selection import Selection, conditions_in, raters_in, subgroups_in
from reader_study.study.design import Person


def selection_of(everything: pd.DataFrame, *, person: Person, compared: Compared) -> Selection:
    """What the person has chosen to compare, of all ratings of a study."""
    conditions, ratings = conditions_in(everything), compared.of(everything)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        question = st.segmented_control("Question", list(TASK_TITLES), default=Task.PROGNOSIS, required=True,
                                        format_func=TASK_TITLES.__getitem__, key="question")
        condition = st.segmented_control("Reads", conditions, default=conditions[0], required=True, key="condition")
        groups = subgroups_in(ratings)
        subgroup = st.selectbox("Cases", list(groups), format_func=groups.__getitem__, key="subgroup", width=230)
        # Not in a popover: the keyboard reaches what opens there only after all the rest of the page.
        raters = st.multiselect("Raters", raters_in(ratings), key="raters", placeholder="All of them", width=260)
        _choose_unfinished(person, compared)
        by_p = st.toggle("Calls from p", key="by_p",
                         help="Readers called good or poor themselves, and gave p as well. With this, readers and "
                              "models alike count as poor from the threshold on. It changes prognosis only.")
        threshold = None
        if by_p:
            threshold = st.slider("Poor from p =", 0.0, 1.0, POOR_PROBABILITY, 0.01, key="threshold", width=240)
    return Selection(condition, question=str(question), raters=tuple(raters), threshold=threshold, subgroup=subgroup)


def _choose_unfinished(person: Person, compared: Compared) -> None:
    """The coordinator's choice, which is kept with the study and so holds for everyone and for every export."""
    if not compared.unfinished or not permissions.may_coordinate(person, person.study_key):
        return
    now = compared.takes_in_unfinished
    chosen = st.toggle(f"Take in readers who are not done ({len(compared.unfinished)})", value=now,
                       key=f"unfinished_{now}",  # another widget for each state, so that it shows what is kept
                       help="Kept with the study, and in its audit trail: for everyone's page, and in every export.")
    if chosen != now:
        resources.store().take_in_unfinished(person.study_key, chosen, by=person.username)
        st.rerun()
