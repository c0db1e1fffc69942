"""The databases for tests of the store, SQLite and PostgreSQL; the app's store and pages; a search made once."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from pages.shared import resources
from reader_study.access import passwords
from reader_study.store.store import Store
from tests.support import app_study, databases
from tests.support.app_pages import without_failure
from tests.support.databases import Databases, NewDatabase
from tests.support.small_study import store_at

MAIN = sys.modules["__main__"]
PAGES = Path(__file__).resolve().parents[1] / "pages"


@pytest.fixture(scope="session", params=databases.KINDS)
def all_databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The databases of one kind; a test that uses them runs once for each kind."""
    if request.param == "sqlite":
        with databases.sqlite_files(tmp_path_factory.mktemp("databases")) as made:
            yield made
    else:
        with databases.postgresql_databases() as made:
            yield made


@pytest.fixture
def new_database(all_databases: Databases) -> Iterator[NewDatabase]:
    """Makes databases that are gone after the test."""
    with ExitStack() as stack:
        def new(*, empty: bool = False) -> str:
            url = all_databases.new(empty=empty)
            stack.callback(all_databases.drop, url)
            return url

        yield new


@pytest.fixture
def new_store(new_database: NewDatabase) -> Iterator[Callable[..., Store]]:
    """Makes small studies, each in a database of its own, with the options of `store_at`."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(closing(store_at(new_database(), **options)))


@pytest.fixture(scope="session", autouse=True)
def packages_searched_once() -> Iterator[None]:
    """Each AppTest run searches all installed packages for components, which takes longer than most pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def passwords_hashed_quickly() -> Iterator[None]:
    """What makes a stolen hash safe makes each of a test's people a quarter of a second slower."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(autouse=True)
def main_module_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest leaves its page behind as the main module, which a process that a later test starts would run."""
    monkeypatch.setitem(sys.modules, "__main__", MAIN)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The app's store, on a fresh workspace; tests of the store itself have their own."""
    yield app_study.open_workspace(tmp_path / "workspace", monkeypatch)
    resources.store().close()
    resources.forget()


@pytest.fixture
def opened(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page, the Read page unless told, for the holder of a cookie or for a new reader."""
    def open_page(token: str | None = None, *, file: str = "read.py") -> AppTest:
        held = token or app_study.reader()
        monkeypatch.setattr(resources, "session_token", lambda: held)
        return without_failure(AppTest.from_file(PAGES / file, default_timeout=120).run())

    return open_page


def pytest_collection_finish() -> None:
    """Collections of garbage need not look, again and again, at all that the tests of a process imported."""
    resources.keep_what_is_loaded()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says at the end, aloud, that half of the store's tests were left out."""
    for reason in databases.skipped:
        terminalreporter.write_line(f"NOT TESTED: {reason}", red=True, bold=True)
