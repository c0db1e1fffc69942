"""A read: what one reader answered to one case, when, and what the screen had shown. Each validates itself."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ich_model.tasks import READ_TARGETS, Prediction, Task
from reader_study.study.questions import TEXT_LENGTH, Question, required

KEY_PATTERN = re.compile(r"[a-z0-9-]+")
COMMENT_LENGTH = TEXT_LENGTH
VIEWING_BYTES = 100_000  # of how a case was looked at: some 10 kB with dozens of measurements
PRESS_LENGTH = 64
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


@dataclass(frozen=True, init=False)
class Answers:
    """The answers of a read by question key: codes, lists of codes, numbers, texts; an open one is missing or None.

    Whether they fit is the study's to say: `check` against its questions.
    """

    values: dict[str, Any]

    def __init__(self, **values: Any) -> None:
        object.__setattr__(self, "values", dict(values))

    def get(self, key: str) -> Any:
        """The answer to a question; None where there is none."""
        answer = self.values.get(key)
        return None if answer == "" else answer

    def code(self, task: Task) -> str | None:
        """The class code answered for a task."""
        code: str | None = self.get(task.value)
        return code

    def class_index(self, task: Task) -> int | None:
        """The class index answered for a task."""
        code = self.code(task)
        return None if code is None else READ_TARGETS[task].classes.index(code)

    @property
    def p_poor(self) -> int | None:
        """The probability of poor outcome in percent, 0-100."""
        percent: int | None = self.get("p_poor")
        return percent

    @property
    def comment(self) -> str:
        """The comment, which may be empty."""
        return self.get("comment") or ""

    def check(self, questions: Sequence[Question]) -> None:
        """ValueError unless all that these questions require is answered, each on its scale, and nothing else."""
        _check_known(self.values, questions)
        for question in questions:
            if not question.is_open(self.values.get(question.key)):
                question.check(self.values[question.key])
        for question in required(questions, self.values):
            if not question.is_answered(self.values.get(question.key)):
                raise ValueError(f"{question.key}: expected {question.expected}, got {self.values.get(question.key)!r}")


def _check_known(values: Mapping[str, Any], questions: Sequence[Question]) -> None:
    known = [question.key for question in questions]
    if unknown := sorted(set(values) - set(known)):
        raise ValueError(f"answers: expected only {', '.join(known)}, got {', '.join(unknown)}")


@dataclass(frozen=True, kw_only=True)
class Read:
    """One read, ready to be locked. `seconds` is the active time that the browser measured.

    `shown` says what model output lay beside the scan (variant, weights id, probability, map method ...): empty in
    an unaided read, never empty in an aided one. `viewing` says how it was looked at, as the browser reports it:
    seconds and openings of the map, slices, window presets, measurements, the app's version. `pressed_at` is when the
    reader pressed the lock, which may be before it reached the server, and `press` the name of that press: the store
    puts the time between the case's opening and the lock.
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
    viewing: dict[str, Any] = field(default_factory=dict)
    pressed_at: datetime | None = None
    press: str = ""

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
        if self.pressed_at is not None and self.pressed_at.tzinfo is None:
            raise ValueError(f"pressed_at: expected a time with its zone, got {self.pressed_at.isoformat()}")
        if len(self.press) > PRESS_LENGTH:
            raise ValueError(f"press: expected at most {PRESS_LENGTH} characters, got {len(self.press)}")
        if not 0 <= self.seconds <= LONGEST_READ_S:
            raise ValueError(f"seconds: expected 0 to {LONGEST_READ_S:.0f}, got {self.seconds}")
        self._check_shown()

    def _check_shown(self) -> None:
        aided = self.condition is Condition.AIDED
        if aided != bool(self.shown):
            expected = "what model output was shown" if aided else "nothing"
            raise ValueError(f"shown: an {self.condition} read of {self.case} expected {expected}, got {self.shown}")
        for name, values in (("shown", self.shown), ("viewing", self.viewing)):
            check_json(values, name)

    @property
    def step(self) -> Step:
        """The step of the worklist that this read takes."""
        return Step(self.case, self.condition, self.repeat)


@dataclass(frozen=True)
class Correction:
    """Answers that a reader gave later in place of a locked read's, and why. The read itself stays as it is."""

    number: int
    answers: Answers
    reason: str
    corrected_at: datetime


@dataclass(frozen=True)
class StoredRead:
    """A locked read with what the server added: its number, its position in the reader's order and its wall time."""

    number: int
    read: Read
    position: int  # 0 is the first step of the reader's worklist
    locked_at: datetime
    wall_seconds: float  # from the server's first opening of the step to the lock
    corrections: tuple[Correction, ...] = ()  # oldest first

    @property
    def final(self) -> Answers:
        """The answers that count: those of the last correction, else of the read."""
        return self.corrections[-1].answers if self.corrections else self.read.answers


@dataclass(frozen=True)
class Draft:
    """Answers not yet locked, as they were last saved, with how the case was looked at so far (`Read.viewing`)."""

    answers: dict[str, Any]
    seconds: float
    saved_at: datetime
    viewing: dict[str, Any] = field(default_factory=dict)
    revision: int = 0  # one more with each save; `form` and `save` say which form saved it, and as which of its own
    form: str = ""
    save: int = 0


def check_json(values: Any, name: str, *, most: int | None = None) -> None:
    """ValueError unless JSON can hold the values, in at most so many bytes where a bound is given."""
    try:
        length = len(json.dumps(values, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected values that JSON can hold: {error}") from error
    if most is not None and length > most:
        raise ValueError(f"{name}: expected at most {most} bytes, got {length}")


def check_draft(answers: Mapping[str, Any], questions: Sequence[Question], viewing: Mapping[str, Any]) -> None:
    """ValueError unless a draft holds only answers to these questions, short enough to be kept at each keystroke."""
    _check_known(answers, questions)
    for key, answer in answers.items():
        if (length := len(str(answer or ""))) > TEXT_LENGTH:
            raise ValueError(f"{key}: expected at most {TEXT_LENGTH} characters, got {length}")
    check_json(dict(viewing), "viewing", most=VIEWING_BYTES)


def shown_with(prediction: Prediction) -> dict[str, Any]:
    """What `Read.shown` keeps of a prediction that lay beside the scan."""
    return {
        "variant": prediction.variant,
        "weights_id": prediction.weights_id,
        "synthetic_weights": prediction.synthetic_weights,
        "probabilities": {target.key: prediction.probabilities(target) for target in prediction.targets},
    }
