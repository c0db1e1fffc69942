"""Scans on the command line: every form is taken, a choice is made by flags, and each refusal tells its code."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from ich_model.__main__ import main as model_main
from ich_model.scans import volume
from ich_model.scans.refusal import Refusal
from reader_study.__main__ import main
from reader_study.store.workspace import Workspace, at
from tests.support.made_dicom import noisy_head, write_series, zipped
from tests.support.simple_head import head_hu, written

SCANS = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "ct"
needs_scans = pytest.mark.skipif(not SCANS.is_dir(), reason="the real scans of ../shared/data/ct are not here")


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Workspace:
    """A workspace with an empty study "one"."""
    monkeypatch.setenv("ICH_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.delenv("ICH_DATABASE_URL", raising=False)
    assert main(["init", "one", "--title", "One"]) == 0
    return at(tmp_path / "workspace")


def imported(capsys, *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["import-cases", "one", *map(str, arguments)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def flag(header, _k):
    header.BurnedInAnnotation = "YES"


def in_bone(header, _k):
    header.SeriesDescription, header.ConvolutionKernel, header.SeriesNumber = "BONE", "H60s", 2


def test_writing_in_the_pixels_needs_its_flag(workspace, tmp_path, capsys):
    folder = write_series(tmp_path / "scan", change=flag)
    code, out, err = imported(capsys, folder)
    assert (code, out, err) == (2, "", "scan: flagged as having writing burned into its pixels; look that it names "
                                "nobody, then confirm [burned_in]\n")
    assert not workspace.study_folder("one").exists()
    assert imported(capsys, folder, "--allow-burned-in")[0] == 0
    assert workspace.volume_path("one", "case-001").exists()


def test_of_several_series_one_is_named(workspace, tmp_path, capsys):
    write_series(tmp_path / "scan" / "a", head_hu(), series="1.1")
    write_series(tmp_path / "scan" / "b", series="1.2", change=in_bone)
    code, _, err = imported(capsys, tmp_path / "scan")
    assert (code, err.endswith("kernel H31s; (2) BONE, 32 slices, 5 mm thick, kernel H60s [several_series]\n")) == (
        2, True)
    assert imported(capsys, tmp_path / "scan", "--series", "bone") == (
        0, f"case-001: 1 other series left out\nWhich scan became which case stands in "
        f"{workspace.study_folder('one') / 'mapping.csv'}\n", "")
    np.testing.assert_array_equal(volume.load(workspace.volume_path("one", "case-001")).hu, noisy_head())


def test_a_tree_of_every_form_comes_in_at_once(workspace, tmp_path, capsys):
    tree = tmp_path / "tree"
    write_series(tree / "series", noisy_head())
    (tree / "a").mkdir()
    written(tree / "a" / "whole.nii.gz", head_hu())
    zipped(write_series(tmp_path / "other", noisy_head() + np.int16(1)), tree / "b.zip")
    (tree / "c.nii").write_bytes(b"")
    code, out, err = imported(capsys, tree)
    assert (code, out.count("taken in as it was"), err) == (
        2, 3, "tree/c.nii: the file is empty (0 bytes); export it again [empty]\n")


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_the_model_takes_dicom_as_well(tmp_path, capsys, form):
    scan = write_series(tmp_path / "scan")
    if form == "zip":
        scan = zipped(scan, tmp_path / "scan.zip")
    assert model_main(["predict", str(scan)]) == 0
    assert "extracted" in capsys.readouterr().out
    assert model_main(["explain", str(scan), "--method", "grad_cam", "--out", str(tmp_path / "maps")]) == 0
    assert volume.nifti.read(tmp_path / "maps" / "grad_cam_prognosis.nii.gz")[0].shape == (96, 112, 32)


def test_the_model_is_told_which_series(tmp_path, capsys):
    write_series(tmp_path / "scan" / "a", series="1.1")
    write_series(tmp_path / "scan" / "b", series="1.2", change=in_bone)
    explain = ["explain", str(tmp_path / "scan"), "--method", "grad_cam", "--out", str(tmp_path / "maps")]
    assert model_main(explain) == 2
    assert "2 series would do; choose one of (1)" in capsys.readouterr().err
    assert model_main([*explain, "--series", "bone"]) == 0


@needs_scans
def test_each_bad_real_scan_is_refused_by_its_code_and_leaves_nothing(workspace, tmp_path, capsys):
    shutil.copytree(SCANS / "bad", tmp_path / "bad")
    code, out, err = imported(capsys, tmp_path / "bad")
    codes = [line.rpartition("[")[2].rstrip("]") for line in err.splitlines()]
    assert (code, out, codes) == (2, "", [Refusal.NOT_HU, Refusal.NOT_A_HEAD, Refusal.COLOUR, Refusal.NOT_CT])
    assert not workspace.study_folder("one").exists()
