"""The comparison as a PDF: methods, a page a figure, print tables, checklist and origin. The same bytes every time."""

import io
from collections.abc import Mapping

import pandas as pd
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from reader_study.figures.print_style import printing
from reader_study.report.html import CHECKLIST_NOTE, shown
from reader_study.report.pdf_pages import Pages, Table
from reader_study.report.print_tables import print_tables
from reader_study.report.provenance import Provenance

_CAUTION = "#7a4b0a"
_HANGING = 0.25  # inches


def pdf(tables: Mapping[str, pd.DataFrame], figures: Mapping[str, tuple[str, Figure]], *, provenance: Provenance,
        about: Mapping[str, str], methods: tuple[str, list[str]], checklist: pd.DataFrame) -> bytes:
    """The file. `figures`: name -> title and matplotlib figure."""
    file = io.BytesIO()
    with printing(), PdfPages(file, metadata={"CreationDate": None, "Creator": None, "Producer": None}) as written:
        pages = Pages(written)
        _opening(pages, provenance, methods)
        for number, (title, figure) in enumerate(figures.values(), 1):
            pages.figure(figure, f"Figure {number}. {title}.")
        for one in print_tables(tables):
            pages.heading(one.heading, lying=True)
            pages.note(f"{one.caption} All of it: {one.file}.")
            pages.table(_texts(one.cells))
        _closing(pages, checklist, about)
        pages.close()
    return file.getvalue()


def _opening(pages: Pages, provenance: Provenance, methods: tuple[str, list[str]]) -> None:
    """Title, caution, methods and references."""
    paragraph, references = methods
    pages.title(provenance.title)
    if provenance.caution:
        pages.paragraph(provenance.caution, colour=_CAUTION)
    if provenance.readers:
        pages.paragraph(provenance.readers)
    pages.paragraph("Not for clinical use.")
    pages.heading("Methods")
    pages.paragraph(paragraph)
    pages.heading("References")
    for number, reference in enumerate(references, 1):
        pages.paragraph(f"{number}. {reference}", size=8, after=0.03, hanging=_HANGING)


def _closing(pages: Pages, checklist: pd.DataFrame, about: Mapping[str, str]) -> None:
    """Checklist and origin."""
    pages.heading("Reporting checklist")
    pages.note(CHECKLIST_NOTE)
    for guideline, items in checklist.groupby("guideline", sort=False):
        pages.paragraph(str(guideline), after=0.02)
        for item, topic, answer in zip(items["item"], items["topic"], items["answer"], strict=True):
            pages.paragraph(f"{item}  {topic}: {answer or 'for the authors'}", size=8, after=0.02, hanging=_HANGING)
    pages.heading("Origin")
    for name, value in sorted(about.items()):
        if value:
            pages.paragraph(f"{name}: {value}", size=8, after=0.02, hanging=_HANGING)


def _texts(cells: pd.DataFrame) -> Table:
    """A table of texts."""
    rows = tuple(tuple(" ".join(shown(value).split()) for value in row) for row in cells.itertuples(index=False))
    return Table(tuple(map(str, cells.columns)), rows)
