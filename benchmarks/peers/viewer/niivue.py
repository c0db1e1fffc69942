"""Fetching NiiVue (BSD-2), a WebGL viewer of medical volumes, with npm, and its component for the benchmark."""

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from ich_model.atomic import atomic_file

VERSION = "0.69.0"
FOLDER = Path(__file__).resolve().parents[3] / ".venv" / "niivue"
SCRIPT = FOLDER / f"niivue-{VERSION}.js"
MEMBER = "package/dist/index.js"
PATIENCE_S = 120


def fetch() -> str | None:
    """Fetches the script where it is missing; returns None, or a sentence on why it is not available."""
    if SCRIPT.is_file():
        return None
    npm = shutil.which("npm")
    if npm is None:
        return "NiiVue is left out: npm was not found, and it is needed to fetch it."
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as scratch:
        try:
            subprocess.run([npm, "pack", f"@niivue/niivue@{VERSION}", "--silent", "--pack-destination", scratch],
                           check=True, capture_output=True, timeout=PATIENCE_S)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return f"NiiVue is left out: npm could not fetch version {VERSION}; is the registry within reach?"
        with tarfile.open(next(Path(scratch).glob("*.tgz"))) as archive:
            script = archive.extractfile(MEMBER)  # None for a member that is not a file
            if script is None:
                return f"NiiVue is left out: {MEMBER} of version {VERSION} is no file; look what the package holds."
            with atomic_file(SCRIPT) as file:
                file.write_bytes(script.read())
    return None


COMPONENT = """
export default async function ({ parentElement }) {
  const canvas = parentElement.querySelector("canvas");
  if (canvas.started) return;
  canvas.started = true;
  const { Niivue, SLICE_TYPE } = await import(new URL("bench/niivue.js", document.baseURI));
  const viewer = new Niivue({ crosshairWidth: 0, isColorbar: false, dragAndDropEnabled: false,
                              isRadiologicalConvention: true, sliceType: SLICE_TYPE.AXIAL });
  await viewer.attachToCanvas(canvas);
  const file = (name) => new URL(`bench/${name}.nii.gz`, document.baseURI).href;
  await viewer.loadVolumes([
    { url: file("volume"), colormap: "gray", cal_min: LOW, cal_max: HIGH },
    { url: file("map"), colormap: "inferno", opacity: ALPHA, cal_min: HIDDEN_BELOW, cal_max: 255 },
  ]);
  viewer.scene.crosshairPos = viewer.vox2frac(MIDDLE);
  viewer.drawScene();
  addEventListener("keydown", ({ key }) => {
    if (key === "ArrowRight" || key === "ArrowLeft") viewer.moveCrosshairInVox(0, 0, key === "ArrowRight" ? 1 : -1);
  });
}
"""
