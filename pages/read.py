"""Read: the reader's next case at once, the viewer on the left and the form on the right."""

import streamlit as st

from pages.shared import resources
from pages.shared.model_card import SYNTHETIC_CASE, model_head, tag
from pages.shared.progress import next_for
from pages.shared.read_form import Reading, read_form
from pages.shared.scans import overlays_for, prediction_for, scan_of, unaided_answers
from pages.shared.viewer import ct_viewer
from reader_study.design import Role
from reader_study.reads import Condition

FORM_WIDTH = 310  # px

person = resources.require(Role.READER)
store = resources.store()
worklist = store.worklist(person.study_key, person.username)
step = worklist.next_step
if step is None or store.state(person.study_key).closed:
    st.info(next_for(person).sentence)
    st.stop()

case = store.case(person.study_key, step.case_key)
aided = step.condition is Condition.AIDED
prediction = prediction_for(person, case.key) if aided else None
if aided and prediction is None:
    st.info("The model has not been run on this case yet. Ask your coordinator: your reads go on here when it has.")
    st.stop()

store.start_read(person.study_key, person.username, step)
scan = scan_of(person.study_key, case, reader=person.username)
with st.container(horizontal=True, gap="small"):
    with st.container(width="stretch"):
        ct_viewer(scan, overlays=overlays_for(person, case.key) if aided else (), key="read", above_px=72)
    with st.container(width=FORM_WIDTH, gap="xsmall"):
        where = f"<b>{worklist.done + 1} of {worklist.total}</b> {case.key} · {step.condition} read"
        st.html(f'<div class="ich-step">{where} {tag(SYNTHETIC_CASE) if case.synthetic else ""}</div>')
        st.progress(worklist.done / worklist.total)
        if prediction:
            st.html(model_head(prediction))
        read_form(Reading(person, step, scan, resources.sitting(person, step), prediction=prediction,
                          before=unaided_answers(person, case.key) if aided else None))
