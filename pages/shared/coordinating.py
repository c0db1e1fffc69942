"""What a coordinator does to a study: scans in from an upload, readers in by a link, and their progress as a table."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urljoin

import pandas as pd
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.shared import resources
from pages.shared.progress import readers
from reader_study import accounts, importing
from reader_study.design import Person
from reader_study.importing import ImportedCase


def progress_table(study_key: str) -> pd.DataFrame:
    """One row a reader: name, whether simulated, reads locked of all, and whole percent."""
    return pd.DataFrame([
        {"Reader": person.display_name, "Kind": "simulated" if person.simulated else "person",
         "Locked": f"{worklist.done} of {worklist.total}", "Done": 100 * worklist.done // max(worklist.total, 1)}
        for person, worklist in readers(study_key)
    ])


def invitation_link(coordinator: Person, name: str, *, page_url: str) -> str:
    """A one-use link for a new reader; AccountRefused where the name cannot be used. `page_url` is this page's own."""
    token = accounts.invite(resources.store(), coordinator.study_key, name, by=coordinator.username)
    return urljoin(page_url, f"./?invite={token}")


def import_uploads(
    study_key: str, scans: Sequence[UploadedFile], truth: UploadedFile | None
) -> list[ImportedCase]:
    """Uploaded scans, with their truth table if one came, into the study; each file's outcome."""
    workspace = resources.workspace()
    with tempfile.TemporaryDirectory(prefix=".upload-", dir=workspace.root) as folder:
        paths = [_written(upload, Path(folder) / str(number)) for number, upload in enumerate(scans)]
        truth_csv = _written(truth, Path(folder) / "truth") if truth else None
        return importing.import_cases(resources.store(), study_key, paths, workspace, truth_csv=truth_csv)


def _written(upload: UploadedFile, folder: Path) -> Path:
    """An upload as a file of its own name in a folder of its own: two may be called alike."""
    folder.mkdir()
    path = folder / Path(upload.name).name
    path.write_bytes(upload.getbuffer())
    return path
