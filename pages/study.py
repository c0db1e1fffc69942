"""Coordinate: where the study stands, and its parts: progress, design, cases and model, readers, trail, results."""

import streamlit as st

from pages.shared import (
    coordinate_cases,
    coordinate_design,
    coordinate_progress,
    coordinate_readers,
    coordinate_results,
    coordinate_trail,
    resources,
)
from pages.shared.coordinating import where_it_stands
from reader_study.design import Role

PARTS = {
    "Progress": coordinate_progress.show,
    "Design": coordinate_design.show,
    "Cases": coordinate_cases.show,
    "Readers": coordinate_readers.show,
    "Audit trail": coordinate_trail.show,
    "Results": coordinate_results.show,
}
WIDTH = 980  # px

person = resources.require(Role.COORDINATOR)
with st.container(horizontal_alignment="center"), st.container(width=WIDTH):
    st.title(resources.store().study(person.study_key).title)
    st.markdown(where_it_stands(person.study_key))
    part = st.segmented_control("Part", list(PARTS), default="Progress", required=True, key="part",
                                label_visibility="collapsed", bind="query-params")
    PARTS[part](person)
