"""The paper's saliency figure: cases by models, the longer of the two across.

Each panel is the map over a slice, with p above, and below how many readers were right.

Inputs are arrays, so that drawing needs neither a network nor a reader of scans.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reader_study.figures.print_style import new_grid, printing

SHOWN_FROM = 0.5  # of the map's maximum; below it nothing is drawn (Cobo et al. 2024)
OPACITY = 0.5
WINDOW_HU = (0.0, 80.0)  # a brain window: level 40, width 80


@dataclass(frozen=True, eq=False)
class Panel:
    """One model's map on one slice, both (rows, columns) with the patient's front at the top."""

    hu: np.ndarray
    saliency: np.ndarray  # 0 to 1, 1 the maximum over the whole volume
    p_poor: float


@dataclass(frozen=True, eq=False)
class Row:
    """One case: its name, its truth in words, how many readers were right, and a panel a model."""

    case: str
    truth: str
    right: str  # "3/4"; empty where not known
    place: str  # which slice, in words
    panels: Sequence[Panel]


def saliency_figure(models: Sequence[str], rows: Sequence[Row]) -> Figure:
    """The figure; ValueError where a row has not one panel a model."""
    for row in rows:
        if len(row.panels) != len(models):
            raise ValueError(f"{row.case}: expected {len(models)} panels, one a model, got {len(row.panels)}")
    across = len(rows) > len(models)  # the longer of the two runs across the page
    lines, columns = (len(models), len(rows)) if across else (len(rows), len(models))
    with printing():
        high, words = (2.35, 0.95) if across else (2.75, 0.3)  # inches of a panel, and of what stands once above all
        figure, axes = new_grid(2.3 * columns + 0.9, high * lines + words, lines=lines, columns=columns)
        of_rows = list(zip(*axes, strict=True)) if across else axes
        for number, (places, row) in enumerate(zip(of_rows, rows, strict=True)):
            for axis, panel in zip(places, row.panels, strict=True):
                _draw(axis, panel)
                axis.set_title(f"p = {panel.p_poor:.2f}", fontsize=8)
            _label(places, row, models, first=number == 0, across=across)
    return figure


def _label(places: Sequence[Axes], row: Row, models: Sequence[str], *, first: bool, across: bool) -> None:
    """Case and place at a row's panels, models at those of the first row, and who was right below them."""
    what = "\n".join(filter(None, (row.case, row.truth, row.place)))
    if across:
        places[0].set_title(f"{what}\n{places[0].get_title()}", fontsize=8)
    else:
        places[0].set_ylabel(what, fontsize=8)
    for axis, model in zip(places, models if first else (), strict=False):
        if across:
            axis.set_ylabel(model, fontsize=8)
        else:
            axis.set_title(f"{model}\n{axis.get_title()}", fontsize=8)
    if row.right:
        below = places[-1] if across else places[len(places) // 2]
        below.set_xlabel(f"right by {row.right}", fontsize=8)


def _draw(axis: Axes, panel: Panel) -> None:
    """The slice in a brain window with the map where it is strong."""
    axis.imshow(panel.hu, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1], interpolation="nearest")
    strong = np.ma.masked_less(panel.saliency, SHOWN_FROM)
    axis.imshow(strong, cmap="inferno", vmin=0, vmax=1, alpha=OPACITY, interpolation="nearest")
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set_visible(False)


def strongest_slice(saliency: np.ndarray) -> int:
    """The slice of a map (I, J, K) with the most of what would be shown; the middle one for a map without any."""
    peak = saliency.max()
    shown = (saliency >= SHOWN_FROM * peak).sum(axis=(0, 1)) if peak > 0 else np.zeros(saliency.shape[2])
    return int(shown.argmax()) if shown.any() else saliency.shape[2] // 2


def upright(volume: np.ndarray, k: int) -> np.ndarray:
    """Slice k of a RAS+ volume (I, J, K) as radiologists see it: front at the top, the patient's right on the left."""
    return volume[::-1, ::-1, k].T
