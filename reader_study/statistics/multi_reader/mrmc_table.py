"""The multi-reader tables: readers under one modality against another, and readers against each model.

Only cases count that all readings of a comparison have; a note says how many others there are. Where two modalities
share no case at all, each has its own (cases nested in modality), and their errors are independent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from ich_model.estimate import TableRow, cell, joined
from reader_study.statistics.agreement.agreement import READERS
from reader_study.statistics.input.panel import Panel
from reader_study.statistics.input.ratings import NO_CALLS, BadRatings, RaterType
from reader_study.statistics.input.settings import Covariance, Settings
from reader_study.statistics.multi_reader import figures_of_merit
from reader_study.statistics.multi_reader.figures_of_merit import merits
from reader_study.statistics.multi_reader.obuchowski_rockette import (
    Analysis,
    Components,
    Test,
    against_model,
    components,
    difference,
    differences,
)
from reader_study.statistics.performance.performance import UNGRADED, is_graded

COLUMNS = ["analysis", "comparison", "metric", "covariance", "estimate_a", "estimate_b", "difference", "se", "ci_low",
           "ci_high", "statistic", "df1", "df2", "p", "note"]
COMPONENT_COLUMNS = ["comparison", "metric", "covariance", "n_readers", "n_cases", "component", "value", "note"]
_NESTED = "no shared case: cases nested in modality"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two sides that were read by the same readers, or readers and one model."""

    name: str
    panels: tuple[Panel, ...]  # one a modality (same readers in the same order), or one of readers and then the model
    remark: str

    @property
    def against_model(self) -> bool:
        """Whether the last rater of the only panel is a model."""
        return len(self.panels) == 1


@dataclass(frozen=True, eq=False)
class Readings:
    """One metric of all readings of a comparison, `r` readers a side; the model, if there is one, comes last."""

    values: np.ndarray  # (2 r,) or (r + 1,)
    covariance: np.ndarray
    n: int
    r: int


def tables(panel: Panel, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """mrmc and mrmc_components of a binary panel."""
    rows, parts = [], []
    for comparison in comparisons(panel.with_truth(), settings):
        asked = (Analysis.RRRC, Analysis.FRRC) if comparison.against_model else tuple(Analysis)
        for metric, covariance in _estimates(settings):
            head = (comparison.name, metric, str(covariance))
            try:
                found = readings(comparison, metric, covariance)
            except ValueError as error:
                reason = joined(f"not defined: {error}", comparison.remark)
                rows += [(str(analysis), *head, *[np.nan] * 10, reason) for analysis in asked]
                continue
            rows += [(str(analysis), *head, *_test_cells(comparison, found, analysis, settings)) for analysis in asked]
            parts += [(*head, found.r, found.n, *part) for part in _component_cells(comparison, found)]
    return pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(parts, columns=COMPONENT_COLUMNS)


def _estimates(settings: Settings) -> Iterator[tuple[str, Covariance]]:
    """Each metric with each covariance asked for; the metrics for which all three are one and the same, once."""
    for metric in figures_of_merit.METRICS:
        for covariance in settings.covariances if metric in figures_of_merit.AREAS else settings.covariances[:1]:
            yield metric, covariance


def comparisons(known: Panel, settings: Settings) -> Iterator[Comparison]:
    """Each two modalities of the readers, and the readers of each modality against each model.

    With a reference modality only what is compared with it: the other modalities, or the readers with that model.

    Raises:
        BadRatings: where there is no such reference modality.
    """
    reference = settings.reference_modality
    if reference is not None and reference not in {rater.modality for rater in known.raters}:
        raise BadRatings(f"reference modality {reference!r}: expected one of "
                         f"{', '.join(sorted({rater.modality for rater in known.raters}))}")
    names = {modality: READERS if len(known.reader_modalities) == 1 else f"{READERS} ({modality})"
             for modality in known.reader_modalities}
    for first, second in combinations(known.reader_modalities, 2):
        if reference in (None, first, second):  # aided less unaided, or the other less the reference
            yield from _two_modalities(known, names, pair=(first, second) if reference == second else (second, first))
    of_models = None if reference in known.reader_modalities else reference
    for modality, name in names.items():
        readers = known.positions(kind=RaterType.READER, modality=modality)
        for model in known.positions(kind=RaterType.MODEL, modality=of_models):
            if len(readers) >= 2:
                both = known.of_raters([*readers, model]).crossed()
                yield Comparison(f"{name} - {known.labels[model]}", (both,), _left_out(known, both))


def _two_modalities(known: Panel, names: dict[str, str], *, pair: tuple[str, str]) -> Iterator[Comparison]:
    """The comparison of two modalities by the readers that read under both; none where fewer than two did."""
    places = [{known.raters[i].id: i for i in known.positions(kind=RaterType.READER, modality=modality)}
              for modality in pair]
    shared = [reader for reader in places[0] if reader in places[1]]
    if len(shared) < 2:
        return
    one, other = ([place[reader] for reader in shared] for place in places)
    both = known.of_raters([*one, *other]).crossed()
    name = f"{names[pair[0]]} - {names[pair[1]]}"
    alone = [known.of_raters(side).crossed() for side in (one, other)]
    if not len(both.cases) and all(len(panel.cases) for panel in alone):
        yield Comparison(name, tuple(alone), _NESTED)
        return
    halves = tuple(both.of_raters(list(range(start, start + len(shared)))) for start in (0, len(shared)))
    readers = {reader for place in places for reader in place}
    remark = f"{len(readers) - len(shared)} readers without both left out" if len(readers) > len(shared) else ""
    yield Comparison(name, halves, joined(_left_out(known, both), remark))


def _left_out(known: Panel, both: Panel) -> str:
    """What to say where some cases were not read by all."""
    missing = len(known.cases) - len(both.cases)
    return f"on the {len(both.cases)} of {len(known.cases)} cases that all read" if missing else ""


def readings(comparison: Comparison, metric: str, covariance: Covariance) -> Readings:
    """Figures of merit with their covariance matrix; ValueError with the reason where there are none."""
    panels = comparison.panels
    values = [panel.score if metric == "auc" else panel.decision for panel in panels]
    if metric == "auc" and not all(is_graded(column) for block in values for column in block.T):
        raise ValueError(UNGRADED)
    if metric != "auc" and any(panel.lacks_calls() for panel in panels):
        raise ValueError(NO_CALLS)
    if any(np.isnan(block).any() for block in values):
        raise ValueError(f"some reads have no {'score' if metric == 'auc' else 'call'}")
    r = len(panels[0].raters) - comparison.against_model
    if comparison.remark != _NESTED:
        found = merits(np.hstack(values), panels[0].truth, metric=metric, covariance=covariance)
        return Readings(found.values, found.covariance, found.n, r)
    apart = [merits(block, panel.truth, metric=metric, covariance=covariance)
             for block, panel in zip(values, panels, strict=True)]
    n, joint = sum(one.n for one in apart), np.zeros((2 * r, 2 * r))
    for one, side in zip(apart, (slice(r), slice(r, 2 * r)), strict=True):
        # The jackknife deletes each of all n cases, also those of the other modality, which change nothing here.
        scale = (n - 1) / n * one.n / (one.n - 1) if covariance is Covariance.JACKKNIFE else 1.0
        joint[side, side] = scale * one.covariance
    return Readings(np.concatenate([one.values for one in apart]), joint, n, r)


def _test_cells(comparison: Comparison, found: Readings, analysis: Analysis, settings: Settings) -> TableRow:
    """The cells of a row of mrmc from estimate_a on."""
    values, r = found.values, found.r
    if comparison.against_model:
        test = against_model(values, found.covariance, analysis, alpha=settings.alpha)
    else:
        test = difference(values.reshape(2, r), parts_of(comparison, found), analysis, pair=(0, 1),
                          alpha=settings.alpha)
    low, high = (None if end is None else min(max(end, -1.0), 1.0) for end in (test.ci_low, test.ci_high))
    numbers = (values[:r].mean(), values[r:].mean(), test.difference, test.se, low, high,
               test.statistic, 1, test.df, test.p)
    note = joined(test.note, _inferiority(test, settings.margin), _negative(comparison, found, analysis),
                  comparison.remark, f"{r} readers, {found.n} cases")
    return *map(cell, numbers), note


def _negative(comparison: Comparison, found: Readings, analysis: Analysis) -> str:
    """A caution where readers differ less than chance would have them: the estimate of their variance is negative.

    Against a model it is MS(R) - var + cov2 of the differences, between modalities MS(TR) - var + cov1 + (cov2 - cov3)
    (Hillis 2007). The standard error for random readers and cases then lies below the one for these readers.
    """
    if analysis is not Analysis.RRRC:
        return ""
    c = parts_of(comparison, found)
    variance = c.ms_r - c.var + max(c.cov2, 0.0) if comparison.against_model else c.var_tr
    negative = variance is not None and variance < 0
    return "the readers' variance came out negative: the interval may be too narrow" if negative else ""


def _inferiority(found: Test, margin: float | None) -> str:
    """Whether the first side is not worse than the second by more than the margin, by the interval's lower end."""
    if margin is None or found.ci_low is None:
        return ""
    verdict = "shown" if found.ci_low > -margin else "not shown"
    return f"non-inferiority with margin {margin:g} {verdict}"


def parts_of(comparison: Comparison, found: Readings) -> Components:
    """The variance components of a comparison; those of the differences reader - model where it is with a model."""
    if comparison.against_model:
        gaps, cov = differences(found.values, found.covariance)
        return components(gaps[None, :], cov[None, :, None, :])
    r = found.r
    return components(found.values.reshape(2, r), found.covariance.reshape(2, r, 2, r))


def _component_cells(comparison: Comparison, found: Readings) -> Iterator[tuple[str, float, str]]:
    """Each variance component with its note."""
    c, note = parts_of(comparison, found), "of the differences reader - model" if comparison.against_model else ""
    for name in ("ms_t", "ms_r", "ms_tr", "var_r", "var_tr", "var", "cov1", "cov2", "cov3"):
        value = getattr(c, name)
        if value is not None:
            negative = "negative estimate, kept as it is" if value < 0 and name.startswith("var_") else ""
            yield name, float(value), joined(note, negative)
