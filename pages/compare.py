"""Compare: readers next to models on the same cases, as figures, tables, reports and one archive."""

import streamlit as st

from pages.shared import comparing, resources
from pages.shared.comparing_filters import selection_of
from pages.shared.comparing_sections import PARTS, View
from pages.shared.model_card import note
from pages.shared.selection import conditions_in
from reader_study import results, standing
from reader_study.design import NotAllowed
from reader_study.ratings import BadRatings

EXPORTS = (("everything.zip", "Download everything (ZIP)"), ("report.html", "Report (HTML)"),
           ("report.pdf", "Report (PDF)"), ("tables.zip", "Download all tables (ZIP)"))

person = resources.require()
st.title("Readers and models on the same cases")
try:
    everything = results.results_for(resources.store(), person, person.study_key)
except NotAllowed:
    st.info(comparing.why_closed(person))
    st.stop()
if not conditions_in(everything):
    st.info("No read is locked yet, so there is nothing to compare.")
    st.stop()

if unreal := comparing.what_is_not_real(person.study_key):
    st.html(note(unreal))
compared = standing.compared(resources.store(), person.study_key)
selection = selection_of(everything, person=person, compared=compared)
if compared.sentence:
    st.html(comparing.readers_note(person.study_key, compared, selection))
st.html(" ".join(comparing.download_link(person.study_key, file, selection, text=text) for file, text in EXPORTS))
part = st.segmented_control("Part", list(PARTS), default=next(iter(PARTS)), required=True, key="part",
                            label_visibility="collapsed")
try:
    PARTS[part](View(person.study_key, compared.of(everything), selection, compared.table()))
except BadRatings:
    st.info("No rater in this selection has read a case. Choose other raters or cases, or take in readers who are not "
            "done (beside Raters, by the coordinator).")
