"""What made an output: the version of this software, and those of the packages that a network's outputs depend on.

The version stands in pyproject.toml alone and is read there, so that a plain checkout knows it without an installation.
"""

import tomllib
from functools import cache
from importlib.metadata import version
from pathlib import Path

TITLE = "ICH Reader"
PACKAGES = ("torch", "monai", "numpy", "nibabel")
_PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


@cache
def app_version() -> str:
    """The version of this software."""
    return str(tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"])


def title_and_version() -> str:
    """Title and version, as commands and exports say them: "ICH Reader 0.2.0"."""
    return f"{TITLE} {app_version()}"


def versions() -> dict[str, str]:
    """Of this software and of the packages that a network's outputs depend on, by name."""
    return {TITLE: app_version()} | {package: version(package) for package in PACKAGES}
