// The actions of gestures, keys and buttons. Each sets the state and says what must be redrawn.

/**
 * Asks for one redraw at the next frame. what: greys, blend, pixels, view, slice, text, controls, panes.
 * @param {Viewer} viewer @param {...Changed} what
 */
function touch(viewer, ...what) {
  for (const part of what) viewer.dirty[part] = true;
  viewer.frame ||= requestAnimationFrame(() => render(viewer));
}

const FRAME_MS = 12; // a little less than a screen's frame

/**
 * Draws what a key asked for at once, so that it is ready when the frame begins; the second time in a frame waits.
 * @param {Viewer} viewer
 */
function drawEarly(viewer) {
  if (!viewer.frame || performance.now() - viewer.drawnAt < FRAME_MS) return;
  cancelAnimationFrame(viewer.frame);
  render(viewer);
}

/** @param {Viewer} viewer @param {...Changed} what */
function changed(viewer, ...what) {
  touch(viewer, "text", ...what);
  clearTimeout(viewer.keeping);
  viewer.keeping = setTimeout(() => keepState(viewer), 300);
}

/**
 * Shows the slice of an axis, kept within the volume.
 * @param {OpenViewer} viewer @param {Axis} axis @param {number} index
 */
function goTo(viewer, axis, index) {
  const { state, volume } = viewer;
  const next = clamp(Math.round(index), 0, volume.size[axis] - 1);
  if (next === state.at[axis]) return;
  viewer.heading = { axis, by: next - state.at[axis] };
  state.at[axis] = next;
  if (axis === 2) viewer.reading.visited.add(next);
  changed(viewer, "slice");
}

/** @type {(viewer: OpenViewer, by: number, axis?: Axis) => void} */
const step = (viewer, by, axis = 2) => goTo(viewer, axis, viewer.state.at[axis] + by);

/**
 * Moves the crosshair to a voxel; in the single view that is the slice alone.
 * @param {OpenViewer} viewer @param {Triple} voxel
 */
function goToVoxel(viewer, voxel) {
  for (const axis of AXES) goTo(viewer, axis, voxel[axis]);
  changed(viewer, "view");
}

/**
 * Sets window width and level in HU.
 * @param {OpenViewer} viewer @param {HuWindow} window
 */
function setWindow(viewer, { width, level }) {
  viewer.state.window = { width: clamp(width, 1, 8000), level: clamp(level, -2000, 6000) };
  changed(viewer, "greys", "controls");
}

/**
 * Widens and shifts the window by HU, as dragging and Shift+arrows do.
 * @param {OpenViewer} viewer @param {{ by: number, up: number }} change
 */
function shiftWindow(viewer, { by, up }) {
  const { width, level } = viewer.state.window;
  setWindow(viewer, { width: Math.round(width + by), level: Math.round(level + up) });
}

/**
 * Zooms by a factor and keeps the point under the pixel (CSS pixels in the pane) where it is.
 * @param {OpenViewer} viewer @param {Pane} pane @param {Point} pixel @param {number} factor
 */
function zoomAt(viewer, pane, [x, y], factor) {
  const { state } = viewer;
  const { across, down, flip } = PLANES[pane.plane];
  const zoom = clamp(state.zoom * factor, ...ZOOM_RANGE);
  const move = (1 / pane.scale) * (1 - state.zoom / zoom);
  state.centre[across] += (x - pane.width / 2) * move;
  state.centre[down] += (y - pane.height / 2) * move * (flip ? -1 : 1);
  state.zoom = zoom;
  keepInSight(viewer);
}

/**
 * Moves the image by pixels.
 * @param {OpenViewer} viewer @param {Pane} pane @param {Point} pixels
 */
function panBy(viewer, pane, [dx, dy]) {
  const { across, down, flip } = PLANES[pane.plane];
  viewer.state.centre[across] -= dx / pane.scale;
  viewer.state.centre[down] -= (dy / pane.scale) * (flip ? -1 : 1);
  keepInSight(viewer);
}

/** @param {OpenViewer} viewer */
function keepInSight(viewer) {
  const { state, volume } = viewer;
  state.centre = perAxis((axis) => clamp(state.centre[axis], 0, extentMm(volume, axis)));
  changed(viewer, "view");
}

/** @param {OpenViewer} viewer @param {number} zoom */
function centreView(viewer, zoom) {
  viewer.state.zoom = zoom;
  viewer.state.centre = freshState(viewer.volume).centre;
  changed(viewer, "view");
}

/** @type {Action} */
const fit = (viewer) => centreView(viewer, 1);
/** @type {Action} */
const lifeSize = (viewer) => centreView(viewer, CSS_PIXELS_PER_MM / fitScale(viewer.volume, viewer.panes[0]));

/**
 * Zooms at the pane's middle, as + and - do.
 * @param {OpenViewer} viewer @param {number} factor
 */
function zoomStep(viewer, factor) {
  const pane = viewer.panes[0];
  zoomAt(viewer, pane, [pane.width / 2, pane.height / 2], factor);
}

/**
 * Turns a yes-or-no setting over.
 * @param {OpenViewer} viewer @param {"inverted" | "smooth" | "contour"} name @param {...Changed} what
 */
function toggle(viewer, name, ...what) {
  viewer.state[name] = !viewer.state[name];
  changed(viewer, "controls", ...what);
}

/**
 * Sets part of the overlay's look: on, opacity, threshold, colours.
 * @param {OpenViewer} viewer @param {Partial<OverlayLook>} part
 */
function setOverlay(viewer, part) {
  Object.assign(viewer.state.overlay, part);
  if (part.on) { // switching on tries again
    for (const [url, map] of viewer.maps) if ("error" in map) viewer.maps.delete(url);
  }
  needMaps(viewer);
  changed(viewer, "on" in part ? "pixels" : "blend", "controls");
}

/**
 * Chooses the overlay of a pane; -1 is none.
 * @param {OpenViewer} viewer @param {number} paneIndex @param {number} overlayIndex
 */
function showOverlay(viewer, paneIndex, overlayIndex) {
  const { layout, shown } = viewer.state;
  if (layout === "mpr") shown.one[0] = overlayIndex;
  else shown[layout][paneIndex] = overlayIndex;
  setOverlay(viewer, { on: true });
  changed(viewer, "panes");
}

/**
 * Jumps to the slice where the visible map is strongest.
 * @param {OpenViewer} viewer
 */
function jumpToStrongest(viewer) {
  const map = leadingMap(viewer);
  const strongest = map ? strongestSlice(sliceProfile(map, viewer.state.overlay.threshold)) : -1;
  if (strongest >= 0) goTo(viewer, 2, strongest);
}

/**
 * Chooses panes: one, two, three, four or mpr. Side by side needs an overlay to differ by.
 * @param {OpenViewer} viewer @param {Layout} layout
 */
function setLayout(viewer, layout) {
  viewer.state.layout = layout;
  needMaps(viewer);
  changed(viewer, "panes", "controls");
}

/** @type {Layout[]} */
const SIDE_BY_SIDE = ["one", "two", "three", "four"];

/**
 * The layouts worth offering: a pane for the plain scan and one for each overlay, four at most.
 * @param {Viewer} viewer
 */
function offeredLayouts(viewer) {
  const most = viewer.overlays.length ? Math.min(4, viewer.overlays.length + 1) : 1;
  return SIDE_BY_SIDE.slice(0, most);
}

/** @param {OpenViewer} viewer */
function nextLayout(viewer) {
  const offered = offeredLayouts(viewer);
  setLayout(viewer, offered[(offered.indexOf(viewer.state.layout) + 1) % offered.length]);
}

/** @type {Action} */
const toggleMpr = (viewer) => setLayout(viewer, viewer.state.layout === "mpr" ? "one" : "mpr");

/**
 * Takes a tool in hand, or lays it down where it already is.
 * @param {OpenViewer} viewer @param {Tool} tool
 */
function chooseTool(viewer, tool) {
  hideCursor(viewer);
  viewer.state.tool = viewer.state.tool === tool ? "scroll" : tool;
  if (isDrawing(viewer.state.tool)) viewer.stage.focus({ preventScroll: true }); // Enter is the picture's then
  dropUnfinished(viewer);
  changed(viewer, "controls", "view");
}

/**
 * Removes measurements that were begun and not ended.
 * @param {OpenViewer} viewer
 */
function dropUnfinished(viewer) {
  /** @param {Measurement} measurement */
  const finished = ({ kind, points }) => points.length >= POINTS_NEEDED[kind];
  viewer.state.measurements = viewer.state.measurements.filter(finished);
}

/** @param {OpenViewer} viewer @param {number} id */
function removeMeasurement(viewer, id) {
  viewer.state.measurements = viewer.state.measurements.filter((each) => each.id !== id);
  viewer.state.selected = null;
  changed(viewer, "view", "controls");
}

/** @param {OpenViewer} viewer */
function removeSelected(viewer) {
  if (viewer.state.selected) removeMeasurement(viewer, viewer.state.selected);
}

/** @param {Viewer} viewer */
async function toggleFullScreen(viewer) {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await viewer.root.requestFullscreen();
}
