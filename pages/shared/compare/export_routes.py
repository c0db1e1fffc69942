"""What the export routes answer: tables, figures, reports and the whole archive, to who may see the results."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.figure import Figure
from starlette.responses import Response

from pages.shared import resources
from reader_study.figures import print_figures
from reader_study.figures.print_style import FORMATS, rendered
from reader_study.report import bundle, compared_readers, csv_export, provenance, study_ratings, study_saliency
from reader_study.report.compared_readers import READERS, Compared
from reader_study.statistics import comparison
from reader_study.statistics.input.ratings import BadRatings
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.selection import Selection, from_query, selected
from reader_study.study.design import NotAllowed, Person

Asked = Mapping[str, str]
Answer = Callable[[Person, Asked], Response | None]
_KINDS = {"csv": "text/csv", "zip": "application/zip", "html": "text/html", "pdf": "application/pdf",
          "svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True, eq=False)
class Chosen:
    """What is exported: the selected ratings of the readers who are compared."""

    ratings: pd.DataFrame
    selection: Selection
    readers: Compared


def _of_results(answer: Callable[[Asked, Chosen], bytes | None], **fixed: str) -> Answer:
    """An answer from the selected ratings, or None: not allowed, nothing selected, or no such thing.

    `fixed` is what the path says of itself: the kind and name of the file.
    """
    def for_person(person: Person, asked: Asked) -> Response | None:
        asked = {**asked, **fixed}
        store, study = resources.store(), asked["study"]
        try:
            everything = study_ratings.results_for(store, person, study)
            selection = from_query(asked)
            readers = compared_readers.compared(store, study)
            content = answer(asked, Chosen(selected(readers.of(everything), selection), selection, readers))
        except (NotAllowed, BadRatings):
            return None
        return None if content is None else _download(content, f"{study}-{asked['name']}.{asked['kind']}")

    return for_person


def _download(content: bytes, name: str) -> Response:
    kind = name.rpartition(".")[2]
    return Response(content, media_type=_KINDS[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _table(asked: Asked, chosen: Chosen) -> bytes | None:
    """One table as CSV."""
    if asked["name"] == READERS:
        return csv_export.to_csv(chosen.readers.table()).encode()
    table = comparison.one_table(asked["name"], chosen.ratings, question=chosen.selection.question)
    return None if table is None else csv_export.to_csv(table).encode()


def _tables(asked: Asked, chosen: Chosen) -> bytes:
    """All tables, without figures and reports."""
    tables = comparison.all_tables(chosen.ratings, question=chosen.selection.question)
    tables |= {READERS: chosen.readers.table()}
    return csv_export.to_zip(csv_export.csv_files(csv_export.with_dictionary(tables)))


def _whole(asked: Asked, chosen: Chosen) -> bytes:
    """Everything in one archive."""
    study = asked["study"]
    return csv_export.to_zip(bundle.files(chosen.ratings, question=chosen.selection.question,
                                          settings=Settings(paper_mode=True), provenance=_origin(study, chosen),
                                          saliency=_saliency(study, chosen.ratings, ""),
                                          readers=chosen.readers.table()))


def _report(asked: Asked, chosen: Chosen) -> bytes | None:
    """The report as one file."""
    study = asked["study"]
    return bundle.one_report(f"report.{asked['kind']}", chosen.ratings, question=chosen.selection.question,
                             provenance=_origin(study, chosen), saliency=_saliency(study, chosen.ratings, ""),
                             readers=chosen.readers.table())


def _figure(asked: Asked, chosen: Chosen) -> bytes | None:
    """One figure for print."""
    if asked["kind"] not in FORMATS:
        return None
    if asked["name"] == bundle.SALIENCY:
        figure = _saliency(asked["study"], chosen.ratings, asked.get("cases", ""))
    else:
        figure = print_figures.one_figure(asked["name"], chosen.ratings, question=chosen.selection.question,
                                          settings=Settings())
    return None if figure is None else rendered(figure, asked["kind"])


def _saliency(study: str, ratings: pd.DataFrame, cases: str) -> Figure | None:
    """The saliency figure of the named cases, or of those that tell most."""
    chosen = cases.split(",") if cases else study_saliency.telling_cases(ratings)
    return study_saliency.figure_of(resources.store(), resources.workspace(), study, ratings=ratings, chosen=chosen)


def _origin(study: str, chosen: Chosen) -> provenance.Provenance:
    """Where a study's numbers come from, with what was selected."""
    found = provenance.of_study(resources.store(), study, chosen.readers)
    return replace(found, facts={**found.facts, "selection": chosen.selection.query})


PATHS: dict[str, Answer] = {
    "tables.zip": _of_results(_tables, kind="zip", name="tables"),
    "everything.zip": _of_results(_whole, kind="zip", name="comparison"),
    "report.html": _of_results(_report, kind="html", name="report"),
    "report.pdf": _of_results(_report, kind="pdf", name="report"),
    "figures/{name}.{kind}": _of_results(_figure),
    "{name}.csv": _of_results(_table, kind="csv"),
}
"""Path below /export/STUDY/ -> its answer; the first that fits is taken."""
