"""The viewer's sums in a real JavaScript engine: tables, geometry, measurements."""

from collections.abc import Callable, Iterator

import matplotlib
import numpy as np
import pytest
from playwright.sync_api import Browser

from pages.shared.viewer import component

Run = Callable[[str], object]


@pytest.fixture(scope="module")
def run(browser: Browser) -> Iterator[Run]:
    """Evaluates an expression beside the viewer's functions."""
    page = browser.new_page()
    page.add_script_tag(content=component.script().replace("export default", "window.mounted ="))
    yield page.evaluate
    page.close()


def test_the_brain_window_is_black_at_0_hu_and_white_at_80(run: Run) -> None:
    greys = run("""() => { const g = new Uint8ClampedArray(65536);
        fillGreys(g, {width: 80, level: 40}, false); return [-1000, 0, 40, 80, 3000].map((hu) => g[hu & 0xffff]); }""")
    assert greys == [0, 0, 128, 255, 255]


def test_inverted_is_white_where_it_was_black(run: Run) -> None:
    greys = run("""() => { const g = new Uint8ClampedArray(65536);
        fillGreys(g, {width: 80, level: 40}, true); return [0, 80].map((hu) => g[hu & 0xffff]); }""")
    assert greys == [255, 0]


def test_presets_are_the_usual_windows(run: Run) -> None:
    assert run("PRESETS.map(({width, level}) => [width, level])") == [
        [80, 40], [200, 75], [40, 40], [2800, 600], [350, 50], [85, 57.5]]  # fmt: skip


@pytest.mark.parametrize("name", ["inferno", "viridis", "hot"])
def test_colour_maps_look_as_in_matplotlib(run: Run, name: str) -> None:
    drawn = np.array(run(f"Array.from(colourTable('{name}'))")).reshape(256, 3)
    expected = matplotlib.colormaps[name](np.arange(256))[:, :3] * 255
    assert np.abs(drawn - expected).max() < 8


@pytest.mark.parametrize(("value", "seen"), [(0, False), (127, False), (128, True), (255, True)])
def test_values_under_half_of_the_maximum_are_hidden(run: Run, value: int, seen: bool) -> None:
    packed = run(f"""() => {{ const b = new Uint32Array(65536);
        fillBlend(b, {{colours: "inferno", opacity: 0.5, threshold: 0.5}}); return b[{value} << 8 | 100]; }}""")
    assert (packed != 0xFF646464) is seen


def test_a_half_transparent_map_is_the_mean_of_colour_and_grey(run: Run) -> None:
    packed = run("""() => { const b = new Uint32Array(65536);
        fillBlend(b, {colours: "hot", opacity: 0.5, threshold: 0}); return b[255 << 8 | 100]; }""")
    assert packed == 0xFF000000 | 177 << 16 | 177 << 8 | 177  # white and grey 100


def test_the_strongest_slice_follows_what_the_threshold_leaves(run: Run) -> None:
    found = run("""() => { const map = {counts: countValues(new Uint8Array([100, 100, 100, 0, 0, 200]), 2)};
        return [0, 0.5, 0.9].map((t) => strongestSlice(sliceProfile(map, t))); }""")
    assert found == [0, 1, -1]


def test_a_ruler_measures_millimetres_not_voxels(run: Run) -> None:
    assert run("distanceMm([0, 0], [30, 80], [1, 0.5])") == 50.0


def test_b_is_drawn_at_right_angles_to_a(run: Run) -> None:
    a, b = run("""() => { const s = [1, 0.5], A = [[0, 0], [10, 20]], from = [3, 4];
        const to = squareTo(A, from, [9, 1], s);
        return [[10, 20 * 0.5], [to[0] - from[0], (to[1] - from[1]) * 0.5]]; }""")
    assert np.dot(a, b) == pytest.approx(0, abs=1e-9)


def test_abc_2_of_a_4_by_3_by_2_cm_haematoma_is_12_ml(run: Run) -> None:
    assert run("abcVolumeMl({aMm: 40, bMm: 30, slices: 4, thicknessMm: 5})") == pytest.approx(12)  # Kothari 1996


def test_an_ellipse_counts_the_voxels_whose_centre_it_holds(run: Run) -> None:
    found = run("""() => { const hu = new Int16Array(16).fill(-999); [5, 6, 9].forEach((i) => hu[i] = 10); hu[10] = 20;
        return ellipseStatistics({size: [4, 4, 1], spacing: [2, 3, 5], stride: [1, 4, 16], hu},
                                 {plane: "axial", depth: 0, points: [[1, 1], [3, 3]]}); }""")
    assert found["count"] == 4
    assert (found["mean"], found["sd"]) == (12.5, pytest.approx(np.std([10, 10, 10, 20])))
    assert found["areaMm2"] == pytest.approx(np.pi * 2 * 3)


@pytest.mark.parametrize(("deltas", "slices"), [([100], 1), ([-100], -1), ([120, 120], 2), ([53], 1), ([240], 2),
                                                ([15, 15], 0), ([15, 15, 15], 1), ([30, -30], 0)])
def test_a_notch_is_one_slice_and_small_steps_add_up(run: Run, deltas: list[int], slices: int) -> None:
    assert run(f"""() => {{ const turned = {{rest: 0}}; return {deltas}.reduce((sum, d) =>
        sum + wheelSlices(turned, {{deltaX: 0, deltaY: d, deltaMode: 0}}), 0); }}""") == slices


def test_firefox_counts_lines_and_three_are_a_notch(run: Run) -> None:
    assert run("wheelSlices({rest: 0}, {deltaX: 0, deltaY: 3, deltaMode: 1})") == 1


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_a_point_goes_to_the_screen_and_back(run: Run, plane: str) -> None:
    point = run(f"""() => {{
        const volume = {{size: [200, 240, 30], spacing: [1, 0.75, 5]}};
        const viewer = {{volume, state: {{zoom: 2.5, centre: [80, 70, 60]}}}};
        const pane = {{plane: "{plane}", width: 640, height: 480}};
        placeImage(viewer, pane); return toVoxel(viewer, pane, toScreen(viewer, pane, [31.5, 12.25])); }}""")
    assert point == pytest.approx([31.5, 12.25])


def test_numbers_are_printed_with_a_point_and_no_empty_decimals(run: Run) -> None:
    assert run("[57.5, 80, 0.333].map((n) => plain(n))") == ["57.5", "80", "0.3"]
