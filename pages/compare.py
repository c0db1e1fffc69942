"""Compare: readers next to models on the same cases, as figures, tables, reports and one archive."""

import streamlit as st

from pages.shared import resources
from pages.shared.account import session
from pages.shared.compare import tables
from pages.shared.compare.filters import selection_of
from pages.shared.compare.sections import PARTS, View
from pages.shared.model.card import note
from reader_study.report import compared_readers, study_ratings
from reader_study.statistics.input.ratings import BadRatings
from reader_study.statistics.selection import conditions_in
from reader_study.study.design import NotAllowed

EXPORTS = (("everything.zip", "Download everything (ZIP)"), ("report.html", "Report (HTML)"),
           ("report.pdf", "Report (PDF)"), ("tables.zip", "Download all tables (ZIP)"))

person = session.require()
st.title("Readers and models on the same cases")
try:
    everything = study_ratings.results_for(resources.store(), person, person.study_key)
except NotAllowed:
    st.info(tables.why_closed(person))
    st.stop()
if not conditions_in(everything):
    st.info("No read is locked yet, so there is nothing to compare.")
    st.stop()

if unreal := tables.what_is_not_real(person.study_key):
    st.html(note(unreal))
compared = compared_readers.compared(resources.store(), person.study_key)
selection = selection_of(everything, person=person, compared=compared)
if compared.sentence:
    st.html(tables.readers_note(person.study_key, compared, selection))
st.html(" ".join(tables.download_link(person.study_key, file, selection, text=text) for file, text in EXPORTS))
part = st.segmented_control("Part", list(PARTS), default=next(iter(PARTS)), required=True, key="part",
                            label_visibility="collapsed")
try:
    PARTS[part](View(person.study_key, compared.of(everything), selection, compared.table()))
except BadRatings:
    st.info("No rater in this selection has read a case. Choose other raters or cases, or take in readers who are not "
            "done (beside Raters, by the coordinator).")
