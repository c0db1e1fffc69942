"""Welcome: what this is and the ways in; once in, the study, one's own progress and what to do next."""

import streamlit as st

from ich_model import software
from pages.shared import resources
from pages.shared.account import forms, oidc
from pages.shared.account.notices import GOOD_NEWS, SENTENCES, Notice, named
from pages.shared.reading.own_reads import show_own_reads
from pages.shared.reading.progress import next_for, show_own_progress
from reader_study.access import accounts, setup_links
from reader_study.study.design import Role

NOT_CLINICAL = "For research on reading and on models. Not a medical device; not for clinical use."


def ways_in() -> None:
    """The sign-in form beside the demo study, or the form of an invitation."""
    st.title("ICH Reader")
    st.markdown("Read head CTs with intracranial hemorrhage, and compare readers with models on the same cases.")
    st.caption(f"{NOT_CLINICAL} Version {software.app_version()}.")
    if "setup" in st.query_params:
        set_up(st.query_params["setup"])
    elif "invite" in st.query_params:
        invited(st.query_params["invite"])
    else:
        sign_in_or_demo()


def set_up(token: str) -> None:
    """The form of a link with which someone makes a new study and becomes its coordinator."""
    if not setup_links.works(resources.store(), token):
        st.warning("This link was used, replaced or has run out. Start the app anew, or ask a coordinator for one.")
        return
    with st.container(border=True, width=440):
        st.header("A new study")
        st.markdown("You become its coordinator. It begins as a draft: you bring in scans and invite readers, then "
                    "open it.")
        st.html(forms.set_up(token))


def invited(token: str) -> None:
    """The form that sets an invited person's first password."""
    someone = accounts.invited(resources.store(), token)
    if someone is None:
        st.warning("This invitation was used, replaced or has run out. Ask your coordinator for a new link.")
        return
    with st.container(border=True, width=440):
        st.header(f"Welcome, {someone.display_name}")
        title = resources.store().study(someone.study_key).title
        st.markdown(f"You are invited as a {someone.role} to **{title}**. Your user name is **{someone.username}**.")
        st.html(forms.accept_invitation(token))
        oidc.show(invited_by=token)


def sign_in_or_demo() -> None:
    """Two columns: people with an account, and the demo."""
    account, demo = st.columns(2, gap="medium")
    with account.container(border=True, height="stretch"):
        st.header("Sign in")
        st.html(forms.sign_in())
        oidc.show()
    if resources.demo_study():
        with demo.container(border=True, height="stretch"):
            st.header("Demo study – synthetic cases, simulated readers")
            st.html(forms.demo_reader())
            st.caption("or look at the comparison, the cases and the model as the demo's coordinator")
            st.html(forms.demo_coordinator())


notice = named(st.query_params.get("notice"))
person = resources.person()
if notice is Notice.SIGNED_OUT and person is None:
    oidc.follow_sign_out()
with st.container(horizontal_alignment="center"), st.container(width=860):
    if notice:
        (st.success if notice in GOOD_NEWS else st.warning)(SENTENCES[notice])
    if person is None:
        ways_in()
        st.stop()
    study = resources.store().study(person.study_key)
    st.title(study.title)
    st.caption(f"{NOT_CLINICAL} Version {software.app_version()}.")
    st.markdown(study.instructions)
    show_own_progress(person)
    now = next_for(person)
    st.markdown(now.sentence)
    if now.address:
        st.html(f'<a class="ich-go" href="{now.address}">{now.button}</a>')
    if person.role is Role.READER:
        show_own_reads(person)
