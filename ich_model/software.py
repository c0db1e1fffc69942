"""The version of this software, and of the packages that a network's outputs depend on.

The version is read from pyproject.toml, its only place, so that it is known in a checkout without an installation.
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
    """Title and version as printed by commands and exports, such as "ICH Reader 0.2.0"."""
    return f"{TITLE} {app_version()}"


def versions() -> dict[str, str]:
    """Versions by name: this software, and the packages that a network's outputs depend on."""
    return {TITLE: app_version()} | {package: version(package) for package in PACKAGES}
