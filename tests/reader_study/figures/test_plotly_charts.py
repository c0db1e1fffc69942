"""Figures hold the numbers of the tables, and stand on a page of any colour."""

import numpy as np
import plotly.graph_objects as go
import pytest

from reader_study.figures import plotly_charts
from reader_study.figures.plotly_roc import without_shared_start
from reader_study.statistics import comparison
from reader_study.statistics.input.settings import Settings
from tests.support.made_ratings import drawn, ratings

FEW = Settings(resamples=200)
FRAME = drawn(cases=20)


def figures(frame) -> dict[str, go.Figure]:
    return {"bars": plotly_charts.metric_bars(comparison.performance(frame, settings=FEW)),
            "roc": plotly_charts.roc(frame),
            "agreement": plotly_charts.agreement_heatmap(comparison.agreement(frame, settings=FEW)),
            "grid": plotly_charts.case_grid(frame)}


@pytest.mark.parametrize(("name", "figure"), figures(FRAME).items())
def test_a_figure_has_no_background_and_readable_type(name: str, figure: go.Figure):
    assert (figure.layout.paper_bgcolor, figure.layout.plot_bgcolor) == ("rgba(0,0,0,0)", "rgba(0,0,0,0)")
    assert figure.layout.font.size >= 13
    assert all(axis.tickfont.size >= 13 for axis in figure.select_xaxes())


def test_bars_are_the_values_of_the_table():
    table = comparison.performance(FRAME, settings=FEW)
    figure = plotly_charts.metric_bars(table)
    accuracy = table[table["metric"] == "accuracy"]
    assert list(figure.data[0].x) == pytest.approx(accuracy["value"].tolist())
    assert list(figure.data[0].y) == accuracy["raterID"].tolist()


def test_an_undefined_metric_says_so_instead_of_showing_0():
    figure = plotly_charts.metric_bars(comparison.performance(ratings([1, 0], readers={"A": [0, 0]}), settings=FEW))
    precision = next(bar for bar, title in zip(figure.data, figure.layout.annotations, strict=True)
                     if title.text == "Precision")
    assert list(precision.text) == ["not defined"]


def test_readers_stand_at_their_operating_points():
    figure = plotly_charts.roc(ratings([1, 1, 0, 0], readers={"A": [1, 0, 0, 0], "B": [1, 0, 0, 0], "C": [1, 1, 1, 0]}))
    readers = next(trace for trace in figure.data if trace.name == "Readers")
    assert list(zip(readers.x, readers.y, readers.text, strict=True)) == [(0.0, 0.5, "A, B"), (0.5, 1.0, "C")]


def test_names_beside_points_lose_what_all_begin_with():
    assert without_shared_start(["Simulated reader A", "Simulated reader B"]) == ["A", "B"]
    assert without_shared_start(["R1", "R10"]) == ["R1", "R10"]
    assert without_shared_start(["Reader A"]) == ["Reader A"]


def test_the_heatmap_is_symmetric_with_an_empty_diagonal():
    z = np.array(plotly_charts.agreement_heatmap(comparison.agreement(FRAME, settings=FEW)).data[0].z, dtype=float)
    assert np.isnan(np.diag(z)).all()
    assert z == pytest.approx(z.T, nan_ok=True)


def test_the_grid_marks_wrong_calls_and_sorts_easy_cases_first():
    grid = plotly_charts.case_grid(ratings([1, 1, 0], readers={"A": [0, 1, 0], "B": [0, 1, 1]})).data[0]
    assert list(grid.x) == ["case-3", "case-2", "case-1"]
    assert np.array(grid.z, dtype=float).tolist() == [[1, 1, 0], [0, 1, 0]]


@pytest.mark.parametrize("frame", [
    ratings([1, 1], readers={"A": [1, 0]}), ratings([1, 0], models={"M": [1, 1]}),
    ratings([1, 0, 0], readers={"A": [1, None, 0], "B": [0, 1, None]}, models={"M": [1, 1, 1]},
            scores={"M": [0.5, 0.5, 0.5]}),
], ids=["one class", "one model", "unread cases"])
def test_thin_studies_have_figures_too(frame):
    assert all(isinstance(figure, go.Figure) for figure in figures(frame).values())
