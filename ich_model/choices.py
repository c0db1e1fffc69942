"""Enum members from texts: a valid name gives the member, any other one sentence that lists the names. Torch-free."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


def chosen(kind: type[Choice], name: str, *, noun: str) -> Choice:
    """The member of an enum that a text names, or that was given itself; `noun` says what it is, in a refusal.

    Raises:
        ValueError: for anything else.
    """
    if name not in list(kind):
        raise ValueError(f"unknown {noun} {name!r}: expected one of {', '.join(kind)}")
    return kind(name)


def all_chosen(kind: type[Choice], names: Iterable[str], *, noun: str) -> tuple[Choice, ...]:
    """The members that several texts name; a single text is one of them, not its letters."""
    return tuple(chosen(kind, name, noun=noun) for name in ([names] if isinstance(names, str) else names))
