"""The questions of a read as they stand on the form: texts, keys, what is missing and what contradicts itself."""

from dataclasses import dataclass
from typing import Any

from ich_model.tasks import POOR_PROBABILITY, PROGNOSIS, READ_TARGETS, Task

Draft = dict[str, Any]
"""Answers so far, by the names of `reads.Answers`; an open one is missing or None."""


@dataclass(frozen=True)
class Question:
    """One choice question: its title, the letter of each class code, and what to say when it is open."""

    title: str
    letters: dict[str, str]
    when_missing: str


QUESTIONS = {
    Task.PROGNOSIS: Question("Prognosis", {"good": "G", "poor": "P"}, "Choose good or poor."),
    Task.GCS: Question("Glasgow Coma Scale", {"mild": "M", "moderate": "N", "severe": "H"}, "Choose one of the bands."),
    Task.AGE: Question("Age", {"under_80": "Y", "80_or_more": "Z"}, "Choose one of the two."),
}
"""In the form's order. The viewer's own letters are f i s o j l v d e b: no key means two things on one page."""

PROBABILITY = "p_poor"
PROBABILITY_MISSING = "Enter a number from 0 to 100."


def missing(draft: Draft) -> dict[str, str]:
    """What still has to be answered: field name -> one sentence."""
    open_ones = {str(task): question.when_missing for task, question in QUESTIONS.items()
                 if draft.get(task) not in READ_TARGETS[task].classes}
    if draft.get(PROBABILITY) is None:
        open_ones[PROBABILITY] = PROBABILITY_MISSING
    return open_ones


def contradiction(draft: Draft) -> str | None:
    """The sentence to ask where the call and the probability of poor outcome lie on different sides of 50 %."""
    call, percent = draft.get(Task.PROGNOSIS), draft.get(PROBABILITY)
    good, poor = PROGNOSIS.classes
    middle = 100 * POOR_PROBABILITY
    if percent is None or not ((call == poor and percent < middle) or (call == good and percent > middle)):
        return None
    return f"You chose {call} with a {percent} % probability of poor outcome. Change one, or lock again to keep both."
