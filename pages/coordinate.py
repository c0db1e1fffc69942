"""Coordinate: where the study stands, and its parts: progress, design, cases and model, readers, trail, results."""

import streamlit as st

from pages.shared import resources
from pages.shared.account import session
from pages.shared.coordinate import audit_trail, cases, design, progress, readers, results
from pages.shared.coordinate.actions import where_it_stands
from reader_study.study.design import Role

PARTS = {
    "Progress": progress.show,
    "Design": design.show,
    "Cases": cases.show,
    "Readers": readers.show,
    "Audit trail": audit_trail.show,
    "Results": results.show,
}
WIDTH = 980  # px

person = session.require(Role.COORDINATOR)
with st.container(horizontal_alignment="center"), st.container(width=WIDTH):
    st.title(resources.store().study(person.study_key).title)
    st.markdown(where_it_stands(person.study_key))
    part = st.segmented_control("Part", list(PARTS), default="Progress", required=True, key="part",
                                label_visibility="collapsed", bind="query-params")
    PARTS[part](person)
