"""What pages and routes draw on: the store, the workspace, who is signed in, caches and session state.

The only place besides commands that reads the environment (see `reader_study.workspace`).
"""

import os
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from pages.shared import account_forms
from pages.shared.sitting import Sitting
from reader_study import accounts
from reader_study.design import Person, Role, Study
from reader_study.reads import Step
from reader_study.store import Store
from reader_study.workspace import Workspace, from_environment

if TYPE_CHECKING:  # torch takes seconds to load; only who needs it waits for it
    from ich_model.weights import LoadedNetwork

COOKIE = "ich_session"
Made = TypeVar("Made")


@cache
def workspace() -> Workspace:
    """The data folder and database of this process."""
    return from_environment(os.environ)


@cache
def store() -> Store:
    """The one store of this process, for pages and routes alike."""
    return workspace().open_store()


def forget() -> None:
    """Reads the environment afresh at the next call."""
    workspace.cache_clear()
    store.cache_clear()


def demo_study() -> Study | None:
    """The demo study of this workspace, or None."""
    return next((study for study in store().studies() if study.demo), None)


def map_file(study: str, case: str, weights_id: str, *, method: str, task: str) -> Path:
    """A saliency map on its scan's grid; its manifest lies beside it as .json."""
    return workspace().outputs_folder(study, case, weights_id) / f"{method}_{task}.nii.gz"


def session_token() -> str | None:
    """The signed-in browser's secret, from its cookie."""
    return st.context.cookies.get(COOKIE)


def person() -> Person | None:
    """Who is signed in, or None."""
    return accounts.person(store(), session_token())


def require(*roles: Role) -> Person:
    """Who is signed in, if in one of these roles (any where none is named); else what to do, and the page's end."""
    someone = person()
    if someone is None:
        with st.container(horizontal_alignment="center"), st.container(width=420, border=True):
            st.markdown("Sign in to open this page.")
            st.html(account_forms.sign_in())
        st.stop()
    if roles and someone.role not in roles:
        st.info(f"This page is for {' and '.join(f'{role}s' for role in roles)} of the study.")
        st.stop()
    return someone


def sitting(person: Person, step: Step) -> Sitting:
    """The sitting of a reader's step in this browser session; another step begins a new one, and so does a lock."""
    known = st.session_state.get("sitting")
    if known is None or known[0] != step or known[1].over:
        draft = store().draft(person.study_key, person.username, step)
        reads = store().reads(person.study_key, person.username)
        begun = Sitting(
            seconds_before=draft.seconds if draft else 0.0,
            seconds_elsewhere=sum(stored.read.seconds for stored in reads if stored.read.case == step.case_key),
        )
        known = st.session_state["sitting"] = (step, begun)
    return known[1]


def kept(name: str, of: Hashable, make: Callable[[], Made]) -> Made:
    """What was made of something in this browser session, until it is made of something else."""
    known = st.session_state.get(name)
    if known is None or known[0] != of:
        known = st.session_state[name] = (of, make())
    return known[1]


@st.cache_resource(show_spinner="Loading the network ...")
def network() -> "LoadedNetwork":
    """The network that the app runs, loaded once for all sessions; explaining leaves it as it is."""
    from ich_model import weights

    return weights.load_demo()
