"""Many cases are explained once: what is valid is kept, what is not is made again, what is no scan is told."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ich_model import explain_cases, faithfulness
from ich_model.__main__ import main
from ich_model.cases_to_explain import find_cases
from ich_model.explain import Request
from ich_model.explain_cases import Job, Outcome, explain_case
from ich_model.saliency_map import Form, Method
from ich_model.tasks import Task
from tests import simple_head
from tests.random_networks import saved_network

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


def test_a_folders_masks_go_with_their_scans(scans):
    simple_head.written(scans / "b.nii.gz", simple_head.brain().hu)
    (scans / "notes.txt").write_text("no scan")
    assert [(case.name, case.lesion and case.lesion.name) for case in find_cases(scans)] == [
        ("a", "a_labels.nii.gz"), ("b", None)]  # fmt: skip


def test_a_table_names_scans_and_masks_relative_to_itself(tmp_path):
    (tmp_path / "cases.csv").write_text("caseID,image,lesion\nx,scans/a.nii.gz,\ny,b.nii,b_mask.nii\n")
    one, other = find_cases(tmp_path / "cases.csv")
    assert (one.name, one.image, one.lesion) == ("x", tmp_path / "scans/a.nii.gz", None)
    assert other.lesion == tmp_path / "b_mask.nii"


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
    simple_head.written(job.case.image, hu)
    return job


def ask_for_another_form(job: Job) -> Job:
    return Job(job.case, job.out, Request(CAM.methods, CAM.tasks, form=Form.PUBLISHED), job.weights_file)


def lose_prediction(job: Job) -> Job:
    (job.out / "a" / "prediction.json").unlink()
    return job


@pytest.mark.parametrize("change", [damage_map, damage_manifest, change_scan, ask_for_another_form, lose_prediction])
def test_what_is_no_longer_valid_is_made_again(made, change):
    assert explain_case(change(made)).outcome is Outcome.MADE
    assert explain_case(change(made) if change is ask_for_another_form else made).outcome is Outcome.KEPT


def test_an_unreadable_scan_is_told_and_the_others_are_made(tmp_path, scans, weights_file):
    (scans / "bad.nii.gz").write_bytes(b"words")
    argv = ["explain", "--cases", str(scans), "--out", str(tmp_path / "out"), "--weights", str(weights_file)]
    assert main([*argv, "--method", "grad_cam"]) == 1
    with (tmp_path / "out" / "explained.csv").open(newline="") as file:
        rows = {row["case"]: row for row in csv.DictReader(file)}
    assert (rows["a"]["outcome"], rows["bad"]["outcome"]) == ("made", "refused")
    assert "not single-file NIfTI" in rows["bad"]["sentence"]


def test_checks_are_written_beside_the_maps_once_and_as_a_table(tmp_path, scans):
    small = saved_network(tmp_path / "small.safetensors", "baseline_cnn", grid=(40, 40, 40))
    job = Job(find_cases(scans)[0], tmp_path / "out", Request(CAM.methods, CAM.tasks, check=True), small)
    results = [explain_case(job), explain_case(job)]
    assert [result.outcome for result in results] == [Outcome.MADE, Outcome.KEPT]
    sentences = faithfulness.read_sentences(tmp_path / "out" / "a", method="grad_cam", task="prognosis")
    assert [sentence.split(":")[0] for sentence in sentences] == ["Randomisation", "Deletion and insertion", "Pointing"]
    explain_cases.write_tables(tmp_path / "out", results[:1])
    measures = {row["measure"] for row in csv.DictReader((tmp_path / "out" / "faithfulness.csv").open(newline=""))}
    assert {"rank_correlation", "deletion_area", "insertion_area", "pointing_hit"} < measures


def test_without_checks_there_are_no_sentences(made):
    assert faithfulness.read_sentences(made.out / "a", method="grad_cam", task="prognosis") == []


def test_sentences_are_read_without_torch():
    program = "import sys; import ich_model.faithfulness; sys.exit('torch' in sys.modules)"
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
