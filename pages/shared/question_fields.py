"""The fields of a study's questions: buttons, round buttons, numbers and texts, each with its key printed on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import streamlit as st

from ich_model.tasks import Prediction, Task
from pages.shared.model_card import model_line
from reader_study.questions import TEXT_LENGTH, Choice, Question, QuestionKind
from reader_study.reads import Answers

MOST_ROUND_BUTTONS = 10  # a whole number with so few values is chosen, not typed
LETTERS_IN_A_ROW = 26  # characters of choices that stand beside each other


@dataclass(frozen=True)
class Fields:
    """What the fields of one form share.

    `key` names a widget, `keep` puts an answer into the draft. `seeds` are what typed fields begin with, and is filled
    from the draft at the first drawing: what a field begins with must not change while someone types in it. An aided
    read has a prediction and answers before.
    """

    draft: Mapping[str, Any]
    key: Callable[[str], str]
    keep: Callable[[str, Any], None]
    seeds: dict[str, Any]
    missing: Mapping[str, str] = field(default_factory=dict)
    prediction: Prediction | None = None
    before: Answers | None = None
    with_keys: bool = True  # whether the questions' keys work here


def answers_of(asked: Sequence[Question], draft: Mapping[str, Any]) -> Answers:
    """The answers of a draft as they are locked: without the open ones, but for texts, which are then empty."""
    texts = {question.key: "" for question in asked if question.kind is QuestionKind.TEXT}
    given = {question.key: draft.get(question.key) for question in asked}
    return Answers(**texts | {key: answer for key, answer in given.items() if answer not in (None, "", [])})


def draw(question: Question, fields: Fields) -> None:
    """A question with its field and, where its answer is missing, one sentence beside it."""
    with st.container(gap="xxsmall"):
        st.html(_head(question, fields))
        _FIELDS[question.kind](question, fields)
        say(fields.missing.get(question.key))


def say(sentence: str | None) -> None:
    """One sentence beside what it is about."""
    if sentence:
        st.html(f'<div class="ich-missing" role="alert">{escape(sentence)}</div>')


def is_typed(question: Question) -> bool:
    """Whether its answer is typed: a text, or a number with more values than there is room for buttons."""
    return question.kind is QuestionKind.TEXT or (question.kind is QuestionKind.NUMBER and not _steps(question))


def is_round(question: Question) -> bool:
    """Whether its answer is one of a row of round buttons."""
    return question.kind is QuestionKind.NUMBER and bool(_steps(question))


def focusable(question: Question) -> bool:
    """Whether its letter brings the cursor into its field."""
    return question.kind in (QuestionKind.NUMBER, QuestionKind.TEXT)


def _head(question: Question, fields: Fields) -> str:
    """Its text and key; in an aided read with the answer before, how it changes, and the model's probabilities."""
    unit = f", {question.unit}" if question.unit else ""
    optional = "" if question.required else " (optional)"
    letter = f" <kbd>{question.letter}</kbd>" if question.letter and fields.with_keys else ""
    title = f"<b>{escape(question.text + unit + optional)}</b>{letter}"
    says = model_line(fields.prediction, Task(question.key)) if question.key in set(Task) else ""
    return f'<div class="ich-question"><span>{title}</span>{_change(question, fields)}</div>{says}'


def _change(question: Question, fields: Fields) -> str:
    """The answer before the model was shown, and the one now where it is another."""
    if fields.before is None or question.is_open(before := fields.before.get(question.key)):
        return ""
    now, was = fields.draft.get(question.key), escape(_short(question, before))
    if question.is_open(now):
        return f"<span>unaided: {was}</span>"
    if now == before:
        return f"<span>unaided: {was}, kept</span>"
    changed = "changed" if question.kind is QuestionKind.TEXT else f"{was} → {escape(_short(question, now))}"
    return f'<span class="ich-changed">{changed}</span>'


def _short(question: Question, answer: Any) -> str:
    """An answer in few words: a band without what explains it in brackets."""
    text = question.text_of(answer)
    return text.partition(" (")[0] if question.kind is not QuestionKind.TEXT else text[:60]


def _choice(question: Question, fields: Fields) -> None:
    """One button a choice; the chosen one is filled."""
    chosen = fields.draft.get(question.key)
    _buttons(question, fields, chosen={chosen}, answer=lambda choice: choice.code)


def _choices(question: Question, fields: Fields) -> None:
    """One button a choice, each of which can be filled; in the study's order, whatever the order of the presses."""
    chosen = set(fields.draft.get(question.key) or ())
    _buttons(question, fields, chosen=chosen, answer=lambda choice: [
        code for code in question.codes if (code in chosen) != (code == choice.code)])


def _buttons(question: Question, fields: Fields, *, chosen: set, answer: Callable[[Choice], Any]) -> None:
    characters = sum(len(choice.text) for choice in question.choices)
    in_a_row = len(question.choices) == 2 or characters <= LETTERS_IN_A_ROW
    with st.container(horizontal=in_a_row, gap="xxsmall"):
        for choice in question.choices:
            st.button(choice.text, key=fields.key(f"{question.key}-{choice.code}"), width="stretch",
                      shortcut=(choice.letter or None) if fields.with_keys else None,
                      type="primary" if choice.code in chosen else "secondary",
                      on_click=fields.keep, args=(question.key, answer(choice)))


def _steps(question: Question) -> list[int]:
    """The values of a whole number that has few; else none."""
    if not question.whole or question.low is None or question.high is None:
        return []
    values = list(range(int(question.low), int(question.high) + 1))
    return values if len(values) <= MOST_ROUND_BUTTONS else []


def _number(question: Question, fields: Fields) -> None:
    key, seed = fields.key(question.key), _seed(question, fields)
    if steps := _steps(question):
        st.radio(question.text, steps, key=key, index=None if seed is None else steps.index(seed), horizontal=True,
                 label_visibility="collapsed", on_change=_keep_widget, args=(question, fields))
        return
    number = int if question.whole else float
    low, high, seed = (None if limit is None else number(limit) for limit in (question.low, question.high, seed))
    span = f"{question.low:g}–{question.high:g}" if None not in (low, high) else None
    st.number_input(question.text, low, high, value=seed, step=1 if question.whole else None, key=key, placeholder=span,
                    label_visibility="collapsed", on_change=_keep_widget, args=(question, fields))


def _text(question: Question, fields: Fields) -> None:
    st.text_area(question.text, _seed(question, fields) or "", key=fields.key(question.key), height=68,
                 max_chars=TEXT_LENGTH, label_visibility="collapsed", on_change=_keep_widget, args=(question, fields))


def _seed(question: Question, fields: Fields) -> Any:
    """What its field begins with."""
    return fields.seeds.setdefault(question.key, fields.draft.get(question.key))


def _keep_widget(question: Question, fields: Fields) -> None:
    fields.keep(question.key, st.session_state[fields.key(question.key)])


_FIELDS = {QuestionKind.CHOICE: _choice, QuestionKind.CHOICES: _choices, QuestionKind.NUMBER: _number,
           QuestionKind.TEXT: _text}
