"""Many cases are explained once: what is valid is kept, what is not is made again, what is no scan is told."""

import csv
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from ich_model.__main__ import main
from ich_model.explain import batch, faithfulness
from ich_model.explain.batch import Job, Outcome, explain_case
from ich_model.explain.outputs import Request
from ich_model.explain.scan_list import find_cases
from ich_model.saliency.saliency_map import Form, Method
from ich_model.scans.find import FoundScan
from ich_model.tasks import Task
from tests.support import simple_head
from tests.support.made_dicom import noisy_head, write_series, zipped
from tests.support.random_networks import saved_network

CAM = Request(methods=(Method.GRAD_CAM,), tasks=(Task.PROGNOSIS,))
STEM = "grad_cam_prognosis"


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory) -> Path:
    return saved_network(tmp_path_factory.mktemp("weights") / "random.safetensors", "prognosis")


@pytest.fixture
def scans(tmp_path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    simple_head.written(folder / "a.nii.gz", simple_head.brain().hu)
    simple_head.written(folder / "a_labels.nii.gz", (simple_head.brain().hu == 65).astype(np.uint8))
    return folder


@pytest.fixture
def made(tmp_path, scans, weights_file) -> Job:
    """A job that has been done."""
    job = Job(find_cases(scans)[0], tmp_path / "out", CAM, weights_file)
    assert explain_case(job).outcome is Outcome.MADE
    return job


def place(found: FoundScan) -> Path:
    return found.container.root / found.file


def test_a_folders_masks_go_with_their_scans(scans):
    simple_head.written(scans / "b.nii.gz", simple_head.brain().hu)
    (scans / "notes.txt").write_text("no scan")
    assert [(case.name, case.lesion and case.lesion.name) for case in find_cases(scans)] == [
        ("a", "scans/a_labels.nii.gz"), ("b", None)]  # fmt: skip


def test_a_table_names_scans_and_masks_relative_to_itself(tmp_path, scans):
    simple_head.written(tmp_path / "b.nii", simple_head.brain().hu)
    (tmp_path / "cases.csv").write_text("caseID,image,lesion\nx,scans/a.nii.gz,\ny,b.nii,scans/a_labels.nii.gz\n")
    one, other = find_cases(tmp_path / "cases.csv")
    assert (one.name, place(one.scan), one.lesion) == ("x", scans / "a.nii.gz", None)
    assert (place(other.scan), place(other.lesion)) == (tmp_path / "b.nii", scans / "a_labels.nii.gz")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image\na.nii\n", "column caseID is missing"),
        ("caseID,image\n../x,a.nii\n", "line 2: caseID '../x'; expected a name for a folder"),
        ("caseID,image\nx,a.nii\nx,b.nii\n", "case x appears more than once"),
        ("caseID,image\n", "no scans"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path, text, words):
    (tmp_path / "cases.csv").write_text(text)
    with pytest.raises(ValueError, match=words):
        find_cases(tmp_path / "cases.csv")


def test_a_valid_map_is_kept_as_it_is(made):
    path = made.out / "a" / f"{STEM}.nii.gz"
    before = path.stat().st_mtime_ns
    assert explain_case(made).outcome is Outcome.KEPT
    assert path.stat().st_mtime_ns == before


def damage_map(job: Job) -> Job:
    (job.out / "a" / f"{STEM}.nii.gz").write_bytes(b"cut")
    return job


def damage_manifest(job: Job) -> Job:
    (job.out / "a" / f"{STEM}.json").write_text('{"case": ')
    return job


def change_scan(job: Job) -> Job:
    hu = simple_head.brain().hu.copy()
    hu[48, 56, 16] = 80
    simple_head.written(place(job.case.scan), hu)
    return job


def ask_for_another_form(job: Job) -> Job:
    return Job(job.case, job.out, Request(CAM.methods, CAM.tasks, form=Form.PUBLISHED), job.weights_file)


def lose_prediction(job: Job) -> Job:
    (job.out / "a" / "prediction.json").unlink()
    return job


def leave_no_object_as_manifest(job: Job) -> Job:
    (job.out / "a" / f"{STEM}.json").write_text("[]")
    return job


def leave_no_object_as_prediction(job: Job) -> Job:
    (job.out / "a" / "prediction.json").write_text("[]")
    return job


@pytest.mark.parametrize("change", [
    damage_map, damage_manifest, change_scan, ask_for_another_form, lose_prediction, leave_no_object_as_manifest,
    leave_no_object_as_prediction,
])
def test_what_is_no_longer_valid_is_made_again(made, change):
    assert explain_case(change(made)).outcome is Outcome.MADE
    assert explain_case(change(made) if change is ask_for_another_form else made).outcome is Outcome.KEPT


def test_an_unreadable_scan_is_told_and_the_others_are_made(tmp_path, scans, weights_file):
    (scans / "bad.nii.gz").write_bytes(b"words")
    assert main(explain_argv(scans, tmp_path / "out", weights_file)) == 1
    rows = explained(tmp_path / "out")
    assert (rows["a"]["outcome"], rows["bad"]["outcome"]) == ("made", "refused")
    assert "not single-file NIfTI" in rows["bad"]["sentence"]


def explained(out: Path) -> dict[str, dict]:
    """The rows of explained.csv by case."""
    with (out / "explained.csv").open(newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def voxels(path: Path) -> np.ndarray:
    return np.asanyarray(nib.load(path).dataobj)


@pytest.fixture
def forms(tmp_path) -> Path:
    """A folder with one scan as a DICOM folder, zipped DICOM, NIfTI and zipped NIfTI, the last with its mask."""
    folder, hu = tmp_path / "forms", noisy_head()
    write_series(folder / "ana" / "ct", hu)
    zipped(folder / "ana", folder / "ben.zip")
    simple_head.written(folder / "cy.nii.gz", hu)
    (tmp_path / "dan").mkdir()
    simple_head.written(tmp_path / "dan" / "scan.nii.gz", hu)
    simple_head.written(tmp_path / "dan" / "scan_lesion.nii.gz", (hu > 900).astype(np.uint8))
    zipped(tmp_path / "dan", folder / "dan.zip")
    return folder


def explain_argv(cases: Path, out: Path, weights_file: Path) -> list[str]:
    return ["explain", "--cases", str(cases), "--out", str(out), "--weights", str(weights_file), "--method", "grad_cam"]


def test_a_folders_dicom_and_zips_are_explained_as_its_nifti_are(forms, weights_file):
    out = forms / "maps"  # also within the folder: what lies there is no scan
    assert main(explain_argv(forms, out, weights_file)) == 0
    first = voxels(out / "cy" / f"{STEM}.nii.gz")
    for name in ("ana_ct", "ben", "dan_scan"):
        np.testing.assert_array_equal(voxels(out / name / f"{STEM}.nii.gz"), first)
    assert main(explain_argv(forms, out, weights_file)) == 0
    assert {name: row["outcome"] for name, row in explained(out).items()} == dict.fromkeys(
        ("ana_ct", "ben", "cy", "dan_scan"), "kept")  # fmt: skip


def test_a_tables_dicom_and_zips_are_explained_and_a_bad_row_is_told(forms, tmp_path, weights_file):
    rows = ["caseID,image", "a,forms/ana", "b,forms/ben.zip", "gone,forms/gone.zip", "two,forms/dan.zip"]
    (tmp_path / "cases.csv").write_text("\n".join(rows))
    assert main(explain_argv(tmp_path / "cases.csv", tmp_path / "out", weights_file)) == 1
    found = explained(tmp_path / "out")
    assert [found[name]["outcome"] for name in ("a", "b", "gone", "two")] == ["made", "made", "refused", "refused"]
    assert "there is no such file or folder" in found["gone"]["sentence"]
    assert found["two"]["sentence"] == "dan.zip: 2 scans; expected one, give each a row"


def test_a_zip_of_scans_is_as_good_as_their_folder_and_masks_in_it_go_with_them(forms):
    [case] = find_cases(forms / "dan.zip")
    assert (case.name, case.lesion.name) == ("scan", "dan.zip/scan_lesion.nii.gz")


def test_a_mask_in_a_zip_serves_the_checks(forms, tmp_path):
    small = saved_network(tmp_path / "small.safetensors", "baseline_cnn", grid=(40, 40, 40))
    [case] = find_cases(forms / "dan.zip")
    assert explain_case(Job(case, tmp_path / "out", replace(CAM, check=True), small)).outcome is Outcome.MADE
    sentences = faithfulness.read_sentences(tmp_path / "out" / "scan", method="grad_cam", task="prognosis")
    assert sentences[-1].startswith("Pointing")


def in_two_kernels(folder: Path) -> Path:
    def bone(header, _k):
        header.SeriesDescription, header.SeriesNumber = "BONE 5mm", 3

    write_series(folder / "brain")
    return write_series(folder / "bone", series="1.1", change=bone).parent


def test_the_series_of_an_examination_is_chosen_in_the_table_or_for_all(tmp_path, weights_file):
    in_two_kernels(tmp_path / "ana")
    (tmp_path / "cases.csv").write_text("caseID,image,series\nnone,ana,\nbone,ana,bone\n")
    argv = explain_argv(tmp_path / "cases.csv", tmp_path / "out", weights_file)
    assert main(argv) == 1
    found = explained(tmp_path / "out")
    assert "2 series would do; choose one of (1) no description" in found["none"]["sentence"]
    assert (found["bone"]["outcome"], found["bone"]["sentence"]) == ("made", "1 other series left out")
    assert main([*argv, "--series", "1"]) == 0


def test_a_stray_file_beside_a_scan_is_told_and_is_no_second_case(forms):
    with zipfile.ZipFile(forms / "ben.zip", "a") as archive:
        archive.write(forms / "dan.zip", "inner.zip")
    found = [(case.name, case.scan.refusal and case.scan.refusal.code) for case in find_cases(forms)]
    assert [one for one in found if one[0] == "ben"] == [("ben", None), ("ben", "nested_zip")]


def test_two_scans_that_would_share_a_folder_of_outputs_are_refused(tmp_path):
    write_series(tmp_path / "scans" / "a", keep=range(3))
    simple_head.written(tmp_path / "scans" / "a.nii.gz", simple_head.brain().hu)
    with pytest.raises(ValueError, match="case a appears more than once"):
        find_cases(tmp_path / "scans")


def test_checks_are_written_beside_the_maps_once_and_as_a_table(tmp_path, scans):
    small = saved_network(tmp_path / "small.safetensors", "baseline_cnn", grid=(40, 40, 40))
    job = Job(find_cases(scans)[0], tmp_path / "out", Request(CAM.methods, CAM.tasks, check=True), small)
    results = [explain_case(job), explain_case(job)]
    assert [result.outcome for result in results] == [Outcome.MADE, Outcome.KEPT]
    sentences = faithfulness.read_sentences(tmp_path / "out" / "a", method="grad_cam", task="prognosis")
    assert [sentence.split(":")[0] for sentence in sentences] == ["Randomisation", "Deletion and insertion", "Pointing"]
    batch.write_tables(tmp_path / "out", results[:1])
    measures = {row["measure"] for row in csv.DictReader((tmp_path / "out" / "faithfulness.csv").open(newline=""))}
    assert {"rank_correlation", "deletion_area", "insertion_area", "pointing_hit"} < measures


def test_without_checks_there_are_no_sentences(made):
    assert faithfulness.read_sentences(made.out / "a", method="grad_cam", task="prognosis") == []


def test_sentences_are_read_without_torch():
    program = "import sys; import ich_model.explain.faithfulness; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_manifest_says_which_scan_and_engine(made):
    found = json.loads((made.out / "a" / f"{STEM}.json").read_text())
    assert (found["form"], found["engine"], len(found["scan_sha256"]), len(found["map_sha256"])) == (
        "signed", "onednn", 64, 64)  # fmt: skip


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "expected one FILE, or --cases"),
        (["--cases", "nowhere"], "nowhere: no such table or folder"),
        (["a.nii", "--check", "--form", "published"], "the published form has no zero"),
    ],
)
def test_wrong_arguments_are_answered_by_one_sentence(tmp_path, capsys, more, words):
    assert main(["explain", "--out", str(tmp_path / "out"), *more]) == 2
    assert words in capsys.readouterr().err
