"""The viewer's benchmark: what its eye sees, how its table is made, and what it says where NiiVue can't be had."""

import asyncio
import io
import tarfile
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from benchmarks import viewer
from benchmarks.peers.viewer import niivue, scan
from benchmarks.viewer_eye import SIZE, Eye


class Deaf:
    """A browser session that says nothing."""

    def on(self, _event: str, _handler: object) -> None:
        """Takes a listener and forgets it."""


def eye() -> Eye:
    """An eye that looks at the middle of a page."""
    return Eye("any", None, Deaf(), middle=(SIZE["width"] / 2, SIZE["height"] / 2))


def frame(grey: int, *, scale: float = 1) -> bytes:
    """A JPEG of a page whose middle third has one grey and the rest noise."""
    high, wide = round(SIZE["height"] * scale), round(SIZE["width"] * scale)
    pixels = np.random.default_rng(0).integers(0, 255, (high, wide)).astype(np.uint8)
    pixels[high // 3 : 2 * high // 3, wide // 3 : 2 * wide // 3] = grey
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=60)
    return file.getvalue()


@pytest.mark.parametrize("scale", [1, 0.5])
def test_the_eye_tells_each_slice_by_its_grey(scale):
    assert [eye().shows(frame(scan.grey_of(k), scale=scale)) for k in range(scan.SHAPE[2])] == list(range(32))


def test_the_middle_of_each_slice_has_its_grey_in_the_brain_window():
    low, high = scan.WINDOW_HU
    greys = (scan.volume_hu()[256, 256].astype(float) - low) / (high - low) * 255
    assert np.abs(greys - [scan.grey_of(k) for k in range(32)]).max() < scan.GREY_STEP / 2


def test_the_table_gives_percentiles_and_ratios_to_the_first_row():
    by_name = {each.name: each for each in viewer.VIEWERS}

    def row(name: str, milliseconds: list[float]) -> viewer.Measured:
        seen = SimpleNamespace(seconds=[each / 1000 for each in milliseconds], lost=1, bytes_received=4_000_000)
        return viewer.Measured(by_name[name], seen, [1.2, 0.9, 0.8], 1_000_000, cpu=viewer.Cpu(0.012, 0.36))

    ours, other = viewer.table([row("canvas", [20, 20, 30]), row("matplotlib", [240, 240])]).splitlines()[2:]
    assert ours == "| our canvas | 3 (1) | 20 | 29 | 1.0 | 3 + 90 | 900 (800-1200) | 1.0 | 750.0 |"
    assert other == "| slider + matplotlib | 2 (1) | 240 | 240 | 12.0 | 4 + 120 | 900 (800-1200) | 1.0 | 1000.0 |"


def test_a_picture_that_is_not_on_the_screen_is_told_by_its_viewers_title(monkeypatch):
    async def at_once(*_: object, **__: object) -> None:
        """Neither waits nor finds anything."""

    monkeypatch.setattr(viewer.asyncio, "sleep", at_once)
    locator = SimpleNamespace(first=SimpleNamespace(wait_for=at_once, bounding_box=at_once))
    page = SimpleNamespace(locator=lambda _selector: locator)
    with ThreadPoolExecutor(1) as thread:  # of its own: this one may run the loop of the browser that tests share
        looked = thread.submit(lambda: asyncio.run(viewer.middle_of(page, viewer.VIEWERS[0])))
    with pytest.raises(viewer.PlaywrightError, match="our canvas: its picture is not on the screen"):
        looked.result()


def test_an_npm_package_without_niivues_script_is_told(tmp_path, monkeypatch):
    def packed(_command: list[str], **_: object) -> None:
        folder = next(tmp_path.iterdir())
        with tarfile.open(folder / "niivue.tgz", "w:gz") as archive:
            member = tarfile.TarInfo(niivue.MEMBER)
            member.type = tarfile.DIRTYPE
            archive.addfile(member)

    monkeypatch.setattr(niivue, "FOLDER", tmp_path)
    monkeypatch.setattr(niivue, "SCRIPT", tmp_path / "none.js")
    monkeypatch.setattr(niivue.shutil, "which", lambda _name: "npm")
    monkeypatch.setattr(niivue.subprocess, "run", packed)
    assert niivue.fetch() == (
        "NiiVue is left out: package/dist/index.js of version 0.69.0 is no file; look what the package holds."
    )


def test_without_npm_niivue_is_left_out_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(niivue, "SCRIPT", tmp_path / "none.js")
    monkeypatch.setattr(niivue.shutil, "which", lambda _name: None)
    assert niivue.fetch() == "NiiVue is left out: npm was not found, and it is needed to fetch it."


def test_without_the_registry_niivue_is_left_out_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(niivue, "FOLDER", tmp_path)
    monkeypatch.setattr(niivue, "SCRIPT", tmp_path / "none.js")
    monkeypatch.setattr(niivue.shutil, "which", lambda _name: "/bin/false")
    assert niivue.fetch() == "NiiVue is left out: npm could not fetch version 0.69.0; is the registry within reach?"
    assert list(tmp_path.iterdir()) == []


def test_a_viewer_that_there_is_not_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        viewer.main(["--only", "osirix"])
    assert "expected names out of canvas, floor, picture, niivue" in capsys.readouterr().err
