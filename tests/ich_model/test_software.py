"""The version: it stands in pyproject.toml, and commands, citation and changelog say the same."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

import data_samples.__main__
import reader_study.__main__
from ich_model import software
from ich_model.__main__ import main
from tests.house.test_house import OURS, ROOT, named

SAID = f"ICH Reader {software.app_version()}\n"


def found(pattern: str, file: str) -> str:
    """What the group of a pattern matches first in a file of the project's root."""
    return re.search(pattern, (ROOT / file).read_text(encoding="utf-8"), flags=re.MULTILINE).group(1)


def test_the_version_stands_in_no_module():
    assert [named(file) for file in OURS if f'"{software.app_version()}"' in file.read_text(encoding="utf-8")] == []


def test_the_version_is_known_wherever_a_command_is_started(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = [sys.executable, "-m", "ich_model", "--version"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == SAID


@pytest.mark.parametrize("command", [reader_study.__main__.main, data_samples.__main__.main])
def test_the_other_packages_of_commands_say_it_too(command: Callable[[list[str]], int], capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        command(["--version"])
    assert capsys.readouterr().out == SAID


def test_the_help_names_the_way_to_the_version(capsys):
    assert main(["--help"]) == 0
    assert "--version" in capsys.readouterr().out


def test_citation_and_changelog_have_the_version_and_its_day():
    newest = r"^## \[(.+)] - "
    assert found(newest, "CHANGELOG.md") == found(r"^version: (.+)$", "CITATION.cff") == software.app_version()
    day = r"^## \[.+] - (.+)$"
    assert found(day, "CHANGELOG.md") == found(r"^date-released: (.+)$", "CITATION.cff")


def test_the_licence_is_the_one_that_the_citation_names():
    assert found(r"^license: (.+)$", "CITATION.cff") == "Apache-2.0"
    assert found(r"^ +(Apache License)$", "LICENSE")
    assert found(r"^ +Version (2\.0), January 2004$", "LICENSE")
    assert found(r"^ +Copyright 2026 (.+)$", "LICENSE") == "ICH Reader contributors"
