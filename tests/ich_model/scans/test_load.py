"""What is found in files, folders and zips, which series is taken, and which archives are refused."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from ich_model.scans import containers, load, volume
from ich_model.scans.load import FoundScan
from ich_model.scans.volume import Refusal, UnreadableVolume
from tests.support.made_dicom import noisy_head, write_series, zipped
from tests.support.simple_head import head_hu, written


def refusal(scan: FoundScan, **options) -> tuple[Refusal, str]:
    with pytest.raises(UnreadableVolume, match=r"; |, ") as caught:
        load.load(scan, **options)
    return caught.value.code, str(caught.value)


def other_study(header, _k):
    header.StudyInstanceUID = "9.8.7"


def test_a_folder_tree_is_searched_through_and_a_zip_in_it_too(tmp_path):
    tree = tmp_path / "tree"
    write_series(tree / "ana" / "ct")
    write_series(tree / "ben", change=other_study)
    (tree / "c").mkdir()
    written(tree / "c" / "scan.nii.gz", head_hu())
    zipped(tree / "c", tree / "d.zip")
    for rubbish in ("notes.txt", ".hidden.nii", "DICOMDIR"):
        (tree / rubbish).write_text("nothing")
    found = load.find([tree])
    assert [scan.name for scan in found] == ["tree/c/scan.nii.gz", "tree/ana/ct", "tree/ben", "tree/d.zip"]
    assert [scan.stem for scan in found] == ["scan", "ct", "ben", "d"]
    assert {load.load(scan).shape for scan in found} == {(96, 112, 32)}


def test_a_zip_of_dicom_files_gives_what_its_folder_gives(tmp_path):
    folder = write_series(tmp_path / "scan")
    [one], [other] = load.find([folder]), load.find([zipped(folder, tmp_path / "scan.zip")])
    assert (one.stem, other.stem) == ("scan", "scan")
    np.testing.assert_array_equal(load.load(one).hu, load.load(other).hu)


def test_files_of_another_examination_in_a_tree_are_told_too(tmp_path):
    def of_another(header, k):
        other_study(header, k)
        header.Modality = "MR"

    write_series(tmp_path / "tree" / "ct")
    write_series(tmp_path / "tree" / "mr", keep=range(4), change=of_another)
    [found, other] = load.find([tmp_path / "tree"])
    assert load.load(found).notes == ()
    assert refusal(other) == (Refusal.NOT_CT, "tree/mr: no usable slice of a CT in 4 DICOM files (4 not CT (MR)); "
                              "expected an axial CT series, export that")


def test_dicom_files_named_one_by_one_are_one_scan(tmp_path):
    files = sorted(write_series(tmp_path / "scan").iterdir())
    [found] = load.find(files)
    assert found.name == "IM000 and 31 more"
    assert load.load(found).shape == (96, 112, 32)


@pytest.fixture
def examination(tmp_path) -> Path:
    """A scan in two kernels, a localizer, a dose report, an enhanced file and a capture."""
    def bone(header, _k):
        header.SeriesDescription, header.ConvolutionKernel, header.SeriesNumber = "BONE 5mm", "H60s", 3

    def brain(header, _k):
        header.SeriesDescription, header.SeriesNumber = "BRAIN 5mm", 2

    odd = {"localizer": ("ImageType", ["ORIGINAL", "PRIMARY", "LOCALIZER"]), "report": ("Modality", "SR"),
           "enhanced": ("NumberOfFrames", 9), "capture": ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.7")}
    folder = tmp_path / "examination"
    write_series(folder / "1", series="1.1", change=bone)
    write_series(folder / "2", head_hu(), series="1.2", change=brain)
    for name, (tag, value) in odd.items():
        write_series(folder / name, keep=[0], series=f"1.{len(name)}",
                     change=lambda header, _k, tag=tag, value=value: setattr(header, tag, value))
    return folder


def test_of_several_series_one_must_be_chosen(examination):
    [found] = load.find([examination])
    assert found.needs_choice
    listed = ("(1) BRAIN 5mm, 32 slices, 5 mm thick, kernel H31s; (2) BONE 5mm, 32 slices, 5 mm thick, kernel H60s")
    code, sentence = refusal(found)
    assert (code, sentence) == (Refusal.SEVERAL_SERIES, f"examination: 2 series would do; choose one of {listed}")
    assert refusal(found, series="5mm")[0] is Refusal.SEVERAL_SERIES
    assert refusal(found, series="3")[0] is refusal(found, series="angio")[0] is Refusal.NO_SUCH_SERIES


@pytest.mark.parametrize(("series", "kernel"), [("1", "H31s"), ("2", "H60s"), ("brain", "H31s"), ("h60", "H60s")])
def test_a_series_is_chosen_by_number_or_words_and_the_rest_is_counted(examination, series, kernel):
    [found] = load.find([examination])
    scan = load.load(found, series=series)
    assert scan.acquisition.kernel == kernel
    assert scan.notes == ("1 other series left out",
                          "skipped: 1 enhanced multi-frame, 1 localizer, 1 not CT (SR), 1 screen or secondary capture")


def test_a_short_series_beside_the_head_needs_no_choice(tmp_path):
    write_series(tmp_path / "scan" / "head", series="1.1")
    write_series(tmp_path / "scan" / "neck", series="1.2", keep=range(3))
    [found] = load.find([tmp_path / "scan"])
    assert load.load(found).notes == ("1 other series left out",)


def test_a_damaged_file_among_the_slices_is_refused(tmp_path):
    folder = write_series(tmp_path / "scan")
    (folder / "broken").write_bytes(bytes(128) + b"DICM" + bytes(range(200)))
    [found] = load.find([folder])
    assert refusal(found)[0] is Refusal.TRUNCATED


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("scan.nii", bytes(20 * 1024**2))


def traversing(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../scan.nii", b"words")


def windows_path(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("C:/scan.nii", b"words")


def cut(path: Path) -> None:
    zipped(write_series(path.parent / "source"), path)
    path.write_bytes(path.read_bytes()[:5000])


def locked(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("scan.nii", b"words")
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


def without_a_scan(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", b"words")


BAD_ZIPS = {
    bomb: (Refusal.ZIP_BOMB, "more than 100 times its size"),
    traversing: (Refusal.UNSAFE_NAME, "leads out of the folder"),
    windows_path: (Refusal.UNSAFE_NAME, "leads out of the folder"),
    cut: (Refusal.DAMAGED_ZIP, "expected a whole zip"),
    locked: (Refusal.LOCKED_ZIP, "locked with a password"),
    without_a_scan: (Refusal.NO_SCAN, "1 files and no scan"),
}


@pytest.mark.parametrize("make", BAD_ZIPS, ids=lambda make: make.__name__)
def test_a_zip_that_is_no_harmless_zip_of_scans_is_refused(tmp_path, make):
    make(tmp_path / "scan.zip")
    [found] = load.find([tmp_path / "scan.zip"])
    code, words = BAD_ZIPS[make]
    assert refusal(found)[0] is code
    assert words in refusal(found)[1]


def test_a_zip_that_unpacks_to_too_much_in_all_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "MAX_ZIP_BYTES", 1000)
    [found] = load.find([zipped(write_series(tmp_path / "scan"), tmp_path / "scan.zip")])
    assert refusal(found)[0] is Refusal.ZIP_BOMB


def test_damaged_content_of_a_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        archive.write(written(tmp_path / "scan.nii", noisy_head()), "scan.nii")
    content = bytearray((tmp_path / "scan.zip").read_bytes())
    content[300_000] ^= 255
    (tmp_path / "scan.zip").write_bytes(content)
    [found] = load.find([tmp_path / "scan.zip"])
    assert refusal(found)[0] is Refusal.UNREADABLE


def test_what_is_not_there_and_a_folder_without_scans_are_told(tmp_path):
    with pytest.raises(ValueError, match="there is no such file or folder"):
        load.find([tmp_path / "none"])
    with pytest.raises(ValueError, match=r"expected a folder with scans \(NIfTI, DICOM or zip\), found none"):
        load.find([tmp_path])


def test_a_nifti_made_upright_or_leaning_is_refused(tmp_path):
    upright = written(tmp_path / "upright.nii", head_hu(), np.diag([2.0, 2, 5, 1])[[0, 2, 1, 3]])
    angle = np.radians(42)
    lean = np.eye(4)
    lean[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    leaning = written(tmp_path / "leaning.nii", head_hu(), lean @ np.diag([2.0, 2, 5, 1]))
    for path in (upright, leaning):
        with pytest.raises(UnreadableVolume, match="the slices are not axial") as caught:
            volume.load(path)
        assert caught.value.code is Refusal.NOT_AXIAL
