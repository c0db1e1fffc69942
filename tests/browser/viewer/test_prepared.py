"""The slice that the viewer draws ahead: a step shows what a drawing from nothing would."""

from collections.abc import Callable
from dataclasses import replace
from zlib import crc32

import pytest

from tests.browser.viewer.app.bench import MIDDLE, SCAN, Bench

VIEWER = "document.getElementById('host').shadowRoot.ichViewer"
PREPARED = f"{VIEWER}.panes.map((pane) => pane.prepared?.depth ?? null)"
PIXELS = f"{VIEWER}.panes.map((pane) => pane.canvas.toDataURL())"


def step(bench: Bench, key: str = "ArrowRight") -> None:
    """One slice on, and the next one prepared."""
    before = bench.page.evaluate(PREPARED)
    bench.press(key)
    bench.page.wait_for_function(f"(before) => JSON.stringify({PREPARED}) !== JSON.stringify(before)", arg=before)


def pictures(bench: Bench) -> list[int]:
    """A checksum of each pane's pixels."""
    bench.settle()
    return [crc32(pixels.encode()) for pixels in bench.page.evaluate(PIXELS)]


def drawn_anew(bench: Bench) -> list[int]:
    """The same, drawn from nothing: inverted, and back."""
    bench.press("i", "i")
    return pictures(bench)


def test_the_slice_ahead_is_prepared_in_the_direction_of_the_last_step(mapped: Bench) -> None:
    at = mapped.page.evaluate(f"{VIEWER}.state.at[2]")
    step(mapped)
    assert mapped.page.evaluate(PREPARED) == [at + 2]
    step(mapped, "ArrowLeft")
    assert mapped.page.evaluate(PREPARED) == [at - 1]


def test_a_prepared_slice_is_shown_as_it_would_be_drawn(mapped: Bench) -> None:
    step(mapped)
    mapped.press("ArrowRight")
    shown = pictures(mapped)
    assert shown == drawn_anew(mapped)


CHANGES: dict[str, Callable[[Bench], None]] = {
    "window": lambda bench: bench.press("2"),
    "dragged window": lambda bench: bench.drag(MIDDLE, (MIDDLE[0] + 60, MIDDLE[1] + 20), button="right"),
    "inverted": lambda bench: bench.press("i"),
    "pixelated": lambda bench: bench.press("s"),
    "map off": lambda bench: bench.press("o"),
    "zoom": lambda bench: bench.press("+"),
    "two panes": lambda bench: bench.press("l"),
    "three planes": lambda bench: bench.press("v"),
    "map withdrawn": lambda bench: bench.show(replace(SCAN, case=f"CLOCK-{bench.cases}")),
    "size": lambda bench: bench.page.set_viewport_size({"width": 1000, "height": 800}),  # last: it stays so
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_slice_prepared_before_a_change_is_not_shown_after_it(mapped: Bench, change: str) -> None:
    step(mapped)
    before = pictures(mapped)
    CHANGES[change](mapped)
    assert pictures(mapped) != before
    mapped.press("ArrowRight")
    shown = pictures(mapped)
    assert shown == drawn_anew(mapped)
