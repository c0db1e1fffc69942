"""No private name of a dependency is replaced, in the product or in its tests, which may replace public ones."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.test_house import MODULES, ROOMS, TESTS, named, tree, under

SETTERS = ("setattr", "delattr", "patch", "object", "dict")
"""The last names of setattr, monkeypatch.setattr, mock.patch, mock.patch.object and their like."""


def imported(module: ast.Module) -> dict[str, str]:
    """What each name that a module imports stands for, dotted."""
    found = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name.partition(".")[0]: alias.name if alias.asname else
                      alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def dotted(node: ast.expr, names: dict[str, str]) -> str | None:
    """What an expression of names and dots stands for; None where it does not begin with an import."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    inner = dotted(node.value, names) if isinstance(node, ast.Attribute) else None
    return f"{inner}.{node.attr}" if inner and isinstance(node, ast.Attribute) else None


def replaced(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each attribute that a module replaces on something that it imports."""
    names = imported(module)
    for node in ast.walk(module):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(
            node, ast.AugAssign | ast.AnnAssign) else node.targets if isinstance(node, ast.Delete) else []
        for target in targets:
            if isinstance(target, ast.Attribute) and (name := dotted(target, names)):
                yield target.lineno, name
        if isinstance(node, ast.Call):
            yield from ((node.lineno, name) for name in replaced_by(node, names))


def replaced_by(call: ast.Call, names: dict[str, str]) -> list[str]:
    """What a call of setattr, monkeypatch or mock replaces."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in SETTERS or not call.args:
        return []
    if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
        return [call.args[0].value]
    of, which = dotted(call.args[0], names), call.args[1] if len(call.args) > 1 else None
    return [f"{of}.{which.value}"] if of and isinstance(which, ast.Constant) else []


def is_outside(name: str) -> bool:
    """Whether a dotted name is not ours."""
    return "." in name and not under(name, *ROOMS, "app")


def is_private(name: str) -> bool:
    """Whether any part of a dotted name is private to its package."""
    return any(part.startswith("_") and not part.endswith("__") for part in name.split("."))


def is_of_a_class(name: str) -> bool:
    """Whether a dotted name is an attribute of a class, as its capital tells."""
    return name.split(".")[-2][:1].isupper()


def patches(file: Path) -> list[str]:
    """What a module replaces and may not: of others anything private; the product nothing of others' classes either."""
    of_product = file not in TESTS
    return [f"{named(file)}:{line} replaces {name}" for line, name in replaced(tree(file)) if is_outside(name)
            and (is_private(name) or (of_product and is_of_a_class(name)))]


def test_no_module_replaces_what_is_private_to_a_dependency():
    assert [patch for file in MODULES for patch in patches(file)] == []


@pytest.mark.parametrize(("code", "name"), [
    ("from streamlit.runtime import scripts\nscripts._merge = 1", "streamlit.runtime.scripts._merge"),
    ("import streamlit as st\nst.runtime.Queue.clear = None", "streamlit.runtime.Queue.clear"),
    ("import numpy\nsetattr(numpy.linalg, '_norm', 1)", "numpy.linalg._norm"),
    ("from torch import nn\ndef test(monkeypatch):\n    monkeypatch.setattr(nn, '_x', 1)", "torch.nn._x"),
    ("def test(monkeypatch):\n    monkeypatch.setattr('torch._C.x', 1)", "torch._C.x"),
    ("from unittest import mock\nmock.patch('pandas._libs.x')", "pandas._libs.x"),
    ("from unittest.mock import patch\nimport pandas\npatch.object(pandas, '_x')", "pandas._x"),
    ("import pandas\ndel pandas._x", "pandas._x"),
])
def test_each_way_to_replace_something_is_seen(code, name):
    found = [dotted_name for _line, dotted_name in replaced(ast.parse(code))]
    assert name in found
    assert is_outside(name)
    assert is_private(name) or is_of_a_class(name)
