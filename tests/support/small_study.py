"""A small study in a database of its own, and a clock that the test controls."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from ich_model.tasks import AGE, GCS_ORDINAL, PROGNOSIS, Prediction
from reader_study.access import accounts
from reader_study.store.schema import study
from reader_study.store.store import Store
from reader_study.study.design import Case, Design, Study, Truth
from reader_study.study.read import Answers, Condition, Read, Step
from tests.support.databases import sqlite_file

KEY = "small"
CASES = ("case-001", "case-002")
ANSWERS = Answers(prognosis="poor", p_poor=70, gcs="severe", age="under_80", comment="haematoma, left")
SHOWN = {"variant": "ord_gcs_bin_age", "weights_id": "0123456789ab"}


class Clock:
    """A clock that is advanced only by the test."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **duration: float) -> None:
        """Advances the time, by minutes=, seconds= ..."""
        self.time += timedelta(**duration)


def small_case(key: str) -> Case:
    """A case with a key."""
    return Case(key, f"cases/{KEY}/{key}", True, (40, 32, 32), (1.0, 1.0, 5.0))


def store_at(
    url: str, *, design: Design = Design.UNAIDED_ONLY, readers: tuple[str, ...] = ("ana", "ben"),
    cases: tuple[str, ...] = CASES, demo: bool = False, corrections: bool = False,
) -> Store:
    """A store in an empty database, with an open study, its cases and simulated readers, and a controlled clock."""
    store = Store(url, clock=Clock())
    store.create_study(Study(key=KEY, title="A small study", seed=1, design=design, demo=demo, corrections=corrections))
    store.add_cases(KEY, [small_case(key) for key in cases])
    for reader in readers:
        accounts.add_simulated(store, KEY, reader)
    open_as_is(store)
    return store


def open_as_is(store: Store, key: str = KEY) -> None:
    """Opens a study for reading without the usual checks."""
    with store.writing() as connection:
        connection.execute(study.update().where(study.c.key == key).values(opened_at=store.now()))


def changed(store: Store, **changes: Any) -> Study:
    """Stores changes to the study's definition and returns it."""
    new = replace(store.study(KEY), **changes)
    store.update_study(new)
    return new


def small_store(folder: Path, **options: Any) -> Store:
    """`store_at` with a new SQLite file in a folder."""
    return store_at(sqlite_file(folder / "study.db"), **options)


def read_of(reader: str, step: Step, *, answers: Answers = ANSWERS) -> Read:
    """A valid read of a step."""
    return Read(study=KEY, reader=reader, case=step.case_key, condition=step.condition, repeat=step.repeat,
                answers=answers, started_at=datetime(2026, 1, 1, tzinfo=UTC), seconds=30.0,
                shown=SHOWN if step.condition is Condition.AIDED else {})


def lock_next(store: Store, reader: str) -> Step:
    """Opens and locks a reader's next step; returns it."""
    step = store.worklist(KEY, reader).next_step
    assert step is not None
    store.start_read(KEY, reader, step)
    store.lock_read(read_of(reader, step))
    return step


def lock_all(store: Store, reader: str) -> None:
    """Opens and locks all remaining steps of a reader's worklist."""
    while store.worklist(KEY, reader).next_step:
        lock_next(store, reader)


def prediction_of(case: str, *, p_poor: float = 0.8, weights_id: str = "0123456789ab") -> Prediction:
    """A prediction of the ordinal network for a case: poor with `p_poor`, moderate GCS, under 80."""
    cumulative = {PROGNOSIS.key: (p_poor,), GCS_ORDINAL.key: (0.9, 0.2), AGE.key: (0.3,)}
    return Prediction(case, "ord_gcs_bin_age", weights_id, (40, 64, 64), cumulative, 1.5, True)


TRUTHS = {"case-001": Truth(1, 8, 80.0), "case-002": Truth(0, 15, 79.9)}


@contextmanager
def without_triggers(connection: Connection) -> Iterator[None]:
    """Disables the append-only triggers within the context, as the database's owner could, and restores them."""
    if connection.dialect.name == "sqlite":
        triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        off = [f"DROP TRIGGER {name}" for name, _ in triggers]
        on = [sql for _, sql in triggers]
    else:
        tables = ("read", "audit", "correction", "threshold")
        off, on = ([f"ALTER TABLE {table} {verb} TRIGGER USER" for table in tables] for verb in ("DISABLE", "ENABLE"))
    for statement in off:
        connection.exec_driver_sql(statement)
    yield
    for statement in on:
        connection.exec_driver_sql(statement)
