"""The questions of a read: kinds, keys of the keyboard, stable codes with their texts, and what a draft lacks."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ich_model.tasks import CLASS_TEXTS, POOR_PROBABILITY, PROGNOSIS, READ_TARGETS, Task

QUESTION_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
LETTER = re.compile(r"(Alt\+)?[A-Z]")
TEXT_LENGTH = 2000  # characters of an answer
LABEL_LENGTH = 200  # characters of a question's or a choice's own text
VIEWER_LETTERS = frozenset("FISOJLVCDEB")
"""The viewer's own keys (pages/shared/viewer/tools/keys.js; a test holds the two together): no key means two things."""


class QuestionKind(StrEnum):
    """What an answer is: one code, several codes, a number, or a text."""

    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True)
class Choice:
    """One answer to choose: its stable code, its text, and the key that chooses it ("G" or "Alt+G"), if any."""

    code: str
    text: str
    letter: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of a read. `letter` is the key that brings the cursor into a number or a text."""

    key: str
    text: str
    kind: QuestionKind
    required: bool = True
    choices: tuple[Choice, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    whole: bool = False
    letter: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", QuestionKind(self.kind))
        given = (choice if isinstance(choice, Choice) else Choice(**choice) for choice in self.choices)
        object.__setattr__(self, "choices", tuple(given))
        if not QUESTION_KEY.fullmatch(self.key):
            raise ValueError(f"question {self.key!r}: key: expected 1 to 40 of a-z, 0-9 and _, a letter first")
        for text in (self.text, *(choice.text for choice in self.choices)):
            if not 1 <= len(text.strip()) <= LABEL_LENGTH:
                raise ValueError(f"question {self.key}: text: expected 1 to {LABEL_LENGTH} characters, got {text!r}")
        for letter in self.letters:
            if not LETTER.fullmatch(letter):
                raise ValueError(f"question {self.key}: letter {letter!r}: expected A to Z, or Alt+A to Alt+Z")
        self._check_answers()

    def _check_answers(self) -> None:
        chosen = self.kind in (QuestionKind.CHOICE, QuestionKind.CHOICES)
        codes = self.codes
        if chosen != bool(codes) or len(codes) == 1 or len(set(codes)) < len(codes):
            expected = "two or more choices, each with its own code" if chosen else "no choices"
            raise ValueError(f"question {self.key}: expected {expected}, got {', '.join(codes) or 'none'}")
        for code in codes:
            if not re.fullmatch(r"[a-z0-9_]{1,40}", code):
                raise ValueError(f"question {self.key}: code {code!r}: expected 1 to 40 of a-z, 0-9 and _")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"question {self.key}: expected low under high, got {self.low:g} and {self.high:g}")

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its choices."""
        return tuple(choice.code for choice in self.choices)

    @property
    def letters(self) -> tuple[str, ...]:
        """All keys that it takes."""
        return tuple(filter(None, (self.letter, *(choice.letter for choice in self.choices))))

    def text_of(self, answer: Any) -> str:
        """An answer in words: a choice's text, several with semicolons, a number with its unit."""
        texts = {choice.code: choice.text for choice in self.choices}
        if answer is None or answer == "":
            return ""
        if self.kind is QuestionKind.CHOICES:
            return "; ".join(texts[code] for code in answer)
        if self.kind is QuestionKind.NUMBER:
            return f"{answer:g} {self.unit}".strip()
        return texts[answer] if self.kind is QuestionKind.CHOICE else answer

    def is_open(self, answer: Any) -> bool:
        """Whether there is no answer yet."""
        return answer is None or answer in ("", [], ())

    def is_answered(self, answer: Any) -> bool:
        """Whether an answer says something: a text of blanks alone does not."""
        return not self.is_open(answer) and not (isinstance(answer, str) and not answer.strip())

    def check(self, answer: Any) -> None:
        """ValueError unless an answer, which is not open, is on this question's scale."""
        expected = self.expected
        if self.kind is QuestionKind.CHOICE:
            right = answer in self.codes
        elif self.kind is QuestionKind.CHOICES:
            listed = list(answer) if isinstance(answer, list | tuple) else [None]
            right = all(code in self.codes for code in listed) and len(set(listed)) == len(listed)
        elif self.kind is QuestionKind.TEXT:
            right = isinstance(answer, str) and len(answer) <= TEXT_LENGTH
        else:
            right = self._is_number(answer)
        if not right:
            got = str(len(answer)) if self.kind is QuestionKind.TEXT and isinstance(answer, str) else repr(answer)
            raise ValueError(f"{self.key}: expected {expected}, got {got}")

    def _is_number(self, answer: Any) -> bool:
        if isinstance(answer, bool) or not isinstance(answer, int | float) or not math.isfinite(answer):
            return False
        whole = type(answer) is int or not self.whole
        return whole and (self.low is None or answer >= self.low) and (self.high is None or answer <= self.high)

    @property
    def expected(self) -> str:
        """What an answer has to be, in words."""
        if self.kind is QuestionKind.CHOICE:
            return f"one of {', '.join(self.codes)}"
        if self.kind is QuestionKind.CHOICES:
            return f"some of {', '.join(self.codes)}"
        if self.kind is QuestionKind.TEXT:
            return f"a text of at most {TEXT_LENGTH} characters"
        return f"a {'whole ' if self.whole else ''}number{self._range}"

    @property
    def _range(self) -> str:
        if self.low is None and self.high is None:
            return ""
        if self.high is None:
            return f" from {self.low:g} on"
        return f" up to {self.high:g}" if self.low is None else f" from {self.low:g} to {self.high:g}"

    @property
    def when_open(self) -> str:
        """The sentence beside the field where its answer is missing."""
        if self.kind is QuestionKind.NUMBER:
            return f"Enter a {'whole ' if self.whole else ''}number{self._range}."
        if self.kind is QuestionKind.TEXT:
            return "Enter a text."
        if self.kind is QuestionKind.CHOICES:
            return "Choose one or more."
        texts = [choice.text.lower() for choice in self.choices]
        return f"Choose {' or '.join(texts)}." if len(texts) == 2 else "Choose one."


def _of_task(task: Task, text: str, letters: str) -> Question:
    choices = tuple(Choice(code, CLASS_TEXTS[code], letter)
                    for code, letter in zip(READ_TARGETS[task].classes, letters, strict=True))
    return Question(key=task.value, text=text, kind=QuestionKind.CHOICE, choices=choices)


UNREADABLE = "unreadable"
STANDARD = {question.key: question for question in (
    _of_task(Task.PROGNOSIS, "Prognosis", "GP"),
    Question(key="p_poor", text="Probability of poor outcome", kind=QuestionKind.NUMBER, low=0, high=100, unit="%",
             whole=True, letter="R"),
    Question(key="confidence", text="Confidence, 1 (guess) to 5 (certain)", kind=QuestionKind.NUMBER, low=1, high=5,
             whole=True, letter="K"),
    _of_task(Task.GCS, "Glasgow Coma Scale", "MNH"),
    _of_task(Task.AGE, "Age", "YZ"),
    Question(key="quality", text="Image quality", kind=QuestionKind.CHOICE, choices=(
        Choice("good", "Good", "T"), Choice("limited", "Limited", "W"), Choice(UNREADABLE, "Cannot be read", "U"))),
    Question(key="comment", text="Comment", kind=QuestionKind.TEXT, required=False, letter="X"),
)}  # fmt: skip
"""The questions that come with the software, by key, in the form's order."""

DEFAULT_KEYS = ("prognosis", "p_poor", "gcs", "age", "comment")
DEFAULT = tuple(STANDARD[key] for key in DEFAULT_KEYS)
"""What a study asks unless it says otherwise; stored definitions of older releases say nothing."""


def check_questions(questions: Sequence[Question]) -> None:
    """ValueError unless they can stand on one form: own keys, own letters, and standard codes as everywhere."""
    if not any(question.kind is not QuestionKind.TEXT for question in questions):
        raise ValueError("questions: expected at least one choice or number")
    _once((question.key for question in questions), "questions: key {} stands twice")
    letters = [letter for question in questions for letter in question.letters]
    _once(letters, "questions: the key {} stands on two answers")
    if taken := sorted(VIEWER_LETTERS & set(letters)):
        raise ValueError(f"questions: the key {taken[0]} is the viewer's own, expected another or Alt+{taken[0]}")
    for question in questions:
        standard = STANDARD.get(question.key)
        if standard and (question.kind, question.codes, question.low, question.high) != (
                standard.kind, standard.codes, standard.low, standard.high):
            raise ValueError(f"question {question.key}: expected its standard answers ({standard.expected}); "
                             "give a question with other answers another key")


def _once(names: Iterable[str], sentence: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(sentence.format(name))
        seen.add(name)


def required(questions: Iterable[Question], values: Mapping[str, Any]) -> list[Question]:
    """The questions that must be answered; of a case that cannot be read, only that."""
    unreadable = values.get("quality") == UNREADABLE
    return [question for question in questions
            if question.required and (not unreadable or question.key == "quality")]


def missing(questions: Iterable[Question], values: Mapping[str, Any]) -> dict[str, str]:
    """What still has to be answered, or answered otherwise: question key -> one sentence."""
    listed = list(questions)
    must = {question.key for question in required(listed, values)}
    sentences = {}
    for question in listed:
        answer = values.get(question.key)
        if question.key in must and not question.is_answered(answer):
            sentences[question.key] = question.when_open
        if question.is_open(answer):
            continue
        try:
            question.check(answer)
        except ValueError:
            sentences[question.key] = question.when_open
    return sentences


def contradiction(values: Mapping[str, Any]) -> str | None:
    """The sentence to ask where the call and the probability of poor outcome lie on different sides of 50 %."""
    call, percent = values.get(Task.PROGNOSIS.value), values.get("p_poor")
    good, poor = PROGNOSIS.classes
    middle = 100 * POOR_PROBABILITY
    if percent is None or not ((call == poor and percent < middle) or (call == good and percent > middle)):
        return None
    return f"You chose {call} with a {percent} % probability of poor outcome. Change one, or lock again to keep both."
