"""Who may see what now: the rules of `design` with the facts of the store. Pages and data routes ask only here.

An unknown study or case is answered like a forbidden one, so that an answer tells nothing.
"""

from ich_model.tasks import Prediction
from reader_study.store.store import Store
from reader_study.study import design
from reader_study.study.definition import Study
from reader_study.study.design import Case, Person, Role
from reader_study.study.worklist import Worklist


def may_open(store: Store, person: Person | None, study_key: str, case_key: str) -> bool:
    """Whether a person may open the scan of a case."""
    if person is None or (study := _own_study(store, person, study_key)) is None:
        return False
    return design.may_see_volume(
        person, study, case_in_study=_has(store, study, _own_steps(store, person), case_key))


def may_see_model_output(store: Store, person: Person | None, study_key: str, case_key: str) -> bool:
    """Whether a person may see predictions and saliency maps of a case."""
    if person is None or (study := _own_study(store, person, study_key)) is None:
        return False
    steps = _own_steps(store, person)
    return design.may_see_model(
        person, study,
        case_in_study=_has(store, study, steps, case_key),
        model_open=steps is not None and study.has_aid and design.model_open(steps, case_key),
        results_visible=_results_visible(store, person, study, steps),
    )


def models_seen(store: Store, person: Person | None, study_key: str, case_key: str) -> list[Prediction]:
    """The predictions of a case that a person may see: a reader before the results only those of the study's model."""
    if person is None or not may_see_model_output(store, person, study_key, case_key):
        return []
    predictions = store.predictions(study_key, case_key)
    if person.role is Role.COORDINATOR or may_see_results(store, person, study_key):
        return predictions
    shown = design.model_shown(store.study(study_key), predictions)
    return [shown] if shown else []


def may_see_results(store: Store, person: Person | None, study_key: str) -> bool:
    """Whether a person may see truth, others' reads and comparisons of a study."""
    if person is None or (study := _own_study(store, person, study_key)) is None:
        return False
    return _results_visible(store, person, study, _own_steps(store, person))


def cases_to_review(store: Store, person: Person) -> list[Case]:
    """The cases that a person may look at again: all for a coordinator, for a reader those that `design` opens."""
    cases, steps = store.cases(person.study_key), _own_steps(store, person)
    if steps is None:
        return cases
    opened = design.open_to_review(store.study(person.study_key), steps)
    return [case for case in cases if case.key in opened]


def may_coordinate(person: Person | None, study_key: str) -> bool:
    """Whether a person may see progress and the audit trail, invite readers, close and unlock the study."""
    return person is not None and person.study_key == study_key and person.role is Role.COORDINATOR


def may_see_profile(person: Person | None, study_key: str, reader: str) -> bool:
    """Whether a person may see and record a reader's profile: the coordinator, and the reader their own."""
    if may_coordinate(person, study_key):
        return True
    return person is not None and person.study_key == study_key and person.username == reader


def _own_study(store: Store, person: Person, study_key: str) -> Study | None:
    """The person's study where it is the one asked for."""
    return store.study(study_key) if person.study_key == study_key else None


def _own_steps(store: Store, person: Person) -> Worklist | None:
    """A reader's worklist; None for a coordinator, who has none."""
    return store.worklist(person.study_key, person.username) if person.role is Role.READER else None


def _has(store: Store, study: Study, steps: Worklist | None, case_key: str) -> bool:
    """Whether a case is there for a person: any of the study for its coordinator, for a reader those in their turn."""
    if steps is None:
        return store.case(study.key, case_key) is not None
    return store.state(study.key).opened and design.scan_open(steps, case_key)


def _results_visible(store: Store, person: Person, study: Study, steps: Worklist | None) -> bool:
    unlocked = store.state(study.key).unlocked
    return design.may_see_results(person, study, unlocked=unlocked,
                                  worklist_complete=steps is not None and steps.complete)
