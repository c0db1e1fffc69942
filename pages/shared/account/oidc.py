"""Signing in with an OpenID provider, where `.streamlit/secrets.toml` has a section [auth]; else none of it shows.

Streamlit's `st.login` signs the browser in at the provider. The study's own cookie is then set by the answer to a form
that holds a one-use ticket, so that the data routes know one cookie only.
"""

import streamlit as st

from pages.shared import resources
from pages.shared.account import forms
from reader_study.access import oidc
from reader_study.store.account_queries import AccountRefused


def configured() -> bool:
    """Whether there is a provider to sign in with."""
    return st.secrets.load_if_toml_exists() and "auth" in st.secrets


def provider() -> str:
    """What the provider is called on the screen."""
    return str(st.secrets["auth"].get("title", "your institution"))


def signed_in_there() -> bool:
    """Whether this browser is signed in at the provider."""
    return configured() and bool(st.user.get("is_logged_in"))


def show(*, invited_by: str = "") -> None:
    """The way in by the provider, if there is one: first to it, then, back from it, into the study.

    `invited_by` is the token of an invitation, which then gives its account to whoever is signed in there.
    """
    if not configured():
        return
    if not signed_in_there():
        if st.button(f"Continue with {provider()}", key="sign-in-with", width="stretch"):
            st.login()
        return
    try:
        identity = oidc.identity_of(str(st.user.get("iss", "")), str(st.user.get("sub", "")))
    except AccountRefused as refusal:
        st.warning(f"{provider()} did not say who you are ({refusal}).")
        return
    who = str(st.user.get("email") or st.user.get("name") or "the person signed in there")
    if invited_by or oidc.person(resources.store(), identity):
        made = oidc.ticket(resources.store(), identity, invited_by=invited_by)
        st.html(forms.enter_with(made, who=who, provider=provider()))
    else:
        st.info(f"You are signed in with {provider()} as {who}, but no account of a study is yours yet. Open your "
                "invitation link again in this browser.")
    if st.button("Use another identity", key="sign-out-there", type="tertiary"):
        st.logout()


def follow_sign_out() -> None:
    """Ends the provider's session too, after a sign-out here."""
    if signed_in_there():
        st.logout()
