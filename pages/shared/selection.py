"""Which ratings a comparison takes: one condition or both, and only readers who are done, or all of them.

The page and the download routes share it, so that a downloaded table is the one on the screen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import pandas as pd

from reader_study.ratings import RaterType
from reader_study.reads import Condition

BOTH = "both"
CONDITIONS = (*(str(condition) for condition in Condition), BOTH)


@dataclass(frozen=True)
class Selection:
    """`condition` is one of CONDITIONS; `all_readers` takes in readers who have not read every case."""

    condition: str = BOTH
    all_readers: bool = False

    @property
    def query(self) -> str:
        """The selection as the end of an address."""
        return urlencode({"condition": self.condition, "readers": "all" if self.all_readers else "finished"})


def from_query(query: Mapping[str, str]) -> Selection:
    """The selection of an address; what it does not say, or says wrongly, is as by default."""
    condition = query.get("condition", BOTH)
    return Selection(condition if condition in CONDITIONS else BOTH, all_readers=query.get("readers") == "all")


def selected(ratings: pd.DataFrame, selection: Selection, *, n_cases: int) -> pd.DataFrame:
    """The rows of a selection. Models always stay; `n_cases` is how many cases the study has."""
    model = ratings["rater_type"] == RaterType.MODEL
    taken = model | (ratings["condition"] == selection.condition) | (selection.condition == BOTH)
    if not selection.all_readers:
        taken &= model | (_cases_read(ratings) == n_cases)
    return ratings[taken]


def conditions_in(ratings: pd.DataFrame) -> list[str]:
    """The conditions in which readers have read, and both where there are two."""
    found = set(ratings.loc[ratings["rater_type"] == RaterType.READER, "condition"])
    known = [str(condition) for condition in Condition if condition in found]
    return [*known, BOTH] if len(known) > 1 else known


def unfinished(ratings: pd.DataFrame, *, n_cases: int) -> list[str]:
    """The readers who have not read every case in some condition they began."""
    rows = ratings[(ratings["rater_type"] == RaterType.READER) & (_cases_read(ratings) < n_cases)]
    return sorted(rows["readerID"].unique())


def _cases_read(ratings: pd.DataFrame) -> pd.Series:
    """For each row, how many cases its rater has rated in its modality."""
    return ratings.groupby(["readerID", "modalityID"])["caseID"].transform("nunique")
