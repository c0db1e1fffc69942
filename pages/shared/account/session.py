"""The person signed in on a page; without one, or in another role, a sentence and the end of the page."""

import streamlit as st

from pages.shared import resources
from pages.shared.account import forms
from reader_study.study.design import Person, Role


def require(*roles: Role) -> Person:
    """Who is signed in, if in one of these roles (any where none is named); else what to do, and the page's end."""
    someone = resources.person()
    if someone is None:
        with st.container(horizontal_alignment="center"), st.container(width=420, border=True):
            st.title("Sign in to open this page")
            st.html(forms.sign_in())
        st.stop()
    if roles and someone.role not in roles:
        st.title("This page is not open to you")
        st.info(f"This page is for {' and '.join(f'{role}s' for role in roles)} of the study.")
        st.stop()
    return someone
