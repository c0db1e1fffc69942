"""Pages round the viewer, each of which counts its runs on the screen."""

import streamlit as st

from pages.shared.viewer.component import Overlay, Scan, ct_viewer
from tests.browser.viewer.app import clock

SCAN = Scan("demo", "CLOCK-1", clock.SHAPE, clock.SPACING_MM, "data/volume", synthetic=True, reader="ana")
MAP = Overlay("Grad-CAM", "prognosis", "grad_cam", "data/map", (2, 19, 19))


def count_runs() -> None:
    """Prints how often the page has run in this session."""
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.text(f"runs {st.session_state['runs']}")


def one() -> None:
    """The viewer beside a widget of Streamlit's that runs the page again."""
    count_runs()
    with_map = st.checkbox("Show the map")
    ct_viewer(SCAN, overlays=[MAP] if with_map else [])


def other() -> None:
    """The viewer on another page."""
    count_runs()
    ct_viewer(SCAN)
    st.button("Show")


st.set_page_config(layout="wide")
st.navigation([st.Page(one, title="One", default=True), st.Page(other, title="Other")], position="top").run()
