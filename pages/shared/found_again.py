"""Every page is run again when its browser finds the server again: one that was started anew knows none of its buttons.

Streamlit 1.67 asks for that run only where a run was cut off, where the last one was of a fragment, or where something
on the page runs by itself. A case that was just opened would stand there whole, and no key and no button would answer.
"""

from datetime import timedelta

import streamlit as st

SELDOM = timedelta(days=1)  # it is there to be asked for, not to be run


@st.fragment(run_every=SELDOM)
def ask_for_run() -> None:
    """Runs by itself and does nothing."""
