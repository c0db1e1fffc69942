"""One copy of the app in the load test: one thread per reader, which locks all reads of its worklist. See `store`."""

import os
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from random import Random
from threading import Thread

from sqlalchemy.exc import SQLAlchemyError

from reader_study.access import accounts
from reader_study.store.store import Store
from reader_study.study.design import AlreadyRead, Case, Study, Truth
from reader_study.study.read import Answers, Read

KEY = "load"
ANSWERS = Answers(prognosis="poor", p_poor=70, gcs="severe", age="under_80", comment="x" * 80)
RETRY_S = 0.2


def new_study(url: str, *, readers: Sequence[str], cases: int) -> None:
    """A study in an empty database, open for reading."""
    with closing(Store(url)) as store:
        store.create_study(Study(key=KEY, title="Load", seed=1))
        scans = [Case(f"case-{i}", f"cases/{i}", True, (8, 8, 8), (1.0, 1.0, 5.0)) for i in range(cases)]
        store.add_cases(KEY, scans, {scan.key: Truth(i % 2, 9, 70.0) for i, scan in enumerate(scans)})
        for reader in readers:
            accounts.add_simulated(store, KEY, reader)
        store.open_study(KEY)


def serve(url: str, readers: Sequence[str], pause_s: float) -> None:
    """Runs one copy of the app, one thread per reader; prints reader, case, seconds and tries of each locked read."""
    store = Store(url)
    threads = [Thread(target=_read_all, args=(store, reader, pause_s)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _read_all(store: Store, reader: str, pause_s: float) -> None:
    chance = Random(reader)
    while True:
        try:
            step = store.worklist(KEY, reader).next_step
            if step is None:
                return
            store.start_read(KEY, reader, step)
        except SQLAlchemyError:
            time.sleep(RETRY_S)
            continue
        read = Read(study=KEY, reader=reader, case=step.case_key, condition=step.condition, answers=ANSWERS,
                    started_at=datetime.now(UTC), seconds=1.0)
        time.sleep(chance.uniform(0, 2 * pause_s))
        seconds, tries = _locked(store, read)
        os.write(1, f"{reader} {step.case_key} {seconds:.6f} {tries}\n".encode())


def _locked(store: Store, read: Read) -> tuple[float, int]:
    """Seconds from the first request to the acknowledgement of the lock, and the number of requests."""
    start, tries = time.perf_counter(), 1
    while True:
        try:
            store.lock_read(read)
        except AlreadyRead:  # the acknowledgement of an earlier request was lost, but the read is stored
            break
        except SQLAlchemyError:
            time.sleep(RETRY_S)
            tries += 1
        else:
            break
    return time.perf_counter() - start, tries
