"""Plotly figures of calibration, reading time along the order, and what aid moved."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reader_study.figures.plotly_style import FAINT, MODEL, MODEL_DASHES, MODEL_LINES, READER, TEXT, finish
from reader_study.figures.rater_labels import rater_labels
from reader_study.statistics.input import reading_time
from reader_study.statistics.input.panel import panel_of
from reader_study.statistics.multi_reader import roc

SYMBOLS = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "x", "star")
LINES = ("#56B4E9", *MODEL_LINES)
_DIAGONAL = {"color": FAINT, "width": 1, "dash": "dot"}


def _look(rank: int) -> dict[str, str]:
    """Colour, dash and symbol of the rater with that number."""
    return {"colour": LINES[rank % len(LINES)], "dash": MODEL_DASHES[rank % len(MODEL_DASHES)],
            "symbol": SYMBOLS[rank % len(SYMBOLS)]}


def _diagonal(figure: go.Figure) -> None:
    """The line of equal rates, or of right probabilities."""
    figure.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", showlegend=False, line=_DIAGONAL))


def calibration_curves(curve: pd.DataFrame) -> go.Figure | None:
    """Share of poor outcomes against mean probability, a panel a rater; None for an empty table."""
    if curve.empty:
        return None
    parts = list(curve.groupby(rater_labels(curve.assign(metric=curve["bin"])), sort=False))
    columns = min(len(parts), 5)
    lines = -(-len(parts) // columns)
    figure = make_subplots(rows=lines, cols=columns, shared_xaxes=True, shared_yaxes=True, horizontal_spacing=0.02,
                           vertical_spacing=0.22 / lines, subplot_titles=[label for label, _ in parts],
                           x_title="Mean probability of poor outcome", y_title="Share with poor outcome")
    for number, (label, part) in enumerate(parts):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        colour = MODEL if part["rater_type"].iloc[0] == "model" else READER
        figure.add_trace(go.Scatter(x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", line=_DIAGONAL), **place)
        figure.add_trace(go.Scatter(
            x=part["mean_p"], y=part["share_poor"], mode="lines+markers", customdata=part["n"],
            line={"color": colour, "width": 2}, marker={"size": 8, "color": colour},
            error_y={"type": "data", "symmetric": False, "array": part["ci_high"] - part["share_poor"],
                     "arrayminus": part["share_poor"] - part["ci_low"], "thickness": 1, "width": 3},
            hovertemplate=f"{label}<br>mean p %{{x:.2f}}, share poor %{{y:.2f}}, n %{{customdata}}<extra></extra>"),
            **place)
    figure.update_annotations(font={"size": 14, "color": TEXT})
    figure.update_xaxes(range=[-0.04, 1.04], dtick=0.5)
    figure.update_yaxes(range=[-0.04, 1.06], dtick=0.5)
    return finish(figure, height=230 * lines + 90, margin={"l": 70, "r": 16, "t": 40, "b": 60})


def learning_curve(ratings: pd.DataFrame) -> go.Figure | None:
    """Active seconds along each reader's own order, a panel a modality, with a running median; None without times."""
    rows = reading_time.by_order(ratings)
    if rows.empty:
        return None
    modalities, names = list(dict.fromkeys(rows["modalityID"])), list(dict.fromkeys(rows["readerID"]))
    figure = make_subplots(rows=1, cols=len(modalities), shared_yaxes=True, subplot_titles=modalities,
                           horizontal_spacing=0.03)
    for (reader, modality), part in rows.groupby(["readerID", "modalityID"], sort=False):
        look, column = _look(names.index(reader)), modalities.index(modality) + 1
        figure.add_trace(go.Scatter(
            x=part["order"], y=part["seconds"], mode="markers", showlegend=False, legendgroup=reader,
            marker={"symbol": look["symbol"], "size": 6, "color": look["colour"], "opacity": 0.6},
            customdata=part["caseID"],
            hovertemplate=f"{reader}<br>%{{customdata}}: %{{y:.0f}} s<extra></extra>"), row=1, col=column)
        figure.add_trace(go.Scatter(
            x=part["order"], y=part["typical_seconds"], mode="lines", name=reader, legendgroup=reader,
            showlegend=column == 1, hoverinfo="skip",
            line={"color": look["colour"], "dash": look["dash"], "width": 2}), row=1, col=column)
    figure.update_annotations(font={"size": 15, "color": TEXT})
    figure.update_xaxes(title="Read in the reader's own order")
    figure.update_yaxes(title="Active seconds", rangemode="tozero", col=1)
    return finish(figure, height=380, showlegend=True, margin={"l": 10, "r": 16, "t": 40, "b": 10},
                  legend={"bgcolor": "rgba(0,0,0,0)", "font": {"size": 13}})


def aid_arrows(ratings: pd.DataFrame, *, question: str = "prognosis") -> go.Figure | None:
    """An arrow a reader from the operating point without aid to that with it; None where nobody read both ways."""
    switches = roc.switches(panel_of(ratings, question).binary().with_truth())
    if not switches:
        return None
    figure = go.Figure()
    _diagonal(figure)
    for rank, (reader, before, after) in enumerate(switches):
        look = _look(rank)
        figure.add_annotation(x=after.fpr, y=after.tpr, ax=before.fpr, ay=before.tpr, xref="x", yref="y", axref="x",
                              ayref="y", showarrow=True, arrowhead=2, arrowsize=1.2, arrowwidth=2,
                              arrowcolor=look["colour"], text="")
        figure.add_trace(go.Scatter(
            x=[before.fpr, after.fpr], y=[before.tpr, after.tpr], name=reader, mode="markers",
            marker={"symbol": [f"{look['symbol']}-open", look["symbol"]], "size": 12, "color": look["colour"],
                    "line": {"width": 2.5, "color": look["colour"]}}, customdata=["unaided", "aided"],
            hovertemplate=f"{reader}, %{{customdata}}<br>sensitivity %{{y:.2f}}, 1 − specificity %{{x:.2f}}"
                          "<extra></extra>"))
    figure.update_xaxes(title="1 − specificity", range=[-0.02, 1.02], constrain="domain", dtick=0.2)
    figure.update_yaxes(title="Sensitivity", range=[-0.02, 1.04], scaleanchor="x", dtick=0.2)
    return finish(figure, height=560, showlegend=True, legend={"bgcolor": "rgba(0,0,0,0)", "font": {"size": 13}})
