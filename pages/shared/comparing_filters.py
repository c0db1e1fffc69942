"""The widgets above the comparison: what is compared. They make a `Selection`."""

import pandas as pd
import streamlit as st

from ich_model.tasks import POOR_PROBABILITY, Task
from pages.shared.scans import TASK_TITLES
from pages.shared.selection import Selection, conditions_in, raters_in, subgroups_in, unfinished


def selection_of(ratings: pd.DataFrame, *, n_cases: int) -> Selection:
    """What the person has chosen to compare."""
    conditions, waiting = conditions_in(ratings), unfinished(ratings, n_cases=n_cases)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        question = st.segmented_control("Question", list(TASK_TITLES), default=Task.PROGNOSIS, required=True,
                                        format_func=TASK_TITLES.__getitem__, key="question")
        condition = st.segmented_control("Reads", conditions, default=conditions[0], required=True, key="condition")
        groups = subgroups_in(ratings)
        subgroup = st.selectbox("Cases", list(groups), format_func=groups.__getitem__, key="subgroup", width=230)
        with st.popover("Raters"):
            raters = st.multiselect("Raters (none: all of them)", raters_in(ratings), key="raters")
            if waiting:
                st.toggle(f"Take in readers who are not done ({len(waiting)})", key="all_readers")
        by_p = st.toggle("Calls from p", key="by_p",
                         help="Readers called good or poor themselves, and gave p as well. With this, readers and "
                              "models alike count as poor from the threshold on. It changes prognosis only.")
        threshold = None
        if by_p:
            threshold = st.slider("Poor from p =", 0.0, 1.0, POOR_PROBABILITY, 0.01, key="threshold", width=240)
    return Selection(condition, all_readers=bool(waiting) and st.session_state.get("all_readers", False),
                     question=str(question), raters=tuple(raters), threshold=threshold, subgroup=subgroup)
