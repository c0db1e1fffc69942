"""Reading time along each reader's own order: whether they got faster as they went."""

import pandas as pd

from reader_study.statistics.input.panel import modality_order, natural_order
from reader_study.statistics.input.ratings import RaterType

COLUMNS = ["readerID", "modalityID", "order", "caseID", "seconds", "typical_seconds"]
WINDOW = 5  # reads, over which the median is taken


def by_order(ratings: pd.DataFrame) -> pd.DataFrame:
    """One row a read with a known time and place: `order` counts a reader's reads of a modality from 1.

    `typical_seconds` is the median of up to WINDOW reads around this one.
    """
    if not {"seconds", "position"} <= set(ratings.columns):
        return pd.DataFrame(columns=COLUMNS)
    rows = ratings[(ratings["rater_type"] == RaterType.READER) & (ratings["repeat"] == 0)
                   & ratings["seconds"].notna() & ratings["position"].notna()]
    rows = rows.drop_duplicates(["readerID", "modalityID", "caseID"])
    keyed = rows.assign(key=rows["readerID"].map(natural_order), late=rows["modalityID"].map(modality_order))
    rows = keyed.sort_values(["late", "key", "position", "caseID"]).drop(columns=["key", "late"])
    groups = rows.groupby(["readerID", "modalityID"], sort=False)
    rows = rows.assign(order=groups.cumcount() + 1)
    smooth = groups["seconds"].transform(lambda s: s.rolling(WINDOW, center=True, min_periods=1).median())
    return rows.assign(typical_seconds=smooth)[COLUMNS].reset_index(drop=True)
