"""A small app round the viewer, with the data routes it needs: `streamlit run tests/browser/viewer/app/app.py`."""

import sys
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from tests.browser.viewer.app import clock


def voxels(request: Request) -> Response:
    """The clock phantom or its map, as the real route answers them."""
    if request.path_params["what"] == "volume":
        payload = clock.volume_payload(clock.volume_hu())
    else:
        payload = clock.map_payload(clock.map_values())
    return Response(clock.zipped(payload), media_type="application/octet-stream",
                    headers={"Content-Encoding": "gzip", "Cache-Control": "no-store"})


app = st.App("main.py", routes=[Route("/data/{what}", voxels)])
