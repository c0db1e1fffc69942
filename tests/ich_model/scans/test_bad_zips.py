"""Zips that mean harm, zips that are odd, and files of other forms: each is refused with its own code."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ich_model.scans import containers, load
from ich_model.scans.refusal import Refusal, UnreadableVolume
from tests.support.made_dicom import noisy_head, write_series, zipped
from tests.support.simple_head import head_hu, written

Make = Callable[[Path], None]


def refusal(path: Path) -> tuple[Refusal, str]:
    [found] = load.find([path])
    with pytest.raises(UnreadableVolume, match=rf"^{path.name}.*; ") as caught:
        load.load(found)
    return caught.value.code, str(caught.value)


def holding(**files: bytes) -> Make:
    """A zip of files with these contents."""
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    return make


def named(name: str, *, method: int = zipfile.ZIP_DEFLATED, mode: int = 0o644) -> Make:
    """A zip of one file of that very name, without the repairs of `zipfile`."""
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", method) as archive:
            entry = zipfile.ZipInfo("x")
            entry.filename, entry.external_attr, entry.compress_type = name, mode << 16, method
            archive.writestr(entry, b"words")
    return make


def of_many_small(path: Path) -> None:
    """Below what counts as a large file each, and 700 times the zip's size together."""
    holding(**{f"{number}.dcm": bytes(2**20) for number in range(40)})(path)


def twice_the_same_name(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/IM1", b"one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a/IM1", b"other")


def with_a_zip_in_it(path: Path) -> None:
    inner = path.with_name("inner.zip")
    holding(**{"scan.nii": b"words"})(inner)
    holding(**{"inner.zip": inner.read_bytes()})(path)


def overlapping(path: Path) -> None:
    """One packed file that the list names twenty thousand times."""
    holding(**{"a.dcm": b"words" * 10})(path)
    content = path.read_bytes()
    at = content.index(b"PK\x01\x02")
    entry = content[at : content.index(b"PK\x05\x06")]
    entries = b"".join(entry[:46] + f"{number:05d}".encode() for number in range(20_001))
    path.write_bytes(content[:at] + entries + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 20_001, 20_001, len(entries),
                                                          at, 0))


BAD_ZIPS = {
    "one file of zeros": (holding(**{"scan.nii": bytes(20 * 2**20)}), Refusal.ZIP_BOMB, "more than 100 times its size"),
    "many small files of zeros": (of_many_small, Refusal.ZIP_BOMB, "more than 100 times its size"),
    "a list of overlapping files": (overlapping, Refusal.ZIP_BOMB, "20,001 files"),
    "up": (named("a/../../b.nii"), Refusal.UNSAFE_NAME, "leads out of the folder"),
    "up, as Windows writes it": (named(r"..\..\b.nii"), Refusal.UNSAFE_NAME, "leads out of the folder"),
    "absolute": (named("/etc/passwd"), Refusal.UNSAFE_NAME, "leads out of the folder"),
    "a share": (named(r"\\server\b.nii"), Refusal.UNSAFE_NAME, "leads out of the folder"),
    "a drive": (named("C:b.nii"), Refusal.UNSAFE_NAME, "leads out of the folder"),
    "a link": (named("b.nii", mode=0o120777), Refusal.UNSAFE_NAME, "a link to another place"),
    "one name twice": (twice_the_same_name, Refusal.UNSAFE_NAME, "two files in it have the same name"),
    "bzip2": (named("b.nii", method=zipfile.ZIP_BZIP2), Refusal.ZIP_METHOD, "expected an ordinary zip"),
    "LZMA": (named("b.nii", method=zipfile.ZIP_LZMA), Refusal.ZIP_METHOD, "expected an ordinary zip"),
    "a zip in a zip": (with_a_zip_in_it, Refusal.NESTED_ZIP, "1 zips within the zip, such as inner.zip"),
    "another form": (holding(**{"a.nrrd": b"NRRD"}), Refusal.OTHER_FORMAT, r"(.nrrd); expected .nii"),
    "nothing": (holding(), Refusal.NO_SCAN, "0 files and no scan"),
    "an empty file": (lambda path: path.write_bytes(b""), Refusal.DAMAGED_ZIP, "expected a whole zip"),
    "words": (lambda path: path.write_bytes(b"words"), Refusal.DAMAGED_ZIP, "expected a whole zip"),
}


@pytest.mark.parametrize("kind", BAD_ZIPS)
def test_a_bad_zip_is_refused_and_nothing_is_unpacked(tmp_path, kind):
    make, code, words = BAD_ZIPS[kind]
    make(tmp_path / "scan.zip")
    before = sorted(tmp_path.rglob("*"))
    found, sentence = refusal(tmp_path / "scan.zip")
    assert (found, words in sentence) == (code, True)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("large", [False, True])
def test_a_list_of_files_too_long_to_be_read_is_refused_unread(tmp_path, monkeypatch, large):
    holding(**{f"{number}": b"" for number in range(99)})(tmp_path / "scan.zip")
    if large:  # the records of large zips, which count where they are there
        content = (tmp_path / "scan.zip").read_bytes()
        end = content.rindex(b"PK\x05\x06")
        size, offset = struct.unpack("<2I", content[end + 12 : end + 20])
        record = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 99, 99, size, offset)
        locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
        lie = content[end : end + 12] + struct.pack("<2IH", 1, offset, 0)
        (tmp_path / "scan.zip").write_bytes(content[:end] + record + locator + lie)
        assert len(zipfile.ZipFile(tmp_path / "scan.zip").infolist()) == 99
    monkeypatch.setattr(containers, "MAX_LIST_BYTES", 1000)
    monkeypatch.setattr(containers, "ZipFile", None)
    code, sentence = refusal(tmp_path / "scan.zip")
    assert (code, "its list of files has" in sentence) == (Refusal.ZIP_BOMB, True)


def test_a_file_that_unpacks_to_more_than_the_list_says_is_cut_there(tmp_path):
    with zipfile.ZipFile(tmp_path / "scan.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(written(tmp_path / "scan.nii", noisy_head()), "scan.nii")
    content = bytearray((tmp_path / "scan.zip").read_bytes())
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (1000).to_bytes(4, "little")
    (tmp_path / "scan.zip").write_bytes(content)
    assert refusal(tmp_path / "scan.zip")[0] in (Refusal.UNREADABLE, Refusal.TRUNCATED)


def test_a_scan_beside_a_nested_zip_comes_and_the_zip_is_told(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    written(source / "head.nii", head_hu())
    zipped(source, tmp_path / "inner.zip")
    (tmp_path / "inner.zip").rename(source / "inner.zip")
    found = load.find([zipped(source, tmp_path / "scan.zip")])
    assert load.load(found[0]).shape == (96, 112, 32)
    with pytest.raises(UnreadableVolume, match="1 zips within the zip") as caught:
        load.load(found[1])
    assert caught.value.code is Refusal.NESTED_ZIP


@pytest.mark.parametrize("name", ["scan.hdr", "scan.mha", "scan.nrrd", "scans.tar.gz", "scans.7z", "scan.rar"])
def test_files_of_other_forms_are_told_alone_and_in_a_folder(tmp_path, name):
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / name).write_bytes(b"words")
    for path, shown in ((tmp_path / "tree" / name, name), (tmp_path / "tree", f"tree/{name}")):
        [found] = load.find([path])
        with pytest.raises(UnreadableVolume, match=rf"^{shown}: a file of another format \(\.[\w.]+\); expected \.nii"):
            load.load(found)


def test_a_pair_of_header_and_image_is_told_once(tmp_path):
    for name in ("scan.hdr", "scan.img"):
        (tmp_path / name).write_bytes(b"words")
    assert [found.refusal.code for found in load.find([tmp_path])] == [Refusal.OTHER_FORMAT]


@pytest.mark.parametrize("folder", ["Schädel-CT", "頭部", "a b", "./a", "a//b"])
def test_names_of_any_letters_are_read_in_zips(tmp_path, folder):
    source = write_series(tmp_path / "source")
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as archive:
        for file in source.iterdir():
            entry = zipfile.ZipInfo("x")
            entry.filename = f"{folder}/{file.name}"
            archive.writestr(entry, file.read_bytes())
    [found] = load.find([tmp_path / "scan.zip"])
    np.testing.assert_array_equal(load.load(found).hu, noisy_head())


def test_a_name_that_is_no_text_is_shown_with_question_marks(tmp_path):
    path = tmp_path / "a\udcff\n\x1b[31m.nii.gz"
    written(tmp_path / "plain.nii.gz", head_hu()).rename(path)
    [found] = load.find([path])
    assert (found.name, load.load(found).shape) == ("a????[31m.nii.gz".replace("????", "???"), (96, 112, 32))
    found.name.encode("utf-8")
