"""Backup and restore: one format for both databases, while readers read; nothing is overwritten, nothing changed."""

import json
import re
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from ich_model import software
from reader_study.access import accounts
from reader_study.store import backup, dump
from reader_study.store.store import Store
from reader_study.store.workspace import Workspace
from reader_study.study.read import Answers
from tests.reader_study.store.test_upgrade import write_first_release
from tests.support.small_study import KEY, TRUTHS, lock_all, lock_next, prediction_of, read_of


@pytest.fixture
def store(new_store):
    """A study with all kinds of rows in it."""
    store = new_store(corrections=True)
    store.assign(KEY, "ben", ["case-002"])
    store.set_truths(KEY, TRUTHS)
    store.add_prediction(KEY, prediction_of("case-001"))
    step = store.worklist(KEY, "ana").next_step
    store.start_read(KEY, "ana", step)
    odd = Answers(prognosis="poor", p_poor=70, gcs="severe", age="under_80", comment='Öl\n\u2028"x" \U0001f9e0\x00')
    store.lock_read(read_of("ana", step, answers=odd))
    store.correct_read(KEY, "ana", step, Answers(**odd.values | {"p_poor": 75}), "a slip of the hand")
    store.record_threshold(KEY, "ana", 0.6)
    store.save_draft(KEY, "ana", store.worklist(KEY, "ana").next_step, {"comment": "so far"}, seconds=0.1)
    return store


@pytest.fixture
def place(new_database, tmp_path):
    """A workspace that is empty yet."""
    return Workspace(tmp_path / "new", new_database(empty=True))


def everything(store: Store, folder: Path) -> dict[str, str]:
    """All tables of a store as text, by name, by way of a backup."""
    file = folder / f"{len(list(folder.glob('*.zip')))}.zip"
    backup.write(store, file)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.startswith("tables/")}


def test_what_is_restored_is_what_was_there(store, place, tmp_path):
    backup.write(store, tmp_path / "study.zip")
    backup.restore(tmp_path / "study.zip", place)
    with closing(place.open_store()) as again:
        assert everything(again, tmp_path) == everything(store, tmp_path)
        assert (again.head(), again.verify()) == (store.head(), None)


def test_a_restored_study_goes_on(store, place, tmp_path):
    backup.write(store, tmp_path / "study.zip")
    backup.restore(tmp_path / "study.zip", place)
    with closing(place.open_store()) as again:
        lock_all(again, "ana")
        accounts.add_simulated(again, KEY, "cem")
        lock_all(again, "cem")
        assert again.verify() is None


def test_one_kind_of_database_is_restored_as_the_other(store, tmp_path):
    backup.write(store, tmp_path / "study.zip")
    place = Workspace(tmp_path, f"sqlite:///{tmp_path / 'other.db'}")
    backup.restore(tmp_path / "study.zip", place)
    with closing(place.open_store()) as again:
        assert again.reads(KEY) == store.reads(KEY)


def test_a_backup_of_the_first_release_is_restored_and_upgraded(new_database, place, tmp_path):
    write_first_release(url := new_database(empty=True))
    Store(url, backups=tmp_path).close()
    manifest = backup.restore(next(tmp_path.glob("*.zip")), place)
    assert manifest.schema_revision == "0001"
    with closing(place.open_store()) as again:
        assert again.verify() is None
        lock_next(again, "Cem Öz")


def test_a_backup_made_while_readers_read_is_whole(new_store, place, tmp_path):
    readers = tuple(f"reader {number}" for number in range(4))
    store = new_store(readers=readers, cases=tuple(f"c{number}" for number in range(8)))
    with ThreadPoolExecutor(5) as pool:
        done = [pool.submit(lock_all, store, reader) for reader in readers]
        while not store.reads(KEY):
            pass
        manifest = pool.submit(backup.write, store, tmp_path / "study.zip").result()
        for reads in done:
            reads.result()
    backup.restore(tmp_path / "study.zip", place)
    with closing(place.open_store()) as again:
        assert again.reads(KEY) == store.reads(KEY)[: manifest.rows["read"]]


def test_scans_come_along_when_asked_for(store, place, tmp_path):
    old = Workspace(tmp_path / "old", store.url)
    old.case_folder(KEY, "case-001").mkdir(parents=True)
    old.volume_path(KEY, "case-001").write_bytes(b"voxels")
    (old.case_folder(KEY, "case-001") / ".half-written").write_bytes(b"vox")
    backup.write(store, tmp_path / "study.zip", scans_of=old)
    backup.restore(tmp_path / "study.zip", place)
    assert [file.name for file in place.root.rglob("*") if file.is_file() and file.suffix != ".db"] == ["volume.nii.gz"]
    assert place.volume_path(KEY, "case-001").read_bytes() == b"voxels"


def test_only_its_owner_may_read_a_backup(store, tmp_path):
    backup.write(store, tmp_path / "study.zip")
    assert stat.S_IMODE((tmp_path / "study.zip").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["study.zip"]


def test_browser_sessions_are_not_in_a_backup(store, tmp_path):
    accounts.accept(store, accounts.invite(store, KEY, "dea"), "correct horse")
    assert "tables/browser_session.jsonl" not in everything(store, tmp_path)


def test_nothing_is_overwritten(store, tmp_path):
    (tmp_path / "study.zip").write_text("mine")
    with pytest.raises(ValueError, match=r"study\.zip: exists already, expected a new file"):
        backup.write(store, tmp_path / "study.zip")
    assert (tmp_path / "study.zip").read_text() == "mine"


def test_a_restore_into_what_is_there_is_refused(store, place, tmp_path):
    backup.write(store, tmp_path / "study.zip")
    before = everything(store, tmp_path)
    with pytest.raises(ValueError, match="there is a study database already: expected an empty one"):
        backup.restore(tmp_path / "study.zip", Workspace(tmp_path / "new", store.url))
    assert everything(store, tmp_path) == before


def test_scans_that_are_there_are_kept(store, place, tmp_path):
    scan = place.volume_path(KEY, "case-001")
    scan.parent.mkdir(parents=True)
    scan.write_bytes(b"other voxels")
    backup.write(store, tmp_path / "study.zip", scans_of=place)
    with pytest.raises(ValueError, match="cases: holds scans already"):
        backup.restore(tmp_path / "study.zip", place)
    assert scan.read_bytes() == b"other voxels"


def changed(file: Path, name: str, old: str, new: str) -> None:
    """Change a text in one member of a zip."""
    with zipfile.ZipFile(file) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    assert old.encode() in members[name]
    members[name] = members[name].replace(old.encode(), new.encode(), 1)
    with zipfile.ZipFile(file, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)


@pytest.mark.parametrize(("member", "old", "new", "sentence"), [
    ("tables/read.jsonl", '"p_poor": 70', '"p_poor": 71', "changed after it was written: read 1: it is not as"),
    ("tables/correction.jsonl", '"p_poor": 75', '"p_poor": 76', "changed after it was written: correction 1: it is"),
    ("tables/threshold.jsonl", "0.6", "0.7", "changed after it was written: threshold 1: it is not as it was locked"),
    ("tables/study.jsonl", '"seed": 1', '"seed": 2', "changed after it was written: study small: its defin"),
    ("tables/audit.jsonl", "read_locked", "read_lockeD", r"changed after it was written: audit entry \d+: its content"),
    ("manifest.json", '"truth": 2', '"truth": 3', "table truth: expected 3 rows, got 2"),
    ("manifest.json", '"0006"', '"0099"', "has schema revision 0099, this release knows up to 0006"),
    ("manifest.json", "backup 1", "backup 9", "expected a file in the format 'ICH Reader backup 1'"),
    ("manifest.json", '"rows"', '"rowS"', "expected a backup that this software wrote, whole"),
])
def test_a_changed_backup_is_refused_and_leaves_nothing(store, place, tmp_path, member, old, new, sentence):
    backup.write(store, tmp_path / "study.zip")
    changed(tmp_path / "study.zip", member, old, new)
    with pytest.raises(ValueError, match=sentence):
        backup.restore(tmp_path / "study.zip", place)
    assert list(place.root.glob("*")) == []
    with closing(place.open_store()) as store:
        assert store.studies() == []


@pytest.mark.parametrize("spoil", [lambda content: content[:-40], lambda content: b"", lambda content: b"text"])
def test_what_is_no_whole_backup_is_one_sentence(store, place, tmp_path, spoil):
    file = tmp_path / "study.zip"
    backup.write(store, file)
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(ValueError, match=r"study\.zip: expected a backup that this software wrote, whole"):
        backup.restore(file, place)


def test_a_scan_that_would_leave_the_workspace_is_refused(store, place, tmp_path):
    backup.write(store, tmp_path / "study.zip")
    with zipfile.ZipFile(tmp_path / "study.zip", "a") as archive:
        archive.writestr("cases/../../escaped", b"x")
    with pytest.raises(ValueError, match=re.escape("cases/../../escaped: expected a file below cases/")):
        backup.restore(tmp_path / "study.zip", place)
    assert not (tmp_path.parent / "escaped").exists()


def test_the_manifest_says_what_is_in_it(store, tmp_path):
    backup.write(store, tmp_path / "study.zip")
    with dump.open_zip(tmp_path / "study.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["schema_revision"], manifest["rows"]["read"]) == ("0006", 1)
    assert manifest["audit_head"] == ":".join(map(str, store.head()))
    assert manifest["software"] == software.title_and_version()


def test_a_backup_that_does_not_say_what_wrote_it_is_restored(store, place, tmp_path):
    backup.write(store, tmp_path / "study.zip")
    changed(tmp_path / "study.zip", "manifest.json", '"software"', '"unknown"')
    assert backup.restore(tmp_path / "study.zip", place).software == ""
    with closing(place.open_store()) as restored:
        assert restored.head() == store.head()
