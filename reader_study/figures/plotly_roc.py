"""The ROC figure: models as curves, readers as the points at which they work."""

import pandas as pd
import plotly.graph_objects as go

from ich_model.estimate import as_text
from reader_study.figures.plotly_style import FAINT, GROUP, MODEL_DASHES, MODEL_LINES, READER, finish
from reader_study.statistics.input.panel import Panel, panel_of
from reader_study.statistics.input.ratings import RaterType
from reader_study.statistics.input.settings import DEFAULTS, Settings
from reader_study.statistics.multi_reader import roc as roc_curves
from reader_study.statistics.multi_reader.consensus import VOTE
from reader_study.statistics.multi_reader.roc import GRID, Curve, rates, vote_at

_MOST_LABELS = 12  # points, above which names on the figure cover each other


def roc(ratings: pd.DataFrame, *, question: str = "prognosis", settings: Settings = DEFAULTS) -> go.Figure:
    """Each model's ROC curve with its band and its call marked, and each reader's operating point."""
    panel = panel_of(ratings, question).binary().with_truth()
    figure = go.Figure()
    figure.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", showlegend=False,
                                line={"color": FAINT, "width": 1, "dash": "dot"}))
    found = dict(roc_curves.curves(panel, settings))
    for rank, position in enumerate(panel.positions(kind=RaterType.MODEL)):
        _add_model(figure, panel, position, rank=rank, curve=found.get(position))
    for modality in panel.reader_modalities:
        _add_readers(figure, panel, modality)
    figure.update_xaxes(title="1 − specificity", range=[-0.02, 1.02], constrain="domain", dtick=0.2)
    figure.update_yaxes(title="Sensitivity", range=[-0.02, 1.04], scaleanchor="x", dtick=0.2)
    return finish(figure, height=620, showlegend=True,
                  legend={"x": 0.985, "xanchor": "right", "y": 0.015, "yanchor": "bottom",
                          "bgcolor": "rgba(0,0,0,0)", "font": {"size": 13}})


def _add_model(figure: go.Figure, panel: Panel, position: int, *, rank: int, curve: Curve | None) -> None:
    """A model's curve and band (where its scores are graded) and its operating point."""
    label, colour = panel.labels[position], MODEL_LINES[rank % len(MODEL_LINES)]
    if curve is not None:
        figure.add_trace(go.Scatter(
            x=[*GRID, *GRID[::-1]], y=[*curve.high, *curve.low[::-1]], fill="toself", mode="lines", hoverinfo="skip",
            line={"width": 0}, fillcolor=colour, opacity=0.1, legendgroup=label, showlegend=False))
        figure.add_trace(go.Scatter(
            x=curve.fpr, y=curve.tpr, mode="lines", legendgroup=label, customdata=1 - curve.fpr,
            name=f"{label} · AUC {as_text(curve.area.value, curve.area.ci_low, curve.area.ci_high)}",
            line={"color": colour, "width": 2.5, "dash": MODEL_DASHES[rank % len(MODEL_DASHES)]},
            hovertemplate=label + "<br>sensitivity %{y:.2f}, specificity %{customdata:.2f}<extra></extra>"))
    x, y = rates(panel.decision[:, [position]], panel.truth)
    figure.add_trace(go.Scatter(
        x=x, y=y, mode="markers", legendgroup=label, showlegend=False,
        marker={"size": 11, "symbol": "circle-open", "color": colour, "line": {"width": 2.5}},
        hovertemplate=f"{label}, its call<br>sensitivity %{{y:.2f}}<extra></extra>"))


def without_shared_start(names: list[str]) -> list[str]:
    """The names without the words that all of them begin with: short enough to stand beside a point."""
    words = [name.split(" ") for name in names]
    while len(words) > 1 and min(map(len, words)) > 1 and len({first for first, *_ in words}) == 1:
        words = [rest for _, *rest in words]
    return [" ".join(rest) for rest in words]


def _add_readers(figure: go.Figure, panel: Panel, modality: str) -> None:
    """The operating points of one modality's readers and of their majority vote."""
    readers = panel.of_raters(panel.positions(kind=RaterType.READER, modality=modality))
    x, y = rates(readers.decision, readers.truth)
    together: dict[tuple[float, float], list[str]] = {}
    names = [rater.id for rater in readers.raters]
    for name, place in zip(without_shared_start(names), zip(x, y, strict=True), strict=True):
        together.setdefault(place, []).append(name)  # readers at one and the same point share a label
    alone, aided = len(panel.reader_modalities) == 1, modality == "aided"
    figure.add_trace(go.Scatter(
        x=[place[0] for place in together], y=[place[1] for place in together],
        text=[", ".join(names) for names in together.values()],
        mode="markers+text" if alone and len(together) <= _MOST_LABELS else "markers",
        name="Readers" if alone else f"Readers ({modality})", textposition="top left",
        textfont={"size": 13, "color": READER}, customdata=[1 - place[0] for place in together],
        marker={"size": 13, "color": READER, "symbol": "square-open" if aided else "circle",
                "line": {"width": 2.5, "color": READER} if aided else {"width": 1.5, "color": "#0E1116"}},
        hovertemplate="%{text}<br>sensitivity %{y:.2f}, specificity %{customdata:.2f}<extra></extra>"))
    if vote := vote_at(panel, modality):
        figure.add_trace(go.Scatter(
            x=[vote.fpr], y=[vote.tpr], mode="markers", name=VOTE if alone else f"{VOTE} ({modality})",
            marker={"size": 14, "symbol": "diamond-open" if aided else "diamond", "color": GROUP},
            hovertemplate=f"{VOTE}<br>sensitivity %{{y:.2f}}<extra></extra>"))
