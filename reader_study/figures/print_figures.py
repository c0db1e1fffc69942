"""The figures of the comparison for print, with matplotlib. Each takes tables or ratings, as its plotly twin does."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ich_model.estimate import as_text
from reader_study.figures.print_style import (
    COLOURS,
    DASHES,
    HATCHES,
    KIND_COLOURS,
    MARKERS,
    Grid,
    new_figure,
    new_grid,
    printing,
)
from reader_study.figures.rater_labels import rater_labels
from reader_study.statistics.agreement.agreement import ALL, PAIR_STATISTICS, TRUTH
from reader_study.statistics.comparison import some_tables
from reader_study.statistics.input import reading_time
from reader_study.statistics.input.case_order import ordered
from reader_study.statistics.input.panel import Panel, panel_of
from reader_study.statistics.input.ratings import NO_CALLS, RaterType
from reader_study.statistics.input.settings import Settings
from reader_study.statistics.multi_reader import roc as roc_curves
from reader_study.statistics.performance.performance import METRIC_TITLES

Tables = dict[str, pd.DataFrame]
_MOST_NUMBERS = 12  # raters, above which numbers in cells are too small to read


def metric_bars(tables: Tables, question: str, settings: Settings) -> Figure:
    """Metrics with their intervals, one panel a metric, as the paper's Figure 2."""
    table = tables["performance"].assign(label=rater_labels(tables["performance"]))
    order = list(dict.fromkeys(table["label"]))
    lacking = table["note"].str.contains(NO_CALLS, regex=False)
    metrics = [metric for metric in METRIC_TITLES if not lacking[table["metric"] == metric].all()]
    lines, columns = (2, 4) if len(metrics) == len(METRIC_TITLES) else (1, len(metrics))
    height = 1.2 + 0.34 * len(order)  # of two lines
    width, height = (9, height) if lines == 2 else (2.5 + 2.25 * columns, 0.6 + 0.6 * height)
    figure, axes = new_grid(width, height, lines=lines, columns=columns, sharey=True)
    for axis, metric in zip(_flat(axes), metrics, strict=True):
        part = table[table["metric"] == metric].set_index("label").reindex(order)
        places, value = np.arange(len(order)), part["value"].to_numpy(float)
        low, high = (np.nan_to_num(abs(part[end].to_numpy(float) - value)) for end in ("ci_low", "ci_high"))
        bars = axis.barh(places, np.nan_to_num(value), height=0.66, edgecolor="black", linewidth=0.5,
                         color=[KIND_COLOURS[kind] for kind in part["rater_type"]])
        for bar, kind in zip(bars, part["rater_type"], strict=True):
            bar.set_hatch(HATCHES[kind])
        there = np.isfinite(value)
        axis.errorbar(value[there], places[there], xerr=[low[there], high[there]], fmt="none", ecolor="black",
                      elinewidth=0.9, capsize=2)
        for place in places[~there]:
            axis.text(0.02, place, "not defined", va="center", fontsize=7, color="#555555")
        axis.set(title=METRIC_TITLES[metric], xlim=(0, 1.02), xticks=[0, 0.5, 1], yticks=places, yticklabels=order)
        axis.title.set_fontsize(9)
    axes[0][0].invert_yaxis()
    return figure


def _flat(axes: Grid) -> list[Axes]:
    return [axis for line in axes for axis in line]


def roc(tables: Tables, question: str, settings: Settings) -> Figure:
    """Each model's curve with its band, each reader's operating point."""
    known = panel_of(tables["ratings"], question).binary().with_truth()
    figure, axis = _roc_plane()
    for rank, (position, curve) in enumerate(roc_curves.curves(known, settings)):
        colour, dash = COLOURS[rank % len(COLOURS)], DASHES[rank % len(DASHES)]
        area = as_text(curve.area.value, curve.area.ci_low, curve.area.ci_high)
        axis.fill_between(roc_curves.GRID, curve.low, curve.high, color=colour, alpha=0.13, linewidth=0)
        axis.plot(curve.fpr, curve.tpr, color=colour, linestyle=dash, linewidth=1.6, label=f"{curve.label}, AUC {area}")
        x, y = roc_curves.rates(known.decision[:, [position]], known.truth)
        if not np.isnan([x, y]).any():
            axis.plot(x, y, "o", mfc="white", mec=colour, mew=1.6, ms=6, label="" if rank else "A model's calls")
    _reader_curves(axis, known, settings)
    for rank, modality in enumerate(known.reader_modalities):
        points, filled = roc_curves.readers_at(known, modality), rank == 0
        if not points:
            continue
        name = "Readers" if len(known.reader_modalities) == 1 else f"Readers ({modality})"
        axis.plot([p.fpr for p in points], [p.tpr for p in points], "o" if filled else "s", mec="black",
                  ms=5.5 if filled else 8, mfc="black" if filled else "none", label=name, linestyle="none", zorder=4)
        if vote := roc_curves.vote_at(known, modality):
            axis.plot(vote.fpr, vote.tpr, "D" if filled else "d", ms=8, mec="black",
                      mfc="#BFBFBF" if filled else "white", linestyle="none", zorder=4,
                      label="Majority vote" if len(known.reader_modalities) == 1 else f"Majority vote ({modality})")
    if axis.get_legend_handles_labels()[1]:
        axis.legend(loc="lower right", fontsize=7.5)
    return figure


def _reader_curves(axis: Axes, known: Panel, settings: Settings) -> None:
    """The curves of readers without calls: a colour a reader, a dash a modality; models have the first colours."""
    readers = list(dict.fromkeys(rater.id for rater in known.raters if rater.kind is RaterType.READER))
    first = len(known.positions(kind=RaterType.MODEL))
    for position, fpr, tpr, area in roc_curves.curves_without_calls(known, settings):
        rater = known.raters[position]
        axis.plot(fpr, tpr, color=COLOURS[(first + readers.index(rater.id)) % len(COLOURS)], linewidth=1.1,
                  linestyle=DASHES[known.reader_modalities.index(rater.modality) % len(DASHES)],
                  label=f"{known.labels[position]}, AUC {as_text(area.value, area.ci_low, area.ci_high)}")


def _roc_plane() -> tuple[Figure, Axes]:
    figure, axis = new_figure(4.8, 4.8)
    axis.plot([0, 1], [0, 1], color="#999999", linewidth=0.8, linestyle=":")
    axis.set(xlabel="1 − specificity", ylabel="Sensitivity", xlim=(-0.02, 1.02), ylim=(-0.02, 1.04), aspect="equal")
    return figure, axis


HEATMAPS = ("cohen_kappa", "gwet_ac1")  # side by side: kappa falls where nearly all cases are of one class


def agreement_heatmap(tables: Tables, question: str, settings: Settings) -> Figure | None:
    """Kappa and AC1 for all pairs of raters and the reference standard."""
    rows = tables["agreement"]
    rows = rows[(rows["question"] == question) & rows["statistic"].isin(HEATMAPS) & (rows["rater_b"] != ALL)]
    names = list(dict.fromkeys([*rows["rater_a"], *rows["rater_b"]]))
    names = [*(name for name in names if name != TRUTH), *(name for name in names if name == TRUTH)]
    if len(names) < 2 or rows["note"].str.contains(NO_CALLS, regex=False).all():
        return None
    titles = ["Reference standard" if name == TRUTH else name for name in names]
    room, side = _room_for(names), 1.0 + 0.52 * len(names)
    below = 0.4 + 0.65 * room  # the labels lean, and take less height than breadth
    figure, (axes,) = new_grid(0.8 + 1.7 * room + 2 * side, below + side, lines=1, columns=2, sharey=True)
    for axis, statistic in zip(axes, HEATMAPS, strict=True):
        value = _square(rows[rows["statistic"] == statistic], names)
        image = axis.imshow(value, cmap="cividis", vmin=0, vmax=1)
        axis.set(title=PAIR_STATISTICS[statistic], xticks=range(len(names)), yticks=range(len(names)),
                 yticklabels=titles)
        axis.set_xticklabels(titles, rotation=40, ha="right", rotation_mode="anchor")
        axis.tick_params(length=0)
        for i, j in np.argwhere(~np.isnan(value)) if len(names) <= _MOST_NUMBERS else ():
            axis.text(j, i, as_text(value[i, j], None, None), ha="center", va="center", fontsize=7.5,
                      color="black" if value[i, j] > 0.55 else "white")
    figure.colorbar(image, ax=axes, shrink=0.6, extend="min")
    return figure


def _square(rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """One statistic of all pairs, (R, R), NaN on the diagonal and where it is not defined."""
    place, value = {name: i for i, name in enumerate(names)}, np.full((len(names), len(names)), np.nan)
    for a, b, found in zip(rows["rater_a"], rows["rater_b"], rows["value"], strict=True):
        value[place[a], place[b]] = value[place[b], place[a]] = found
    return value


def _room_for(labels: Sequence[str]) -> float:
    """Inches that the longest label takes."""
    return 0.5 + 0.07 * max(map(len, labels))


def case_grid(tables: Tables, question: str, settings: Settings) -> Figure | None:
    """Cases across, raters down: white is right, dark with a cross is wrong, grey is not read."""
    panel, right = ordered(panel_of(tables["ratings"], question))
    if not len(panel.cases) or np.isnan(panel.decision).all():
        return None
    width = _room_for(panel.labels) + max(0.24 * len(panel.cases), 2.5)
    figure, axis = new_figure(min(width, 11), 1.8 + 0.3 * len(panel.labels))
    shade = np.where(np.isnan(right), 0.75, np.where(right == 1, 0.97, 0.3)).T
    axis.imshow(shade, cmap="gray", vmin=0, vmax=1, aspect="auto")
    few = len(panel.cases) <= 60
    for row, column in np.argwhere(right.T == 0) if few else ():
        axis.text(column, row, "×", ha="center", va="center", color="white", fontsize=9)
    axis.set(yticks=range(len(panel.labels)), yticklabels=panel.labels, xticks=range(len(panel.cases)) if few else [])
    if few:
        axis.set_xticklabels(panel.cases, rotation=90, fontsize=7)
    for index, name in enumerate(panel.categories):
        here = np.flatnonzero(panel.truth == index)
        if len(here):
            middle, title = (here[0] + here[-1]) / 2, f"{name.replace('_', ' ')} · {len(here)}"
            axis.text(middle, -0.7, title, ha="center", va="bottom")
            if here[0]:
                axis.axvline(here[0] - 0.5, color="black", linewidth=1.2)
    axis.set_xticks(np.arange(len(panel.cases) + 1) - 0.5, minor=True)
    axis.set_yticks(np.arange(len(panel.labels) + 1) - 0.5, minor=True)
    axis.grid(which="minor", color="#BBBBBB", linewidth=0.4 if few else 0)
    axis.tick_params(which="both", length=0)
    return figure


def calibration(tables: Tables, question: str, settings: Settings) -> Figure | None:
    """Share of poor outcomes against the mean probability in groups of cases, a panel a rater."""
    curve = tables["calibration_curve"]
    if curve.empty:
        return None
    parts = list(curve.groupby(rater_labels(curve.assign(metric=curve["bin"])), sort=False))
    columns = min(len(parts), 5)
    lines = -(-len(parts) // columns)
    figure, axes = new_grid(2.0 * columns + 0.4, 2.2 * lines + 0.3, lines=lines, columns=columns, sharex=True,
                            sharey=True)
    for axis, (label, part) in zip(_flat(axes), parts, strict=False):
        axis.plot([0, 1], [0, 1], color="#999999", linewidth=0.8, linestyle=":")
        error = [part["share_poor"] - part["ci_low"], part["ci_high"] - part["share_poor"]]
        colour = COLOURS[1] if part["rater_type"].iloc[0] == "model" else COLOURS[0]
        axis.errorbar(part["mean_p"], part["share_poor"], yerr=error, color=colour, capsize=2, marker="o", ms=4,
                      linewidth=1.2, elinewidth=0.8)
        axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04), aspect="equal")
        axis.set_title(str(label), fontsize=8)
    for axis in _flat(axes)[len(parts):]:
        axis.set_axis_off()
    for axis in axes[-2][len(parts) % columns or columns:] if lines > 1 else ():
        axis.tick_params(labelbottom=True)  # nothing stands below it
    figure.supxlabel("Mean probability of poor outcome", fontsize=9)
    figure.supylabel("Share with poor outcome", fontsize=9)
    return figure


def learning_curve(tables: Tables, question: str, settings: Settings) -> Figure | None:
    """Reading time along each reader's own order."""
    rows = reading_time.by_order(tables["ratings"])
    if rows.empty:
        return None
    modalities = list(dict.fromkeys(rows["modalityID"]))
    figure, (axes,) = new_grid(4.6 * len(modalities), 3.4, lines=1, columns=len(modalities), sharey=True)
    names = list(dict.fromkeys(rows["readerID"]))
    for axis, modality in zip(axes, modalities, strict=True):
        for reader, part in rows[rows["modalityID"] == modality].groupby("readerID", sort=False):
            rank = names.index(reader)
            axis.plot(part["order"], part["seconds"], MARKERS[rank % len(MARKERS)], ms=3.5, alpha=0.6,
                      color=COLOURS[rank % len(COLOURS)])
            axis.plot(part["order"], part["typical_seconds"], color=COLOURS[rank % len(COLOURS)], linewidth=1.4,
                      linestyle=DASHES[rank % len(DASHES)])
            axis.plot([], [], color=COLOURS[rank % len(COLOURS)], linewidth=1.4, linestyle=DASHES[rank % len(DASHES)],
                      marker=MARKERS[rank % len(MARKERS)], ms=3.5, label=reader)
        axis.set(title=modality, xlabel="Read in the reader's own order")
    axes[0].set(ylabel="Active seconds", ylim=(0, None))
    handles, labels = axes[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", fontsize=7.5)
    return figure


def aid_arrows(tables: Tables, question: str, settings: Settings) -> Figure | None:
    """Each reader's operating point without aid and, at the arrow's head, with it."""
    known = panel_of(tables["ratings"], question).binary().with_truth()
    switches = roc_curves.switches(known)
    if not switches:
        return None
    figure, axis = _roc_plane()
    for rank, (reader, before, after) in enumerate(switches):
        colour = COLOURS[rank % len(COLOURS)]
        axis.annotate("", (after.fpr, after.tpr), (before.fpr, before.tpr),
                      arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.4, "shrinkA": 3, "shrinkB": 4})
        axis.plot(before.fpr, before.tpr, MARKERS[rank % len(MARKERS)], mfc="white", mec=colour, ms=7, mew=1.4,
                  linestyle="none", label=reader)
        axis.plot(after.fpr, after.tpr, MARKERS[rank % len(MARKERS)], color=colour, ms=7)
    axis.legend(loc="lower right", fontsize=7.5, title="open: unaided, filled: aided", title_fontsize=7.5)
    return figure


Draw = Callable[[Tables, str, Settings], Figure | None]
FIGURES: dict[str, tuple[str, str, Draw]] = {
    "metrics": ("Metrics with intervals", "performance", metric_bars),
    "roc": ("ROC: models' curves with pointwise bootstrap bands, readers' operating points (their curves where no call "
            "was made)", "ratings", roc),
    "agreement": ("Cohen's kappa and Gwet's AC1 of all pairs", "agreement", agreement_heatmap),
    "cases": ("Cases and raters: a cross is a wrong call", "ratings", case_grid),
    "calibration": ("Calibration of probabilities", "calibration", calibration),
    "reading_time": ("Reading time along each reader's order, with a running median", "ratings", learning_curve),
    "aid": ("Operating points without and with aid", "ratings", aid_arrows),
}
"""Name -> title, the group of tables it is drawn from, and how; None where the ratings say nothing about it."""


def all_figures(tables: Tables, question: str, settings: Settings) -> dict[str, Figure]:
    """Name -> figure, of those that the ratings have something for."""
    with printing():
        drawn = {name: draw(tables, question, settings) for name, (_, _, draw) in FIGURES.items()}
    return {name: figure for name, figure in drawn.items() if figure is not None}


def one_figure(name: str, ratings: pd.DataFrame, *, question: str, settings: Settings) -> Figure | None:
    """A figure by its name; None for an unknown one, and where the ratings say nothing about it."""
    if name not in FIGURES:
        return None
    _, group, draw = FIGURES[name]
    with printing():
        return draw(some_tables(ratings, group, question=question, settings=settings), question, settings)
