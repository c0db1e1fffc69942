"""The Cases tab: importing scans and the reference standard, and running the model on the cases."""

import streamlit as st

from pages.shared import resources
from pages.shared.coordinate import uploads
from pages.shared.model import run
from reader_study.study.design import Person


def show(person: Person) -> None:
    """The cases that are there, the upload, and the model's run."""
    store, key = resources.store(), person.study_key
    cases, truths, state = store.cases(key), store.truths(key), store.state(key)
    if cases:
        models = {case.key: 0 for case in cases}
        for prediction in store.predictions(key):
            models[prediction.case] += 1
        st.dataframe([{
            "Case": case.key, "Kind": "synthetic" if case.synthetic else "scan",
            "Size": " × ".join(map(str, case.shape)), "Spacing, mm": " × ".join(f"{mm:.2f}" for mm in case.spacing_mm),
            "Truth": "recorded" if case.key in truths else "", "Model outputs": models[case.key],
        } for case in cases], hide_index=True, height=min(35 * (len(cases) + 1) + 3, 320))
    st.header("Import")
    if state.has_reads:
        st.caption("The study holds reads, so its cases are fixed.")
    if not state.unlocked:
        uploads.show(key, with_scans=not state.has_reads)
    st.header("Model")
    _run_model(key)


def _run_model(study_key: str) -> None:
    """The network on every case that lacks its outputs."""
    store = resources.store()
    n_cases, waiting, count = len(store.cases(study_key)), store.cases_to_predict(study_key), st.empty()
    count.caption(f"{n_cases - len(waiting)} of {n_cases} cases have model outputs.")
    if waiting and st.button(f"Run the model on the others ({len(waiting)})"):
        bar = st.progress(0.0, text="Waiting for the network ...")
        place = st.empty()

        def tell_place(number: int) -> None:
            place.caption(run.place_text(number))

        for number, (case, refusal) in enumerate(run.run(study_key, waiting, tell_place=tell_place), 1):
            bar.progress(number / len(waiting), text=f"{case.key}: {number} of {len(waiting)}")
            if refusal:
                st.warning(refusal)
        count.caption(f"{n_cases - len(store.cases_to_predict(study_key))} of {n_cases} cases have model outputs.")
