"""Script that runs in the folder of a served version: it creates the study, and prints content of the store.

`python - COMMAND JSON < study_script.py` prints JSON. Versions differ in their database schema, so the script uses the
version's own code; the functions used here are the same in all versions since the move of modules into packages.
"""

import json
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.viewer import scan
from ich_model.scans import volume
from ich_model.tasks import AGE, GCS_ORDINAL, PROGNOSIS, Prediction
from reader_study.access import accounts
from reader_study.store import workspace
from reader_study.store.store import Store
from reader_study.store.workspace import Workspace
from reader_study.study.design import Case, Design, Study, Truth
from reader_study.study.questions import DEFAULT
from reader_study.study.read import Answers, Read
from tests.browser.support.put_cases import put_cases

KEY = "desk"
PASSWORD = "a long password"
NOT_TYPED = "locked by the benchmark"  # the comment of a read that its reader could not lock


def prepare(place: Workspace, store: Store, *, design: str, cases: int, readers: list[str]) -> dict[str, Any]:
    """Creates an open study; returns each reader's session token and steps, and the choices' texts and codes by letter.

    Without model output the scans have clinical size; with it they are small, as in the tests.
    """
    keys = [f"case-{number:03}" for number in range(1, cases + 1)]
    truths = {key: Truth(number % 2, 7, 84.0) for number, key in enumerate(keys)}
    store.create_study(Study(key=KEY, title="A desk to read at", seed=1, design=Design(design), demo=True))
    if Design(design) is Design.UNAIDED_ONLY:
        _put_large_scans(place, store, truths)
    else:
        put_cases(store, place, KEY, truths=truths, predictions={key: _prediction(key) for key in keys})
    store.open_study(KEY)
    tokens = {reader: accounts.join_demo(store, KEY, reader, PASSWORD) for reader in readers}
    steps = {reader: [[step.case_key, step.condition.value, step.repeat] for step in store.worklist(KEY, reader).steps]
             for reader in readers}
    choices = [(choice, question) for question in DEFAULT for choice in question.choices]
    return {"study": KEY, "tokens": tokens, "steps": steps,
            "texts": {choice.letter: choice.text for choice, _ in choices},
            "codes": {choice.letter: [question.key, choice.code] for choice, question in choices}}


def _put_large_scans(place: Workspace, store: Store, truths: dict[str, Truth]) -> None:
    """Stores the viewer benchmark's scan for every case, as hard links to one file."""
    store.add_cases(KEY, [Case(key, f"cases/{KEY}/{key}", True, scan.SHAPE, scan.SPACING_MM) for key in truths], truths)
    written: Path | None = None
    for key in truths:
        place.case_folder(KEY, key).mkdir(parents=True)
        target = place.volume_path(KEY, key)
        if written is None:
            volume.save(scan.volume_hu(), np.diag([*scan.SPACING_MM, 1.0]), target, description="SYNTHETIC")
            written = target
        else:
            os.link(written, target)


def _prediction(case: str) -> Prediction:
    cumulative = {PROGNOSIS.key: (0.8,), GCS_ORDINAL.key: (0.9, 0.2), AGE.key: (0.3,)}
    return Prediction(case, "ord_gcs_bin_age", "0123456789ab", (40, 64, 64), cumulative, 1.5, True)


def stored(_: Workspace, store: Store) -> list[dict[str, Any]]:
    """Every locked read: reader, step and answers."""
    reads = [row.read for row in store.reads(KEY)]
    return [{"reader": read.reader, "step": [read.case, read.condition.value, read.repeat],
             "answers": read.answers.values} for read in reads]


def drafts(_: Workspace, store: Store, *, readers: list[str]) -> dict[str, dict[str, Any]]:
    """The draft's answers of each reader's next step."""
    found = {}
    for reader in readers:
        step = store.worklist(KEY, reader).next_step
        draft = store.draft(KEY, reader, step) if step else None
        found[reader] = dict(draft.answers) if draft else {}
    return found


def lock_next(_: Workspace, store: Store, *, reader: str) -> None:
    """Locks a reader's next step without the page, so that the reader can continue.

    Raises:
        ValueError: where all steps are locked.
    """
    step = store.worklist(KEY, reader).next_step
    if step is None:
        raise ValueError(f"{reader}: expected a read that is left to lock, all are locked")
    answers = Answers(prognosis="poor", p_poor=90, gcs="severe", age="80_or_more", comment=NOT_TYPED)
    store.lock_read(Read(study=KEY, reader=reader, case=step.case_key, condition=step.condition, repeat=step.repeat,
                         answers=answers, started_at=store.start_read(KEY, reader, step), seconds=1.0))


COMMANDS = {command.__name__: command for command in (prepare, stored, drafts, lock_next)}


def main(name: str, given: str) -> None:
    """Runs one command; its JSON arguments include the workspace."""
    arguments = json.loads(given)
    place = workspace.at(Path(arguments.pop("workspace")))
    with closing(place.open_store()) as store:
        print(json.dumps(COMMANDS[name](place, store, **arguments)))


if __name__ == "__main__":
    main(*sys.argv[1:])
