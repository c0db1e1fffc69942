"""A study's records as files: definition, ratings, reads with their texts, readers, audit trail.

They reproduce the study: study.json holds the seed, the readers and the cases, from which every reader's order follows
by the stated rule; only of a reader who was forgotten, the order is the one that was written down then.
"""

import json
import shutil
import tempfile
from collections import Counter
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pandas as pd

from ich_model.tasks import CLASS_TEXTS, READ_TARGETS, Task
from reader_study import forgetting, profiles, results
from reader_study.design import NotAllowed, Role, reading_order
from reader_study.export import to_csv
from reader_study.profiles import Profile
from reader_study.reads import StoredRead
from reader_study.store import Store

READ_COLUMNS = (
    "number", "readerID", "simulated", "caseID", "condition", "repeat", "position",
    *(column for task in Task for column in (task.value, f"{task.value}_text")),
    "p_poor_percent", "comment", "started_at", "locked_at", "seconds", "wall_seconds", "shown",
)
READER_COLUMNS = ("readerID", "simulated", "forgotten", *(field.name for field in fields(Profile)), "reads")
ORDER_RULE = "case keys sorted by SHA-256 of 'seed|reader|case' (UTF-8)"


def write(store: Store, study_key: str, out: Path) -> None:
    """Write the archive of an unlocked study into a new folder, whole or not at all."""
    if not store.state(study_key).unlocked:
        raise NotAllowed(f"study {study_key} is locked: expected its results to be unlocked before they are exported")
    if out.exists():
        raise ValueError(f"{out}: exists already, expected a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        (new / "study.json").write_text(json.dumps(description(store, study_key), indent=2), encoding="utf-8")
        for name, table in (("ratings", results.ratings(store, study_key)), ("reads", reads_table(store, study_key)),
                            ("readers", readers_table(store, study_key)), ("audit", audit_table(store, study_key))):
            (new / f"{name}.csv").write_text(to_csv(table), encoding="utf-8", newline="")
        new.chmod(0o755)
        new.rename(out)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def description(store: Store, study_key: str) -> dict[str, Any]:
    """The study as JSON values: definition, state, questions, cases, readers with their orders, head of the trail."""
    study, cases = store.study(study_key), store.cases(study_key)
    readers = [person for person in store.people(study_key) if person.role is Role.READER]
    trail, written_down = store.audit(study_key), forgetting.orders(store, study_key)
    keys = [case.key for case in cases]
    return {
        "study": asdict(study),
        "state": asdict(store.state(study_key)),
        "questions": {task.value: {code: CLASS_TEXTS[code] for code in target.classes}
                      for task, target in READ_TARGETS.items()},
        "cases": [{name: value for name, value in asdict(case).items() if name != "folder"} for case in cases],
        "order_rule": ORDER_RULE,
        "readers": [{"readerID": reader.username, "simulated": reader.simulated, "forgotten": reader.forgotten,
                     "order": written_down.get(reader.username) or reading_order(study, reader.username, keys)}
                    for reader in readers],
        "last_audit_entry": {"sequence": trail[-1].sequence, "hash": trail[-1].hash},
    }


def reads_table(store: Store, study_key: str) -> pd.DataFrame:
    """One row a locked read, in the order of locking, answers as codes and as texts."""
    simulated = {person.username for person in store.people(study_key) if person.simulated}
    rows = [_read_row(stored, simulated) for stored in store.reads(study_key)]
    return pd.DataFrame(rows, columns=list(READ_COLUMNS))


def _read_row(stored: StoredRead, simulated: set[str]) -> dict[str, Any]:
    read = stored.read
    row = {"number": stored.number, "readerID": read.reader, "simulated": read.reader in simulated,
           "caseID": read.case, "condition": read.condition.value, "repeat": read.repeat,
           "position": stored.position}
    for task in Task:
        row |= {task.value: read.answers.code(task), f"{task.value}_text": CLASS_TEXTS[read.answers.code(task)]}
    return row | {
        "p_poor_percent": read.answers.p_poor, "comment": read.answers.comment,
        "started_at": read.started_at.isoformat(), "locked_at": stored.locked_at.isoformat(),
        "seconds": read.seconds, "wall_seconds": stored.wall_seconds, "shown": json.dumps(read.shown),
    }


def readers_table(store: Store, study_key: str) -> pd.DataFrame:
    """One row a reader, with what is known of them for the paper's table of readers, and their number of reads."""
    known, done = profiles.of_study(store, study_key), Counter(read.read.reader for read in store.reads(study_key))
    return pd.DataFrame([
        {"readerID": reader.username, "simulated": reader.simulated, "forgotten": reader.forgotten,
         **(asdict(known[reader.username]) if reader.username in known else {}), "reads": done[reader.username]}
        for reader in store.people(study_key) if reader.role is Role.READER
    ], columns=list(READER_COLUMNS))


def audit_table(store: Store, study_key: str) -> pd.DataFrame:
    """One row an audit entry of the study, oldest first; sequence numbers count over all studies of the database."""
    return pd.DataFrame([asdict(entry) | {"at": entry.at.isoformat(), "details": json.dumps(entry.details)}
                         for entry in store.audit(study_key)])
