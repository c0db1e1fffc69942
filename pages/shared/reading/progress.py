"""How far a reader, or each reader of a study, has come, and what a person can do next."""

from dataclasses import dataclass

import streamlit as st

from pages.shared import resources
from reader_study.access import permissions
from reader_study.store.progress import worklists_of
from reader_study.study import design
from reader_study.study.design import Person, Role, Worklist


def show_own_progress(person: Person) -> None:
    """A reader's own bar, or how many of the study's readers are done."""
    if person.role is Role.READER:
        bar(resources.store().worklist(person.study_key, person.username))
        return
    lists = [worklist for _reader, worklist in readers(person.study_key)]
    if lists:
        n_done = sum(worklist.complete for worklist in lists)
        st.markdown(f"{n_done} of {len(lists)} readers have finished their reads.")


def bar(worklist: Worklist) -> None:
    """"17 of 40 reads" over a thin bar; nothing for an empty worklist."""
    if worklist.total:
        st.progress(worklist.done / worklist.total, text=f"{worklist.done} of {worklist.total} reads locked")


def readers(study_key: str) -> list[tuple[Person, Worklist]]:
    """The readers of a study with their worklists."""
    return worklists_of(resources.store(), study_key)


@dataclass(frozen=True)
class Next:
    """What a person can do now: a sentence, and where a button leads (an address of a page), if anywhere."""

    sentence: str
    address: str = ""
    button: str = ""


def next_for(person: Person) -> Next:
    """What a person can do now."""
    if permissions.may_see_results(resources.store(), person, person.study_key):
        return Next("The results are open. **Compare** has the tables, **Review** the single cases.",
                    "compare", "See the comparison")
    return _next_of_reader(person) if person.role is Role.READER else _next_of_coordinator(person)


def _next_of_reader(person: Person) -> Next:
    store = resources.store()
    worklist = store.worklist(person.study_key, person.username)
    step = design.next_read(store.state(person.study_key), worklist, now=store.now())
    if isinstance(step, str):
        return Next(step)
    button = f"Go on with read {worklist.done + 1}" if worklist.done else "Begin reading"
    return Next("You can stop at any time: answers are kept as you give them.", "read", button)


def _next_of_coordinator(person: Person) -> Next:
    if not resources.store().cases(person.study_key):
        return Next("The study has no cases yet.", "coordinate", "Import scans and invite readers")
    return Next("Reading is under way. The results stay closed until you unlock them.", "coordinate", "Coordinate")
