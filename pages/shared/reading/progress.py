"""How far a reader, or each reader of a study, has come, and what a person can do next."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from pages.shared import resources
from reader_study.access import permissions
from reader_study.access.erasure import worklists_of
from reader_study.study.design import Design, Person, Role, Study, StudyState, Worklist
from reader_study.study.read import Step

ENOUGH_READS = 3  # of one's own, for a median that says something


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


def names_cases(study: Study) -> bool:
    """Whether a reader is told the names of cases: not where some are read twice, and one would be recognised."""
    return not study.repeat_share and study.design is not Design.CROSSOVER


def next_read(state: StudyState, worklist: Worklist, *, now: datetime) -> Step | str:
    """The step that a reader can read now; else one sentence that says why there is none."""
    if worklist.complete:
        return "Your reads are complete, thank you. The results open here when the coordinator unlocks them."
    if not state.opened:
        return "This study is being prepared: reading begins when the coordinator opens it."
    if state.closed:
        return "The study is closed: no further reads are taken. You can look back at yours in **Review**."
    if state.deadline is not None and now > state.deadline:
        return (f"The deadline for reads was {state.deadline:%d %B %Y, %H:%M} UTC: ask your coordinator to extend it; "
                "what you entered is kept.")
    if worklist.waits_until is not None:
        return (f"Your first session is complete. The second opens on {worklist.waits_until:%d %B %Y at %H:%M} UTC, so "
                "that you do not remember the cases.")
    return worklist.first_open or "This study has no cases yet. Come back when the coordinator has added them."


def time_left(seconds: Sequence[float], worklist: Worklist) -> str:
    """How long the rest may take at the reader's own median pace, from the seconds of each of their reads, in words;
    empty before there are enough of them."""
    if len(seconds) < ENOUGH_READS:
        return ""
    minutes = statistics.median(seconds) * (worklist.total - worklist.done) / 60
    if minutes < 1:
        return "less than a minute left"
    return f"about {minutes:.0f} min left" if minutes < 90 else f"about {minutes / 60:.1f} h left"


def _next_of_reader(person: Person) -> Next:
    store = resources.store()
    worklist = store.worklist(person.study_key, person.username)
    step = next_read(store.state(person.study_key), worklist, now=store.now())
    if isinstance(step, str):
        return Next(step)
    button = f"Go on with read {worklist.done + 1}" if worklist.done else "Begin reading"
    return Next("You can stop at any time: answers are kept as you give them.", "read", button)


def _next_of_coordinator(person: Person) -> Next:
    if not resources.store().cases(person.study_key):
        return Next("The study has no cases yet.", "coordinate", "Import scans and invite readers")
    return Next("Reading is under way. The results stay closed until you unlock them.", "coordinate", "Coordinate")
