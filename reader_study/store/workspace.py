"""Where a study's data lie: one folder, and one database in it unless a URL says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url

from reader_study.store.store import Store
from reader_study.study.read import check_key

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "workspace"
VOLUME_FILE = "volume.nii.gz"
SCAN_FILE = "scan.json"  # how a scan was made and read, where there is something to say


@dataclass(frozen=True)
class Workspace:
    """The data folder and the database's SQLAlchemy URL."""

    root: Path
    database_url: str

    def study_folder(self, study_key: str) -> Path:
        """The folder of a study's cases."""
        check_key(study_key, "study key")
        return self.root / "cases" / study_key

    def case_folder(self, study_key: str, case_key: str) -> Path:
        """The folder of a case: its volume, and in outputs/ what models made of it."""
        check_key(case_key, "case key")
        return self.study_folder(study_key) / case_key

    def volume_path(self, study_key: str, case_key: str) -> Path:
        """The de-identified scan of a case."""
        return self.case_folder(study_key, case_key) / VOLUME_FILE

    def outputs_folder(self, study_key: str, case_key: str, weights_id: str) -> Path:
        """What one set of weights made of a case: its prediction and its maps."""
        check_key(weights_id, "weights id")
        return self.case_folder(study_key, case_key) / "outputs" / weights_id

    def open_store(self) -> Store:
        """The store of this workspace; folder and database are made where they are missing."""
        self.root.mkdir(parents=True, exist_ok=True)
        return Store(self.database_url, backups=self.root)

    def existing_store(self) -> Store:
        """The store of a workspace that is in use; ValueError where there is none, and nothing is made."""
        url = make_url(self.database_url)
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
            raise ValueError(f"{url.database}: there is no study database: create a study with `init`, "
                             "or name the workspace in ICH_WORKSPACE")
        return self.open_store()


def at(root: Path, database_url: str | None = None) -> Workspace:
    """A workspace in a folder, with its own SQLite database unless a URL is given."""
    root = root.resolve()
    return Workspace(root, database_url or URL.create("sqlite", database=str(root / "study.db")).render_as_string())


def from_environment(environ: Mapping[str, str]) -> Workspace:
    """The workspace that ICH_WORKSPACE and ICH_DATABASE_URL name. Only commands and `resources` call this."""
    return at(Path(environ.get("ICH_WORKSPACE") or DEFAULT_FOLDER), environ.get("ICH_DATABASE_URL") or None)
