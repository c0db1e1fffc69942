"""One page per viewer: ours, NiiVue, and sliders with a picture that the server draws for each slice."""

import matplotlib.pyplot as plt
import numpy as np
import plotly.graph_objects as go
import streamlit as st

from benchmarks.peers.viewer import niivue, scan
from pages.shared.viewer.component import Overlay, Scan, ct_viewer

HIDDEN_BELOW, ALPHA = 0.5, 0.5


def canvas() -> None:
    """The viewer of the read and review pages."""
    overlay = Overlay("Grad-CAM", "prognosis", "grad_cam", "data/map", (2, 19, 19))
    ct_viewer(Scan("bench", "bench", scan.SHAPE, scan.SPACING_MM, "data/volume", True), overlays=[overlay])


def chosen() -> tuple[np.ndarray, np.ndarray]:
    """The slice (rows, columns) selected by a slider in HU, and the map over it with hidden values as nan."""
    k = st.slider("Slice", 0, scan.SHAPE[2] - 1, scan.SHAPE[2] // 2)
    values = scan.screen_slice(scan.map_values(), k)
    return scan.screen_slice(scan.volume_hu(), k), np.where(values < HIDDEN_BELOW, np.nan, values)


def with_matplotlib() -> None:
    """`st.slider` and `st.pyplot`."""
    hu, values = chosen()
    figure, axes = plt.subplots(figsize=(6, 6))
    axes.imshow(hu, cmap="gray", vmin=scan.WINDOW_HU[0], vmax=scan.WINDOW_HU[1])
    axes.imshow(values, cmap="inferno", vmin=0, vmax=1, alpha=ALPHA)
    axes.set_axis_off()
    st.pyplot(figure, width=600)
    plt.close(figure)


def with_plotly() -> None:
    """`st.slider` and a plotly heatmap."""
    hu, values = chosen()
    low, high = scan.WINDOW_HU
    figure = go.Figure([
        go.Heatmap(z=hu, colorscale=[[0, "black"], [1, "white"]], zmin=low, zmax=high, showscale=False),
        go.Heatmap(z=values, colorscale="inferno", zmin=0, zmax=1, opacity=ALPHA, showscale=False),
    ])
    figure.update_yaxes(autorange="reversed", scaleanchor="x", visible=False)
    figure.update_xaxes(visible=False)
    figure.update_layout(height=600, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    st.plotly_chart(figure, theme=None)


def with_image() -> None:
    """`st.slider` and `st.image` in a fragment, the fastest solution without a component."""
    @st.fragment
    def picture() -> None:
        hu, values = chosen()
        low, high = scan.WINDOW_HU
        grey = np.clip((hu - low) / (high - low), 0, 1)[..., None].repeat(3, axis=2)
        colours = plt.get_cmap("inferno")(values)[..., :3]
        st.image(np.where(np.isnan(values)[..., None], grey, (1 - ALPHA) * grey + ALPHA * colours), width=600)

    picture()


_NIIVUE = {"LOW": scan.WINDOW_HU[0], "HIGH": scan.WINDOW_HU[1], "ALPHA": ALPHA, "HIDDEN_BELOW": 255 * HIDDEN_BELOW,
           "MIDDLE": [length // 2 for length in scan.SHAPE]}
_niivue_script = "".join(f"const {name} = {value};\n" for name, value in _NIIVUE.items()) + niivue.COMPONENT
_mount_niivue = st.components.v2.component(
    "bench_niivue", html='<div class="place"><canvas class="niivue"></canvas></div>',
    css=".place { position: relative; width: 100%; height: 640px }", js=_niivue_script)  # it fills its parent


def with_niivue() -> None:
    """NiiVue as a component of the same kind as ours; it draws with WebGL."""
    _mount_niivue(key="niivue")


PAGES = {"canvas": canvas, "niivue": with_niivue, "matplotlib": with_matplotlib, "plotly": with_plotly,
         "image": with_image}
st.set_page_config(layout="wide")
pages = [st.Page(page, title=name, url_path=name, default=name == "canvas") for name, page in PAGES.items()]
st.navigation(pages).run()
