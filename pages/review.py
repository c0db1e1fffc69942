"""Review: one case again, with the model's maps and outputs and the reads that this person may see."""

import streamlit as st

from pages.shared import resources
from pages.shared.model_card import SYNTHETIC_CASE, model_cards, tag
from pages.shared.reviewing import cases_of, reads_of, truth_of
from pages.shared.scans import overlays_for, prediction_for, scan_of
from pages.shared.viewer import ct_viewer

SIDE_WIDTH = 310  # px

person = resources.require()
cases = {case.key: case for case in cases_of(person)}
if not cases:
    st.info("There is no case to review yet. A case can be looked at again here once your read of it is locked.")
    st.stop()

with st.container(horizontal=True, gap="small"):
    left, side = st.container(width="stretch"), st.container(width=SIDE_WIDTH, gap="small")
with side:
    case = cases[st.selectbox("Case", list(cases), key="case", bind="query-params")]
    if case.synthetic:
        st.html(tag(SYNTHETIC_CASE))
    prediction = prediction_for(person, case.key)
    if prediction:
        st.html(model_cards(prediction))
        st.caption("Bold is the network's answer: the band where the chance of lying higher falls below one half. Maps "
                   "mark what spoke for poor outcome, lower GCS, higher age; they are coarse, the rest interpolated.")
    else:
        st.caption("No model output is shown for this case: there is none, or it is not open to you yet.")
    if truth := truth_of(person, case.key):
        st.markdown(f"**Reference standard:** {truth}")
with left:
    ct_viewer(scan_of(person.study_key, case), overlays=overlays_for(person, case.key), key="review", above_px=115)
reads = reads_of(person, case.key)
if len(reads):
    st.subheader("Reads of this case")
    st.dataframe(reads, hide_index=True)
