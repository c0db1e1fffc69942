"""Pages round the viewer: one with a form, one with a report in a fragment. Each counts its runs on the screen."""

import streamlit as st

from pages.shared.viewer import Overlay, Scan, ct_viewer, reading_report
from tests.browser.viewer_app import clock

SCAN = Scan("demo", "CLOCK-1", clock.SHAPE, clock.SPACING_MM, "data/volume", synthetic=True, reader="ana")
MAP = Overlay("Grad-CAM", "prognosis", "grad_cam", "data/map", (2, 19, 19))


def count_runs() -> None:
    """Prints how often the page has run in this session."""
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.text(f"runs {st.session_state['runs']}")


def read() -> None:
    """The viewer beside a form that carries the report."""
    count_runs()
    with_map = st.checkbox("Show the map")
    left, right = st.columns([3, 1])
    with left:
        ct_viewer(SCAN, overlays=[MAP] if with_map else [])
    with right, st.form("read"):
        st.text_input("Comment")
        report = reading_report(SCAN)
        if st.form_submit_button("Lock"):
            st.text(f"locked {report}")


def live() -> None:
    """The viewer with a report outside any form."""
    count_runs()
    ct_viewer(SCAN)
    reading_report(SCAN, in_form=False)
    if st.button("Show"):
        st.text(f"shown {reading_report(SCAN, key='again', in_form=False) or st.session_state['reading']}")


st.set_page_config(layout="wide")
st.navigation([st.Page(read, title="Read", default=True), st.Page(live, title="Live")], position="top").run()
