"""Review: one case again, with the models' maps and outputs and the reads that this person may see."""

import streamlit as st

from pages.shared import resources
from pages.shared.account import session
from pages.shared.model.card import SYNTHETIC_CASE, tag
from pages.shared.review.case_view import maps_of, models_of, reads_of, scan_for_review, truth_of
from pages.shared.review.panel import show_findings, show_model
from pages.shared.viewer.component import ct_viewer
from reader_study.access import permissions

SIDE_WIDTH = 310  # px

person = session.require()
st.html('<h1 class="ich-unseen">Review</h1>')
cases = {case.key: case for case in permissions.cases_to_review(resources.store(), person)}
if not cases:
    st.info("There is no case to review yet. A case can be looked at again here once your reads of it are locked.")
    st.stop()

with st.container(horizontal=True, gap="small"):
    left, side = st.container(width="stretch"), st.container(width=SIDE_WIDTH, gap="small")
with side:
    case = cases[st.selectbox("Case", list(cases), key="case", bind="query-params")]
    if case.synthetic:
        st.html(tag(SYNTHETIC_CASE))
    models = models_of(person, case.key)
    prediction = show_model(person, case, models)
    if truth := truth_of(person, case.key):
        st.markdown(f"**Reference standard:** {truth}")
    if prediction:
        show_findings(person.study_key, prediction)
with left:
    ct_viewer(scan_for_review(person, case), overlays=maps_of(person.study_key, models), key="review", above_px=72)
    reads = reads_of(person, case.key)
    if len(reads):
        st.header("Reads of this case")
        st.dataframe(reads, hide_index=True)
