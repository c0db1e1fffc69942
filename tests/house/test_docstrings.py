"""What public functions say of themselves: shapes of arrays, errors raised, and for statistics an example that runs."""

import ast
import doctest
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.test_house import MODULES, dotted, named, tree

DOCUMENTED = ("app.py", "benchmarks", "data_samples", "ich_model", "pages", "reader_study", "tests/browser/support",
              "tests/support")
"""Folders whose public functions name the shapes of all arrays and the errors they raise."""
WITH_EXAMPLES = (
    "data_samples/phantom/grids.py", "data_samples/phantom/outcome.py", "data_samples/simulated_readers.py",
    "ich_model/explain/deletion_curves.py", "ich_model/explain/pointing_game.py",
    "ich_model/dataset", "ich_model/network/preprocessing.py", "ich_model/tasks.py", "ich_model/training/augment.py",
    "ich_model/training/train.py",
    "ich_model/scans/browser_payload.py", "ich_model/scans/dicom_geometry.py", "ich_model/scans/dicom_series.py",
    "ich_model/scans/hounsfield.py", "ich_model/scans/skull_strip.py", "ich_model/scans/volume.py",
    "ich_model/bootstrap.py", "ich_model/estimate.py", "ich_model/metrics.py", "ich_model/roc_area.py",
    "ich_model/uoc.py", "reader_study/statistics/agreement/cohen.py",
    "reader_study/statistics/agreement/krippendorff.py", "reader_study/statistics/agreement/multi_rater.py",
    "reader_study/statistics/multi_reader/figures_of_merit.py", "reader_study/statistics/performance/delong.py",
    "reader_study/statistics/performance/paired_tests.py",
)
"""Statistics and transforms of arrays: each public function that gives a number or an array shows an example."""
SHAPE = re.compile(r"\((?:[A-Za-z0-9]+|[A-Za-z0-9_ +*./-]+)(?:, ?[^()]*)?,?\)")
NUMBERS = re.compile(r"\b(?:ndarray|Tensor|float|Estimate|Measured|Placements|Counts)\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions(folders: tuple[str, ...]) -> Iterator[tuple[str, Function]]:
    """The public functions of the modules in these folders, and methods of public classes, each with its place."""
    for file in MODULES:
        if not named(file).startswith(folders):
            continue
        classes = [node for node in tree(file).body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
        for node in [*tree(file).body, *(part for one in classes for part in one.body)]:
            if isinstance(node, Function) and not node.name.startswith("_"):
                yield f"{named(file)}:{node.lineno} {node.name}", node


def annotations(function: Function) -> str:
    """The types of a function's arguments and of what it returns, as written."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return " ".join(ast.unparse(one) for one in [*(each.annotation for each in arguments), function.returns] if one)


def raised(function: Function) -> set[str]:
    """The names of the errors that a function's own body raises."""
    found, left = set(), list[ast.AST](function.body)
    while left:
        node = left.pop()
        if isinstance(node, (*Function.__args__, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Raise) and node.exc is not None:
            error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            found.add(ast.unparse(error).split(".")[-1])
        left += ast.iter_child_nodes(node)
    return {name for name in found if name[0].isupper()}


def modules(folders: tuple[str, ...]) -> list[Path]:
    """The modules that lie in these folders."""
    return [file for file in MODULES if folders and named(file).startswith(folders)]


def test_every_array_has_its_shape_in_the_docstring() -> None:
    silent = [place for place, function in public_functions(DOCUMENTED)
              if re.search("ndarray|Tensor", annotations(function))
              and not SHAPE.search(ast.get_docstring(function) or "")]
    assert silent == []


def test_every_error_raised_is_named_in_the_docstring() -> None:
    silent = [f"{place}: {error}" for place, function in public_functions(DOCUMENTED)
              for error in sorted(raised(function)) if error not in (ast.get_docstring(function) or "")]
    assert silent == []


def test_every_statistic_and_transform_shows_an_example() -> None:
    silent = [place for place, function in public_functions(WITH_EXAMPLES) if function.returns
              and NUMBERS.search(ast.unparse(function.returns)) and ">>> " not in (ast.get_docstring(function) or "")]
    assert silent == []


@pytest.mark.parametrize("file", modules(WITH_EXAMPLES), ids=named)
def test_the_examples_give_what_they_say(file: Path) -> None:
    failed, _tried = doctest.testmod(importlib.import_module(dotted(file)))
    assert failed == 0
