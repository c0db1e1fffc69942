"""The design of a study: what is read, by whom, in which order, and every rule of blinding as a pure function of facts.

Nothing here asks a database or a screen. `store` keeps these things, `permissions` looks the facts up, pages obey.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import PurePosixPath

from ich_model.tasks import READ_TARGETS, Task, class_of
from reader_study.reads import Condition, Step, check_key

TITLE_LENGTH = 200  # characters
INSTRUCTIONS_LENGTH = 20_000  # characters


class NotAllowed(ValueError):
    """The design forbids this to this person, or not yet."""


class AlreadyRead(ValueError):
    """This read is locked: it is never changed and never made twice."""


class StudyFrozen(ValueError):
    """The study holds a read, or its results are unlocked, so this part of it cannot change any more."""


class Role(StrEnum):
    """What a person is in a study."""

    READER = "reader"
    COORDINATOR = "coordinator"


class Design(StrEnum):
    """Which reads each case gets from each reader."""

    UNAIDED_ONLY = "unaided_only"
    SEQUENTIAL = "sequential"


CONDITIONS = {
    Design.UNAIDED_ONLY: (Condition.UNAIDED,),
    Design.SEQUENTIAL: (Condition.UNAIDED, Condition.AIDED),
}
"""The conditions of one case, in the order in which they are read."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """The definition of a study; it is frozen with the first read. `seed` fixes every reader's order."""

    key: str
    title: str
    seed: int
    instructions: str = ""  # Markdown
    design: Design = Design.UNAIDED_ONLY
    demo: bool = False  # anyone may join a demo study, as a reader or as its coordinator

    def __post_init__(self) -> None:
        check_key(self.key, "study key")
        object.__setattr__(self, "design", Design(self.design))
        if not 1 <= len(self.title.strip()) <= TITLE_LENGTH:
            raise ValueError(f"study {self.key}: title: expected 1 to {TITLE_LENGTH} characters, got {len(self.title)}")
        if len(self.instructions) > INSTRUCTIONS_LENGTH:
            raise ValueError(f"study {self.key}: instructions: expected at most {INSTRUCTIONS_LENGTH} characters, "
                             f"got {len(self.instructions)}")

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions in which a case is read, in their order."""
        return CONDITIONS[self.design]


@dataclass(frozen=True)
class StudyState:
    """Where a study is in its life: it may be open and unlocked at once, as the demo study is."""

    has_reads: bool
    closed: bool
    unlocked: bool


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


@dataclass(frozen=True)
class Truth:
    """The reference standard of a case: poor outcome 0 or 1, Glasgow Coma Scale 3-15, age in years."""

    poor: int
    gcs: int
    age: float

    def __post_init__(self) -> None:
        for task in Task:
            self.class_index(task)

    def class_index(self, task: Task) -> int:
        """The class of the case for a task, as readers are asked for it."""
        return class_of(READ_TARGETS[task], poor=self.poor, gcs=self.gcs, age=self.age)


@dataclass(frozen=True)
class Person:
    """Someone with an account in one study."""

    username: str
    display_name: str
    role: Role
    study_key: str
    simulated: bool = False
    forgotten: bool = False  # asked for their data to be deleted: the names are a pseudonym


@dataclass(frozen=True)
class Worklist:
    """All steps of a reader in their order, and those that are locked."""

    steps: tuple[Step, ...]
    locked: frozenset[Step]

    @property
    def next_step(self) -> Step | None:
        """The first step that is not locked; None when the worklist is complete."""
        return next((step for step in self.steps if step not in self.locked), None)

    @property
    def done(self) -> int:
        """Number of locked steps."""
        return sum(step in self.locked for step in self.steps)

    @property
    def total(self) -> int:
        """Number of steps."""
        return len(self.steps)

    @property
    def complete(self) -> bool:
        """Whether there was something to read and all of it is locked."""
        return self.total > 0 and self.next_step is None


def reading_order(study: Study, reader: str, cases: Iterable[str]) -> list[str]:
    """A reader's own order of case keys: sorted by SHA-256 of "seed|reader|case".

    It needs nothing but the study's seed, the reader's name and the case keys, so an export reproduces it, and
    neither another reader nor another case moves the cases relative to each other.
    """
    return sorted(cases, key=lambda case: sha256(f"{study.seed}|{reader}|{case}".encode()).digest())


def worklist(study: Study, order: Iterable[str], locked: Collection[Step]) -> Worklist:
    """A reader's worklist: the study's conditions of each case in turn, before the next case."""
    steps = tuple(Step(case, condition) for case in order for condition in study.conditions)
    return Worklist(steps, frozenset(locked))


def next_step(study: Study, order: Iterable[str], locked: Collection[Step]) -> Step | None:
    """The one step a reader may take now; None when all are locked."""
    return worklist(study, order, locked).next_step


def check_step(steps: Worklist, step: Step, reader: str) -> int:
    """The position of a step in a reader's worklist, if it is the one that may be taken now.

    AlreadyRead where it is locked; NotAllowed where it is not in the worklist or another step comes first.
    """
    name = f"{step.case_key} {step.condition} by {reader}"
    if step in steps.locked:
        raise AlreadyRead(f"{name} is already locked: a locked read is never changed")
    if step not in steps.steps:
        raise NotAllowed(f"{name} is not a read of this study: expected a step of the reader's worklist")
    if step != steps.next_step:
        raise NotAllowed(f"{name} comes later: expected {steps.next_step.case_key} {steps.next_step.condition} first")
    return steps.steps.index(step)


def may_see_volume(person: Person, study: Study, *, case_in_study: bool) -> bool:
    """Whether a person may open a scan: only one of their own study."""
    return case_in_study and person.study_key == study.key


def may_see_results(person: Person, study: Study, *, unlocked: bool, worklist_complete: bool) -> bool:
    """Whether a person may see truth, others' reads and comparisons.

    Never before the study is unlocked, and a reader never before the last step of their own worklist is locked.
    """
    if person.study_key != study.key or not unlocked:
        return False
    return person.role is Role.COORDINATOR or worklist_complete


def may_see_model(
    person: Person, study: Study, *, case_in_study: bool, unaided_locked: bool, results_visible: bool
) -> bool:
    """Whether a person may see the model's output for one case.

    A coordinator may at any time. A reader may in a sequential study once their own unaided read of the case is
    locked (that is the aided read, and looking back at it); in an unaided study only together with the results.
    """
    if not may_see_volume(person, study, case_in_study=case_in_study):
        return False
    if person.role is Role.COORDINATOR:
        return True
    return unaided_locked if Condition.AIDED in study.conditions else results_visible
