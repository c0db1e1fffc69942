"""The export bundle of a comparison: tables, figures, methods, checklist, report and provenance as files.

The same ratings, settings and provenance give the same bytes.
"""

from collections.abc import Callable, Mapping
from typing import TypedDict, Unpack

import pandas as pd
from matplotlib.figure import Figure

from ich_model import software
from reader_study.figures import print_figures
from reader_study.figures.print_style import FORMATS, rendered
from reader_study.report import checklist, html, methods, pdf
from reader_study.report.compared_readers import READERS
from reader_study.report.csv_export import csv_files
from reader_study.report.data_dictionary import dictionary_of
from reader_study.report.provenance import Provenance, about
from reader_study.statistics.comparison import all_tables
from reader_study.statistics.input import imrmc
from reader_study.statistics.input.settings import DEFAULTS, Settings

SALIENCY = "saliency"
Figures = dict[str, tuple[str, Figure]]
"""Name -> title and figure."""
Methods = tuple[str, list[str]]
"""The paragraph, and the works that it cites."""
README = """Tables are CSV files with a header; data_dictionary.csv explains every column. An empty cell is not
defined, and note says why. A study's readers.csv says which readers are compared and
who is left out, and why. figures/ has each figure as SVG, PDF and PNG (300 dpi). report.html and
report.pdf show the same in one file. methods.txt can go into a paper; checklist.csv has the items of CLAIM 2024,
STARD-AI, TRIPOD+AI and GRRAS that a reader study touches, what the study answers and what the authors must
still fill in: it goes before the journal's own form, not in its place. about.csv has versions, digests, seed and
settings. ratings.imrmc opens in the iMRMC software. Not for clinical use.
"""


class Rest(TypedDict):
    """What a report says besides tables and figures."""

    provenance: Provenance
    about: Mapping[str, str]
    methods: Methods
    checklist: pd.DataFrame


def files(ratings: pd.DataFrame, *, question: str = "prognosis", settings: Settings = DEFAULTS,
          provenance: Provenance, saliency: Figure | None = None,
          readers: pd.DataFrame | None = None) -> dict[str, bytes]:
    """Name in the archive -> content, for everything there is; `readers` says who of a study is compared."""
    tables = _tables(ratings, question, settings, readers)
    return _files(tables, *_inputs(tables, question, settings, provenance, saliency), provenance=provenance)


def one_report(name: str, ratings: pd.DataFrame, *, question: str = "prognosis", settings: Settings = DEFAULTS,
               provenance: Provenance, saliency: Figure | None = None, readers: pd.DataFrame | None = None) -> bytes:
    """report.html or report.pdf alone."""
    tables = _tables(ratings, question, settings, readers)
    figures, said, facts, items = _inputs(tables, question, settings, provenance, saliency)
    return _REPORTS[name](tables, figures, provenance=provenance, about=facts, methods=said, checklist=items)


def _tables(ratings: pd.DataFrame, question: str, settings: Settings,
            readers: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """All tables, and that of the readers where there is one."""
    return all_tables(ratings, question=question, settings=settings) | ({} if readers is None else {READERS: readers})


def _inputs(tables: Mapping[str, pd.DataFrame], question: str, settings: Settings, provenance: Provenance,
            saliency: Figure | None) -> tuple[Figures, Methods, dict[str, str], pd.DataFrame]:
    """Figures with their titles, methods, facts and checklist."""
    drawn = print_figures.all_figures(dict(tables), question, settings)
    figures = {name: (print_figures.FIGURES[name][0], figure) for name, figure in drawn.items()}
    if saliency is not None:
        figures[SALIENCY] = ("Saliency maps: p of poor outcome above each, readers right below", saliency)
    facts = about(provenance, settings, tables["ratings"]) | {"question": question}
    return figures, methods.paragraph(dict(tables), settings), facts, checklist.table(tables, facts, settings)


def _files(tables: Mapping[str, pd.DataFrame], figures: Figures, said: Methods, facts: Mapping[str, str],
           items: pd.DataFrame, *, provenance: Provenance) -> dict[str, bytes]:
    """All files of an export."""
    named = dict(tables) | {"data_dictionary": dictionary_of(dict(tables)), "checklist": items,
                            "about": pd.DataFrame(sorted(facts.items()), columns=["item", "value"])}
    paragraph, references = said
    cited = "\n".join(f"{number}. {text}" for number, text in enumerate(references, 1))
    drawings = {f"figures/{name}.{kind}": rendered(figure, kind) for name, (_, figure) in figures.items()
                for kind in FORMATS}
    shown = {name: (title, drawings[f"figures/{name}.svg"]) for name, (title, _) in figures.items()}
    rest: Rest = {"provenance": provenance, "about": facts, "methods": said, "checklist": items}
    return csv_files(named) | drawings | {
        "README.txt": f"Made by {software.title_and_version()}.\n\n{README}".encode(),
        "methods.txt": f"{paragraph}\n\nReferences\n{cited}\n".encode(),
        "ratings.imrmc": imrmc.write(tables["ratings"]).encode(),
        "report.html": html.html(tables, shown, **rest).encode(),
        "report.pdf": pdf.pdf(tables, figures, **rest)}


def _html(tables: Mapping[str, pd.DataFrame], figures: Figures, **rest: Unpack[Rest]) -> bytes:
    """The HTML report with its figures drawn."""
    drawings = {name: (title, rendered(figure, "svg")) for name, (title, figure) in figures.items()}
    return html.html(tables, drawings, **rest).encode()


_REPORTS: dict[str, Callable[..., bytes]] = {"report.html": _html, "report.pdf": pdf.pdf}
