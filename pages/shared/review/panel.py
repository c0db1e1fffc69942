"""The panel beside the scan on the Review page: a model's answers, and the checks of its maps."""

import streamlit as st

from ich_model.tasks import Prediction
from pages.shared.model import run
from pages.shared.model.card import model_cards
from pages.shared.review.case_view import findings_of
from reader_study.study.design import Case, Person, Role

HOW_TO_READ = ("Bold is the network's answer: the band where the chance of lying higher falls below one half. Maps "
               "mark what spoke for poor outcome, lower GCS, higher age; they are coarse, the rest interpolated.")
NO_OUTPUT = "No model output is shown for this case: there is none, or it is not open to you yet."


def show_model(person: Person, case: Case, models: dict[str, Prediction]) -> Prediction | None:
    """One model's answers, of several the chosen one's; where there are none a coordinator may run the app's model."""
    if not models:
        st.caption(NO_OUTPUT)
        if person.role is Role.COORDINATOR:
            _offer_to_run(person.study_key, case)
        return None
    chosen = st.selectbox("Model", list(models), key="model") if len(models) > 1 else next(iter(models))
    st.html(model_cards(models[chosen]))
    st.caption(HOW_TO_READ)
    return models[chosen]


def show_findings(study_key: str, prediction: Prediction) -> None:
    """How far each of a model's maps may be believed, a sentence for each check that was made."""
    for number, (title, sentences) in enumerate(findings_of(study_key, prediction).items()):
        with st.expander(f"Checked: {title}", expanded=number == 0):
            st.caption("\n".join(f"- {sentence}" for sentence in sentences))


def _offer_to_run(study_key: str, case: Case) -> None:
    """A button that makes the case's prediction and maps, with the place in the line and a bar while it works."""
    if not st.button("Run the model on this case"):
        return
    bar, place = st.progress(0.0, text="Loading the network ..."), st.empty()

    def tell_place(number: int) -> None:
        place.caption(run.place_text(number))
        bar.progress(0.0, text="Waiting ..." if number else "Predicting ...")

    def tell_step(done: int, total: int) -> None:
        bar.progress(done / total, text=f"Map {done} of {total}")

    for _, refusal in run.run(study_key, [case], tell_place=tell_place, tell_step=tell_step):
        if refusal:
            bar.empty()
            st.warning(refusal)
        else:
            st.rerun()
