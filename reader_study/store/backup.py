"""Backup and restore of a workspace: its database, of either kind, and with it the scans where that is asked for."""

from pathlib import Path, PurePosixPath
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import Connection, make_url

from ich_model.atomic import move_folder
from ich_model.working_folders import working_folder
from reader_study.store import audit, dump, upgrade
from reader_study.store.database import Database
from reader_study.store.dump import Manifest
from reader_study.store.store import Store
from reader_study.store.workspace import Workspace

SCANS = "cases"  # the folder of the workspace, and of the zip


def write(store: Store, file: Path, *, scans_of: Workspace | None = None) -> Manifest:
    """Write the database as it is now, while others read and write, with a workspace's case files if one is given."""
    with dump.new_zip(file) as archive:
        with store.snapshot() as connection:
            manifest = dump.write(connection, archive, revision=upgrade.NEWEST, made_at=store.now())
        if scans_of is not None:
            for path in sorted((scans_of.root / SCANS).rglob("*")):
                name = path.relative_to(scans_of.root)
                if path.is_file() and not any(part.startswith(".") for part in name.parts):  # nothing half-written
                    archive.write(path, name.as_posix(), compress_type=ZIP_STORED)  # they are compressed already
    return manifest


def restore(file: Path, workspace: Workspace) -> Manifest:
    """Make a workspace's database, and its scans where the backup has some, from a backup; all or nothing.

    ValueError where something is there already, and where the audit trail or a read is not as it was written.
    """
    with dump.open_zip(file) as archive:
        manifest = dump.manifest_of(archive)
        upgrade.check_revision(manifest.schema_revision, f"the backup {file.name}")
        scans = [member for member in archive.infolist() if _scan_path(member) is not None]
        if scans and any((workspace.root / SCANS).glob("*")):
            raise ValueError(f"{workspace.root / SCANS}: holds scans already, expected an empty workspace")
        workspace.root.mkdir(parents=True, exist_ok=True)
        new_file = not _sqlite_files(workspace)
        database = Database(workspace.database_url)
        try:
            with working_folder(workspace.root, "restore") as new, database.starting() as connection:
                archive.extractall(new, scans)
                _fill(connection, archive, manifest)
                if scans:
                    move_folder(new / SCANS, workspace.root / SCANS)
        except BaseException:
            database.close()
            for made in _sqlite_files(workspace) if new_file else ():
                made.unlink(missing_ok=True)
            raise
        finally:
            database.close()
    return manifest


def _sqlite_files(workspace: Workspace) -> set[Path]:
    """The files of a SQLite database that are there: SQLite makes them as soon as it is asked anything."""
    url = make_url(workspace.database_url)
    if url.get_backend_name() != "sqlite":
        return set()
    return {file for end in ("", "-wal", "-shm") if (file := Path(f"{url.database}{end}")).exists()}


def _fill(connection: Connection, archive: ZipFile, manifest: Manifest) -> None:
    if upgrade.revision_of(connection) is not None:
        raise ValueError("there is a study database already: expected an empty one, name a new folder in "
                         "ICH_WORKSPACE or a new database in ICH_DATABASE_URL")
    upgrade.migrate(connection, to=manifest.schema_revision)
    dump.read(connection, archive)
    upgrade.migrate(connection)
    broken = audit.verify(connection)
    if broken is not None:
        raise ValueError(f"the backup was changed after it was written: {broken.name}: {broken.reason}")


def _scan_path(member: ZipInfo) -> PurePosixPath | None:
    """Where a scan's file goes in the workspace; None for what is no scan."""
    path = PurePosixPath(member.filename)
    if path.parts[:1] != (SCANS,) or member.is_dir():
        return None
    if ".." in path.parts:
        raise ValueError(f"{member.filename}: expected a file below {SCANS}/")
    return path
