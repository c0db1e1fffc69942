"""Which cases a person may look at again, and whose reads and which truth they may see there."""

import pandas as pd

from ich_model.tasks import CLASS_TEXTS, READ_TARGETS, Task
from pages.shared import resources
from reader_study import permissions
from reader_study.design import Case, Person, Role
from reader_study.reads import StoredRead


def cases_of(person: Person) -> list[Case]:
    """All cases for a coordinator; for a reader those they locked a read of: none is seen ahead of its turn."""
    cases = resources.store().cases(person.study_key)
    if person.role is Role.COORDINATOR:
        return cases
    read = {stored.read.case for stored in resources.store().reads(person.study_key, person.username)}
    return [case for case in cases if case.key in read]


def reads_of(person: Person, case_key: str) -> pd.DataFrame:
    """The reads of a case that a person may see: all with the results, before that a reader's own."""
    store = resources.store()
    if permissions.may_see_results(store, person, person.study_key):
        reads = store.reads(person.study_key)
    else:
        reads = store.reads(person.study_key, person.username) if person.role is Role.READER else []
    return pd.DataFrame([_row(stored) for stored in reads if stored.read.case == case_key])


def _row(stored: StoredRead) -> dict[str, object]:
    read = stored.read
    codes = {task: CLASS_TEXTS[read.answers.code(task)] for task in Task}
    return {"Reader": read.reader, "Condition": str(read.condition), "Prognosis": codes[Task.PROGNOSIS],
            "p of poor, %": read.answers.p_poor, "GCS": codes[Task.GCS], "Age": codes[Task.AGE],
            "Seconds": round(read.seconds), "Comment": read.answers.comment}


def truth_of(person: Person, case_key: str) -> str | None:
    """The reference standard of a case in words; None before the results are open, or where none is recorded."""
    store = resources.store()
    if not permissions.may_see_results(store, person, person.study_key):
        return None
    truth = store.truths(person.study_key).get(case_key)
    if truth is None:
        return None
    outcome = CLASS_TEXTS[READ_TARGETS[Task.PROGNOSIS].classes[truth.class_index(Task.PROGNOSIS)]]
    return f"{outcome} outcome, GCS {truth.gcs}, {truth.age:g} years"
