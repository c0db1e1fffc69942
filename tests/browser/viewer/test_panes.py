"""Panes and planes of the viewer: side by side, linked, and in three directions."""

from dataclasses import replace

from playwright.sync_api import expect

from tests.browser.viewer.app.bench import MAP, Bench

# Side by side


def test_side_by_side_shows_the_scan_beside_the_map_linked(mapped: Bench) -> None:
    mapped.press("l", "j")
    plain_pixel, colour = mapped.pixel(*mapped.at(150, 170), pane=0), mapped.pixel(*mapped.at(150, 170, pane=1), pane=1)
    assert len(set(plain_pixel)) == 1 < len(set(colour))
    mapped.hover(100, 200, pane=1)
    mapped.wheel(2)
    mapped.press("2")
    for pane in (0, 1):
        assert mapped.text("sliceText", pane) == "22 / 30"
        assert mapped.text("windowText", pane) == "W 200  L 75"


def test_four_panes_each_with_a_map_of_its_choice(opened: Bench) -> None:
    bench = opened.fresh(MAP, replace(MAP, label="GCS"), replace(MAP, label="Age"))
    bench.press("l", "l", "l")
    chosen = [bench.page.get_by_label(f"Map in pane {n}").locator("option:checked").inner_text() for n in (1, 2, 3, 4)]
    assert chosen == ["Scan without map", MAP.label, "GCS", "Age"]
    bench.page.get_by_label("Map in pane 4").select_option(label="GCS")
    assert bench.page.get_by_label("Map in pane 4").locator("option:checked").inner_text() == "GCS"


def test_zoom_and_pan_are_linked(mapped: Bench) -> None:
    mapped.press("l")
    mapped.hover(*mapped.at(150, 170))
    mapped.wheel(-3, ctrl=True)
    mapped.hover(*mapped.at(150, 170, pane=1), pane=1)
    assert mapped.text("huText", 1).startswith("60 HU")


def test_four_panes_are_linked_in_slice_window_zoom_and_pan(opened: Bench) -> None:
    bench = opened.fresh(MAP, replace(MAP, label="GCS"), replace(MAP, label="Age"))
    bench.press("l", "l", "l")
    bench.hover(*bench.at(150, 170, pane=3), pane=3)
    bench.wheel(2)
    bench.wheel(-3, ctrl=True)
    bench.press("2")
    bench.page.keyboard.down("Shift")
    bench.drag((100, 100), (130, 110), pane=1)
    bench.page.keyboard.up("Shift")
    x, y = bench.at(150, 170, pane=0)
    for pane in range(4):
        bench.hover(x + 30, y + 10, pane=pane)
        assert bench.text("huText", pane).startswith("60 HU")
        assert (bench.text("sliceText", pane), bench.text("windowText", pane)) == ("18 / 30", "W 200  L 75")


def test_without_a_map_there_is_nothing_to_lay_side_by_side(plain: Bench) -> None:
    expect(plain.page.get_by_role("button", name="Layout")).to_be_disabled()
    plain.press("l")
    expect(plain.page.locator(".pane")).to_have_count(1)


def test_mpr_shows_three_planes_and_the_crosshair_goes_where_clicked(plain: Bench) -> None:
    plain.press("v")
    assert [plain.page.locator(f'[data-pane="{n}"] .planeText').inner_text() for n in (0, 1, 2)] == [
        "axial", "coronal", "sagittal"]  # fmt: skip
    plain.page.mouse.click(plain.box()["x"] + plain.at(150, 170)[0], plain.box()["y"] + plain.at(150, 170)[1])
    assert plain.text("sliceText", 1) == f"{240 - 170} / 240"  # y counts from the front
    assert plain.text("sliceText", 2) == f"{200 - 150} / 200"  # x counts from the patient's right


def test_the_crosshair_is_drawn_through_the_voxel_in_every_plane(plain: Bench) -> None:
    plain.press("v")
    plain.page.mouse.click(plain.box()["x"] + plain.at(150, 170)[0], plain.box()["y"] + plain.at(150, 170)[1])
    x, y = plain.at(150, 170)
    for pane, place in ((0, (x, y - 40)), (0, (x - 40, y)), (1, (plain.box(1)["width"] * (1 - 150.5 / 200), 30))):
        colours = [plain.pixel(place[0] + dx, place[1] + dy, pane) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        assert any(blue > red + 20 for red, _, blue in colours), (pane, place, colours)


def test_the_sagittal_plane_has_the_face_at_the_left(plain: Bench) -> None:
    plain.press("v")
    assert plain.page.locator('[data-pane="2"] .letter').all_inner_texts() == ["A", "P", "S", "I"]


def test_the_superior_end_is_up_in_coronal_and_a_click_there_moves_the_slice(plain: Bench) -> None:
    plain.press("v")
    box = plain.box(1)
    plain.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 50)
    assert int(plain.text("sliceText").split()[0]) > 18
    letters = plain.page.locator('[data-pane="1"] .letter').all_inner_texts()
    assert letters == ["R", "L", "S", "I"]


def test_the_wheel_scrolls_the_plane_it_is_over(plain: Bench) -> None:
    plain.press("v")
    plain.hover(60, 60, pane=2)
    plain.wheel(3)
    assert (plain.text("sliceText", 2), plain.text("sliceText")) == ("104 / 200", "16 / 30")
