"""Around the comparison tables: what in them is not real, why they are closed, and where they can be downloaded."""

import pandas as pd

from pages.shared import resources
from pages.shared.selection import Selection
from reader_study.agreement import ALL
from reader_study.design import Person, Role
from reader_study.ratings import RaterType

HEADINGS = {
    "raterID": "Rater", "rater_type": "Kind", "modalityID": "Modality", "rater_a": "Rater A", "rater_b": "Rater B",
    "caseID": "Case", "truth": "Truth",
}
"""Column names as the page shows them; downloads keep the names that statistics software expects."""
RIGHT = "k_right"  # how the columns begin that say how many readers were right


def for_screen(table: pd.DataFrame) -> pd.DataFrame:
    """A table under the page's headings, numbers with two decimals."""
    numbers = table.select_dtypes("float").columns
    return table.assign(**{name: table[name].round(2) for name in numbers}).rename(columns=HEADINGS)


def cases_for_screen(cases: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """The table of cases with what is looked for first: how many readers were right, and what each model said."""
    models = tuple(ratings.loc[ratings["rater_type"] == RaterType.MODEL, "readerID"].unique())
    first = [name for name in cases if name.startswith(RIGHT) or (models and name.startswith(models))]
    rest = [name for name in cases if name not in first and not name.startswith(("n_right", "n_readers"))]
    ordered = cases[[*rest[:2], *first, *rest[2:]]]
    return for_screen(ordered).rename(columns=lambda name: name.replace(RIGHT, "Readers right"))


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


def download_link(study_key: str, file: str, selection: Selection, *, text: str) -> str:
    """A link that downloads one table (or tables.zip, all of them) of a selection from its guarded route."""
    return f'<a class="ich-download" href="export/{study_key}/{file}?{selection.query}" download>{text}</a>'
