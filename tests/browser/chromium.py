"""Finds a Chromium for the browser tests, or installs one as far as the machine allows."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
MISSING = (
    "NO BROWSER: no Chromium was found and none could be installed, so the browser tests are skipped.\n"
    "Install Chromium or Google Chrome (on Debian: apt-get install chromium) and run `make test` again."
)


def find() -> Path | None:
    """The first Chromium on the path, else the one Playwright downloaded into the project, else None."""
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", ".venv/browsers"))
    return next(iter(sorted(folder.glob("chromium-*/chrome-linux*/chrome"))), None)


def install() -> None:
    """Tries the system's packages where that is allowed, then Playwright's own download."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        packages = ["chromium", "fonts-dejavu-core"]
        attempts.insert(0, ["sh", "-c", "apt-get update -q && apt-get install -qy --no-install-recommends "
                            + " ".join(packages)])
    for command in attempts:
        print(f"Installing a browser for the tests: {command[-1]} ...", flush=True)
        done = subprocess.run(command, capture_output=True, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
        if done.returncode == 0 and find():
            return


def main() -> int:
    """Makes a browser ready; says loudly where none can be had, and fails only where one is required."""
    if not find():
        install()
    if found := find():
        print(f"Browser for the tests: {found}")
        return 0
    print(f"\n{'!' * 80}\n{MISSING}\n{'!' * 80}\n", file=sys.stderr)
    return 1 if os.environ.get("REQUIRE_BROWSER") else 0


if __name__ == "__main__":
    sys.exit(main())
