"""Enum members from texts: a valid name gives the member, any other one sentence that lists the names. Torch-free."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

Choice = TypeVar("Choice", bound=StrEnum)


def chosen(kind: type[Choice], name: str, *, noun: str) -> Choice:
    """The enum member with a name, or the given member itself; `noun` describes the enum in the error.

    Raises:
        ValueError: for any other text; it lists the names.
    """
    if name not in list(kind):
        raise ValueError(f"unknown {noun} {name!r}: expected one of {', '.join(kind)}")
    return kind(name)


def all_chosen(kind: type[Choice], names: Iterable[str], *, noun: str) -> tuple[Choice, ...]:
    """The enum members with these names; a single string counts as one name. ValueError for an unknown one."""
    return tuple(chosen(kind, name, noun=noun) for name in ([names] if isinstance(names, str) else names))
