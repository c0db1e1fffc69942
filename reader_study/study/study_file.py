"""study.toml: a study's definition as a text that people write, keep under version control and send to each other.

    title = "ICH prognosis"
    design = "sequential"            # unaided_only, sequential or crossover
    instructions = "Markdown"
    questions = ["prognosis", "p_poor", "confidence", "gcs", "age", "quality", "midline", "comment"]

    [question.midline]               # an own question; standard ones need no table
    text = "Midline shift"
    kind = "number"
    low = 0
    high = 30
    unit = "mm"
    required = false

    [clinical]                       # never, aided or always
    age = "always"

Key and seed may be left out: the command's own are taken.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

from reader_study.study.definition import Study
from reader_study.study.questions import STANDARD, Choice, Question

SIMPLE = tuple(field.name for field in fields(Study) if field.name not in ("questions", "clinical", "demo"))
KNOWN = (*SIMPLE, "questions", "question", "clinical")
CHOICE_FIELDS = tuple(field.name for field in fields(Choice))
QUESTION_FIELDS = tuple(field.name for field in fields(Question) if field.name != "key")


class BadStudyFile(ValueError):
    """A study file that cannot be taken; the sentence says where and why."""


def read(path: Path, *, key: str, seed: int) -> Study:
    """The study of a file; `key` and `seed` where it gives none. BadStudyFile with one sentence otherwise."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadStudyFile(f"{path}: expected a readable study file: {error}") from error
    return parse(text, key=key, seed=seed, name=path.name)


def parse(text: str, *, key: str, seed: int, name: str = "study.toml") -> Study:
    """The study of a file's text.

    Raises:
        BadStudyFile: where the text is no TOML, or defines no study.
    """
    try:
        given = tomllib.loads(text)
        _only(given, KNOWN, "the file")
        own = given.pop("question", {})
        listed = given.pop("questions", None)
        if listed is not None:
            given["questions"] = tuple(_question(entry, own) for entry in listed)
        if unused := sorted(set(own) - set(listed or ())):
            raise BadStudyFile(f"question {unused[0]}: it is defined, but not listed in questions")
        return Study(**{"key": key, "seed": seed, **given})
    except tomllib.TOMLDecodeError as error:
        raise BadStudyFile(f"{name}: expected TOML: {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise BadStudyFile(f"{name}: {error}") from error


def _question(key: str, own: Mapping[str, Any]) -> Question:
    """A standard question, a standard one with some of its fields changed, or an own one."""
    base = {field.name: getattr(STANDARD[key], field.name) for field in fields(Question)} if key in STANDARD else {}
    changes = own.get(key, {})
    if not base and not changes:
        raise BadStudyFile(f"question {key}: expected one of {', '.join(STANDARD)}, or a table [question.{key}]")
    _only(changes, QUESTION_FIELDS, f"question {key}")
    for choice in changes.get("choices", ()):
        _only(choice, CHOICE_FIELDS, f"question {key}, a choice")
    if lacking := [field for field in ("text", "kind") if field not in base | changes]:
        raise BadStudyFile(f"question {key}: {lacking[0]} is missing")
    return Question(**{**base, **changes, "key": key})


def _only(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    if unknown := sorted(set(given) - set(known)):
        raise BadStudyFile(f"{where}: {unknown[0]} is unknown, expected some of {', '.join(known)}")


def write(study: Study) -> str:
    """The file of a study, key and seed included; reading it gives the same definition."""
    lines = [f"{name} = {_value(getattr(study, name))}" for name in SIMPLE]
    lines.append(f"questions = {_value([question.key for question in study.questions])}")
    for question in study.questions:
        changed = _changes(question)
        if changed:
            lines += ["", f"[question.{question.key}]"]
            lines += [f"{name} = {_value(value)}" for name, value in changed.items()]
    if study.clinical:
        lines += ["", "[clinical]", *(f"{fact} = {_value(when)}" for fact, when in study.clinical)]
    return "\n".join(lines) + "\n"


def _changes(question: Question) -> dict[str, Any]:
    """The fields of a question that differ from the standard one of its key, or from a field's default."""
    base = STANDARD.get(question.key)
    defaults = {field.name: getattr(base, field.name) if base else field.default for field in fields(Question)}
    differing = {name: getattr(question, name) for name in QUESTION_FIELDS
                 if defaults[name] is MISSING or getattr(question, name) != defaults[name]}
    return {name: [asdict(choice) for choice in value] if name == "choices" else value
            for name, value in differing.items() if value is not None}


def _value(value: Any) -> str:
    """A value in TOML; JSON's strings, numbers and lists are TOML's too."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_value(one)}' for name, one in value.items())} }}"
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
