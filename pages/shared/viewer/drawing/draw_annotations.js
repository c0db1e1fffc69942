// Lines over the picture: measurements, crosshair, scale bar.

const ACCENT = "#7fb3d5";
const SELECTED = "#ffffff";
const HANDLE_PX = 3.5;

/**
 * Strokes a path twice, dark under light, so that it can be read on bone and on air.
 * @param {CanvasRenderingContext2D} context @param {string} colour @param {() => void} trace
 */
function strokeTwice(context, colour, trace) {
  for (const { style, width } of [{ style: "rgba(0, 0, 0, 0.7)", width: 3.5 }, { style: colour, width: 1.5 }]) {
    context.beginPath();
    trace();
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  }
}

/**
 * Writes lines of text beside a point, moved left where the pane ends.
 * @param {Pane} pane @param {string[]} lines @param {Point} pixel @param {string} colour
 */
function drawLabel(pane, lines, [beside, y], colour) {
  const { context } = pane;
  const size = Math.round(clamp(pane.width / 110, 12, 18));
  context.font = `${size}px system-ui, sans-serif`;
  const widest = Math.max(...lines.map((line) => context.measureText(line).width));
  const x = Math.max(4, Math.min(beside, pane.width - widest - 6));
  context.textBaseline = "middle";
  context.lineJoin = "round";
  lines.forEach((line, index) => {
    context.lineWidth = 3;
    context.strokeStyle = "rgba(0, 0, 0, 0.8)";
    context.strokeText(line, x, y + 1.3 * size * index);
    context.fillStyle = colour;
    context.fillText(line, x, y + 1.3 * size * index);
  });
}

/** @param {CanvasRenderingContext2D} context @param {Point} from @param {Point} to */
function traceLine(context, [x0, y0], [x1, y1]) {
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
}

/** @param {CanvasRenderingContext2D} context @param {Measurement} measurement @param {Point[]} points */
function traceMeasurement(context, { kind }, points) {
  if (kind === "ellipse") {
    const [[x0, y0], [x1, y1]] = points;
    context.ellipse((x0 + x1) / 2, (y0 + y1) / 2, Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2, 0, 0, 2 * Math.PI);
    return;
  }
  for (let i = 0; i + 1 < points.length; i += 2) traceLine(context, points[i], points[i + 1]);
}

/**
 * The measurements that lie on the slice a pane shows.
 * @param {OpenViewer} viewer @param {Pane} pane
 */
function measurementsOn(viewer, pane) {
  const depth = viewer.state.at[PLANES[pane.plane].through];
  return viewer.state.measurements.filter((each) => each.plane === pane.plane && each.depth === depth);
}

/** @param {OpenViewer} viewer @param {Pane} pane */
function drawMeasurements(viewer, pane) {
  const { context } = pane;
  for (const measurement of measurementsOn(viewer, pane)) {
    const points = measurement.points.map((point) => toScreen(viewer, pane, point));
    const colour = measurement.id === viewer.state.selected ? SELECTED : ACCENT;
    strokeTwice(context, colour, () => traceMeasurement(context, measurement, points));
    context.fillStyle = colour;
    for (const [x, y] of points) context.fillRect(x - HANDLE_PX / 2, y - HANDLE_PX / 2, HANDLE_PX, HANDLE_PX);
    const right = points.reduce((a, b) => (b[0] > a[0] ? b : a));
    drawLabel(pane, measurementLines(viewer.volume, measurement), [right[0] + 8, right[1]], colour);
  }
}

/**
 * In MPR, thin lines through the shown voxel, open around it.
 * @param {OpenViewer} viewer @param {Pane} pane
 */
function drawCrosshair(viewer, pane) {
  if (viewer.state.layout !== "mpr") return;
  const { across, down } = PLANES[pane.plane];
  const { at } = viewer.state;
  const [x, y] = toScreen(viewer, pane, [at[across] + 0.5, at[down] + 0.5]);
  const { context } = pane;
  const gap = 12;
  context.globalAlpha = 0.75;
  context.strokeStyle = ACCENT;
  context.lineWidth = 1;
  context.beginPath();
  traceLine(context, [0, y], [x - gap, y]);
  traceLine(context, [x + gap, y], [pane.width, y]);
  traceLine(context, [x, 0], [x, y - gap]);
  traceLine(context, [x, y + gap], [x, pane.height]);
  context.stroke();
  context.globalAlpha = 1;
}

const SCALE_BARS_MM = [100, 50, 20, 10, 5, 2, 1];

/**
 * A bar of a round length in mm at the bottom, at most a third of the pane wide.
 * @param {Pane} pane
 */
function drawScaleBar(pane) {
  const { context } = pane;
  if (pane.width < 260) return;
  const lengthMm = SCALE_BARS_MM.find((each) => each * pane.scale <= pane.width / 3) ?? 1;
  const half = (lengthMm * pane.scale) / 2;
  const middle = pane.width / 2;
  const y = pane.height - 14;
  strokeTwice(context, "#9aa3a8", () => {
    traceLine(context, [middle - half, y], [middle + half, y]);
    for (const x of [middle - half, middle, middle + half]) traceLine(context, [x, y - 4], [x, y]);
  });
  const text = lengthMm >= 10 ? `${lengthMm / 10} cm` : `${lengthMm} mm`;
  drawLabel(pane, [text], [middle + half + 6, y - 2], "#9aa3a8");
}
