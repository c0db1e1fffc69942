"""Scans and truth into a study: all of a file or nothing, and nothing that tells who or what it was."""

import csv
import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from ich_model.scans import volume
from reader_study.imports import import_cases
from reader_study.imports.staging import ImportedCase
from reader_study.imports.truth_csv import BadTruth, read_truths
from reader_study.store.workspace import Workspace, at
from reader_study.study.design import Study, StudyFrozen, Truth
from tests.support.simple_head import AFFINE, head_hu, written
from tests.support.small_study import KEY, TRUTHS, lock_next, small_store

HEADER = "caseID,poor,gcs,age\n"
REAL_SCAN = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "ct" / "GE_brain.nii.gz"


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """A workspace beside the scans to be imported."""
    (tmp_path / "workspace").mkdir()
    return at(tmp_path / "workspace")


@pytest.fixture
def store(workspace):
    """A study without cases, with one reader."""
    return small_store(workspace.root, readers=("ana",), cases=())


def scan(folder: Path, name: str, *, brain_hu: int = 30, description: str = "") -> Path:
    """A head in a file; another brightness is another scan."""
    hu = head_hu()
    image = nib.Nifti1Image(np.where(hu == 30, brain_hu, hu).astype(np.int16), AFFINE)
    image.header["descrip"] = description.encode()
    image.header["aux_file"] = b"SMITH^JOHN"
    nib.save(image, folder / name)
    return folder / name


def table(folder: Path, rows: str, *, header: str = HEADER) -> Path:
    """A truth file."""
    (folder / "truth.csv").write_text(header + rows)
    return folder / "truth.csv"


def test_a_scan_comes_in_under_a_new_key(store, workspace, tmp_path):
    [outcome] = import_cases.import_cases(store, KEY, [scan(tmp_path, "Smith_John.nii.gz")], workspace)
    case = store.case(KEY, "case-001")
    assert outcome == ImportedCase("Smith_John.nii.gz", case, None)
    assert (case.folder, case.shape, case.spacing_mm) == ("cases/small/case-001", (96, 112, 32), (2.0, 2.0, 5.0))
    stored = volume.load(workspace.root / case.folder / "volume.nii.gz")
    np.testing.assert_array_equal(stored.hu, volume.load(tmp_path / "Smith_John.nii.gz").hu)


@pytest.mark.skipif(not REAL_SCAN.exists(), reason="needs the real scan ../shared/data/ct/GE_brain.nii.gz")
def test_a_real_scan_comes_in_voxel_for_voxel(store, workspace):
    [outcome] = import_cases.import_cases(store, KEY, [REAL_SCAN], workspace)
    source, stored = volume.load(REAL_SCAN), volume.load(workspace.volume_path(KEY, outcome.case.key))
    np.testing.assert_array_equal(stored.hu, source.hu)
    np.testing.assert_allclose(stored.affine, source.affine, atol=1e-4)
    assert not outcome.case.synthetic


def test_nothing_of_the_file_but_its_voxels_and_geometry_is_kept(store, workspace, tmp_path):
    import_cases.import_cases(store, KEY, [scan(tmp_path, "Smith.nii", description="Smith, John 1940")], workspace)
    header = nib.load(workspace.volume_path(KEY, "case-001")).header
    assert (header["descrip"].item(), header["aux_file"].item()) == (b"", b"")
    naming = [file.name for file in workspace.root.rglob("*") if file.is_file() and b"Smith" in file.read_bytes()]
    assert naming == ["mapping.csv"]


def test_a_phantom_stays_marked_as_synthetic(store, workspace, tmp_path):
    import_cases.import_cases(store, KEY, [scan(tmp_path, "a.nii", description="SYNTHETIC head CT")], workspace)
    assert store.case(KEY, "case-001").synthetic
    assert nib.load(workspace.volume_path(KEY, "case-001")).header["descrip"].item() == b"SYNTHETIC head CT"


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_the_mark_is_read_from_either_header_and_under_a_wrong_name(store, workspace, tmp_path, kind):
    image = kind(head_hu(), AFFINE)
    image.header["descrip"] = b"SYNTHETIC head CT"
    (tmp_path / "a.nii").write_bytes(gzip.compress(image.to_bytes()))
    import_cases.import_cases(store, KEY, [tmp_path / "a.nii"], workspace)
    assert store.case(KEY, "case-001").synthetic


def test_keys_do_not_follow_the_order_of_the_files(store, workspace, tmp_path):
    files = [scan(tmp_path, f"{name}.nii", brain_hu=30 + number) for number, name in enumerate("abcdef")]
    outcomes = import_cases.import_cases(store, KEY, files, workspace)
    keys = [outcome.case.key for outcome in outcomes]
    assert sorted(keys) == [f"case-00{number}" for number in range(1, 7)] != keys
    digests = [store.case(KEY, key).content_sha256 for key in sorted(keys)]
    assert digests == sorted(digests)


def test_the_mapping_names_every_file_and_grows(store, workspace, tmp_path):
    for number, name in enumerate("ab"):
        import_cases.import_cases(store, KEY, [scan(tmp_path, f"{name}.nii", brain_hu=30 + number)], workspace)
    with (workspace.study_folder(KEY) / "mapping.csv").open(newline="") as file:
        rows = [(row["caseID"], row["file"]) for row in csv.DictReader(file)]
    assert rows == [("case-001", "a.nii"), ("case-002", "b.nii")]


def test_a_refused_file_leaves_nothing_and_the_others_come_in(store, workspace, tmp_path):
    (tmp_path / "broken.nii").write_bytes(b"")
    flat = written(tmp_path / "flat.nii", np.zeros((96, 112), np.int16))
    files = [tmp_path / "broken.nii", scan(tmp_path, "good.nii"), flat]
    outcomes = import_cases.import_cases(store, KEY, files, workspace)
    assert [outcome.case is None for outcome in outcomes] == [True, False, True]
    assert "broken.nii: the file is empty" in outcomes[0].refusal
    assert "flat.nii: expected a 3D volume" in outcomes[2].refusal
    assert sorted(entry.name for entry in workspace.study_folder(KEY).iterdir()) == ["case-001", "mapping.csv"]


def test_when_all_are_refused_no_folder_is_left(store, workspace, tmp_path):
    (tmp_path / "broken.nii").write_bytes(b"no scan")
    [outcome] = import_cases.import_cases(store, KEY, [tmp_path / "broken.nii"], workspace)
    assert outcome.case is None
    assert not workspace.study_folder(KEY).exists()


def test_the_same_scan_comes_in_once(store, workspace, tmp_path):
    files = [scan(tmp_path, "a.nii"), scan(tmp_path, "b.nii.gz")]
    [first, second] = import_cases.import_cases(store, KEY, files, workspace)
    [again] = import_cases.import_cases(store, KEY, files[:1], workspace)
    assert first.case.key == "case-001"
    assert second.refusal == "b.nii.gz: this scan is in the study already, from a.nii"
    assert again.refusal == "a.nii: this scan is in the study already, from case-001"


def test_truth_comes_with_the_scans_and_later(store, workspace, tmp_path):
    import_cases.import_cases(store, KEY, [scan(tmp_path, "a.nii")], workspace, truth_csv=table(tmp_path, "a,1,8,80\n"))
    assert store.truths(KEY) == {"case-001": TRUTHS["case-001"]}
    import_cases.import_cases(store, KEY, [], workspace, truth_csv=table(tmp_path, "case-001,0,15,50.5\n"))
    assert store.truths(KEY) == {"case-001": Truth(0, 15, 50.5)}


@pytest.mark.parametrize(("rows", "sentence"), [
    ("", "truth.csv: expected a header caseID,poor,gcs,age and a row for each case, got no row"),
    ("a,1,8,80\nb,0,9,70\n", "row 3: no case or file is named 'b'"),
    ("a,1,8,80\na,1,8,80\n", "row 3: a stands there twice"),
    ("a,1,16,80\n", "row 2: GCS 16: expected 3 to 15"),
    ("a,1,2,80\n", "row 2: GCS 2: expected 3 to 15"),
    ("a,2,8,80\n", "row 2: poor 2: expected 0"),
    ("a,1,8,-1\n", "row 2: age -1.0: expected 0 to 120"),
    ("a,1,8.5,80\n", "row 2: gcs: expected a whole number, got 8.5"),
    ("a,1,,80\n", "row 2: gcs: expected a number, got ''"),
    ("a,1,8\n", "row 2: age: expected a number, got ''"),
    ("a,1,8,nan\n", "row 2: age: expected a number, got 'nan'"),
    ("a,1,8,80,male\n", "row 2: has more cells than the header"),
])
def test_a_bad_truth_table_is_refused_before_anything_is_written(store, workspace, tmp_path, rows, sentence):
    with pytest.raises(BadTruth, match=sentence):
        import_cases.import_cases(store, KEY, [scan(tmp_path, "a.nii")], workspace, truth_csv=table(tmp_path, rows))
    assert store.cases(KEY) == []
    assert not workspace.study_folder(KEY).exists()


def test_sex_and_volume_may_come_with_the_truth(store, workspace, tmp_path):
    truth = table(tmp_path, "a,1,8,80,F,37.5\n", header="caseID,poor,gcs,age,sex,volume_ml\n")
    import_cases.import_cases(store, KEY, [scan(tmp_path, "a.nii")], workspace, truth_csv=truth)
    assert store.truths(KEY) == {"case-001": Truth(1, 8, 80, "female", 37.5)}


@pytest.mark.parametrize(("cells", "sentence"), [
    (",", None), ("x,", "row 2: sex 'x': expected female, male or nothing"),
    (",-1", "row 2: volume_ml -1.0: expected 0 to"), (",much", "row 2: volume_ml: expected a number, got 'much'"),
])
def test_sex_and_volume_are_checked_and_may_be_empty(tmp_path, cells, sentence):
    truth = table(tmp_path, f"a,1,8,80,{cells}\n", header="caseID,poor,gcs,age,sex,volume_ml\n")
    if sentence is None:
        assert read_truths(truth, {"a"}) == {"a": Truth(1, 8, 80)}
        return
    with pytest.raises(BadTruth, match=sentence):
        read_truths(truth, {"a"})


def test_a_truth_table_needs_its_columns(store, workspace, tmp_path):
    with pytest.raises(BadTruth, match=r"truth\.csv: column gcs is missing, expected caseID, poor, gcs, age"):
        import_cases.import_cases(store, KEY, [], workspace, truth_csv=table(tmp_path, "a,1\n", header="caseID,poor\n"))
    with pytest.raises(BadTruth, match=r"none\.csv: expected a CSV file in UTF-8"):
        import_cases.import_cases(store, KEY, [], workspace, truth_csv=tmp_path / "none.csv")


def test_two_files_of_one_name_cannot_share_a_row_of_truth(store, workspace, tmp_path):
    files = [scan(tmp_path, "a.nii"), scan(tmp_path, "a.nii.gz", brain_hu=31)]
    with pytest.raises(ValueError, match=r"a\.nii\.gz: two files have this name"):
        import_cases.import_cases(store, KEY, files, workspace, truth_csv=table(tmp_path, "a,1,8,80\n"))


def test_what_the_database_refuses_leaves_no_file(store, workspace, tmp_path, monkeypatch):
    import_cases.import_cases(store, KEY, [scan(tmp_path, "a.nii")], workspace)
    before = (workspace.study_folder(KEY) / "mapping.csv").read_bytes()
    monkeypatch.setattr(store, "add_cases", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        import_cases.import_cases(store, KEY, [scan(tmp_path, "b.nii", brain_hu=31)], workspace)
    assert sorted(entry.name for entry in workspace.study_folder(KEY).iterdir()) == ["case-001", "mapping.csv"]
    assert (workspace.study_folder(KEY) / "mapping.csv").read_bytes() == before


def test_no_case_comes_in_after_the_first_read(store, workspace, tmp_path):
    import_cases.import_cases(store, KEY, [scan(tmp_path, "a.nii")], workspace)
    lock_next(store, "ana")
    with pytest.raises(StudyFrozen, match="study small holds reads"):
        import_cases.import_cases(store, KEY, [scan(tmp_path, "b.nii", brain_hu=31)], workspace)


def test_two_studies_hold_the_same_scan_apart(store, workspace, tmp_path):
    store.create_study(Study(key="other", title="Another", seed=1))
    for study in (KEY, "other"):
        [outcome] = import_cases.import_cases(store, study, [scan(tmp_path, "a.nii")], workspace)
        assert outcome.case.folder == f"cases/{study}/case-001"
