"""The style of all plotly figures: for a dark page, without a background, in colours that the colour-blind tell apart.

Readers are blue, models warm, the readers together white. Show the figures with Streamlit's theme off.
"""

import plotly.graph_objects as go

READER, MODEL, GROUP = "#56B4E9", "#E69F00", "#C3CCD6"
MODEL_LINES = ("#E69F00", "#2FC6A0", "#CC79A7", "#F0E442", "#FF7A45", "#B9A7FF", "#A6B3C2")
MODEL_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
RIGHT, WRONG, NOT_READ = "#2D6F9E", "#D9662B", "rgba(255,255,255,0.06)"
TEXT, FAINT, GRID = "#DDE3EA", "#97A3B2", "rgba(255,255,255,0.09)"


def finish(figure: go.Figure, *, height: int, **layout: object) -> go.Figure:
    """The one look: transparent, quiet grid, readable type."""
    figure.update_layout(
        template=None, height=height, paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Inter, 'Source Sans Pro', 'Helvetica Neue', Arial, sans-serif", "size": 14, "color": TEXT},
        hoverlabel={"bgcolor": "#1B2430", "bordercolor": "#3A4656", "font": {"size": 14, "color": TEXT}},
        **({"margin": {"l": 10, "r": 16, "t": 16, "b": 10}, "showlegend": False} | layout))
    figure.update_xaxes(gridcolor=GRID, zeroline=False, linecolor=GRID, tickfont={"size": 13}, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, linecolor=GRID, tickfont={"size": 13}, automargin=True)
    return figure
