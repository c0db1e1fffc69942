"""The comparison as a PDF: methods, a page a figure, and the print tables. The same bytes every time."""

import io
import textwrap
from collections.abc import Iterator, Mapping

import pandas as pd
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from reader_study.print_style import printing, settled
from reader_study.provenance import Provenance
from reader_study.report import shown

_PAGE = (8.27, 11.69)  # A4 in inches
_MARGIN, _TOP = 0.08, 0.95
_SIZE, _SPACING, _WIDTH = 7.5, 1.25, 108  # points, of a line, characters
_ROOM = 80  # lines a page
_TABLES = ("performance_wide", "agreement_wide", "mrmc", "aid_effect", "ordinal", "calibration")
_KEPT = {"mrmc": ["analysis", "comparison", "metric", "difference", "ci_low", "ci_high", "p"],
         "aid_effect": ["raterID", "quantity", "modelID", "value", "ci_low", "ci_high", "n"],
         "ordinal": ["question", "raterID", "metric", "value", "ci_low", "ci_high", "n"],
         "calibration": ["raterID", "modalityID", "metric", "value", "ci_low", "ci_high", "n"]}


def pdf(tables: Mapping[str, pd.DataFrame], figures: Mapping[str, tuple[str, Figure]], *, provenance: Provenance,
        about: Mapping[str, str], methods: tuple[str, list[str]], checklist: pd.DataFrame) -> bytes:
    """The file. `figures`: name -> title and matplotlib figure."""
    file = io.BytesIO()
    with printing(), PdfPages(file, metadata={"CreationDate": None, "Creator": None, "Producer": None}) as pages:
        for page in _pages([*_opening(provenance, methods), *_captions(figures)]):
            pages.savefig(page)
        for _, figure in figures.values():
            pages.savefig(settled(figure))
        lines = [line for name in _TABLES if name in tables and len(tables[name])
                 for line in _table_lines(name, tables[name])]
        for page in _pages([*lines, *_closing(checklist, about)]):
            pages.savefig(page)
    return file.getvalue()


def _opening(provenance: Provenance, methods: tuple[str, list[str]]) -> list[str]:
    """Title, caution, methods and references as lines."""
    paragraph, references = methods
    numbered = [f"{number}. {reference}" for number, reference in enumerate(references, 1)]
    texts = [provenance.title, provenance.caution, "Not for clinical use.", "METHODS", paragraph, "REFERENCES",
             *numbered]
    return [line for text in texts if text for line in [*textwrap.wrap(text, _WIDTH), ""]]


def _captions(figures: Mapping[str, tuple[str, Figure]]) -> list[str]:
    """What the following pages show."""
    numbered = [f"Figure {number}. {title}." for number, (title, _) in enumerate(figures.values(), 1)]
    return ["FIGURES, a page each", "", *(line for text in numbered for line in textwrap.wrap(text, _WIDTH))]


def _table_lines(name: str, table: pd.DataFrame) -> list[str]:
    """A table as lines; one that is too broad as a block a row."""
    kept = table[_KEPT[name]] if name in _KEPT else table
    cells = [[shown(value) for value in row] for row in kept.itertuples(index=False)]
    widths = [max(len(str(head)), *(len(row[i]) for row in cells)) for i, head in enumerate(kept)]
    heading = ["", f"{name.removesuffix('_wide').upper().replace('_', ' ')} ({name}.csv)", ""]
    if sum(widths) + 2 * len(widths) <= _WIDTH:
        rows = [[str(head) for head in kept], *cells]
        return [*heading, *("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)]
    blocks = [textwrap.wrap("; ".join(f"{head}: {cell}" for head, cell in zip(kept, row, strict=True) if cell), _WIDTH,
                            subsequent_indent="    ") for row in cells]
    return [*heading, *(line for block in blocks for line in block)]


def _closing(checklist: pd.DataFrame, about: Mapping[str, str]) -> list[str]:
    """Checklist and origin as lines."""
    items = [f"{row.guideline} {row.item}: {row.topic} – {row.answer or 'for the authors'}"
             for row in checklist.itertuples()]
    facts = [f"{name}: {value}" for name, value in sorted(about.items()) if value]
    texts = ["", "REPORTING CHECKLIST", "", *items, "", "ORIGIN", "", *facts]
    return [line for text in texts for line in textwrap.wrap(text, _WIDTH, subsequent_indent="    ") or [""]]


def _pages(lines: list[str]) -> Iterator[Figure]:
    """Pages of text in one width."""
    for start in range(0, len(lines), _ROOM):
        page = Figure(figsize=_PAGE)
        page.text(_MARGIN, _TOP, "\n".join(lines[start:start + _ROOM]), family="DejaVu Sans Mono", size=_SIZE, va="top",
                  linespacing=_SPACING, parse_math=False)
        yield page
