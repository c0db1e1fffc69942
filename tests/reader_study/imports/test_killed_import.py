"""An import whose process is killed leaves nothing that the next import, or the next start of the app, does not end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ich_model import working_folders
from reader_study.imports import commit, import_cases
from reader_study.store.workspace import Workspace, at
from tests.support.made_dicom import noisy_head
from tests.support.simple_head import head_hu, written
from tests.support.small_study import KEY, small_store

ROOT = Path(__file__).resolve().parents[3]
IMPORT = """
import sys, time
from pathlib import Path
from reader_study.imports import commit, import_cases, staging
from reader_study.store.workspace import at
from reader_study.store.store import Store

def wait(*_, **__):
    print("here", flush=True)
    time.sleep(60)

stop, workspace, scan = sys.argv[1:]
if stop == "staged":
    tell = lambda done, of: wait()
else:
    tell = lambda *_: None
if stop == "moved":
    commit._write_mapping = wait
if stop == "mapping":
    commit.csv.writer = wait
if stop == "mapped":
    Store.add_cases = wait
if stop == "added":
    add = Store.add_cases
    Store.add_cases = lambda *values: (add(*values), wait())
place = at(Path(workspace))
import_cases.import_cases(place.existing_store(), "small", [Path(scan)], place, tell=tell)
"""


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """A workspace with a study that has one case."""
    (tmp_path / "workspace").mkdir()
    place = at(tmp_path / "workspace")
    store = small_store(place.root, readers=("ana",), cases=())
    import_cases.import_cases(store, KEY, [written(tmp_path / "first.nii", head_hu())], place)
    store.close()
    return place


def killed(stop: str, workspace: Workspace, scan: Path) -> None:
    """An import of a scan, killed at the point named."""
    process = subprocess.Popen([sys.executable, "-c", IMPORT, stop, str(workspace.root), str(scan)], cwd=ROOT,
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "here\n"
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()


def in_study(workspace: Workspace) -> list[str]:
    """What lies in the study's folder and beside it."""
    folder = workspace.study_folder(KEY)
    return sorted(entry.name for place in (folder, folder.parent) for entry in place.iterdir())


@pytest.mark.parametrize("stop", ["staged", "moved", "mapping", "mapped", "added"])
@pytest.mark.parametrize("next_one", ["import", "start"])
def test_what_a_killed_import_left_is_gone_after_the_next_step(workspace, tmp_path, stop, next_one):
    scan = written(tmp_path / "second.nii", noisy_head())
    killed(stop, workspace, scan)
    assert any(name.startswith(".incoming-") for name in in_study(workspace))
    store = workspace.existing_store()
    if next_one == "start":
        import_cases.remove_leftovers(store, workspace)
    else:
        [outcome] = import_cases.import_cases(store, KEY, [scan], workspace)
        assert (outcome.case is None) == (stop == "added")
    cases = [case.key for case in store.cases(KEY)]
    store.close()
    assert cases == (["case-001", "case-002"] if next_one == "import" or stop == "added" else ["case-001"])
    assert in_study(workspace) == [*cases, "mapping.csv", KEY]
    mapped = (workspace.study_folder(KEY) / "mapping.csv").read_text().splitlines()[1:]
    assert [row.split(",")[:2] for row in mapped] == [[key, name] for key, name in
                                                      zip(cases, ("first.nii", "second.nii"), strict=False)]


def test_two_imports_into_one_study_take_turns(workspace, tmp_path):
    scan = written(tmp_path / "second.nii", noisy_head())
    lock = workspace.study_folder(KEY).parent / f".importing-{KEY}"
    program = IMPORT.replace("wait()", "None")
    with working_folders.alone(lock):
        other = subprocess.Popen([sys.executable, "-c", program, "", str(workspace.root), str(scan)], cwd=ROOT)
        time.sleep(4)
        assert other.poll() is None
        with pytest.raises(BlockingIOError, match="temporarily unavailable"), working_folders.alone(lock, wait=False):
            pass
        assert not (workspace.study_folder(KEY) / "case-002").exists()
    assert other.wait(60) == 0
    assert in_study(workspace) == ["case-001", "case-002", "mapping.csv", KEY]


def test_only_what_a_killed_import_planned_is_taken_back(workspace):
    folder = workspace.study_folder(KEY)
    plan = folder / f".{commit.INCOMING}-1"
    plan.mkdir()
    (plan / "moving.txt").write_text("case-001\ncase-009")
    (folder / "case-008").mkdir()
    commit.undo_killed(folder, {"case-001"})
    assert (folder / "case-001" / "volume.nii.gz").exists()
    assert (folder / "case-008").exists()
