"""The README names what there is: commands, networks, folders, pictures."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ich_model.variants import VARIANTS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands_of(package: str) -> list[str]:
    """The subcommands that a package's own help lists."""
    shown = subprocess.run([sys.executable, "-m", package, "--help"], cwd=ROOT, capture_output=True, text=True).stdout
    listed = re.findall(r"^ {2,4}([a-z][a-z-]+) {2,}\S", shown, flags=re.MULTILINE)
    return listed or re.search(r"\{([a-z,-]+)\}", shown).group(1).split(",")


@pytest.mark.parametrize("package", ["ich_model", "reader_study", "data_samples"])
def test_every_command_is_named(package):
    listed = commands_of(package)
    assert len(listed) >= 2
    assert [name for name in listed if not re.search(rf"\b{name}\b", README)] == []


def test_every_network_is_named():
    assert [key for key in VARIANTS if f"`{key}`" not in README] == []


def test_the_first_two_commands_are_run_and_test():
    block = re.search(r"```sh\n(.*?)```", README, flags=re.DOTALL).group(1)
    assert [line.split("#")[0].strip() for line in block.splitlines()] == ["make run", "make test"]


def test_every_picture_is_there_and_small():
    pictures = [ROOT / path for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)]
    assert len(pictures) >= 6
    assert [path.name for path in pictures if not 0 < path.stat().st_size < 400_000] == []
