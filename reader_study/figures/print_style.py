"""The style of printed figures, and their export to files: the same bytes every time.

Colours are those of Okabe and Ito, told apart by the colour-blind; markers, dashes and hatches tell them apart in grey.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

READER, MODEL, GROUP = "#56B4E9", "#E69F00", "#4D4D4D"
HATCHES = {"reader": "", "model": "////", "readers": "xx"}
KIND_COLOURS = {"reader": READER, "model": MODEL, "readers": "#BFBFBF"}
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
FORMATS: dict[str, dict[str, Any]]  # what each needs of `savefig`, whose keywords are of many kinds
FORMATS = {"svg": {"metadata": {"Date": None, "Creator": None}},
           "pdf": {"metadata": {"CreationDate": None, "Creator": None, "Producer": None}},
           "png": {"metadata": {"Software": None}, "dpi": 300}}
_STYLE: dict[RcKeyType, Any]  # matplotlib's settings are of many kinds
_STYLE = {"font.family": "DejaVu Sans", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
          "axes.linewidth": 0.8, "svg.hashsalt": "ich-reader", "hatch.linewidth": 0.5, "legend.frameon": False,
          "pdf.fonttype": 42, "figure.dpi": 100,
          "text.parse_math": False}  # a dollar sign in a name is no formula
_ONE_AT_A_TIME = RLock()  # matplotlib's settings belong to the whole process


@contextmanager
def printing() -> Iterator[None]:
    """Matplotlib in the style of print, for one thread at a time. No window and no display is needed."""
    with _ONE_AT_A_TIME, mpl.rc_context(mpl.rcParamsDefault | _STYLE):
        yield


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of so many inches with its axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


Grid = list[list[Axes]]
"""The axes of a figure, line by line."""


def new_grid(width: float, height: float, *, lines: int, columns: int, sharex: bool = False,
             sharey: bool = False) -> tuple[Figure, Grid]:
    """A figure of so many inches with a grid of axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(lines, columns, sharex=sharex, sharey=sharey, squeeze=False).tolist()


def settled(figure: Figure) -> Figure:
    """The figure with its layout worked out once, not again for each file that is made of it."""
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
        figure.set_layout_engine(None)  # not "none", whose place-holder has every file drawn twice
    return figure


def rendered(figure: Figure, kind: str) -> bytes:
    """The figure as a file of one of FORMATS, without a date."""
    with printing():
        file = io.BytesIO()
        settled(figure).savefig(file, format=kind, **FORMATS[kind])
        return file.getvalue()
