"""Actions of a coordinator: importing uploads, inviting readers, writing reminders."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin

from streamlit.runtime.uploaded_file_manager import UploadedFile

from ich_model import working_folders
from pages.shared import resources
from reader_study.access import accounts, setup_links
from reader_study.imports import import_cases
from reader_study.imports.staging import Choices, ImportedCase, Tell
from reader_study.imports.truth_csv import read_truths
from reader_study.store.progress import Progress
from reader_study.study.definition import Fact
from reader_study.study.design import Person, Role

FACT_NAMES = {Fact.AGE: "Age", Fact.GCS: "GCS", Fact.SEX: "Sex"}
STAGES = {
    "draft": "Draft: nobody reads yet. Set it up, then open it under **Design**.",
    "open": "Open: readers read.",
    "closed": "Closed: no further reads are taken. Unlock the results under **Results**.",
    "unlocked": "Unlocked: the results are open.",
}


def where_it_stands(study_key: str) -> str:
    """One line on a study: its stage, cases, readers and deadline."""
    store = resources.store()
    state, n_cases = store.state(study_key), len(store.cases(study_key))
    n_readers = sum(person.role is Role.READER for person in store.people(study_key))
    counts = f"{n_cases} cases, {n_readers} readers"
    until = f", deadline {state.deadline:%Y-%m-%d %H:%M} UTC" if state.deadline and not state.closed else ""
    return f"{STAGES[state.name]} {counts}{until}."


def reminder(title: str, progress: Progress, deadline: datetime | None) -> str:
    """A message to a reader who is not done, to be copied."""
    left = progress.total - progress.done
    until = f" Reads are taken until {deadline:%Y-%m-%d %H:%M} UTC." if deadline else ""
    each = f", about {round(left * progress.median_seconds / 60) or 1} minutes at your pace" if (
        progress.median_seconds) else ""
    return (f"Dear {progress.reader.display_name},\n\nyou have locked {progress.done} of {progress.total} reads in "
            f"\"{title}\"; {left} are left{each}.{until} You can stop and go on at any time: answers are kept.\n\n"
            "Thank you for reading.")


def invitation_link(coordinator: Person, name: str, *, page_url: str) -> str:
    """A one-use link for a new reader; AccountRefused where the name cannot be used. `page_url` is this page's own."""
    token = accounts.invite(resources.store(), coordinator.study_key, name, by=coordinator.username)
    return urljoin(page_url, f"./?invite={token}")


def setup_link(coordinator: Person, *, page_url: str) -> str:
    """A one-use link with which someone sets up another study and becomes its coordinator."""
    token = setup_links.offer(resources.store(), by=coordinator.username, study_key=coordinator.study_key)
    return urljoin(page_url, f"./?setup={token}")


def import_uploads(
    study_key: str, scans: Sequence[UploadedFile], truth: UploadedFile | None, *, choices: Choices, tell: Tell
) -> list[ImportedCase]:
    """Uploaded scans, with their truth table if one came, into the study; each scan's outcome."""
    workspace, store = resources.workspace(), resources.store()
    with on_disk([*scans, *([truth] if truth else [])]) as paths:
        files, truth_csv = paths[: len(scans)], paths[-1] if truth else None
        if files:
            return import_cases.import_cases(store, study_key, files, workspace, truth_csv=truth_csv, choices=choices,
                                             tell=tell)
        if truth_csv:
            store.set_truths(study_key, read_truths(truth_csv, {case.key for case in store.cases(study_key)}))
        return []


@contextmanager
def on_disk(uploads: Sequence[UploadedFile]) -> Iterator[list[Path]]:
    """Uploads as files in a folder of the workspace that is gone afterwards; each in one of its own, since two may be
    called alike."""
    with working_folders.working_folder(resources.workspace().root, import_cases.UPLOAD) as folder:
        paths = [folder / str(number) / Path(upload.name).name for number, upload in enumerate(uploads)]
        for path, upload in zip(paths, uploads, strict=True):
            path.parent.mkdir()
            path.write_bytes(upload.getbuffer())
        yield paths


def what_came_in(outcomes: Sequence[ImportedCase], *, with_truth: bool) -> str:
    """One sentence on an import that was done."""
    n_in = sum(outcome.case is not None for outcome in outcomes)
    scans = f"{n_in} of {len(outcomes)} scans came in." if outcomes else ""
    return " ".join(filter(None, (scans, "The reference standard was recorded." if with_truth else "")))
