"""What the export routes answer: tables, figures, reports and the whole archive, to who may see the results."""

from collections.abc import Callable, Mapping

import pandas as pd
from matplotlib.figure import Figure
from starlette.responses import Response

from pages.shared import resources, study_saliency
from pages.shared.selection import Selection, from_query, selected
from reader_study import comparison, export, package, print_figures, provenance, results
from reader_study.design import NotAllowed, Person
from reader_study.print_style import FORMATS, rendered
from reader_study.ratings import BadRatings
from reader_study.settings import Settings

Asked = Mapping[str, str]
Answer = Callable[[Person, Asked], Response | None]
_KINDS = {"csv": "text/csv", "zip": "application/zip", "html": "text/html", "pdf": "application/pdf",
          "svg": "image/svg+xml", "png": "image/png"}


def _of_results(answer: Callable[[Asked, pd.DataFrame, Selection], bytes | None], **fixed: str) -> Answer:
    """An answer from the selected ratings, or None: not allowed, nothing selected, or no such thing.

    `fixed` is what the path says of itself: the kind and name of the file.
    """
    def for_person(person: Person, asked: Asked) -> Response | None:
        asked = {**asked, **fixed}
        store, study = resources.store(), asked["study"]
        try:
            everything = results.results_for(store, person, study)
            selection = from_query(asked)
            ratings = selected(everything, selection, n_cases=len(store.cases(study)))
            content = answer(asked, ratings, selection)
        except (NotAllowed, BadRatings):
            return None
        return None if content is None else _download(content, f"{study}-{asked['name']}.{asked['kind']}")

    return for_person


def _download(content: bytes, name: str) -> Response:
    kind = name.rpartition(".")[2]
    return Response(content, media_type=_KINDS[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _table(asked: Asked, ratings: pd.DataFrame, selection: Selection) -> bytes | None:
    """One table as CSV."""
    table = comparison.one_table(asked["name"], ratings, question=selection.question)
    return None if table is None else export.to_csv(table).encode()


def _tables(asked: Asked, ratings: pd.DataFrame, selection: Selection) -> bytes:
    """All tables, without figures and reports."""
    tables = comparison.all_tables(ratings, question=selection.question)
    return export.to_zip(export.csv_files(export.with_dictionary(tables)))


def _whole(asked: Asked, ratings: pd.DataFrame, selection: Selection) -> bytes:
    """Everything in one archive."""
    study = asked["study"]
    return export.to_zip(package.files(ratings, question=selection.question, settings=Settings(paper_mode=True),
                                       provenance=_origin(study, selection),
                                       saliency=_saliency(study, ratings, "")))


def _report(asked: Asked, ratings: pd.DataFrame, selection: Selection) -> bytes | None:
    """The report as one file."""
    study = asked["study"]
    return package.one_report(f"report.{asked['kind']}", ratings, question=selection.question,
                              provenance=_origin(study, selection), saliency=_saliency(study, ratings, ""))


def _figure(asked: Asked, ratings: pd.DataFrame, selection: Selection) -> bytes | None:
    """One figure for print."""
    if asked["kind"] not in FORMATS:
        return None
    if asked["name"] == package.SALIENCY:
        figure = _saliency(asked["study"], ratings, asked.get("cases", ""))
    else:
        figure = print_figures.one_figure(asked["name"], ratings, question=selection.question, settings=Settings())
    return None if figure is None else rendered(figure, asked["kind"])


def _saliency(study: str, ratings: pd.DataFrame, cases: str) -> Figure | None:
    """The saliency figure of the named cases, or of those that tell most."""
    chosen = cases.split(",") if cases else study_saliency.telling_cases(ratings)
    return study_saliency.figure_of(study, ratings, chosen)


def _origin(study: str, selection: Selection) -> provenance.Provenance:
    """Where a study's numbers come from, with what was selected."""
    found = provenance.of_study(resources.store(), study)
    return provenance.Provenance(found.title, found.caution, {**found.facts, "selection": selection.query})


PATHS: dict[str, Answer] = {
    "tables.zip": _of_results(_tables, kind="zip", name="tables"),
    "everything.zip": _of_results(_whole, kind="zip", name="comparison"),
    "report.html": _of_results(_report, kind="html", name="report"),
    "report.pdf": _of_results(_report, kind="pdf", name="report"),
    "figures/{name}.{kind}": _of_results(_figure),
    "{name}.csv": _of_results(_table, kind="csv"),
}
"""Path below /export/STUDY/ -> its answer; the first that fits is taken."""
