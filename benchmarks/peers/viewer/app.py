"""`streamlit run benchmarks/peers/viewer/app.py`: the pages, and the routes for voxels, scripts and CPU time."""

import sys
import time
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from benchmarks.peers.viewer import niivue, scan


def voxels(request: Request) -> Response:
    """The payload of the benchmark's scan or map, cached as in the app."""
    return Response(scan.payload(request.path_params["what"]), media_type="application/octet-stream",
                    headers={"Content-Encoding": "gzip", "Cache-Control": "no-store"})


def file(request: Request) -> Response:
    """The benchmark's scan or map as a NIfTI file."""
    return Response(scan.nifti(request.path_params["what"]), media_type="application/gzip",
                    headers={"Cache-Control": "no-store"})


FLOOR = f"""<!doctype html><body style="margin:0;background:#000"><canvas width="600" height="600"></canvas><script>
const context = document.querySelector("canvas").getContext("2d");
let k = {scan.SHAPE[2] // 2};
const rectangle = () => {{
  const grey = {scan.grey_of(0)} + {scan.GREY_STEP} * k;
  context.fillStyle = `rgb(${{grey}}, ${{grey}}, ${{grey}})`;
  context.fillRect(0, 0, 600, 600);
}};
const pictures = [];
const picture = () => context.drawImage(pictures[k], 0, 0);
async function prepare() {{
  const voxels = new Int16Array(await (await fetch("../data/volume")).arrayBuffer());
  const [nx, ny, nz] = {list(scan.SHAPE)};
  for (let at = 0; at < nz; at++) {{
    const small = new OffscreenCanvas(nx, ny);
    const image = new ImageData(nx, ny);
    new Uint32Array(image.data.buffer).set(voxels.subarray(at * nx * ny, (at + 1) * nx * ny)
      .map((hu) => Math.min(255, Math.max(0, (hu - {scan.WINDOW_HU[0]}) * 255 / {scan.WINDOW_HU[1]})))); // red is grey
    for (let i = 0; i < image.data.length; i += 4) {{
      image.data[i + 1] = image.data[i + 2] = image.data[i];
      image.data[i + 3] = 255;
    }}
    small.getContext("2d").putImageData(image, 0, 0);
    const large = new OffscreenCanvas(600, 600);
    large.getContext("2d").drawImage(small, 0, 0, 600, 600);
    pictures.push(large);
  }}
}}
async function start(draw) {{
  if (draw === picture) await prepare();
  draw();
  addEventListener("keydown", (event) => {{
    k += event.key === "ArrowRight" ? 1 : -1;
    requestAnimationFrame(draw);
  }});
}}
start(location.pathname.endsWith("picture") ? picture : rectangle);
</script></body>"""


def floor(_: Request) -> Response:
    """The lower bound of any viewer: one filled rectangle per key, or one prerendered picture."""
    return HTMLResponse(FLOOR)


def cpu(_: Request) -> Response:
    """The server's CPU time in seconds."""
    return PlainTextResponse(str(time.process_time()))


def niivue_script(_: Request) -> Response:
    """NiiVue's script, from the folder into which the benchmark fetched it."""
    return FileResponse(niivue.SCRIPT, media_type="text/javascript", headers={"Cache-Control": "max-age=3600"})


for what in ("volume", "map"):
    scan.payload(what)
    scan.nifti(what)
app = st.App("main.py", routes=[
    Route("/data/{what}", voxels), Route("/bench/{what}.nii.gz", file), Route("/bench/floor", floor),
    Route("/bench/picture", floor), Route("/bench/cpu", cpu), Route("/bench/niivue.js", niivue_script),
])
