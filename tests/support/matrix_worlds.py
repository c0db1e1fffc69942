"""A study in each state and the people with each role, for the test matrix of permissions."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ich_model.scans import browser_payload
from pages.shared import resources
from reader_study.access import accounts
from reader_study.store.store import Store
from reader_study.store.workspace import Workspace
from reader_study.study.design import Design, Role, Study, Truth
from reader_study.study.read import Condition
from tests.support import app_study, simple_head
from tests.support.app_study import KEY, OTHER, PASSWORD
from tests.support.databases import sqlite_file
from tests.support.small_study import lock_all, lock_next, open_as_is, prediction_of, small_case

SHOW = "show"
TITLE = "Prognosis from the first CT"
CASES = ("case-001", "case-002", "case-003", "case-004")
TRUTHS = {case: Truth(number % 2, 8 + number, 71.25) for number, case in enumerate(CASES)}
UNAIDED, AIDED, FINISHED = "reader, unaided read next", "reader, aided read next", "reader, finished"
WHO = ("anonymous", UNAIDED, AIDED, FINISHED, "reader of another study", "coordinator", "coordinator of another study",
       "demo coordinator")
DESIGNS = {
    "draft": Design.SEQUENTIAL, "open": Design.SEQUENTIAL, "closed": Design.SEQUENTIAL, "unlocked": Design.SEQUENTIAL,
    "demo": Design.SEQUENTIAL, "unaided only": Design.UNAIDED_ONLY, "crossover": Design.CROSSOVER,
}
"""The states and their designs. All but the draft are open, the unlocked one is also closed, and the demo is open and
unlocked. In the crossover, "finished" refers to the first session, and the washout has not ended."""


@dataclass(frozen=True)
class World:
    """A study in one state, with the session token and the cases of each person."""

    store: Store
    place: Workspace
    tokens: dict[str, str | None]
    cases: dict[str, dict[str, str]]  # by person: the next case, the one after it, the last one, and a read one

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Makes pages and routes use this store and this workspace."""
        monkeypatch.setattr(resources, "store", lambda: self.store)
        monkeypatch.setattr(resources, "workspace", lambda: self.place)


def made(state: str, folder: Path, scan: Path) -> World:
    """The world of a state, in a folder of its own; `scan` is the folder of a case, copied for each case."""
    place = Workspace(folder, sqlite_file(folder / "study.db"))
    store = place.open_store()
    demo = state == "demo"
    _create(store, Study(key=KEY, title=TITLE, seed=1, design=DESIGNS[state], demo=demo,
                         washout_days=14 if state == "crossover" else 0))
    for case in CASES:
        shutil.copytree(scan, place.case_folder(KEY, case))
    for other in (OTHER, *(() if demo else (SHOW,))):
        _create(store, Study(key=other, title="Another study", seed=2, demo=other == SHOW), cases=("case-901",))
    tokens = _people(store, demo_key=KEY if demo else SHOW)
    for key in (OTHER, *(() if demo else (SHOW,)), *(() if state == "draft" else (KEY,))):
        open_as_is(store, key)
    if state != "draft":
        lock_all(store, FINISHED)
        _read_until(store, UNAIDED, Condition.UNAIDED)
        if DESIGNS[state] is not Design.UNAIDED_ONLY:
            _read_until(store, AIDED, Condition.AIDED)
    if state in ("closed", "unlocked"):
        store.set_closed(KEY)
    if state in ("unlocked", "demo"):
        store.set_unlocked(KEY)
    cases = {who: _cases_of(store, who if who in (AIDED, FINISHED) else UNAIDED) for who in WHO}
    return World(store, place, tokens, cases)


def case_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a case with its scan, its map, and their cached payloads."""
    place = Workspace(folder, "sqlite://")
    monkeypatch.setattr(resources, "workspace", lambda: place)
    app_study.write_scan(CASES[0])
    scan = place.volume_path(KEY, CASES[0])
    browser_payload.of_volume(scan), browser_payload.of_brain(scan)
    return place.case_folder(KEY, CASES[0])


def _create(store: Store, study: Study, cases: tuple[str, ...] = CASES) -> None:
    store.create_study(study)
    shaped = [replace(small_case(case), shape=simple_head.SHAPE) for case in cases]
    store.add_cases(study.key, shaped, {case: TRUTHS[case] for case in cases if case in TRUTHS})
    for case in cases:
        store.add_prediction(study.key, prediction_of(case))


def _people(store: Store, *, demo_key: str) -> dict[str, str | None]:
    """The session tokens of all people."""
    def enter(study: str, name: str, role: Role) -> str:
        return accounts.accept(store, accounts.invite(store, study, name, role=role), PASSWORD)

    readers = {who: enter(KEY, who, Role.READER) for who in (UNAIDED, AIDED, FINISHED)}
    return readers | {
        "anonymous": None,
        "reader of another study": enter(OTHER, "Cem", Role.READER),
        "coordinator": enter(KEY, "Boss", Role.COORDINATOR),
        "coordinator of another study": enter(OTHER, "Dea", Role.COORDINATOR),
        "demo coordinator": accounts.enter_demo_coordinator(store, demo_key),
    }


def _read_until(store: Store, who: str, wanted: Condition) -> None:
    """Locks reads, at least one, until the next one is of the wanted condition."""
    lock_next(store, who)
    while store.worklist(KEY, who).next_step.condition is not wanted:
        lock_next(store, who)


def _cases_of(store: Store, reader: str) -> dict[str, str]:
    worklist = store.worklist(KEY, reader)
    order = list(dict.fromkeys(step.case_key for step in worklist.steps))
    ahead = list(dict.fromkeys(step.case_key for step in worklist.steps if step not in worklist.locked)) or order[1:]
    read = next((step.case_key for step in worklist.steps if step in worklist.locked), ahead[0])
    return {"next": ahead[0], "after": ahead[1], "far": ahead[-1], "read": read}
