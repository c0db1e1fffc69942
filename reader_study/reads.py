"""A read: what one reader answered to one case, when, and what the screen had shown. Each validates itself."""

import json
import re
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from ich_model.tasks import READ_TARGETS, Prediction, Task

KEY_PATTERN = re.compile(r"[a-z0-9-]+")
COMMENT_LENGTH = 2000  # characters
LONGEST_READ_S = 24 * 3600.0  # a read that takes longer than a day is a clock gone wrong


def check_key(key: str, noun: str) -> None:
    """ValueError unless a key is made of a-z, 0-9 and hyphens: keys become folders and addresses."""
    if not KEY_PATTERN.fullmatch(key):
        raise ValueError(f"{noun} {key!r}: expected only the characters a-z, 0-9 and -")


class Condition(StrEnum):
    """What lies beside the scan while it is read: nothing, or the model's output."""

    UNAIDED = "unaided"
    AIDED = "aided"


@dataclass(frozen=True)
class Step:
    """One read to be made: a case in a condition."""

    case_key: str
    condition: Condition
    repeat: int = 0


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers of a read, as stable class codes (`tasks.READ_TARGETS`); all but the comment are required."""

    prognosis: str
    p_poor: int  # percent, 0-100, as the reader entered it
    gcs: str
    age: str
    comment: str = ""

    def __post_init__(self) -> None:
        for task, target in READ_TARGETS.items():
            if self.code(task) not in target.classes:
                raise ValueError(f"{task}: expected one of {', '.join(target.classes)}, got {self.code(task)!r}")
        if type(self.p_poor) is not int or not 0 <= self.p_poor <= 100:
            raise ValueError(f"p_poor: expected a whole number from 0 to 100, got {self.p_poor!r}")
        if not isinstance(self.comment, str) or len(self.comment) > COMMENT_LENGTH:
            raise ValueError(f"comment: expected a text of at most {COMMENT_LENGTH} characters, "
                             f"got {len(str(self.comment))}")

    def code(self, task: Task) -> str:
        """The class code answered for a task."""
        return getattr(self, task.value)

    def class_index(self, task: Task) -> int:
        """The class index answered for a task."""
        return READ_TARGETS[task].classes.index(self.code(task))


ANSWER_FIELDS = tuple(answer.name for answer in fields(Answers))


@dataclass(frozen=True, kw_only=True)
class Read:
    """One read, ready to be locked. `seconds` is the active time that the browser measured.

    `shown` says what model output lay beside the scan (variant, weights id, probability, map method ...): empty in
    an unaided read, never empty in an aided one.
    """

    study: str
    reader: str
    case: str
    condition: Condition
    answers: Answers
    started_at: datetime
    seconds: float
    repeat: int = 0
    shown: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "condition", Condition(self.condition))
        check_key(self.study, "study key")
        check_key(self.case, "case key")
        if not self.reader:
            raise ValueError("reader: expected a reader's name, got an empty text")
        if type(self.repeat) is not int or self.repeat < 0:
            raise ValueError(f"repeat: expected a whole number from 0, got {self.repeat!r}")
        if self.started_at.tzinfo is None:
            raise ValueError(f"started_at: expected a time with its zone, got {self.started_at.isoformat()}")
        if not 0 <= self.seconds <= LONGEST_READ_S:
            raise ValueError(f"seconds: expected 0 to {LONGEST_READ_S:.0f}, got {self.seconds}")
        self._check_shown()

    def _check_shown(self) -> None:
        aided = self.condition is Condition.AIDED
        if aided != bool(self.shown):
            expected = "what model output was shown" if aided else "nothing"
            raise ValueError(f"shown: an {self.condition} read of {self.case} expected {expected}, got {self.shown}")
        try:
            json.dumps(self.shown, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"shown: expected values that JSON can hold: {error}") from error

    @property
    def step(self) -> Step:
        """The step of the worklist that this read takes."""
        return Step(self.case, self.condition, self.repeat)

    def content(self) -> dict[str, Any]:
        """The read as JSON values, for the digest that the audit trail keeps."""
        return asdict(self) | {"started_at": self.started_at.isoformat()}


@dataclass(frozen=True)
class StoredRead:
    """A locked read with what the server added: its number, its position in the reader's order and its wall time."""

    number: int
    read: Read
    position: int  # 0 is the first step of the reader's worklist
    locked_at: datetime
    wall_seconds: float  # from the server's first opening of the step to the lock


@dataclass(frozen=True)
class Draft:
    """Answers not yet locked: some of `ANSWER_FIELDS`, as they were last saved."""

    answers: dict[str, Any]
    seconds: float
    saved_at: datetime


def check_draft(answers: dict[str, Any]) -> None:
    """ValueError unless a draft holds only fields of `Answers`, short enough to be kept at each keystroke."""
    unknown = sorted(set(answers) - set(ANSWER_FIELDS))
    if unknown:
        raise ValueError(f"draft: expected only {', '.join(ANSWER_FIELDS)}, got {', '.join(unknown)}")
    if len(str(answers.get("comment") or "")) > COMMENT_LENGTH:
        raise ValueError(f"comment: expected at most {COMMENT_LENGTH} characters, got {len(answers['comment'])}")


def shown_with(prediction: Prediction) -> dict[str, Any]:
    """What `Read.shown` keeps of a prediction that lay beside the scan."""
    return {
        "variant": prediction.variant,
        "weights_id": prediction.weights_id,
        "synthetic_weights": prediction.synthetic_weights,
        "probabilities": {target.key: prediction.probabilities(target) for target in prediction.targets},
    }
