"""Models: the paper's networks, the weights at hand and how they did, published numbers beside own ones."""

import streamlit as st

from ich_model.training import overview
from ich_model.training.published_ablation import SOURCE
from pages.shared import resources
from pages.shared.account import session
from pages.shared.model import files as model_files
from pages.shared.model.card import note
from reader_study.models.weights_files import weights_files
from reader_study.study.design import Role

session.require(Role.COORDINATOR)
st.title("Models")

st.header("Weights at hand")
files = weights_files(resources.workspace())
weights = overview.weights_at_hand(files)
if len(weights):
    if weights["Trained on"].str.contains(overview.PHANTOMS).any():
        st.html(note("Weights trained on synthetic phantoms know nothing of patients. They show how everything works."))
    st.dataframe(weights, hide_index=True)
    with st.expander("Held-out metrics of these weights, with 95 % intervals"):
        st.dataframe(overview.held_out(files), hide_index=True)
else:
    st.info("There are no weights yet. Fetch published ones or train your own; the README says how.")

st.header("Prognosis: published beside own")
own = overview.own_results(model_files.own_runs())
st.caption(f"Mean ± SD over test folds. Published: {SOURCE}. "
           f"Own: {own.description if own else overview.NO_OWN_RUNS.lower()}.")
if own and own.synthetic:
    st.html(note("Own numbers are of synthetic phantoms and cannot be compared with the published ones of patients."))
st.dataframe(overview.published_and_own(own), hide_index=True, height="content")
if not own:
    st.caption("They appear here after `python -m ich_model ablation --cases cases.csv --out workspace/ablation`.")

st.header("The networks")
st.dataframe(overview.networks(), hide_index=True, height="content")
