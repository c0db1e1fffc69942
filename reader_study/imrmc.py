"""The text format of the iMRMC software: `readerID,caseID,modalityID,score` lines after "BEGIN DATA:".

The truth of a case is a line of reader -1 (or "truth") with score 0 or 1. iMRMC wants whole numbers as case ids.
"""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from reader_study.panel import natural_order
from reader_study.ratings import BadRatings

_BEGIN = "BEGIN DATA:"
_TRUTH_READERS = ("-1", "truth")
_COLUMNS = ["readerID", "caseID", "modalityID", "score"]


def read(path: Path) -> pd.DataFrame:
    """The file's rows as readerID, caseID, modalityID, score and truth; BadRatings where it is not such a file."""
    if not path.is_file():
        raise BadRatings(f"{path}: no such file")
    before, marker, data = path.read_text(encoding="utf-8", errors="replace").partition(_BEGIN)
    if not marker:
        raise BadRatings(f"{path.name}: expected a line {_BEGIN} before the ratings")
    lines = [line for line in data.splitlines() if line.strip()]
    above = before.count("\n") + 1
    for number, line in enumerate(lines, start=above + 1):
        if line.count(",") != 3:
            raise BadRatings(f"{path.name}, line {number}: expected readerID,caseID,modalityID,score, got {line!r}")
    rows = pd.read_csv(io.StringIO("\n".join(lines)), names=_COLUMNS, dtype=str, skipinitialspace=True)
    is_truth = rows["readerID"].isin(_TRUTH_READERS)
    truths = rows[is_truth].set_index("caseID")["score"]
    if truths.index.duplicated().any():
        raise BadRatings(f"{path.name}: case {truths.index[truths.index.duplicated()][0]} has more than one truth")
    return rows[~is_truth].assign(truth=lambda found: found["caseID"].map(truths)).reset_index(drop=True)


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
    body = [f"{_field(row.readerID)},{number[row.caseID]},{_field(row.modalityID)},{row.score!r}"
            for row in rows.iloc[order].itertuples()]
    return "\n".join([*head, *truths, *body, ""])


def _field(name: str) -> str:
    """The name without the commas and line ends that the format has no way to write."""
    return " ".join(name.replace(",", ";").split())
