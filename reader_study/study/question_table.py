"""Own questions as the rows of a table that a coordinator edits: one row a question, its choices in one cell.

Choices are written "code = Text (KEY); code = Text", the key and its brackets where there is one.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from reader_study.study.questions import STANDARD, Choice, Question, QuestionKind

COLUMNS = ("key", "text", "kind", "required", "choices", "low", "high", "unit", "whole", "letter")
_CHOICE = re.compile(r"\s*(?P<code>[^=;]+?)\s*=\s*(?P<text>[^=;]+?)\s*(\((?P<letter>(Alt\+)?[A-Z])\))?\s*")


def choices_of(cell: str) -> tuple[Choice, ...]:
    """The choices of a cell; ValueError names the part that cannot be understood."""
    parts = [part for part in cell.split(";") if part.strip()]
    found = []
    for part in parts:
        match = _CHOICE.fullmatch(part)
        if match is None:
            raise ValueError(f"choice {part.strip()!r}: expected code = Text, or code = Text (KEY)")
        found.append(Choice(match["code"], match["text"], match["letter"] or ""))
    return tuple(found)


def cell_of(choices: Iterable[Choice]) -> str:
    """The cell of choices."""
    return "; ".join(f"{one.code} = {one.text}" + (f" ({one.letter})" if one.letter else "") for one in choices)


def row_of(question: Question) -> dict[str, Any]:
    """The row of a question."""
    return {name: cell_of(question.choices) if name == "choices" else str(question.kind) if name == "kind"
            else getattr(question, name) for name in COLUMNS}


def own(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """The rows of those questions that do not come with the software."""
    return [row_of(question) for question in questions if question.key not in STANDARD]


def question_of(row: Mapping[str, Any]) -> Question:
    """The question of an edited row, whose empty cells are None, NaN or empty; ValueError where it cannot be one."""
    given = {name: value for name, value in row.items() if not _is_empty(value)}
    key = str(given.get("key", "")).strip()
    if key in STANDARD:
        raise ValueError(f"question {key}: this key is a standard question's, expected another one")
    return Question(
        key=key, text=str(given.get("text", "")), kind=QuestionKind(given.get("kind", QuestionKind.CHOICE)),
        required=bool(given.get("required", False)), choices=choices_of(str(given.get("choices", ""))),
        low=_number(given.get("low")), high=_number(given.get("high")), unit=str(given.get("unit", "")),
        whole=bool(given.get("whole", False)), letter=str(given.get("letter", "")),
    )  # fmt: skip


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value != value  # NaN is the only value unlike itself


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
