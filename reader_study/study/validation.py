"""Validation of the answers of a form, the same for a draft, a lock and a correction.

A number comes as it was typed, so that nothing that stands in a field is lost: what cannot be read as a number stays a
text in the draft, and is named as missing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reader_study.study import questions
from reader_study.study.questions import TEXT_LENGTH, Question, QuestionKind
from reader_study.study.read import Answers

TYPED_NUMBER = re.compile(r"[+-]?\d{1,9}([.,]\d{1,6})?")
NUMBER_LENGTH = 20  # characters typed into a number's field


@dataclass(frozen=True)
class Checked:
    """The answers of a form by question key, as a draft keeps them: without the open ones.

    `wrong` has a sentence for each question that keeps them from being locked, `doubt` the contradiction to ask about.
    """

    draft: dict[str, Any]
    wrong: dict[str, str]
    doubt: str | None
    answers: Answers
    """As they are locked: a text that is open is empty."""


def check(asked: Sequence[Question], sent: Mapping[str, Any]) -> Checked:
    """The answers to a study's questions, checked.

    ValueError where they cannot come from a form of these questions: an unknown question or code, another kind of
    value, or a text too long to keep.
    """
    known = {question.key: question for question in asked}
    if unknown := sorted(set(sent) - set(known)):
        raise ValueError(f"answers: expected only {', '.join(known)}, got {', '.join(unknown)[:TEXT_LENGTH]}")
    whole = {key: whole_text(value) if isinstance(value, str) else value for key, value in sent.items()}
    draft = {key: _settled(known[key], value) for key, value in whole.items() if not known[key].is_open(value)}
    wrong = questions.missing(asked, draft)
    return Checked(draft, wrong, None if wrong else questions.contradiction(draft), _as_locked(asked, draft))


def whole_text(text: str) -> str:
    """A text as every file and database can hold it: without NUL, and with a mark in place of half a character."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _as_locked(asked: Sequence[Question], draft: Mapping[str, Any]) -> Answers:
    texts = {question.key: "" for question in asked if question.kind is QuestionKind.TEXT}
    return Answers(**texts | dict(draft))


def _settled(question: Question, value: Any) -> Any:
    """An answer as a draft keeps it."""
    if question.kind is QuestionKind.NUMBER:
        return _number(question, value)
    question.check(value)
    return value


def _number(question: Question, value: Any) -> int | float | str:
    """A number as it is stored: whole where it has no fraction and the question wants that; else the typed text."""
    if isinstance(value, str):
        typed = value.strip()
        if len(typed) > NUMBER_LENGTH:
            raise ValueError(f"{question.key}: expected at most {NUMBER_LENGTH} characters, got {len(typed)}")
        if not TYPED_NUMBER.fullmatch(typed):
            return typed
        value = float(typed.replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 10 ** NUMBER_LENGTH:
        raise ValueError(f"{question.key}: expected {question.expected}, got {str(value)[:NUMBER_LENGTH]}")
    whole = question.whole or isinstance(value, int)
    return int(value) if whole and float(value).is_integer() else value


def kept_and_changed(asked: Sequence[Question], before: Answers, after: Answers) -> dict[str, list[str]]:
    """Of an aided read, the questions whose unaided answer was kept, and those whose was changed."""
    same = {question.key: (before.get(question.key) or None) == (after.get(question.key) or None) for question in asked}
    return {"kept": [key for key in same if same[key]], "changed": [key for key in same if not same[key]]}
