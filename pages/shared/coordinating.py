"""What a coordinator does to a study: scans and truth in from an upload, readers in by a link."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urljoin

from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.shared import resources
from reader_study import accounts, importing
from reader_study.design import Person
from reader_study.importing import ImportedCase
from reader_study.truth_table import read_truths


def invitation_link(coordinator: Person, name: str, *, page_url: str) -> str:
    """A one-use link for a new reader; AccountRefused where the name cannot be used. `page_url` is this page's own."""
    token = accounts.invite(resources.store(), coordinator.study_key, name, by=coordinator.username)
    return urljoin(page_url, f"./?invite={token}")


def import_uploads(
    study_key: str, scans: Sequence[UploadedFile], truth: UploadedFile | None
) -> list[ImportedCase]:
    """Uploaded scans, with their truth table if one came, into the study; each scan's outcome."""
    workspace, store = resources.workspace(), resources.store()
    with tempfile.TemporaryDirectory(prefix=".upload-", dir=workspace.root) as folder:
        paths = [_written(upload, Path(folder) / str(number)) for number, upload in enumerate(scans)]
        truth_csv = _written(truth, Path(folder) / "truth") if truth else None
        if paths:
            return importing.import_cases(store, study_key, paths, workspace, truth_csv=truth_csv)
        store.set_truths(study_key, read_truths(truth_csv, {case.key for case in store.cases(study_key)}))
        return []


def what_came_in(outcomes: Sequence[ImportedCase], *, with_truth: bool) -> str:
    """One sentence on an import that was done."""
    n_in = sum(outcome.case is not None for outcome in outcomes)
    scans = f"{n_in} of {len(outcomes)} scans came in." if outcomes else ""
    return " ".join(filter(None, (scans, "The reference standard was recorded." if with_truth else "")))


def _written(upload: UploadedFile, folder: Path) -> Path:
    """An upload as a file of its own name in a folder of its own: two may be called alike."""
    folder.mkdir()
    path = folder / Path(upload.name).name
    path.write_bytes(upload.getbuffer())
    return path
