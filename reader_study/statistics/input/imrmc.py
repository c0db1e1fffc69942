"""The text format of the iMRMC software: `readerID,caseID,modalityID,score` lines after "BEGIN DATA:".

The truth of a case is a line of reader -1 (or "truth") with score 0 or 1. iMRMC wants whole numbers as case ids.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from reader_study.statistics.input.panel import natural_order
from reader_study.statistics.input.ratings import LINE, BadRatings
from reader_study.statistics.input.ratings_csv import text_of

_BEGIN = "BEGIN DATA:"
_TRUTH_READERS = ("-1", "truth")
_COLUMNS = ["readerID", "caseID", "modalityID", "score"]


def read(path: Path) -> pd.DataFrame:
    """The file's rows as readerID, caseID, modalityID, score and truth; BadRatings where it is not such a file."""
    before, marker, data = text_of(path).partition(_BEGIN)
    if not marker:
        raise BadRatings(f"{path.name}: expected a line {_BEGIN} before the ratings")
    above = before.count("\n") + 1
    lines = {number: line for number, line in enumerate(data.splitlines(), start=above) if line.strip()}
    for number, line in lines.items():
        if line.count(",") != 3:
            raise BadRatings(f"{path.name}, line {number}: expected readerID,caseID,modalityID,score, got {line!r}")
    cells = [[cell.strip() or None for cell in line.split(",")] for line in lines.values()]
    rows = pd.DataFrame(cells, columns=_COLUMNS, dtype=object).assign(**{LINE: list(lines)})
    is_truth = rows["readerID"].isin(_TRUTH_READERS)
    truths = rows[is_truth].set_index("caseID")["score"]
    _check_truths(rows[is_truth], path.name)
    return rows[~is_truth].assign(truth=lambda found: found["caseID"].map(truths)).reset_index(drop=True)


def _check_truths(rows: pd.DataFrame, name: str) -> None:
    """BadRatings where a case has two truths, or one that is neither 0 nor 1."""
    for line, case, truth in zip(rows[LINE], rows["caseID"], rows["score"], strict=True):
        if truth not in ("0", "1", "0.0", "1.0"):
            got = truth or "nothing"
            raise BadRatings(f"{name}, line {line}: expected 0 or 1 as the truth of case {case}, got {got}")
    if rows["caseID"].duplicated().any():
        raise BadRatings(f"{name}: case {rows.loc[rows['caseID'].duplicated(), 'caseID'].iloc[0]} has more than one "
                         "truth")


def write(ratings: pd.DataFrame) -> str:
    """The graded prognosis ratings of cases with known truth as an iMRMC file; cases are numbered in natural order.

    The header lists which number is which case, so that nothing is lost.
    """
    rows = ratings[(ratings["question"] == "prognosis") & (ratings["repeat"] == 0) & ratings["score"].notna()
                   & ratings["truth"].notna()]
    truth = rows.groupby("caseID")["truth"].first()
    cases = sorted(truth.index, key=natural_order)
    number = {case: i + 1 for i, case in enumerate(cases)}
    head = ["Ratings of poor outcome, one score a reader, case and modality", "",
            f"N0: {int((truth == 0).sum())}", f"N1: {int((truth == 1).sum())}",
            f"NR: {rows['readerID'].nunique()}", f"NM: {rows['modalityID'].nunique()}", "",
            *(f"case {i}: {_field(case)}" for case, i in number.items()), "", _BEGIN]
    truths = [f"-1,{number[case]},0,{int(truth[case])}" for case in cases]
    order = np.lexsort((rows["caseID"].map(number), rows["readerID"], rows["modalityID"]))
    body = [f"{_field(str(row.readerID))},{number[row.caseID]},{_field(str(row.modalityID))},{row.score!r}"
            for row in rows.iloc[order].itertuples()]
    return "\n".join([*head, *truths, *body, ""])


def _field(name: str) -> str:
    """The name without the commas and line ends that the format has no way to write."""
    return " ".join(name.replace(",", ";").split())
