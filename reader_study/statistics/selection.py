"""Which ratings a comparison takes: conditions, raters, cases and the threshold of a call.

The page and the download routes share it, so that a downloaded table is the one on the screen. Which readers are done,
and whether the others are taken in, is the study's to say: see `reader_study.report.compared_readers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import pandas as pd

from reader_study.statistics.input.ratings import CATEGORIES, RaterType, at_threshold
from reader_study.statistics.labels import LEVELS, SUBGROUPS
from reader_study.statistics.performance.subgroups import groups_of
from reader_study.study.read import Condition

BOTH = "both"
CONDITIONS = (*(str(condition) for condition in Condition), BOTH)
_BETWEEN = "\n"  # between the names of raters in an address: no name has a line end


@dataclass(frozen=True)
class Selection:
    """What is compared.

    `condition` is one of CONDITIONS; `raters` are ids, none for all of them; `threshold` makes calls on prognosis from
    the probabilities, None keeps the calls as they were given; `subgroup` is "by:level" of a group of cases, "" for all
    cases.
    """

    condition: str = BOTH
    question: str = "prognosis"
    raters: tuple[str, ...] = ()
    threshold: float | None = None
    subgroup: str = ""

    @property
    def query(self) -> str:
        """The selection as the end of an address; what is as by default is left out."""
        asked = {"condition": self.condition}
        more = {"question": self.question if self.question != "prognosis" else "", "raters": _BETWEEN.join(self.raters),
                "threshold": "" if self.threshold is None else f"{self.threshold:g}", "subgroup": self.subgroup}
        return urlencode(asked | {name: value for name, value in more.items() if value})


def from_query(query: Mapping[str, str]) -> Selection:
    """The selection of an address; what it does not say, or says wrongly, is as by default."""
    condition, question = query.get("condition", BOTH), query.get("question", "prognosis")
    raters = query.get("raters", "")
    return Selection(condition if condition in CONDITIONS else BOTH,
                     question=question if question in CATEGORIES else "prognosis",
                     raters=tuple(raters.split(_BETWEEN)) if raters else (),
                     threshold=_threshold(query.get("threshold", "")), subgroup=query.get("subgroup", ""))


def _threshold(text: str) -> float | None:
    """A number from 0 to 1, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def selected(ratings: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """The rows of a selection. Models always stay unless left out by name."""
    model = ratings["rater_type"] == RaterType.MODEL
    taken = model | (ratings["condition"] == selection.condition) | (selection.condition == BOTH)
    if selection.raters:
        taken &= ratings["readerID"].isin(selection.raters)
    if selection.subgroup:
        group = next((g for g in groups_of(ratings) if f"{g.by}:{g.level}" == selection.subgroup), None)
        taken &= group is None or ratings["caseID"].isin(group.cases)
    rows = ratings[taken]
    return rows if selection.threshold is None else at_threshold(rows, selection.threshold)


def conditions_in(ratings: pd.DataFrame) -> list[str]:
    """The conditions in which readers have read, and both where there are two."""
    found = set(ratings.loc[ratings["rater_type"] == RaterType.READER, "condition"])
    known = [str(condition) for condition in Condition if condition in found]
    return [*known, BOTH] if len(known) > 1 else known


def raters_in(ratings: pd.DataFrame) -> list[str]:
    """The ids of all raters, readers first."""
    known = ratings[["rater_type", "readerID"]].drop_duplicates().sort_values(["rater_type", "readerID"],
                                                                              ascending=[False, True])
    return list(known["readerID"].unique())


def subgroups_in(ratings: pd.DataFrame) -> dict[str, str]:
    """"by:level" of each group of cases -> its text with the number of cases; "" is all cases."""
    texts = {f"{g.by}:{g.level}": f"{SUBGROUPS[g.by]}: {LEVELS.get(g.level, g.level)} ({len(g.cases)})"
             for g in groups_of(ratings)}
    return {"": f"All cases ({ratings['caseID'].nunique()})", **texts}
