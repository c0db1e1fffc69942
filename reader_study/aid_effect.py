"""What the model's output did to the readers: their calls before and after, and their agreement with the model."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from reader_study.agreement import ALL
from reader_study.estimate import Estimate, cells, undefined, wilson
from reader_study.panel import Panel
from reader_study.ratings import RaterType
from reader_study.settings import Settings

COLUMNS = ["raterID", "quantity", "modelID", "value", "ci_low", "ci_high", "numerator", "denominator", "n", "method",
           "note"]
BEFORE, AFTER = "unaided", "aided"
_NO_CASE = "no case was read both unaided and aided"


def table(panel: Panel, settings: Settings) -> pd.DataFrame:
    """Switches and agreement of every reader that read both unaided and aided, and of all of them together."""
    places = {modality: {panel.raters[i].id: i for i in panel.positions(kind=RaterType.READER, modality=modality)}
              for modality in (BEFORE, AFTER)}
    readers = [reader for reader in places[BEFORE] if reader in places[AFTER]]
    before = panel.decision[:, [places[BEFORE][reader] for reader in readers]]
    after = panel.decision[:, [places[AFTER][reader] for reader in readers]]
    both = ~np.isnan(before) & ~np.isnan(after)
    before, after = np.where(both, before, np.nan), np.where(both, after, np.nan)
    rows = []
    for column, reader in enumerate(readers):
        found = _of_calls(panel, before[:, [column]], after[:, [column]])
        rows += [_row(reader, key, wilson(*share, alpha=settings.alpha) if share[1] else undefined(_NO_CASE, 0))
                 for key, share in found]
    if len(readers) > 1:
        rows += [_row(ALL, key, _pooled(*share)) for key, share in _of_calls(panel, before, after)]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"numerator": "Int64", "denominator": "Int64"})


Share = tuple[int, int]


def _of_calls(panel: Panel, before: np.ndarray, after: np.ndarray) -> Iterator[tuple[tuple[str, str], Share]]:
    """(quantity, model) and its numerator and denominator for calls (C, R) before and after."""
    read = ~np.isnan(before)
    yield ("changed", ""), (int((read & (before != after)).sum()), int(read.sum()))
    judged = read & ~np.isnan(panel.truth)[:, None]
    right_before, right_after = before == panel.truth[:, None], after == panel.truth[:, None]
    yield ("right_to_wrong", ""), (int((judged & right_before & ~right_after).sum()), int(judged.sum()))
    yield ("wrong_to_right", ""), (int((judged & ~right_before & right_after).sum()), int(judged.sum()))
    for position in panel.positions(kind=RaterType.MODEL):
        called = panel.decision[:, [position]]
        shared = read & ~np.isnan(called)
        for quantity, calls in (("agreement_before", before), ("agreement_after", after)):
            yield (quantity, panel.labels[position]), (int((shared & (calls == called)).sum()), int(shared.sum()))


def _pooled(numerator: int, denominator: int) -> Estimate:
    """The share over all readers, whose calls on one case are not independent: no interval of a proportion."""
    if denominator == 0:
        return undefined(_NO_CASE, 0)
    return Estimate(numerator / denominator, None, None, denominator, "pooled over readers",
                    "interval not defined: calls of several readers on one case are not independent", numerator,
                    denominator)


def _row(reader: str, key: tuple[str, str], estimate: Estimate) -> tuple:
    """One row."""
    value, low, high, n, method, note = cells(estimate)
    return reader, *key, value, low, high, estimate.numerator, estimate.denominator, n, method, note
