"""Read: the reader's next case at once, the viewer on the left and the form on the right."""

from dataclasses import replace

import streamlit as st

from pages.shared import read_page, resources
from pages.shared.model_card import model_head
from pages.shared.one_tab import wait_for_turn
from pages.shared.progress import next_read
from pages.shared.read_form import Reading, read_form
from pages.shared.scans import overlays_for, prediction_for, scan_of
from pages.shared.viewer import ct_viewer
from reader_study.design import Role
from reader_study.reads import Condition

FORM_WIDTH = 310  # px

person = resources.require(Role.READER)
store = resources.store()
study, worklist = store.study(person.study_key), store.worklist(person.study_key, person.username)
read_page.show_feedback(person)
step = next_read(store.state(study.key), worklist, now=store.now())
if isinstance(step, str):
    st.info(step)
    st.stop()
read_page.pause()
wait_for_turn(person)

case = resources.case_of(study.key, step)
aided = step.condition is Condition.AIDED
prediction = prediction_for(person, case.key) if aided else None
if aided and prediction is None:
    st.info("The model has not been run on this case yet. Ask your coordinator: your reads go on here when it has.")
    st.stop()

store.start_read(study.key, person.username, step)
sitting, clinical = resources.sitting(person, step), store.clinical_shown(study.key, person.username, step)
scan = replace(scan_of(study.key, case, reader=person.username), step=f"{step.condition}-{step.repeat}",
               kept=sitting.kept, label=read_page.label(study, worklist, step))
before = resources.unaided_read(person, step)
with st.container(horizontal=True, gap="small"):
    with st.container(width="stretch"):
        ct_viewer(scan, overlays=overlays_for(person, case.key) if aided else (), key="read", above_px=58,
                  following=read_page.following(person, worklist))
    with st.container(width=FORM_WIDTH, gap="xsmall", key="ich-read-form"):
        read_page.show_step(person, worklist, step, label=scan.label)
        read_page.show_clinical(clinical)
        if prediction:
            st.html(model_head(prediction))
        read_form(Reading(person, study, step, scan, sitting, clinical=clinical, prediction=prediction,
                          before=before.final if before else None))
