"""What is installed is pinned: requirements.txt names what is imported, constraints.txt that and all that it needs."""

import re
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
OF_TORCH_FOR_GPUS = ("nvidia-", "cuda-", "triton")  # torch pins them itself, each of its builds another
Wanted = tuple[str, frozenset[str]]
"""A distribution's name and its extras."""


def texts(name: str) -> list[str]:
    """The lines of a file without comments."""
    found = (line.split("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [text for text in found if text]


def wanted(requirements: list[str], extras: frozenset[str] = frozenset()) -> set[Wanted]:
    """What requirements ask for on this machine, where these extras are wanted."""
    parsed = map(Requirement, requirements)
    return {(canonicalize_name(one.name), frozenset(one.extras)) for one in parsed
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras))}


def needed(requirements: list[str]) -> set[str]:
    """The names of all distributions that requirements need on this machine, directly or through others."""
    found: set[Wanted] = set()
    waiting = wanted(requirements)
    while waiting:
        found |= waiting
        waiting = {other for name, extras in waiting for other in wanted(requires(name) or [], extras)} - found
    return {name for name, _ in found}


def pins() -> dict[str, str]:
    """Name -> version of all pins of constraints.txt that hold on this machine."""
    lines = map(Requirement, texts("constraints.txt"))
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in lines
            if one.marker is None or one.marker.evaluate()}


def test_all_that_the_requirements_need_is_pinned_as_it_is_installed_and_nothing_else():
    names = needed(texts("requirements.txt"))
    assert len(names) > 100
    installed = {name: Version(version(name)).public for name in names if not name.startswith(OF_TORCH_FOR_GPUS)}
    assert installed == pins()


def test_the_pins_fit_every_machine():
    plain = re.compile(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; [a-z_]+ .*)?")  # no hash, address, path or build of torch
    assert [text for text in texts("constraints.txt") if not plain.fullmatch(text)] == []
    assert [text for text in texts("constraints.txt") if text.startswith(OF_TORCH_FOR_GPUS)] == []


def test_setup_installs_by_the_pins_and_again_when_they_change():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\n$(INSTALLED): requirements.txt constraints.txt\n" in makefile
    assert "--requirement requirements.txt --constraint constraints.txt\n" in makefile
