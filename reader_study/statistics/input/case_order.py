"""The cases in the order of the grid: by truth, and within it from those that all readers got right to the others."""

import numpy as np

from reader_study.statistics.input.panel import Panel
from reader_study.statistics.input.ratings import RaterType


def ordered(panel: Panel) -> tuple[Panel, np.ndarray]:
    """The panel's cases with known truth in that order, and who was right (C, R): 1, 0, or NaN where not read."""
    known = panel.with_truth()
    right = np.where(np.isnan(known.decision), np.nan, known.decision == known.truth[:, None])
    readers = known.positions(kind=RaterType.READER)
    easy = np.nansum(right[:, readers] if readers else right, axis=1)
    order = np.lexsort((np.arange(len(easy)), -easy, known.truth))
    return Panel(known.question, known.categories, tuple(known.cases[i] for i in order), known.raters,
                 known.decision[order], known.score[order], known.truth[order]), right[order]
