"""The Readers tab: invitations, new passwords, profiles, assigned cases, and erasure."""

import streamlit as st

from pages.shared import resources
from pages.shared.coordinate import actions
from reader_study.access import erasure, profiles
from reader_study.access.profiles import Profile
from reader_study.store.account_queries import AccountRefused
from reader_study.study.design import Person, Role
from reader_study.study.errors import NotAllowed


def show(person: Person) -> None:
    """An invitation for a new reader, and below it each reader of the study with what can be done for them."""
    _invite(person)
    readers = [reader for reader in resources.store().people(person.study_key) if reader.role is Role.READER]
    known = profiles.of_study(resources.store(), person.study_key)
    if not readers:
        return
    st.header("Readers of the study")
    st.dataframe([_row(reader, known.get(reader.username)) for reader in readers], hide_index=True, height="content",
                 placeholder="")
    people = [reader for reader in readers if not reader.forgotten]
    chosen = st.selectbox("Reader", people, format_func=lambda reader: reader.display_name, key="chosen-reader")
    if chosen is None:
        return
    profile, cases, access = st.columns(3, gap="medium")
    with profile.container(border=True, height="stretch"):
        _profile(person, chosen, known.get(chosen.username))
    with cases.container(border=True, height="stretch"):
        _cases(person, chosen)
    with access.container(border=True, height="stretch"):
        _access(person, chosen)


def _row(reader: Person, profile: Profile | None) -> dict[str, object]:
    kind = "deleted on request" if reader.forgotten else "simulated" if reader.simulated else "person"
    told = {"Specialty": profile.specialty, "Board certified": profile.board_certified,
            "Years": profile.years_experience, "Institution": profile.institution_code} if profile else {}
    return {"Reader": reader.display_name, "Kind": kind,
            **dict.fromkeys(("Specialty", "Board certified", "Years", "Institution")), **told}


def _invite(person: Person) -> None:
    """A name in, a one-use link out."""
    with (st.form("reader", border=False, clear_on_submit=True),
          st.container(horizontal=True, vertical_alignment="bottom")):
        name = st.text_input("Name of a new reader")
        pressed = st.form_submit_button("Make an invitation link")
    if pressed:
        _show_link(person, name)


def _show_link(person: Person, name: str) -> None:
    try:
        link = actions.invitation_link(person, name, page_url=resources.page_address())
    except AccountRefused as error:
        st.warning(str(error))
    else:
        st.caption(f"Send this link to {name}. It works once, for seven days, and is not shown again.")
        st.code(link, language=None, wrap_lines=True)


def _profile(person: Person, reader: Person, known: Profile | None) -> None:
    """What the paper's table of readers says."""
    key = reader.username
    st.subheader("Profile, for the paper")
    specialty = st.text_input("Specialty", known.specialty if known else "", key=f"specialty-{key}")
    certified = st.checkbox("Board certified", known.board_certified if known else False, key=f"certified-{key}")
    years = st.number_input("Years of reading head CT", 0.0, float(profiles.LONGEST_CAREER_YEARS),
                            float(known.years_experience) if known else 0.0, step=1.0, key=f"years-{key}")
    institution = st.text_input("Institution, as a code", known.institution_code if known else "",
                                key=f"institution-{key}")
    if st.button("Keep the profile", key=f"keep-{key}"):
        try:
            profiles.record(resources.store(), person.study_key, reader.username, Profile(
                specialty=specialty, board_certified=certified, years_experience=years, institution_code=institution,
            ), by=person.username)
        except ValueError as error:
            st.warning(str(error))
        else:
            st.rerun()


def _cases(person: Person, reader: Person) -> None:
    """Which cases the reader reads: all, or some."""
    store, key = resources.store(), person.study_key
    every = [case.key for case in store.cases(key)]
    worklist = store.worklist(key, reader.username)
    own = sorted({step.case_key for step in worklist.steps})
    st.subheader("Cases")
    st.caption(f"Reads {'all' if len(own) == len(every) else len(own)} of {len(every)} cases.")
    if worklist.done:
        st.caption("Reads are locked, so the cases are fixed.")
        return
    chosen = st.multiselect("Only these (none: all)", every, own if len(own) < len(every) else [],
                            key=f"cases-{reader.username}")
    if st.button("Assign the cases", key=f"assign-{reader.username}"):
        try:
            store.assign(key, reader.username, chosen, by=person.username)
        except NotAllowed as error:
            st.warning(str(error))
        else:
            st.rerun()


def _access(person: Person, reader: Person) -> None:
    """A link for a new password, and the deletion of the person's data."""
    st.subheader("Access and data")
    if reader.simulated:
        st.caption("A simulated reader has no account to sign in to.")
    elif st.button("Make a link for a new password", key=f"password-{reader.username}"):
        _show_link(person, reader.username)
    st.caption("On request: name, password, profile and drafts are deleted for good; locked reads stay, under a "
               "pseudonym. Backups made earlier still hold the name.")
    sure = st.checkbox(f"Delete the data of {reader.display_name}", key=f"sure-{reader.username}")
    if st.button("Delete for good", disabled=not sure, key=f"forget-{reader.username}"):
        erasure.forget(resources.store(), person.study_key, reader.username, by=person.username)
        st.rerun()
