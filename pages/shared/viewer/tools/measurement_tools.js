// Drawing, changing and listing measurements.

/** @type {Record<Kind, number>} */
const POINTS_NEEDED = { ruler: 2, ellipse: 2, abc: 4 };
/** Whether a tool draws a measurement. @param {Tool} tool @returns {tool is Kind} */
function isDrawing(tool) {
  return tool in POINTS_NEEDED;
}

const REACH_PX = 8; // how near to a line the pointer counts as on it
const SHORTEST_PX = 4; // a shorter drag was a click

/**
 * The measurement under a pixel and which of its points, or -1 for its line; null where there is none.
 * @param {OpenViewer} viewer @param {Pane} pane @param {Point} pixel @returns {Held | null}
 */
function measurementAt(viewer, pane, [x, y]) {
  for (const measurement of measurementsOn(viewer, pane).toReversed()) {
    const points = measurement.points.map((point) => toScreen(viewer, pane, point));
    const handle = points.findIndex(([px, py]) => Math.hypot(px - x, py - y) <= REACH_PX);
    if (handle >= 0) return { measurement, handle };
    if (outlineDistance(measurement.kind, points, [x, y]) <= REACH_PX) return { measurement, handle: -1 };
  }
  return null;
}

/** @param {Kind} kind @param {Point[]} points @param {Point} pixel */
function outlineDistance(kind, points, [x, y]) {
  if (kind === "ellipse") {
    const [[x0, y0], [x1, y1]] = points;
    const rx = Math.abs(x1 - x0) / 2 || 1;
    const ry = Math.abs(y1 - y0) / 2 || 1;
    const radius = Math.hypot((x - (x0 + x1) / 2) / rx, (y - (y0 + y1) / 2) / ry);
    return Math.abs(radius - 1) * Math.min(rx, ry);
  }
  let nearest = Infinity;
  for (let i = 0; i + 1 < points.length; i += 2) {
    nearest = Math.min(nearest, lineDistance(points[i], points[i + 1], [x, y]));
  }
  return nearest;
}

/** @param {Point} from @param {Point} to @param {Point} pixel */
function lineDistance([x0, y0], [x1, y1], [x, y]) {
  const squared = (x1 - x0) ** 2 + (y1 - y0) ** 2 || 1;
  const along = clamp(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / squared, 0, 1);
  return Math.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0));
}

const MOST_MEASUREMENTS = 100; // of a case: as many are kept with a read

/**
 * Begins a measurement with the tool in hand, or its second diameter for ABC/2; null where the tool can't be used.
 * @param {OpenViewer} viewer @param {Pane} pane @param {Point} point @returns {Held | null}
 */
function beginMeasurement(viewer, pane, point) {
  const { state } = viewer;
  const depth = state.at[PLANES[pane.plane].through];
  if (!isDrawing(state.tool) || (state.tool === "abc" && pane.plane !== "axial")) return null;
  const open = state.measurements.find((each) => each.kind === "abc" && each.points.length === 2);
  if (state.tool === "abc" && open?.depth === depth) {
    open.points.push(point, point);
    return { measurement: open, handle: 3, made: true };
  }
  dropUnfinished(viewer);
  if (state.measurements.length >= MOST_MEASUREMENTS) return null;
  const id = 1 + Math.max(0, ...state.measurements.map((each) => each.id));
  /** @type {Measurement} */
  const measurement = { id, kind: state.tool, plane: pane.plane, depth, points: [point, point], slices: 0 };
  state.measurements.push(measurement);
  state.selected = id;
  return { measurement, handle: 1, made: true };
}

/**
 * Moves one point of a measurement; ABC/2 keeps B at right angles to A.
 * @param {OpenViewer} viewer @param {Held} held @param {Point} point
 */
function movePoint(viewer, { measurement, handle }, point) {
  const { points, kind, plane } = measurement;
  const spacing = planeSpacing(viewer.volume, plane);
  if (kind !== "abc" || points.length < 4) {
    points[handle] = point;
  } else if (handle >= 2) {
    points[handle] = squareTo(points, points[5 - handle], point, spacing);
  } else {
    points[handle] = point;
    points[3] = squareTo(points, points[2], points[3], spacing);
  }
  changed(viewer, "view", "controls");
}

/**
 * Moves a whole measurement by voxels.
 * @param {OpenViewer} viewer @param {Held} held @param {Point} voxels
 */
function moveMeasurement(viewer, { measurement }, [da, dd]) {
  measurement.points = measurement.points.map(([a, d]) => [a + da, d + dd]);
  changed(viewer, "view", "controls");
}

/**
 * Ends a drag: what was only a click is taken back; a finished measurement lays the tool down.
 * @param {OpenViewer} viewer @param {Pane} pane @param {Held} held
 */
function endMeasurement(viewer, pane, { measurement }) {
  const [from, to] = measurement.points.slice(-2).map((point) => toScreen(viewer, pane, point));
  if (Math.hypot(to[0] - from[0], to[1] - from[1]) < SHORTEST_PX) measurement.points.splice(-2);
  if (!measurement.points.length) removeMeasurement(viewer, measurement.id);
  if (measurement.points.length === POINTS_NEEDED[measurement.kind]) viewer.state.tool = "scroll";
  changed(viewer, "view", "controls");
}

/** @type {Record<Kind, string>} */
const KIND_NAMES = { ruler: "Ruler", ellipse: "Ellipse", abc: "ABC/2" };

/** @param {OpenViewer} viewer @param {Measurement} measurement */
function chipText(viewer, measurement) {
  if (measurement.points.length < POINTS_NEEDED[measurement.kind]) return "draw B across A";
  if (measurement.kind !== "abc") return measurementLines(viewer.volume, measurement)[0];
  const { aMm, bMm, thicknessMm, volumeMl } = abcSizes(viewer.volume, measurement);
  if (!measurement.slices) return `A ${aMm.toFixed(1)} × B ${bMm.toFixed(1)} × C / 2: count the slices`;
  const cMm = measurement.slices * thicknessMm;
  return `A ${aMm.toFixed(1)} × B ${bMm.toFixed(1)} × C ${cMm.toFixed(1)} mm / 2 = ${volumeMl.toFixed(1)} mL`;
}

/** @param {OpenViewer} viewer @param {Measurement} measurement */
function sliceCounter(viewer, measurement) {
  /** @param {number} by */
  const count = (by) => () => {
    measurement.slices = clamp(measurement.slices + by, 0, viewer.volume.size[2]);
    changed(viewer, "view", "controls");
  };
  const output = element("output", { "aria-label": "Slices counted" });
  const rule = "Over 75 % of the largest area: 1 slice; 25–75 %: 0.5; less: 0";
  const counter = element("span", { class: "counter", title: rule },
    element("button", { type: "button", "aria-label": "Half a slice fewer", click: count(-0.5) }, "−"), output,
    element("button", { type: "button", "aria-label": "Half a slice more", click: count(0.5) }, "+"));
  return { counter, update: () => setText(output, `${measurement.slices} slices`) };
}

/**
 * One measurement's line in the list, and how it is brought up to date without being made anew.
 * @param {OpenViewer} viewer @param {Measurement} measurement @returns {Chip}
 */
function makeChip(viewer, measurement) {
  const { kind, plane, depth, id } = measurement;
  const { through } = PLANES[plane];
  const show = () => {
    viewer.state.selected = id;
    goTo(viewer, through, depth);
    viewer.stage.focus({ preventScroll: true }); // Enter moves its points then
    changed(viewer, "view", "controls");
  };
  const name = `${KIND_NAMES[kind]}, ${through === 2 ? "slice" : plane} ${depth + 1}`;
  const values = element("span", { class: "values" });
  const slices = kind === "abc" ? sliceCounter(viewer, measurement) : null;
  const remove = element("button", { type: "button", class: "remove", "aria-label": `Delete ${name}`, title: "Delete",
    click: () => removeMeasurement(viewer, id) }, "×");
  const root = element("div", { class: "chip", role: "listitem" },
    element("div", { class: "row" },
      element("button", { type: "button", class: "show", title: "Show its slice", click: show }, name),
      slices ? slices.counter : values, remove),
    slices ? values : null);
  const update = () => {
    root.dataset.selected = String(id === viewer.state.selected);
    if (slices) slices.counter.hidden = measurement.points.length < POINTS_NEEDED.abc;
    slices?.update();
    setText(values, chipText(viewer, measurement));
  };
  return { measurement, root, update };
}

/**
 * Lists the measurements beside the picture, where there are any.
 * @param {OpenViewer} viewer
 */
function listMeasurements(viewer) {
  const { chips, state } = viewer;
  const known = new Map(viewer.listed.map((chip) => [chip.measurement, chip]));
  const listed = state.measurements.map((each) => known.get(each) ?? makeChip(viewer, each));
  const same = listed.length === viewer.listed.length && listed.every((chip, index) => chip === viewer.listed[index]);
  if (!same) chips.replaceChildren(...listed.map((chip) => chip.root));
  viewer.listed = listed;
  for (const chip of listed) chip.update();
  chips.hidden = !listed.length;
  chips.toggleAttribute("data-headed", viewer.overlays.length > 0);
}
