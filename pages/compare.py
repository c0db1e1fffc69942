"""Compare: readers next to models on the same cases, as figures, tables and CSV."""

import pandas as pd
import streamlit as st

from ich_model.tasks import Task
from pages.shared import comparing, resources
from pages.shared.model_card import note
from pages.shared.scans import TASK_TITLES
from pages.shared.selection import Selection, conditions_in, selected, unfinished
from reader_study import charts, comparison, results
from reader_study.design import NotAllowed
from reader_study.ratings import BadRatings

person = resources.require()
try:
    everything = results.results_for(resources.store(), person, person.study_key)
except NotAllowed:
    st.info(comparing.why_closed(person))
    st.stop()
conditions = conditions_in(everything)
if not conditions:
    st.info("No read is locked yet, so there is nothing to compare.")
    st.stop()

st.title("Readers and models on the same cases")
if unreal := comparing.what_is_not_real(person.study_key):
    st.html(note(unreal))
n_cases = len(resources.store().cases(person.study_key))
top = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
condition = top.segmented_control("Reads", conditions, default=conditions[0], required=True, key="condition")
waiting = unfinished(everything, n_cases=n_cases)
all_readers = bool(waiting) and top.toggle(f"Take in readers who are not done ({len(waiting)})", key="all_readers")
selection = Selection(condition, all_readers=all_readers)
top.html(comparing.download_link(person.study_key, "tables.zip", selection, text="Download all tables (ZIP)"))
try:
    tables = comparison.all_tables(selected(everything, selection, n_cases=n_cases))
except BadRatings:
    st.info("No reader has read every case yet. Take in readers who are not done to see what there is.")
    st.stop()


def show(name: str, caption: str, *, table: pd.DataFrame | None = None) -> None:
    """A table, by default the one that is downloaded, with its caption and the link."""
    st.caption(caption)
    shown = comparing.for_screen(tables[name]) if table is None else table
    st.dataframe(shown, hide_index=True, height="content")
    st.html(comparing.download_link(person.study_key, f"{name}.csv", selection, text=f"{name}.csv"))


performance, agreement, cases = st.tabs(["Performance", "Agreement", "Cases"])
with performance:
    show("performance_wide", "Each rater against the reference standard for prognosis; positive is a poor outcome. "
                             "Value and 95 % interval; with few cases the intervals are wide.")
    st.plotly_chart(charts.metric_bars(tables["performance"]), theme=None, key="bars")
    st.plotly_chart(charts.roc(tables["ratings"]), theme=None, key="roc")
    with st.expander("The same numbers in long form, with counts, methods and notes"):
        show("performance", "One row a rater and metric. An empty value is not defined; its note says why.")
with agreement:
    question = st.segmented_control("Question", list(TASK_TITLES), default=Task.PROGNOSIS, required=True,
                                    format_func=TASK_TITLES.get, key="question")
    st.plotly_chart(charts.agreement_heatmap(tables["agreement"], question=question), theme=None, key="heatmap")
    st.caption("All readers together. Kappa is low where one answer is rare although readers agree; AC1 is not.")
    st.dataframe(comparing.groups_of(tables["agreement_wide"], question), hide_index=True)
    show("agreement_wide", "Each pair of raters, each rater with the reference standard; the file has all questions.",
         table=comparing.pairs_of(tables["agreement_wide"], question))
with cases:
    st.plotly_chart(charts.case_grid(tables["ratings"]), theme=None, key="grid")
    show("cases", "One row a case: the reference standard, how many readers were right, each model's p of a poor "
                  "outcome and call, each reader's call and probability.",
         table=comparing.cases_for_screen(tables["cases"], tables["ratings"]))
