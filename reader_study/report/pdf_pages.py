"""Pages of a PDF: headings, paragraphs and tables that carry their header over to the next page, and figures.

A4 with page numbers. A table's columns are as broad as their cells; a header that is broader takes more lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import TextToPath
from matplotlib.transforms import Bbox

from reader_study.figures.print_style import settled

A4 = (8.27, 11.69)  # inches, upright
_EDGE, _FOOT = 0.75, 0.45  # inches of margin, and from the lower edge to the page number
_BODY, _HEAD, _TITLE = 9.0, 11.5, 15.0  # points
_SMALLEST = 5.0  # points, under which a table is not readable and is set as a block a row
_LINE = 1.32  # of a line, in sizes of its font
_GAP = 0.14  # inches between columns
_POINT = 1 / 72
_GREY, _RULE = "#57606a", "#8a939d"


@dataclass(frozen=True)
class Table:
    """A table to set: its header and its cells as texts."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Pages:
    """Sets text and tables downwards and turns the page where it is full. Lying pages are for broad tables."""

    def __init__(self, file: PdfPages) -> None:
        self._file, self._number, self._lying = file, 0, False
        self._page: Figure | None = None
        self._y = 0.0

    def title(self, text: str) -> None:
        """The document's title."""
        self._block(text, size=_TITLE, weight="bold", after=0.12)

    def heading(self, text: str, *, lying: bool = False) -> None:
        """A heading with room for something below it."""
        self._turn(lying)
        self._need(1.1)
        self._y -= 0.1
        self._block(text, size=_HEAD, weight="bold", after=0.06)

    def paragraph(self, text: str, *, colour: str = "black", size: float = _BODY, after: float = 0.08,
                  hanging: float = 0.0) -> None:
        """A paragraph; its lines after the first begin `hanging` inches further in."""
        self._block(text, size=size, colour=colour, after=after, hanging=hanging)

    def note(self, text: str) -> None:
        """A caption in quiet small print."""
        self.paragraph(text, colour=_GREY, size=_BODY - 1)

    def table(self, table: Table, *, size: float = 7.5) -> None:
        """The table in one size that fits; as a block a row where that would be too small to read."""
        fitting = size * min(1.0, self._room / self._breadth(table, size))
        if fitting < _SMALLEST:
            for row in table.rows:
                said = "; ".join(f"{head}: {cell}" for head, cell in zip(table.head, row, strict=True) if cell)
                self.paragraph(said, size=size, after=0.03, hanging=0.2)
            return
        step, rest = fitting * _LINE * _POINT, list(table.rows)
        breadths = _breadths(table, fitting)
        heads = [wrapped(head, fitting, breadth, "bold") for head, breadth in zip(table.head, breadths, strict=True)]
        deep = max(map(len, heads))
        while True:
            self._need((deep + 2) * step)
            fit = max(int((self._y - _EDGE) / step) - deep, 1)
            self._set(heads, deep, rest[:fit], breadths, fitting)
            rest = rest[fit:]
            if not rest:
                self._y -= 0.12
                return
            self._turn_over()

    def figure(self, figure: Figure, caption: str) -> None:
        """A figure on a page of its own of A4's shape, with its caption below; a broad one makes the page larger."""
        self.close()
        figure = settled(figure)
        wide, high = figure.get_size_inches()
        lying = wide > high
        shape = A4[::-1] if lying else A4
        scale = max(1.0, wide / (shape[0] - 2 * _EDGE), high / (shape[1] - 2 * _EDGE - 0.8))
        broad, tall = shape[0] * scale, shape[1] * scale
        left, top = (wide - broad) / 2, high + _EDGE * scale
        size = _BODY * scale
        lines = wrapped(caption, size, broad - 2 * _EDGE * scale)
        start = (left + _EDGE * scale) / wide
        added = [figure.text(start, -0.15 * scale / high, "\n".join(lines), size=size, va="top", linespacing=_LINE),
                 figure.text((left + broad - _EDGE * scale) / wide, (top - tall + _FOOT * scale) / high,
                             self._next_number(), size=8 * scale, color=_GREY, ha="right")]
        self._save(figure, Bbox([[left, top - tall], [left + broad, top]]))
        for text in added:
            text.remove()

    def close(self) -> None:
        """Writes the page that was begun."""
        if self._page is not None:
            self._page.text(1 - _EDGE / self._size[0], _FOOT / self._size[1], self._next_number(), size=8, color=_GREY,
                            ha="right")
            self._save(self._page)
            self._page = None

    @property
    def _begun(self) -> Figure:
        """The page that is being set; ValueError before `_need` has begun one."""
        if self._page is None:
            raise ValueError("no page was begun: make room on one before something is set")
        return self._page

    def _save(self, page: Figure, box: Bbox | None = None) -> None:
        self._file.savefig(page, bbox_inches=box)  # type: ignore[no-untyped-call]  # matplotlib types no PdfPages

    @property
    def _size(self) -> tuple[float, float]:
        return A4[::-1] if self._lying else A4

    @property
    def _room(self) -> float:
        """Inches between the margins."""
        return self._size[0] - 2 * _EDGE

    def _next_number(self) -> str:
        self._number += 1
        return str(self._number)

    def _turn(self, lying: bool) -> None:
        """Pages from here on stand or lie."""
        if lying != self._lying:
            self.close()
            self._lying = lying

    def _turn_over(self) -> None:
        self.close()
        self._need(0)

    def _need(self, inches: float) -> None:
        """A page with so much room left."""
        if self._page is not None and self._y - inches < _EDGE:
            self.close()
        if self._page is None:
            self._page, self._y = Figure(figsize=self._size), self._size[1] - _EDGE

    def _write(self, x: float, text: str, size: float, *, weight: str, colour: str) -> None:
        self._begun.text(x / self._size[0], self._y / self._size[1], text, size=size, va="top", linespacing=_LINE,
                         parse_math=False, weight=weight, color=colour)

    def _block(self, text: str, *, size: float, weight: str = "normal", colour: str = "black", after: float,
               hanging: float = 0.0) -> None:
        for number, line in enumerate(wrapped(text, size, self._room - hanging, weight)):
            self._need(size * _LINE * _POINT)
            self._write(_EDGE + (hanging if number else 0.0), line, size, weight=weight, colour=colour)
            self._y -= size * _LINE * _POINT
        self._y -= after

    def _breadth(self, table: Table, size: float) -> float:
        return sum(_breadths(table, size)) + _GAP * (len(table.head) - 1)

    def _set(self, heads: Sequence[Sequence[str]], deep: int, rows: Sequence[Sequence[str]],
             breadths: Sequence[float], size: float) -> None:
        """A header of `deep` lines, a rule, and rows."""
        step, top = size * _LINE * _POINT, self._y
        starts = [_EDGE + sum(breadths[:i]) + _GAP * i for i in range(len(breadths))]
        for x, lines in zip(starts, heads, strict=True):
            for number, line in enumerate(lines, deep - len(lines)):
                self._cell(x, top - step * (number + 0.8), line, size, weight="bold")
        for number, row in enumerate(rows, deep):
            for x, cell in zip(starts, row, strict=True):
                if cell:
                    self._cell(x, top - step * (number + 0.95), cell, size)
        rule, end = (top - step * (deep + 0.08)) / self._size[1], starts[-1] + breadths[-1]
        self._begun.add_artist(Line2D([_EDGE / self._size[0], end / self._size[0]], [rule, rule], color=_RULE,
                                      linewidth=0.6, transform=self._begun.transFigure))
        self._y = top - step * (deep + len(rows) + 0.3)

    def _cell(self, x: float, y: float, text: str, size: float, weight: str = "normal") -> None:
        """A text whose baseline lies `y` inches above the page's lower edge."""
        self._begun.text(x / self._size[0], y / self._size[1], text, size=size, weight=weight, va="baseline",
                         parse_math=False)


def wrapped(text: str, size: float, room: float, weight: str = "normal") -> list[str]:
    """The text in lines that are no broader than `room` inches."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and breadth_of(longer, size, weight) > room:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line] if line else lines


def breadth_of(text: str, size: float, weight: str = "normal") -> float:
    """Inches that a text takes in one line: the sum over its letters, without kerning."""
    return sum(_advance(letter, weight) for letter in text) * size * _POINT


@cache
def _advance(letter: str, weight: str) -> float:
    """How far a letter moves the pen, in sizes of its font."""
    font = FontProperties(family="DejaVu Sans", size=100, weight=weight)
    two, one = (TextToPath().get_text_width_height_descent(f"|{text}|", font, ismath=False)[0] for text in (letter, ""))
    return (two - one) / 100


def _breadths(table: Table, size: float) -> list[float]:
    """Inches of each column: its broadest cell, and the longest word of its header."""
    columns = zip(*table.rows, strict=True) if table.rows else [()] * len(table.head)
    return [max([*(breadth_of(word, size, "bold") for word in head.split() or [""]),
                 *(breadth_of(cell, size) for cell in cells)]) + 0.01
            for head, cells in zip(table.head, columns, strict=True)]
