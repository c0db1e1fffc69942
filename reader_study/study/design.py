"""The design of a study: what is read, by whom, in which order, and every rule of blinding as a pure function of facts.

Nothing here asks a database or a screen. `store` keeps these things, `permissions` looks the facts up, pages obey.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath

from ich_model.tasks import READ_TARGETS, Prediction, Task, class_of
from reader_study.study.definition import Design as Design
from reader_study.study.definition import Fact
from reader_study.study.definition import Study as Study
from reader_study.study.errors import AlreadyRead as AlreadyRead
from reader_study.study.errors import NotAllowed as NotAllowed
from reader_study.study.errors import StudyFrozen as StudyFrozen
from reader_study.study.read import Condition, Step, check_key
from reader_study.study.worklist import Worklist as Worklist
from reader_study.study.worklist import reading_order as reading_order

LARGEST_VOLUME_ML = 1000.0  # of a haematoma: more than any skull holds beside a brain
LEAST_TO_REPEAT = 4  # cases: a repeat stands half the list after its first reading


class Role(StrEnum):
    """What a person is in a study."""

    READER = "reader"
    COORDINATOR = "coordinator"


@dataclass(frozen=True)
class StudyState:
    """Where a study is in its life: draft, open, closed, unlocked; the demo study is open and unlocked at once."""

    has_reads: bool
    opened: bool
    closed: bool
    unlocked: bool
    deadline: datetime | None = None
    takes_in_unfinished: bool = False  # whether readers who are not done are compared with the others

    @property
    def name(self) -> str:
        """The stage of its life, in a word."""
        if self.unlocked:
            return "unlocked"
        return "closed" if self.closed else "open" if self.opened else "draft"


@dataclass(frozen=True)
class Case:
    """One scan of a study. `folder` is relative to the workspace; shape and spacing are those of the RAS+ volume."""

    key: str
    folder: str
    synthetic: bool
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    content_sha256: str = ""  # of the imported voxels and affine; finds the same scan imported twice

    def __post_init__(self) -> None:
        check_key(self.key, "case key")
        folder = PurePosixPath(self.folder)
        if folder.is_absolute() or ".." in folder.parts or not folder.parts:
            raise ValueError(f"{self.key}: folder: expected a path inside the workspace, got {self.folder!r}")
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise ValueError(f"{self.key}: shape: expected three sizes of at least 1, got {self.shape}")
        if len(self.spacing_mm) != 3 or not min(self.spacing_mm) > 0:
            raise ValueError(f"{self.key}: spacing_mm: expected three sizes above 0, got {self.spacing_mm}")


SEXES = ("", "female", "male")


@dataclass(frozen=True)
class Truth:
    """The reference standard of a case: poor outcome 0 or 1, Glasgow Coma Scale 3-15, age in years; sex and haematoma
    volume in mL where they are known."""

    poor: int
    gcs: int
    age: float
    sex: str = ""
    volume_ml: float | None = None

    def __post_init__(self) -> None:
        for task in Task:
            self.class_index(task)
        if self.sex not in SEXES:
            raise ValueError(f"sex {self.sex!r}: expected female, male or nothing")
        if self.volume_ml is not None and not 0 <= self.volume_ml <= LARGEST_VOLUME_ML:
            raise ValueError(f"volume_ml {self.volume_ml}: expected 0 to {LARGEST_VOLUME_ML:g} mL")

    def class_index(self, task: Task) -> int:
        """The class of the case for a task, as readers are asked for it."""
        return class_of(READ_TARGETS[task], poor=self.poor, gcs=self.gcs, age=self.age)

    def fact(self, fact: Fact) -> int | float | str:
        """One of the clinical data that a study may show; sex may be empty."""
        value: int | float | str = getattr(self, fact.value)
        return value


@dataclass(frozen=True)
class Person:
    """Someone with an account in one study."""

    username: str
    display_name: str
    role: Role
    study_key: str
    simulated: bool = False
    forgotten: bool = False  # asked for their data to be deleted: the names are a pseudonym


def may_see_volume(person: Person, study: Study, *, case_in_study: bool) -> bool:
    """Whether a person may open a scan: only one of their own study."""
    return case_in_study and person.study_key == study.key


def scan_open(steps: Worklist, case_key: str) -> bool:
    """Whether a reader may open a scan: of the next step, of the case after it, or of a case that is read for good.

    The case after it is fetched ahead. Those further down stay closed, so that nobody reads out of order; and a case
    that is to be read again, in another session or as a repeat, is not seen in between.
    """
    ahead = [] if steps.waits_until else [step.case_key for step in steps.steps if step not in steps.locked]
    return case_key in list(dict.fromkeys(ahead))[:2] or steps.case_is_done(case_key)


def may_see_results(person: Person, study: Study, *, unlocked: bool, worklist_complete: bool) -> bool:
    """Whether a person may see truth, others' reads and comparisons.

    Never before the study is unlocked, and a reader never before the last step of their own worklist is locked, nor
    where the study keeps its results from readers.
    """
    if person.study_key != study.key or not unlocked:
        return False
    return person.role is Role.COORDINATOR or (worklist_complete and study.readers_see_results)


def may_see_model(
    person: Person, study: Study, *, case_in_study: bool, model_open: bool, results_visible: bool
) -> bool:
    """Whether a person may see the model's output for one case.

    A coordinator may at any time; a reader together with the results, or while `model_open` says so.
    """
    if not may_see_volume(person, study, case_in_study=case_in_study):
        return False
    return person.role is Role.COORDINATOR or results_visible or model_open


def model_open(steps: Worklist, case_key: str) -> bool:
    """Whether the model's output of a case can bias none of a reader's reads that are still to come.

    That is in the aided read itself, and once all reads of the case are locked and one of them was aided. Between the
    sessions of a crossover, and before a repeat, it is closed.
    """
    step = steps.next_step
    if step is not None and (step.case_key, step.condition) == (case_key, Condition.AIDED):
        return True
    return steps.case_is_done(case_key) and any(step.condition is Condition.AIDED for step in steps.of_case(case_key))


def feedback_open(steps: Worklist, case_key: str) -> bool:
    """Whether a reader may see the reference standard of a training case: once all their reads of it are locked."""
    return case_key in steps.training and steps.case_is_done(case_key)


def open_to_review(study: Study, steps: Worklist) -> set[str]:
    """The cases that a reader may look at again: those they have read, none ahead of its turn.

    A case that is to be read again, in another session or as a repetition, is not seen in between; the aided read that
    follows at once in a sequential study is no such case.
    """
    sequential = study.design is Design.SEQUENTIAL
    at_once = steps.next_step if sequential and steps.next_step and not steps.next_step.repeat else None
    waiting = {step.case_key for step in steps.steps if step not in steps.locked and step != at_once}
    return {step.case_key for step in steps.locked} - waiting


def names_cases(study: Study) -> bool:
    """Whether case keys are shown to readers: not where cases are read twice, since a key would be recognised."""
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


def model_shown(study: Study, predictions: Iterable[Prediction]) -> Prediction | None:
    """Of a case's predictions, that of the model which the study shows; None where there is none."""
    return next((one for one in predictions if study.shows(one.variant, one.weights_id)), None)


@dataclass(frozen=True)
class Readiness:
    """What a study holds before it opens."""

    cases: tuple[str, ...]
    n_readers: int
    models: dict[str, tuple[tuple[str, str], ...]]  # case -> (variant, weights id) of its predictions
    truths: dict[str, Truth]


def why_not_open(study: Study, held: Readiness) -> list[str]:
    """Each reason why reading cannot begin, in one sentence; empty where it can."""
    to_read = [case for case in held.cases if case not in study.training]
    reasons = []
    if not to_read:
        reasons.append("There are no cases to read: import scans.")
    if not held.n_readers and not study.demo:
        reasons.append("There are no readers: invite at least one.")
    if absent := [case for case in study.training if case not in held.cases]:
        reasons.append(f"Training case {absent[0]} is not a case of the study: import it, or leave it out.")
    if untold := [case for case in study.training if case in held.cases and case not in held.truths]:
        reasons.append(f"Training case {untold[0]} has no reference standard to show: record it.")
    if study.repeat_share and len(to_read) < LEAST_TO_REPEAT:
        reasons.append(f"Repeats need at least {LEAST_TO_REPEAT} cases, there are {len(to_read)}.")
    return reasons + _why_no_aid(study, held) + _why_no_facts(study, held)


def _why_no_aid(study: Study, held: Readiness) -> list[str]:
    if not study.has_aid:
        return []
    if not study.variant and len({model for models in held.models.values() for model in models}) > 1:
        return ["Several models have been run: say in the design which one the readers see."]
    lack = [case for case in held.cases if not any(study.shows(*model) for model in held.models.get(case, ()))]
    if not lack:
        return []
    model = " ".join(filter(None, (study.variant, study.weights_id))) or "the model"
    return [f"{len(lack)} of {len(held.cases)} cases have no output of {model}, first {lack[0]}: run it on them."]


def _why_no_facts(study: Study, held: Readiness) -> list[str]:
    reasons = []
    for fact, _when in study.clinical:
        lack = [case for case in held.cases if case not in held.truths or held.truths[case].fact(fact) == ""]
        if lack:
            reasons.append(f"{fact.upper() if fact is Fact.GCS else fact.capitalize()} is to be shown, but "
                           f"{len(lack)} of {len(held.cases)} cases have none, first {lack[0]}: record it.")
    return reasons
