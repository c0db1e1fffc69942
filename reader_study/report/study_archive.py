"""A study's records as files: definition, ratings, reads with their texts, readers, audit trail.

reads.csv has every read; ratings.csv those that are compared, of the readers that readers.csv says it of.

They reproduce the study: study.json holds the definition with its seed, the cases, and each reader's number and cases,
from which every reader's steps follow by the stated rule; only of a reader who was forgotten, the steps are those that
were written down then.
"""

import json
from collections import Counter
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pandas as pd

from ich_model import software
from ich_model.atomic import atomic_folder
from reader_study.access import profiles
from reader_study.access.profiles import Profile
from reader_study.report import compared_readers, study_ratings
from reader_study.report.csv_export import to_csv
from reader_study.store import progress
from reader_study.store.store import Store
from reader_study.study import worklist
from reader_study.study.definition import Study
from reader_study.study.design import Role
from reader_study.study.errors import NotAllowed
from reader_study.study.read import Answers

READ_COLUMNS = ("number", "readerID", "simulated", "caseID", "training", "condition", "repeat", "session", "position")
READ_TIMES = ("started_at", "pressed_at", "locked_at", "seconds", "wall_seconds", "shown", "viewing", "corrections")
READER_COLUMNS = ("readerID", "simulated", "forgotten", *(field.name for field in fields(Profile)), "reads",
                  "reads_compared", "reads_to_compare", "in_ratings")
ORDER_RULE = worklist.__doc__


def write(store: Store, study_key: str, out: Path) -> None:
    """Write the archive of an unlocked study into a new folder, whole or not at all.

    Raises:
        NotAllowed: while the results are not unlocked.
        ValueError: where the folder exists already.
    """
    if not store.state(study_key).unlocked:
        raise NotAllowed(f"study {study_key} is locked: expected its results to be unlocked before they are exported")
    with atomic_folder(out) as new:
        (new / "study.json").write_text(json.dumps(description(store, study_key), indent=2), encoding="utf-8")
        compared = compared_readers.compared(store, study_key).of(study_ratings.ratings(store, study_key))
        for name, table in (("ratings", compared), ("reads", reads_table(store, study_key)),
                            ("readers", readers_table(store, study_key)), ("audit", audit_table(store, study_key)),
                            ("corrections", corrections_table(store, study_key)),
                            ("thresholds", thresholds_table(store, study_key))):
            (new / f"{name}.csv").write_text(to_csv(table), encoding="utf-8", newline="")


def description(store: Store, study_key: str) -> dict[str, Any]:
    """The study as JSON values: software, definition, state, cases, readers with their steps, head of the trail."""
    state, trail = store.state(study_key), store.audit(study_key)
    return {
        "software": software.title_and_version(),
        "study": asdict(store.study(study_key)),
        "state": asdict(state) | {"deadline": state.deadline.isoformat() if state.deadline else None},
        "cases": [{name: value for name, value in asdict(case).items() if name != "folder"}
                  for case in store.cases(study_key)],
        "order_rule": ORDER_RULE,
        "readers": _orders(store, study_key),
        "last_audit_entry": {"sequence": trail[-1].sequence, "hash": trail[-1].hash},
    }


def _orders(store: Store, study_key: str) -> list[dict[str, Any]]:
    """Each reader with their number, cases, and steps as case, condition, repeat."""
    written_down = progress.steps_of(store, study_key)
    rows = []
    for number, reader in enumerate(person for person in store.people(study_key) if person.role is Role.READER):
        steps = written_down.get(reader.username) or [
            [step.case_key, step.condition.value, step.repeat]
            for step in store.worklist(study_key, reader.username).steps]
        rows.append({"readerID": reader.username, "number": number, "simulated": reader.simulated,
                     "forgotten": reader.forgotten, "cases": sorted({case for case, _, _ in steps}),
                     "order": list(dict.fromkeys(case for case, _, _ in steps)), "steps": steps})
    return rows


def reads_table(store: Store, study_key: str) -> pd.DataFrame:
    """One row a locked read, in the order of locking: the answers that count, as codes and as texts.

    What a correction replaced stands in `corrections_table`.
    """
    study, people = store.study(study_key), store.people(study_key)
    simulated = {person.username for person in people if person.simulated}
    sessions = {reader.username: store.worklist(study_key, reader.username)
                for reader in people if reader.role is Role.READER and not reader.forgotten}
    rows = []
    for stored in store.reads(study_key):
        read = stored.read
        listed = sessions.get(read.reader)
        rows.append({
            "number": stored.number, "readerID": read.reader, "simulated": read.reader in simulated,
            "caseID": read.case, "training": read.case in study.training, "condition": read.condition.value,
            "repeat": read.repeat, "session": listed.session_of(read.step) if listed else None,
            "position": stored.position, **_answer_cells(study, stored.final),
            "started_at": read.started_at.isoformat(),
            "pressed_at": read.pressed_at.isoformat() if read.pressed_at else "",
            "locked_at": stored.locked_at.isoformat(),
            "seconds": read.seconds, "wall_seconds": stored.wall_seconds, "shown": json.dumps(read.shown),
            "viewing": json.dumps(read.viewing), "corrections": len(stored.corrections),
        })
    table = pd.DataFrame(rows, columns=[*READ_COLUMNS, *_answer_columns(study), *READ_TIMES])
    return table.astype({"session": "Int64"})


def _answer_columns(study: Study) -> list[str]:
    """A question's column, and beside codes one with their texts."""
    return [column for question in study.questions
            for column in ((question.key, f"{question.key}_text") if question.choices else (question.key,))]


def _answer_cells(study: Study, answers: Answers) -> dict[str, Any]:
    cells = {}
    for question in study.questions:
        answer = answers.get(question.key)
        cells[question.key] = "; ".join(answer) if isinstance(answer, list | tuple) else answer
        if question.choices:
            cells[f"{question.key}_text"] = question.text_of(answer)
    return cells


def corrections_table(store: Store, study_key: str) -> pd.DataFrame:
    """One row an answer set that a correction replaced or brought, so that the history of each read can be followed."""
    study, rows = store.study(study_key), []
    for stored in store.reads(study_key):
        if not stored.corrections:
            continue
        locked = {"read": stored.number, "readerID": stored.read.reader, "caseID": stored.read.case,
                  "condition": stored.read.condition.value, "repeat": stored.read.repeat}
        rows.append({**locked, "version": 0, "at": stored.locked_at.isoformat(), "reason": "",
                     **_answer_cells(study, stored.read.answers)})
        rows += [{**locked, "version": version, "at": given.corrected_at.isoformat(), "reason": given.reason,
                  **_answer_cells(study, given.answers)} for version, given in enumerate(stored.corrections, 1)]
    columns = ["read", "readerID", "caseID", "condition", "repeat", "version", "at", "reason", *_answer_columns(study)]
    return pd.DataFrame(rows, columns=columns)


def thresholds_table(store: Store, study_key: str) -> pd.DataFrame:
    """One row a threshold that was recorded before the results were open."""
    return pd.DataFrame([asdict(known) | {"recorded_at": known.recorded_at.isoformat()}
                         for known in store.thresholds(study_key)], columns=["rater", "value", "recorded_at"])


def readers_table(store: Store, study_key: str) -> pd.DataFrame:
    """One row a reader: what is known of them for the paper's table of readers, their locked reads, those of them that
    can be compared (training left out) with how many there are to make, and whether their ratings are compared."""
    known, done = profiles.of_study(store, study_key), Counter(read.read.reader for read in store.reads(study_key))
    compared = compared_readers.compared(store, study_key)
    return pd.DataFrame([
        {"readerID": reader.username, "simulated": reader.simulated, "forgotten": reader.forgotten,
         **(asdict(known[reader.username]) if reader.username in known else {}), "reads": done[reader.username],
         "reads_compared": of.done, "reads_to_compare": of.total,
         "in_ratings": "yes" if of.done and of not in compared.left_out else "no"}
        for reader, of in zip((person for person in store.people(study_key) if person.role is Role.READER),
                              compared.standings, strict=True)
    ], columns=list(READER_COLUMNS))


def audit_table(store: Store, study_key: str) -> pd.DataFrame:
    """One row an audit entry of the study, oldest first; sequence numbers count over all studies of the database."""
    return pd.DataFrame([asdict(entry) | {"at": entry.at.isoformat(), "details": json.dumps(entry.details)}
                         for entry in store.audit(study_key)])
