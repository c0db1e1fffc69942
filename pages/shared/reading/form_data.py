"""The form of a read as the browser gets it: a study's questions, the answers so far, and in an aided read what stands
beside them. Whether any of it may be shown is decided before, by `desk`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ich_model.tasks import Prediction, Task
from reader_study.study.questions import TEXT_LENGTH, Question, QuestionKind
from reader_study.study.read import Answers
from reader_study.study.validation import NUMBER_LENGTH

MOST_STEPS = 10  # a whole number with so few values is chosen, not typed
LETTERS_IN_A_ROW = 26  # characters of choices that stand beside each other

Described = dict[str, Any]
"""What becomes JSON: its kinds are named in pages/shared/viewer/types.d.ts."""


def form_data(
    asked: Sequence[Question], answers: Mapping[str, Any], *, prediction: Prediction | None = None,
    before: Answers | None = None,
) -> Described:
    """The questions of a form, and what stands in it."""
    return {"questions": [_question(one, prediction, before) for one in asked],
            "answers": {one.key: _shown(one, answers.get(one.key)) for one in asked}}


def _question(question: Question, prediction: Prediction | None, before: Answers | None) -> Described:
    unit, optional = f", {question.unit}" if question.unit else "", "" if question.required else " (optional)"
    values, said = _steps(question), before.get(question.key) if before else None
    return {
        "key": question.key, "label": question.text + unit + optional, "letter": question.letter,
        "unit": question.unit, "kind": "steps" if values else str(question.kind), "values": values,
        "most": TEXT_LENGTH if question.kind is QuestionKind.TEXT else NUMBER_LENGTH,
        "choices": [{"code": choice.code, "text": choice.text, "short": choice.text.partition(" (")[0],
                     "letter": choice.letter} for choice in question.choices],
        "row": len(question.choices) == 2 or sum(len(choice.text) for choice in question.choices) <= LETTERS_IN_A_ROW,
        "span": f"{question.low:g}–{question.high:g}" if question.low is not None and question.high is not None else "",
        "model": _model_line(prediction, question), "before": _shown(question, said),
    }


def _steps(question: Question) -> list[int]:
    """The values of a whole number that has few; else none."""
    if question.kind is not QuestionKind.NUMBER or not question.whole or question.low is None or question.high is None:
        return []
    values = list(range(int(question.low), int(question.high) + 1))
    return values if len(values) <= MOST_STEPS else []


def _shown(question: Question, answer: Any) -> Any:
    """An answer as it stands in its field: a number as text, an open one as its kind's emptiness."""
    if question.kind is QuestionKind.CHOICES:
        return list(answer or ())
    if question.kind is QuestionKind.TEXT:
        return answer or ""
    if question.kind is QuestionKind.NUMBER and answer is not None:
        return answer if isinstance(answer, str) else f"{answer:.10g}"
    return answer


def _model_line(prediction: Prediction | None, question: Question) -> list[tuple[str, bool]] | None:
    """Each band of a task with its probability, and whether it is the network's answer; None where it has none."""
    task = Task(question.key) if question.key in set(Task) else None
    target = prediction.target_of(task) if prediction and task else None
    if prediction is None or target is None:
        return None
    label = prediction.label(target)
    return [(f"{code.replace('_', ' ')} {value:.2f}", code == label)
            for code, value in prediction.probabilities(target).items()]
