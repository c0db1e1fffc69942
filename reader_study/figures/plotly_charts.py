"""Plotly figures of the comparison: metrics by rater, ROC, agreement, and cases x raters."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ich_model.estimate import as_text
from reader_study.figures.plotly_reading import aid_arrows, calibration_curves, learning_curve
from reader_study.figures.plotly_roc import roc
from reader_study.figures.plotly_style import FAINT, GROUP, MODEL, NOT_READ, READER, RIGHT, TEXT, WRONG, finish
from reader_study.figures.rater_labels import rater_labels
from reader_study.statistics.agreement.agreement import ALL, PAIR_STATISTICS, TRUTH
from reader_study.statistics.input.case_order import ordered
from reader_study.statistics.input.panel import Panel, panel_of
from reader_study.statistics.performance.performance import METRIC_TITLES

__all__ = ["agreement_heatmap", "aid_arrows", "calibration_curves", "case_grid", "learning_curve", "metric_bars", "roc"]

_KIND_COLOURS = {"reader": READER, "model": MODEL, "readers": GROUP}
_MOST_NUMBERS = 16  # raters, above which numbers in cells are too small to read
_AGREEMENT_SCALE = [[0.0, "#16202C"], [0.25, "#1C4060"], [0.5, "#2A7099"], [0.75, "#56B4E9"], [1.0, "#E3F3FC"]]


def metric_bars(performance: pd.DataFrame) -> go.Figure:
    """One panel a metric, one bar a rater with its interval, from the long performance table."""
    table = performance.assign(label=rater_labels(performance))
    order = list(dict.fromkeys(table["label"]))
    metrics = [metric for metric in METRIC_TITLES if metric in set(table["metric"])]
    rows = (len(metrics) + 3) // 4
    height = rows * (26 * len(order) + 72)
    figure = make_subplots(rows=rows, cols=4, shared_yaxes=True, horizontal_spacing=0.025,
                           vertical_spacing=64 / height, subplot_titles=[METRIC_TITLES[m] for m in metrics])
    for index, metric in enumerate(metrics):
        part = table[table["metric"] == metric].set_index("label").reindex(order).reset_index()
        figure.add_trace(_bars(part), row=index // 4 + 1, col=index % 4 + 1)
    figure.update_annotations(font={"size": 15, "color": TEXT})
    figure.update_xaxes(range=[0, 1.02], tickvals=[0, 0.5, 1], ticktext=["0", "0.5", "1"])
    figure.update_yaxes(autorange="reversed", showgrid=False, ticks="")
    return finish(figure, height=height, bargap=0.38, margin={"l": 10, "r": 16, "t": 40, "b": 10})


def _bars(part: pd.DataFrame) -> go.Bar:
    """Bars of one metric; a rater without a value has no bar and says why on hover."""
    text = [as_text(*row) for row in part[["value", "ci_low", "ci_high"]].itertuples(index=False)]
    why = [f"<br>{note}" if note else "" for note in part["note"].fillna("")]
    there = part["value"].notna()
    return go.Bar(
        x=part["value"].fillna(0), y=part["label"], orientation="h", cliponaxis=False,
        text=part["value"].map("{:.2f}".format).where(there, "not defined"),
        textposition=np.where(there, "inside", "outside"), insidetextanchor="start", textangle=0,
        insidetextfont={"color": "#FFFFFF", "size": 13}, outsidetextfont={"color": FAINT, "size": 13},
        marker={"color": part["rater_type"].map(_KIND_COLOURS), "opacity": 0.55, "line": {"width": 0}},
        error_x={"type": "data", "symmetric": False, "array": part["ci_high"] - part["value"],
                 "arrayminus": part["value"] - part["ci_low"], "color": "#FFFFFF", "thickness": 1.5, "width": 3},
        customdata=np.stack([text, why], axis=1),
        hovertemplate="%{y}<br>%{customdata[0]}%{customdata[1]}<extra></extra>")


def agreement_heatmap(agreement: pd.DataFrame, *, question: str = "prognosis",
                      statistic: str = "cohen_kappa") -> go.Figure:
    """One statistic for all pairs of raters and the reference standard, from the long agreement table."""
    rows = agreement[(agreement["question"] == question) & (agreement["statistic"] == statistic)
                     & (agreement["rater_b"] != ALL)]
    names = list(dict.fromkeys([*rows["rater_a"], *rows["rater_b"]]))
    names = [*(name for name in names if name != TRUTH), *(name for name in names if name == TRUTH)]
    place = {name: i for i, name in enumerate(names)}
    value, text = np.full((len(names), len(names)), np.nan), np.full((len(names), len(names)), "", dtype=object)
    asked = ("rater_a", "rater_b", "value", "ci_low", "ci_high", "n", "note")
    for first, second, estimate, low, high, n, note in zip(*(rows[name] for name in asked), strict=True):
        shown = f"{as_text(estimate, low, high)}, n {n}"
        for a, b in ((place[first], place[second]), (place[second], place[first])):
            value[a, b], text[a, b] = estimate, f"{shown}<br>{note}" if note else shown
    titles = ["Reference standard" if name == TRUTH else name for name in names]
    figure = go.Figure(go.Heatmap(
        z=value, x=titles, y=titles, zmin=0, zmax=1, colorscale=_AGREEMENT_SCALE, xgap=3, ygap=3, customdata=text,
        hoverongaps=False, hovertemplate="%{y} and %{x}<br>%{customdata}<extra></extra>",
        colorbar={"title": {"text": PAIR_STATISTICS[statistic], "side": "right", "font": {"size": 13}}, "thickness": 12,
                  "outlinewidth": 0, "tickfont": {"size": 13}, "len": 0.9}))
    if len(names) <= _MOST_NUMBERS:
        _write_numbers(figure, value, titles)
    figure.update_xaxes(showgrid=False, showline=False, ticks="", tickangle=-40, constrain="domain")
    figure.update_yaxes(showgrid=False, showline=False, ticks="", autorange="reversed", scaleanchor="x",
                        constrain="domain")
    side = 46 * len(names)
    return finish(figure, height=max(360, side + 170), width=max(520, side + 330))


def _write_numbers(figure: go.Figure, value: np.ndarray, names: list[str]) -> None:
    """Each cell's number, dark on light cells and light on dark ones."""
    rows, columns = np.nonzero(~np.isnan(value))
    figure.add_trace(go.Scatter(
        x=[names[j] for j in columns], y=[names[i] for i in rows], mode="text", hoverinfo="skip",
        text=[as_text(value[i, j], None, None) for i, j in zip(rows, columns, strict=True)],
        textfont={"size": 13, "color": np.where(value[rows, columns] > 0.6, "#0B1622", "#FFFFFF")}))


def case_grid(ratings: pd.DataFrame, *, question: str = "prognosis") -> go.Figure:
    """Cases across, raters down: right or wrong, cases sorted by truth and by how many readers were right."""
    panel, right = ordered(panel_of(ratings, question))
    calls = np.array([*panel.categories, ""], dtype=object)
    said = calls[np.where(np.isnan(panel.decision), -1, panel.decision).astype(int)].T
    truth = calls[panel.truth.astype(int)]
    few = len(panel.cases) <= 60
    figure = go.Figure(go.Heatmap(
        z=np.where(np.isnan(right), -1, right).T, x=panel.cases, y=panel.labels, zmin=-1, zmax=1, showscale=False,
        colorscale=[[0, NOT_READ], [0.25, NOT_READ], [0.25, WRONG], [0.75, WRONG], [0.75, RIGHT], [1, RIGHT]],
        xgap=3 if few else 0, ygap=3, customdata=np.stack([said, np.broadcast_to(truth, said.shape)], axis=-1),
        text=np.where(right.T == 0, "×", ""), texttemplate="%{text}" if few else None,
        textfont={"size": 16, "color": "#1A0F08"},
        hovertemplate="%{x}, %{y}<br>said %{customdata[0]}, truth %{customdata[1]}<extra></extra>"))
    _mark_truth(figure, panel)
    for name, colour in (("right", RIGHT), ("wrong", WRONG)):
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=name,
                                    marker={"size": 13, "symbol": "square", "color": colour}))
    figure.update_xaxes(type="category", showgrid=False, showline=False, ticks="", showticklabels=few, tickangle=-60)
    figure.update_yaxes(showgrid=False, showline=False, ticks="", autorange="reversed", ticklabelstandoff=6)
    legend = {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top", "yref": "container"}
    return finish(figure, height=34 * len(panel.labels) + 150, showlegend=True, legend=legend,
                  margin={"l": 10, "r": 16, "t": 56, "b": 10})


def _mark_truth(figure: go.Figure, panel: Panel) -> None:
    """Above the grid, which cases are of which class, and a line between the classes."""
    for index, name in enumerate(panel.categories):
        here = np.flatnonzero(panel.truth == index)
        if len(here):
            figure.add_annotation(x=(here[0] + here[-1]) / 2, y=1, yref="paper", yanchor="bottom", showarrow=False,
                                  text=f"{name.replace('_', ' ')} · {len(here)}", font={"size": 14, "color": TEXT})
            if here[0] > 0:
                figure.add_vline(x=here[0] - 0.5, line={"color": TEXT, "width": 1.5})
