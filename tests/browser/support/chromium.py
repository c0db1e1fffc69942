"""Finding or installing a Chromium for the browser tests.

Tests prefer Chromium's headless shell, as Playwright does: the same engine without the browser's user interface, which
a full browser renders also in headless mode. Benchmarks use the full browser, as users do.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOADED = ("chromium_headless_shell-*/*/*headless*shell", "chromium-*/chrome-linux*/chrome")  # by Playwright
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
MISSING = (
    "NO BROWSER: no Chromium was found and none could be installed, so the browser tests are skipped.\n"
    "Install Chromium or Google Chrome (on Debian: apt-get install chromium) and run `make test` again."
)


def find(names: tuple[str, ...] = (*SHELLS, *BROWSERS)) -> Path | None:
    """The first Chromium of these names on the path, else one downloaded by Playwright, else None."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", ".venv/browsers"))
    return next((found for pattern in DOWNLOADED for found in sorted(folder.glob(pattern))), None)


def install() -> None:
    """Tries to install by the system's packages where permitted, then by Playwright's download."""
    attempts = [[sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        get = "apt-get install -qy --no-install-recommends fonts-dejavu-core"
        attempts.insert(0, ["sh", "-c", f"apt-get update -q && {{ {get} {SHELLS[0]} || {get} {BROWSERS[0]}; }}"])
    for command in attempts:
        print(f"Installing a browser for the tests: {command[-1]} ...", flush=True)
        done = subprocess.run(command, capture_output=True, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
        if done.returncode == 0 and find():
            return


def main() -> int:
    """Finds or installs a browser; warns where there is none, and fails only with REQUIRE_BROWSER."""
    if not find():
        install()
    if found := find():
        print(f"Browser for the tests: {found}")
        return 0
    print(f"\n{'!' * 80}\n{MISSING}\n{'!' * 80}\n", file=sys.stderr)
    return 1 if os.environ.get("REQUIRE_BROWSER") else 0


if __name__ == "__main__":
    sys.exit(main())
