"""Shared objects of pages and routes: the store, the workspace, the session's person, caches and session state.

The only place besides commands that reads the environment (see `reader_study.store.workspace`).
"""

import gc
import os
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from ich_model.explain import map_files
from ich_model.saliency.saliency_map import stem_of
from reader_study.access import accounts
from reader_study.imports import import_cases
from reader_study.store.store import Store
from reader_study.store.workspace import Workspace, from_environment
from reader_study.study.design import Case, Person, Study
from reader_study.study.read import Step

if TYPE_CHECKING:  # torch takes seconds to load; only who needs it waits for it
    from ich_model.network.weights import LoadedNetwork

COOKIE = "ich_session"
Made = TypeVar("Made")


@cache
def workspace() -> Workspace:
    """The data folder and database of this process."""
    return from_environment(os.environ)


@cache
def store() -> Store:
    """The one store of this process, for pages and routes alike; what killed imports left is removed first."""
    opened = workspace().open_store()
    import_cases.remove_leftovers(opened, workspace())
    return opened


def keep_what_is_loaded() -> None:
    """Leaves all that is loaded by now out of the collection of garbage, for as long as this process runs.

    Streamlit collects in full after each run of a page, and nobody else is served meanwhile: for a tenth of a second
    with the packages of the app, for more than two tenths once torch is among them. None of that becomes garbage.
    """
    gc.collect()
    gc.freeze()


def forget() -> None:
    """Reads the environment afresh at the next call."""
    workspace.cache_clear()
    store.cache_clear()


def demo_study() -> Study | None:
    """The demo study of this workspace, or None."""
    return next((study for study in store().studies() if study.demo), None)


def case_of(study: str, step: Step) -> Case:
    """The case of a step in a worklist; KeyError where the study has no such case: then its database is damaged."""
    case = store().case(study, step.case_key)
    if case is None:
        raise KeyError(f"study {study}: a worklist names case {step.case_key}, expected a case of the study; restore "
                       "the database from a backup")
    return case


def map_file(study: str, case: str, weights_id: str, *, method: str, task: str) -> Path:
    """A saliency map on its scan's grid, with its manifest beside it."""
    return map_files.map_file(workspace().outputs_folder(study, case, weights_id), stem_of(method, task))


def session_token() -> str | None:
    """The signed-in browser's secret, from its cookie."""
    return st.context.cookies.get(COOKIE)


def person() -> Person | None:
    """Who is signed in, or None."""
    return accounts.person(store(), session_token())


def page_address() -> str:
    """The address of the page in its browser, from which links for others are made; else what to do, and its end."""
    address = st.context.url
    if address is None:
        st.warning("The browser did not say the address of this page, which the link begins with. Reload the page and "
                   "press the button again.")
        st.stop()
    return address


def kept(name: str, of: Hashable, make: Callable[[], Made]) -> Made:
    """What was made of something in this browser session, until it is made of something else."""
    known = st.session_state.get(name)
    if known is None or known[0] != of:
        known = st.session_state[name] = (of, make())
    return known[1]


@st.cache_resource(show_spinner="Loading the network ...")
def network() -> "LoadedNetwork":
    """The network that the app runs, loaded once for all sessions; explaining leaves it as it is."""
    from ich_model.network import weights

    loaded = weights.load_demo()
    keep_what_is_loaded()
    return loaded
