"""The effect of the aid on readers: calls before and after, agreement with the model, time and map use."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ich_model.estimate import (
    Estimate,
    TableRow,
    cells,
    proportion,
    quantile,
    undefined,
    without_interval,
)
from reader_study.statistics.agreement.agreement import ALL
from reader_study.statistics.input.panel import Panel, natural_order
from reader_study.statistics.input.ratings import NO_CALLS, RaterType
from reader_study.statistics.input.settings import Settings

COLUMNS = ["raterID", "quantity", "modelID", "value", "ci_low", "ci_high", "numerator", "denominator", "n", "method",
           "note"]
BEFORE, AFTER = "unaided", "aided"
_NO_CASE = "no case was read both unaided and aided"


def table(panel: Panel, settings: Settings, ratings: pd.DataFrame | None = None) -> pd.DataFrame:
    """Switches and agreement of every reader that read both unaided and aided, and of all of them together.

    Where `ratings` carry reading times, also each reader's time in both, its change, and the use of the map.
    """
    places = {modality: {panel.raters[i].id: i for i in panel.positions(kind=RaterType.READER, modality=modality)}
              for modality in (BEFORE, AFTER)}
    readers = [reader for reader in places[BEFORE] if reader in places[AFTER]]
    before = panel.decision[:, [places[BEFORE][reader] for reader in readers]]
    after = panel.decision[:, [places[AFTER][reader] for reader in readers]]
    both = ~np.isnan(before) & ~np.isnan(after)
    before, after = np.where(both, before, np.nan), np.where(both, after, np.nan)
    rows, why = [], NO_CALLS if panel.lacks_calls() else _NO_CASE
    for column, reader in enumerate(readers):
        found = _of_calls(panel, before[:, [column]], after[:, [column]])
        rows += [_row(reader, key, _share(share, settings, why)) for key, share in found]
    if len(readers) > 1:
        rows += [_row(ALL, key, _pooled(*share, why)) for key, share in _of_calls(panel, before, after)]
    if ratings is not None and "seconds" in ratings.columns:
        rows += list(_times(ratings, panel.question, settings))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"numerator": "Int64", "denominator": "Int64"})


Share = tuple[int, int]


def _share(share: Share, settings: Settings, why: str) -> Estimate:
    """One reader's share of cases with its interval; `why` is the reason where there is none."""
    if share[1] == 0:
        return undefined(why, 0)
    return proportion(*share, alpha=settings.alpha, interval=settings.interval)


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


def _pooled(numerator: int, denominator: int, why: str) -> Estimate:
    """The share over all readers, whose calls on one case are not independent: no interval of a proportion."""
    if denominator == 0:
        return undefined(why, 0)
    return Estimate(numerator / denominator, None, None, denominator, "pooled over readers",
                    "interval not defined: calls of several readers on one case are not independent", numerator,
                    denominator)


def _times(ratings: pd.DataFrame, question: str, settings: Settings) -> Iterator[TableRow]:
    """Each reader's mean seconds a read in each condition, the change with aid, and the share of it with the map."""
    rows = ratings[(ratings["question"] == question) & (ratings["repeat"] == 0) & ratings["seconds"].notna()
                   & (ratings["rater_type"] == RaterType.READER)]
    for reader in sorted(rows["readerID"].unique(), key=natural_order):
        own = rows[rows["readerID"] == reader]
        seconds = own.pivot(index="caseID", columns="modalityID", values="seconds")
        for modality, quantity in ((BEFORE, "seconds_before"), (AFTER, "seconds_after")):
            if modality in seconds:
                yield _row(reader, (quantity, ""), _mean(seconds[modality].dropna().to_numpy(), settings))
        if {BEFORE, AFTER} <= set(seconds.columns):
            change = (seconds[AFTER] - seconds[BEFORE]).dropna().to_numpy()
            yield _row(reader, ("seconds_change", ""), _mean(change, settings, lowest=-np.inf))
        aided = own[own["modalityID"] == AFTER]
        if "overlay_seconds" in aided and aided["overlay_seconds"].notna().any():
            shown = aided["overlay_seconds"].dropna().to_numpy()
            yield _row(reader, ("map_seconds", ""), _mean(shown, settings))
            used = proportion(int((shown > 0).sum()), len(shown), alpha=settings.alpha, interval=settings.interval)
            yield _row(reader, ("map_used", ""), used)


def _mean(seconds: np.ndarray, settings: Settings, *, lowest: float = 0.0) -> Estimate:
    """Mean with the interval of Student's t over cases."""
    n, method = len(seconds), "mean over cases, t"
    if n == 0:
        return undefined(_NO_CASE, 0, method=method)
    spread = seconds.std(ddof=1) if n > 1 else 0.0
    if spread <= 0:
        reason = "one case only" if n == 1 else "every read took the same time"
        return without_interval(seconds.mean(), n, reason=reason, method=method)
    half = quantile(settings.alpha, n - 1) * spread / np.sqrt(n)
    return Estimate(float(seconds.mean()), float(max(seconds.mean() - half, lowest)), float(seconds.mean() + half), n,
                    method)


def _row(reader: str, key: tuple[str, str], estimate: Estimate) -> TableRow:
    """One row."""
    value, low, high, n, method, note = cells(estimate)
    return reader, *key, value, low, high, estimate.numerator, estimate.denominator, n, method, note
