"""The rules of the house: who may import whom, how long a module is, and what a test must say."""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("ich_model", "reader_study", "pages", "data_samples", "benchmarks", "tests")
MODULES = sorted([*ROOT.glob("*.py"), *(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))])
TESTS = [file for file in MODULES if file.is_relative_to(ROOT / "tests")]
OURS = [file for file in MODULES if file not in TESTS]
PRODUCT = [file for file in OURS if not file.is_relative_to(ROOT / "benchmarks")]

ARROWS = {name.strip(): set(reached.split()) for name, reached in (
    line.split("->") for line in (ROOT / "tests" / "house" / "arrows.txt").read_text(encoding="utf-8").splitlines())}
"""A package of the product -> the packages that it imports, all of them."""
MAY_REACH = {  # a top-level folder -> those that it may import from
    "app.py": {"pages"},
    "pages": {"pages", "reader_study", "ich_model"},
    "reader_study": {"reader_study", "ich_model"},  # of ich_model what loads without torch: tested below
    "ich_model": {"ich_model"},
    "data_samples": {"data_samples", "ich_model", "reader_study"},
    "benchmarks": {"benchmarks", "data_samples", "ich_model", "reader_study", "pages", "tests"},
}
MAX_LINES = 300
MAX_MODULES = 20  # in a folder
NAMES_THAT_SAY_NOTHING = ("utils", "util", "helpers", "helper", "common", "misc")
WRITERS = ("write_text", "write_bytes", "savefig", "save_file", "save_as")
BESIDE = ("atomic_file", "atomic_folder", "working_folder", "TemporaryDirectory")
NO_FILES = {  # modules that call what could write a file -> where it goes
    "pages/shared/compare/export_routes.py": "a text",
    "reader_study/figures/print_style.py": "memory",
    "reader_study/report/csv_export.py": "memory",
    "reader_study/report/pdf_pages.py": "memory",
    "reader_study/store/dump.py": "a zip that `new_zip` has opened",
}
HEAVY = ("torch", "monai", "captum", "streamlit", "nilearn")


def room(file: Path) -> str:
    """The top-level folder or file in which a module lies."""
    return file.relative_to(ROOT).parts[0]


def named(file: Path) -> str:
    """A module's path from the root."""
    return file.relative_to(ROOT).as_posix()


def dotted(file: Path) -> str:
    """The name under which a module is imported."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree(file: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"))


def imports(file: Path) -> set[str]:
    """Dotted names of all modules that a module imports, at its top or inside a function."""
    plain = {alias.name for node in ast.walk(tree(file)) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {
        module_of(node.module, alias.name) if node.level == 0 else f"relative import in line {node.lineno}"
        for node in ast.walk(tree(file)) if isinstance(node, ast.ImportFrom) for alias in node.names
    }


def module_of(package: str, name: str) -> str:
    """The module that "from package import name" reaches: package.name where that is a module of ours."""
    inner = ROOT / Path(*package.split("."), name)
    return f"{package}.{name}" if inner.with_suffix(".py").exists() or inner.is_dir() else package


BY_NAME = {dotted(file): file for file in MODULES}


def under(name: str, *allowed: str) -> bool:
    """Whether a dotted name is one of those allowed, or lies inside one."""
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


def package(file: Path) -> str:
    """The package in which a module lies; of what lies in pages/shared itself each module is one."""
    inside = file.relative_to(ROOT)
    own = inside.parent.as_posix() == "pages/shared" and file.stem != "__init__"
    return ".".join((inside.with_suffix("") if own or len(inside.parts) == 1 else inside.parent).parts)


def modules_imported(file: Path) -> set[str]:
    """Of our modules those that a module imports."""
    return {name for name in imports(file) if name in BY_NAME} - {dotted(file)}


def in_order(graph: dict[str, set[str]]) -> list[str]:
    """The nodes of a graph, each after those that it points to; fails where some point to each other in a circle."""
    return list(TopologicalSorter(graph).static_order())


def test_packages_import_each_other_along_the_arrows() -> None:
    found: dict[str, set[str]] = {package(file): set() for file in PRODUCT}
    for file in PRODUCT:
        found[package(file)] |= {package(BY_NAME[name]) for name in modules_imported(file)} - {package(file)}
    assert {name: sorted(reached) for name, reached in found.items() if reached != ARROWS.get(name)} == {}
    assert sorted(ARROWS) == sorted(found)


def test_the_arrows_go_one_way() -> None:
    assert len(in_order(ARROWS)) == len(ARROWS)


def test_no_module_reaches_itself_through_others() -> None:
    assert len(in_order({dotted(file): modules_imported(file) for file in PRODUCT})) >= len(PRODUCT)


def test_the_model_knows_nothing_of_studies_and_the_study_nothing_of_pages() -> None:
    rooms = {file: {name.split(".")[0] for name in modules_imported(file)} for file in OURS}
    assert [named(file) for file, reached in rooms.items() if reached - MAY_REACH[room(file)]] == []


def test_no_folder_holds_more_than_20_modules() -> None:
    folders = Counter(file.parent for file in [*MODULES, *ROOT.glob("pages/**/*.js")] if file.stem != "__init__")
    assert {named(folder): n for folder, n in folders.items() if n > MAX_MODULES} == {}


def test_no_module_but_a_test_is_named_like_one() -> None:
    assert [named(file) for file in OURS if file.stem.startswith("test_")] == []


def test_each_package_says_what_belongs_there_and_what_does_not() -> None:
    told = {named(file): (ast.get_docstring(tree(file)) or "").splitlines() for file in PRODUCT
            if file.name == "__init__.py"}
    assert [name for name, lines in told.items() if len(lines) < 3] == []


def test_imports_are_absolute():
    assert [named(file) for file in MODULES if any("relative" in name for name in imports(file))] == []


def test_streamlit_is_only_in_the_app_and_its_pages():
    users = [file for file in OURS if any(under(name, "streamlit") for name in imports(file))]
    elsewhere = [named(file) for file in users if room(file) not in ("app.py", "pages")]
    assert [name for name in elsewhere if not name.startswith("benchmarks/peers/viewer/")] == []


def test_what_a_page_says_stands_on_it_and_not_in_a_toast() -> None:
    """A toast is gone before it is read, and one of a fragment takes the place of what else lies where toasts do."""
    users = {named(file) for file in OURS for node in ast.walk(tree(file))
             if isinstance(node, ast.Attribute) and node.attr == "toast"}
    assert users == set()


def test_the_environment_is_read_only_by_commands_and_resources():
    readers = {named(file) for file in OURS for node in ast.walk(tree(file))
               if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")}
    commands = {named(file) for file in OURS if "__main__" in file.read_text(encoding="utf-8")}
    assert readers - commands - {"app.py", "pages/shared/resources.py"} == set()


def test_no_module_is_longer_than_300_lines():
    lengths = {named(file): len(file.read_text(encoding="utf-8").splitlines()) for file in MODULES}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_every_module_has_a_name_and_a_sentence_that_say_what_it_is():
    assert [named(file) for file in MODULES if file.stem in NAMES_THAT_SAY_NOTHING] == []
    assert [named(file) for file in OURS if not ast.get_docstring(tree(file))] == []


def test_errors_are_neither_asserted_nor_swallowed():
    wrong = [f"{named(file)}:{node.lineno}" for file in OURS for node in ast.walk(tree(file))
             if isinstance(node, ast.Assert) or (isinstance(node, ast.ExceptHandler) and node.type is None)]
    assert wrong == []


def calls(file: Path) -> list[ast.Call]:
    """All calls in a module."""
    return [node for node in ast.walk(tree(file)) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    """What is called, as the module writes it."""
    return ast.unparse(call.func)


def renames(call: ast.Call) -> bool:
    """Whether a call gives a file another path; `replace` and `rename` of texts and tables take other arguments."""
    of_a_path = called(call).endswith((".replace", ".rename")) and len(call.args) == 1 and not call.keywords
    return of_a_path or called(call) in ("os.replace", "os.rename", "shutil.move")


def test_what_is_written_takes_its_place_by_one_module() -> None:
    """An import moves its staged scans itself: all of them or none, by a list that the next one finds after a kill."""
    made = {named(file) for file in PRODUCT for call in calls(file) if called(call).split(".")[-1] in (
        "mkstemp", "mkdtemp", "NamedTemporaryFile", "renames", "link", "fsync")}
    assert made == {"ich_model/atomic.py"}
    assert {named(file) for file in OURS if any(map(renames, calls(file)))} == {
        "ich_model/atomic.py", "reader_study/imports/commit.py"}


def writes_a_file(call: ast.Call) -> bool:
    """Whether a call writes a file, or may: `to_csv` without a path gives a text."""
    what, name = called(call), called(call).split(".")[-1]
    values = [value.value for value in [*call.args, *(keyword.value for keyword in call.keywords)]
              if isinstance(value, ast.Constant)]
    opened = name in ("open", "ZipFile") and any(re.fullmatch(r"[wax][bt+]*", str(value)) for value in values)
    return opened or name in WRITERS or what in ("np.save", "torch.save") or (
        what.endswith(".to_csv") and call.args != [])


def written_in_place(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that write a file where it is to lie, or that nobody can tell to be in a folder for one job."""
    if isinstance(node, ast.With) and any(isinstance(item.context_expr, ast.Call) and called(
            item.context_expr).split(".")[-1] in BESIDE for item in node.items):
        return
    if isinstance(node, ast.Call) and writes_a_file(node):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from written_in_place(child)


def test_no_file_is_written_where_a_kill_would_leave_half_of_it() -> None:
    found = {named(file) for file in PRODUCT if any(written_in_place(tree(file)))}
    assert found == set(NO_FILES)


def test_every_expected_error_has_its_sentence():
    silent = [f"{named(file)}:{node.lineno}" for file in TESTS for node in ast.walk(tree(file))
              if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.raises"
              and all(keyword.arg != "match" for keyword in node.keywords)]
    assert silent == []


def test_the_study_loads_without_the_model():
    modules = [dotted(file) for file in OURS if room(file) == "reader_study"]
    program = (f"import importlib, sys; [importlib.import_module(name) for name in {modules}]; "
               f"print([name for name in {HEAVY} if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_the_checks_of_the_scripts_are_pinned_by_digest_and_name_no_registry() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, version in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert locked[""]["devDependencies"] == wanted
    assert [name for name, package in locked.items() if name and (
        "resolved" in package or not package["integrity"].startswith("sha512-"))] == []
