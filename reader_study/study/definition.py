"""The definition of a study: what is read, in which conditions, what is asked and shown. The first read freezes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reader_study.study.questions import DEFAULT, Question, check_questions
from reader_study.study.read import Condition, check_key

TITLE_LENGTH = 200  # characters
INSTRUCTIONS_LENGTH = 20_000  # characters
LARGEST_SHARE = 0.5  # of cases read again: the repeat of a case stands half the list after it
LONGEST_WASHOUT_DAYS = 3650


class Design(StrEnum):
    """Which reads each case gets from each reader."""

    UNAIDED_ONLY = "unaided_only"
    SEQUENTIAL = "sequential"
    CROSSOVER = "crossover"  # in two sessions: half the cases aided first, the other half unaided first


CONDITIONS = {
    Design.UNAIDED_ONLY: (Condition.UNAIDED,),
    Design.SEQUENTIAL: (Condition.UNAIDED, Condition.AIDED),
    Design.CROSSOVER: (Condition.UNAIDED, Condition.AIDED),
}
"""The conditions in which a case is read; the order in which they come is in `worklist`."""


class Fact(StrEnum):
    """Clinical data of a case that a study may show its readers."""

    AGE = "age"
    GCS = "gcs"
    SEX = "sex"


class When(StrEnum):
    """In which reads something is shown."""

    NEVER = "never"
    AIDED = "aided"
    ALWAYS = "always"


@dataclass(frozen=True, kw_only=True)
class Study:
    """The definition of a study. `seed` fixes every reader's order."""

    key: str
    title: str
    seed: int
    instructions: str = ""  # Markdown
    design: Design = Design.UNAIDED_ONLY
    demo: bool = False  # anyone may join a demo study, as a reader or as its coordinator
    questions: tuple[Question, ...] = DEFAULT  # in the form's order
    washout_days: int = 0  # of a crossover: between a reader's last read of session 1 and the first of session 2
    training: tuple[str, ...] = ()  # cases read first, with the reference standard shown after; never analysed
    repeat_share: float = 0.0  # of the cases, read once more in their first condition
    clinical: tuple[tuple[Fact, When], ...] = ()  # a mapping is taken too
    variant: str = ""  # with weights_id: the model shown in aided reads; empty: the only one there is
    weights_id: str = ""
    corrections: bool = False  # whether a reader may give other answers later, with a reason
    readers_see_results: bool = True  # after unlocking, once their own reads are complete

    def __post_init__(self) -> None:
        check_key(self.key, "study key")
        settle = object.__setattr__
        settle(self, "design", Design(self.design))
        settle(self, "questions", tuple(q if isinstance(q, Question) else Question(**q) for q in self.questions))
        settle(self, "training", tuple(self.training))
        settle(self, "clinical", _pairs(self.clinical))
        if not 1 <= len(self.title.strip()) <= TITLE_LENGTH:
            raise ValueError(f"study {self.key}: title: expected 1 to {TITLE_LENGTH} characters, got {len(self.title)}")
        if len(self.instructions) > INSTRUCTIONS_LENGTH:
            raise ValueError(f"study {self.key}: instructions: expected at most {INSTRUCTIONS_LENGTH} characters, "
                             f"got {len(self.instructions)}")
        if type(self.seed) is not int:
            raise ValueError(f"study {self.key}: seed: expected a whole number, got {self.seed!r}")
        check_questions(self.questions)
        self._check_plan()

    def _check_plan(self) -> None:
        if type(self.washout_days) is not int or not 0 <= self.washout_days <= LONGEST_WASHOUT_DAYS:
            raise ValueError(f"study {self.key}: washout_days: expected 0 to {LONGEST_WASHOUT_DAYS}, "
                             f"got {self.washout_days!r}")
        if self.washout_days and self.design is not Design.CROSSOVER:
            raise ValueError(f"study {self.key}: washout_days: expected 0, or the design crossover, "
                             f"got {self.washout_days} days in the design {self.design}")
        if not 0 <= self.repeat_share <= LARGEST_SHARE:
            raise ValueError(f"study {self.key}: repeat_share: expected 0 to {LARGEST_SHARE}, got {self.repeat_share}")
        if len(set(self.training)) < len(self.training):
            raise ValueError(f"study {self.key}: training: expected each case once, got {', '.join(self.training)}")
        if self.weights_id and not self.variant:
            raise ValueError(f"study {self.key}: weights_id {self.weights_id}: expected the variant too")

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions in which a case is read."""
        return CONDITIONS[self.design]

    @property
    def has_aid(self) -> bool:
        """Whether some reads have the model's output beside the scan."""
        return Condition.AIDED in self.conditions

    def facts_in(self, condition: Condition) -> tuple[Fact, ...]:
        """The clinical data shown in a read."""
        return tuple(fact for fact, when in self.clinical
                     if when is When.ALWAYS or (when is When.AIDED and condition is Condition.AIDED))

    def shows(self, variant: str, weights_id: str) -> bool:
        """Whether a model's output is that of the model shown in aided reads."""
        return self.variant in ("", variant) and self.weights_id in ("", weights_id)

    def question(self, key: str) -> Question | None:
        """One of its questions; None where it does not ask it."""
        return next((question for question in self.questions if question.key == key), None)


def _pairs(clinical: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[tuple[Fact, When], ...]:
    """Facts with when they are shown, in the order of `Fact`, without those that never are."""
    given = dict(clinical.items() if isinstance(clinical, Mapping) else clinical)
    known = {Fact(fact): When(when) for fact, when in given.items()}
    return tuple((fact, known[fact]) for fact in Fact if known.get(fact, When.NEVER) is not When.NEVER)
