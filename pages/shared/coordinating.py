"""What a coordinator does to a study: scans and truth in from an upload, readers in by a link."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.shared import resources
from reader_study import accounts, importing
from reader_study.design import Person
from reader_study.taking_in import Choices, ImportedCase, Tell
from reader_study.truth_table import read_truths


def invitation_link(coordinator: Person, name: str, *, page_url: str) -> str:
    """A one-use link for a new reader; AccountRefused where the name cannot be used. `page_url` is this page's own."""
    token = accounts.invite(resources.store(), coordinator.study_key, name, by=coordinator.username)
    return urljoin(page_url, f"./?invite={token}")


def import_uploads(
    study_key: str, scans: Sequence[UploadedFile], truth: UploadedFile | None, *, choices: Choices, tell: Tell
) -> list[ImportedCase]:
    """Uploaded scans, with their truth table if one came, into the study; each scan's outcome."""
    workspace, store = resources.workspace(), resources.store()
    with on_disk([*scans, *([truth] if truth else [])]) as paths:
        files, truth_csv = paths[: len(scans)], paths[-1] if truth else None
        if files:
            return importing.import_cases(store, study_key, files, workspace, truth_csv=truth_csv, choices=choices,
                                          tell=tell)
        store.set_truths(study_key, read_truths(truth_csv, {case.key for case in store.cases(study_key)}))
        return []


@contextmanager
def on_disk(uploads: Sequence[UploadedFile]) -> Iterator[list[Path]]:
    """Uploads as files in a folder of the workspace that is gone afterwards; each in one of its own, since two may be
    called alike."""
    with tempfile.TemporaryDirectory(prefix=".upload-", dir=resources.workspace().root) as folder:
        paths = [Path(folder) / str(number) / Path(upload.name).name for number, upload in enumerate(uploads)]
        for path, upload in zip(paths, uploads, strict=True):
            path.parent.mkdir()
            path.write_bytes(upload.getbuffer())
        yield paths


def what_came_in(outcomes: Sequence[ImportedCase], *, with_truth: bool) -> str:
    """One sentence on an import that was done."""
    n_in = sum(outcome.case is not None for outcome in outcomes)
    scans = f"{n_in} of {len(outcomes)} scans came in." if outcomes else ""
    return " ".join(filter(None, (scans, "The reference standard was recorded." if with_truth else "")))
