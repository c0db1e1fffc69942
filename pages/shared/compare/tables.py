"""Comparison tables as the page shows them: headings, rounding, download links, and notes on what is synthetic."""

import re
from html import escape

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig  # a type, which st.column_config does not name

from pages.shared import resources
from reader_study.figures.print_style import FORMATS
from reader_study.report.compared_readers import Compared
from reader_study.statistics.agreement.agreement import ALL
from reader_study.statistics.input.ratings import RaterType
from reader_study.statistics.labels import in_words, p_text
from reader_study.statistics.selection import Selection
from reader_study.study.design import Person, Role

HEADINGS = {
    "raterID": "Rater", "rater_type": "Kind", "modalityID": "Modality", "rater_a": "Rater A", "rater_b": "Rater B",
    "caseID": "Case", "truth": "Truth", "ci_low": "From", "ci_high": "To", "value": "Value", "metric": "Metric",
    "statistic": "Statistic", "n": "n", "note": "Note", "method": "Interval by", "difference": "Difference",
    "comparison": "Comparison", "analysis": "Generalises to", "quantity": "Quantity", "modelID": "Model",
    "covariance": "Covariance", "estimate_a": "First", "estimate_b": "Second", "se": "SE", "p_holm": "p (Holm)",
    "numerator": "k", "denominator": "Out of", "prevalence": "Prevalence", "question": "Question",
    "test": "Test", "subgroup": "Group by", "level": "Group", "component": "Component", "power": "Power",
    "n_readers": "Readers", "n_cases": "Cases", "noncentrality": "Noncentrality",
}
"""Column names as the page shows them; downloads keep the names that statistics software expects."""
RIGHT = "k_right"  # how the columns begin that say how many readers were right


def names_of(table: pd.DataFrame) -> list[str]:
    """The column names of one of our tables, all of which are texts."""
    return [str(name) for name in table.columns]


def for_screen(table: pd.DataFrame, *, digits: int = 3) -> pd.DataFrame:
    """A table in words and under the page's headings, numbers with few decimals.

    Columns that are empty throughout are left out, and a model's modality, which is only its own name again.
    """
    numbers = table.select_dtypes("float").columns
    rounded = in_words(table.assign(**{name: table[name].round(digits) for name in numbers}))
    rounded = rounded.assign(**{name: table[name].map(p_text) for name in ("p", "p_holm") if name in table})
    if "df2" in table:  # empty there is infinite: the normal distribution
        known = table["p"].notna() if "p" in table else table["df2"].notna()
        endless = known.map({True: "∞", False: ""})
        rounded["df2"] = table["df2"].map("{:.1f}".format).where(table["df2"].notna(), endless)
    if {"rater_type", "modalityID"} <= set(table):
        rounded["modalityID"] = table["modalityID"].where(table["rater_type"] != RaterType.MODEL, "")
    told = [name for name in rounded if not (rounded[name].isna() | (rounded[name].astype(str) == "")).all()]
    return rounded[told].rename(columns=HEADINGS)


def decimals(shown: pd.DataFrame, *, digits: int = 3) -> dict[str, ColumnConfig]:
    """Column -> how its numbers are written: with the same decimals throughout, none where all of them are whole."""
    numbers = shown.select_dtypes("float")
    return {str(name): st.column_config.NumberColumn(format="%d" if (column.dropna() % 1 == 0).all()
                                                     else f"%.{digits}f") for name, column in numbers.items()}


def cases_for_screen(cases: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """The table of cases with what is looked for first: how many readers were right, and what each model said.

    The case's name is the address that opens it in the review.
    """
    models = tuple(ratings.loc[ratings["rater_type"] == RaterType.MODEL, "readerID"].unique())
    first = [name for name in names_of(cases) if name.startswith(RIGHT) or (models and name.startswith(models))]
    rest = [name for name in names_of(cases) if name not in first and not name.startswith(("n_right", "n_readers"))]
    ordered = cases[[*rest[:2], *first, *rest[2:]]]
    shown = for_screen(ordered, digits=2).rename(columns=lambda name: name.replace(RIGHT, "Readers right"))
    return shown.assign(Case="review?case=" + shown["Case"])


def print_table(table: pd.DataFrame) -> str:
    """A short table as HTML: there at once, where a grid to sort must first be loaded. Intervals may wrap."""
    html = table.to_html(index=False, border=0, classes="ich-table", na_rep="")
    return re.sub(r" (\([^()<]*\d(?:–| to )[^()<]*\))</td>", r" <small>\1</small></td>", html)


def performance_for_screen(wide: pd.DataFrame) -> pd.DataFrame:
    """The print form of performance; the modality only where readers have more than one."""
    several = wide.loc[wide["rater_type"] != RaterType.MODEL, "modalityID"].nunique() > 1
    return for_screen(wide if several else wide.drop(columns="modalityID"))


def missed(cases: pd.DataFrame) -> dict[str, list[str]]:
    """Title -> the cases that all readers of a modality got wrong, and those that every model got wrong."""
    found, known, names = {}, cases[cases["truth"] != ""], names_of(cases)
    for name in (name for name in names if name.startswith("n_right")):
        read = known[name.replace("n_right", "n_readers")]
        found[f"Missed by all readers{name.removeprefix('n_right')}"] = list(
            known.loc[(known[name] == 0) & (read > 0), "caseID"])
    models = [name.removesuffix(" p") + " call" for name in names if name.endswith(" p")]
    calls = known[[name for name in models if name in names]]
    if calls.shape[1]:
        wrong = calls.ne(known["truth"], axis=0) & (calls != "")
        found["Missed by every model"] = list(known.loc[wrong.all(axis=1), "caseID"])
    return found


def pairs_of(agreement_wide: pd.DataFrame, question: str) -> pd.DataFrame:
    """The agreement of pairs, for one question, without the columns that are empty in it."""
    rows = agreement_wide[(agreement_wide["question"] == question) & (agreement_wide["rater_b"] != ALL)]
    return for_screen(_without_empty(rows))


def groups_of(agreement_wide: pd.DataFrame, question: str) -> pd.DataFrame:
    """The agreement of all readers together, for one question."""
    rows = agreement_wide[(agreement_wide["question"] == question) & (agreement_wide["rater_b"] == ALL)]
    named = _without_empty(rows).drop(columns="rater_b", errors="ignore").rename(columns={"rater_a": "Readers"})
    return for_screen(named)


def _without_empty(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.loc[:, (rows != "").any()].drop(columns="question", errors="ignore")


def what_is_not_real(study_key: str) -> str | None:
    """One sentence on simulated readers, synthetic cases and synthetic weights; None where all is real."""
    store = resources.store()
    parts = []
    simulated = sum(person.simulated for person in store.people(study_key))
    if simulated:
        parts.append(f"{simulated} readers are simulated")
    synthetic = sum(case.synthetic for case in store.cases(study_key))
    if synthetic:
        parts.append(f"{synthetic} cases are synthetic phantoms")
    if any(prediction.synthetic_weights for prediction in store.predictions(study_key)):
        parts.append("the model was trained on phantoms")
    if not parts:
        return None
    return f"Here {'; '.join(parts)}. The numbers say nothing about patients, radiologists or published models."


def readers_note(study_key: str, compared: Compared, selection: Selection) -> str:
    """Who is left out of the comparison and why, or taken in although not done, with the table that says it."""
    link = download_link(study_key, "readers.csv", selection, text="readers.csv")
    return f'<div class="ich-note-quiet">{escape(compared.sentence)} {link}</div>'


def why_closed(person: Person) -> str:
    """Why a person does not see results, and what would open them."""
    store = resources.store()
    unlocked = store.state(person.study_key).unlocked
    if person.role is Role.COORDINATOR:
        return "The results are closed, so that nothing can leak into the reads. **Coordinate** unlocks them."
    worklist = store.worklist(person.study_key, person.username)
    if not worklist.complete:
        return (f"The results open to you when your own reads are complete ({worklist.done} of {worklist.total} are "
                f"locked){'.' if unlocked else ' and the coordinator has unlocked the study.'}")
    return "Your reads are complete. The results open when the coordinator unlocks the study."


def address(study_key: str, file: str, selection: Selection) -> str:
    """Where a file of a selection is downloaded, from its guarded route."""
    return escape(f"export/{study_key}/{file}?{selection.query}")


def download_link(study_key: str, file: str, selection: Selection, *, text: str) -> str:
    """A link that downloads one file of a selection."""
    return f'<a class="ich-download" href="{address(study_key, file, selection)}" download>{escape(text)}</a>'


def figure_links(study_key: str, name: str, selection: Selection) -> str:
    """Links to one figure for print."""
    links = (download_link(study_key, f"figures/{name}.{kind}", selection, text=kind.upper()) for kind in FORMATS)
    return f'<span class="ich-note-quiet">For print:</span> {" ".join(links)}'
