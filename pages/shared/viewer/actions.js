// Everything a gesture, key or button can do to the view. Each sets the state and says what must be drawn anew.

/** Asks for one redraw at the next frame. what: greys, blend, pixels, view, slice, text, controls, panes. */
function touch(viewer, ...what) {
  for (const part of what) viewer.dirty[part] = true;
  viewer.frame ||= requestAnimationFrame(() => render(viewer));
}

const FRAME_MS = 12; // a little less than a screen's frame

/** Draws what a key asked for at once, so that it is ready when the frame begins; the second time in a frame waits. */
function drawEarly(viewer) {
  if (!viewer.frame || performance.now() - viewer.drawnAt < FRAME_MS) return;
  cancelAnimationFrame(viewer.frame);
  render(viewer);
}

function changed(viewer, ...what) {
  touch(viewer, "text", ...what);
  clearTimeout(viewer.keeping);
  viewer.keeping = setTimeout(() => keepState(viewer), 300);
}

/** Shows the slice of an axis, kept within the volume. */
function goTo(viewer, axis, index) {
  const { state, volume } = viewer;
  const next = clamp(Math.round(index), 0, volume.size[axis] - 1);
  if (next === state.at[axis]) return;
  viewer.heading = { axis, by: next - state.at[axis] };
  state.at[axis] = next;
  if (axis === 2) viewer.reading.visited.add(next);
  changed(viewer, "slice");
}

const step = (viewer, by, axis = 2) => goTo(viewer, axis, viewer.state.at[axis] + by);

/** Moves the crosshair to a voxel; in the single view that is the slice alone. */
function goToVoxel(viewer, voxel) {
  voxel.forEach((index, axis) => goTo(viewer, axis, index));
  changed(viewer, "view");
}

/** Sets window width and level in HU. */
function setWindow(viewer, { width, level }) {
  viewer.state.window = { width: clamp(width, 1, 8000), level: clamp(level, -2000, 6000) };
  changed(viewer, "greys", "controls");
}

/** Widens and shifts the window by HU, as dragging and Shift+arrows do. */
function shiftWindow(viewer, { by, up }) {
  const { width, level } = viewer.state.window;
  setWindow(viewer, { width: Math.round(width + by), level: Math.round(level + up) });
}

/** Zooms by a factor and keeps the point under the pixel (CSS pixels in the pane) where it is. */
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

/** Moves the image by pixels. */
function panBy(viewer, pane, [dx, dy]) {
  const { across, down, flip } = PLANES[pane.plane];
  viewer.state.centre[across] -= dx / pane.scale;
  viewer.state.centre[down] -= (dy / pane.scale) * (flip ? -1 : 1);
  keepInSight(viewer);
}

function keepInSight(viewer) {
  viewer.state.centre = viewer.state.centre.map((at, axis) => clamp(at, 0, extentMm(viewer.volume, axis)));
  changed(viewer, "view");
}

function centreView(viewer, zoom) {
  viewer.state.zoom = zoom;
  viewer.state.centre = freshState(viewer.volume).centre;
  changed(viewer, "view");
}

const fit = (viewer) => centreView(viewer, 1);
const lifeSize = (viewer) => centreView(viewer, CSS_PIXELS_PER_MM / fitScale(viewer.volume, viewer.panes[0]));

/** Zooms at the pane's middle, as + and - do. */
function zoomStep(viewer, factor) {
  const pane = viewer.panes[0];
  zoomAt(viewer, pane, [pane.width / 2, pane.height / 2], factor);
}

/** Turns a yes-or-no setting over. */
function toggle(viewer, name, ...what) {
  viewer.state[name] = !viewer.state[name];
  changed(viewer, "controls", ...what);
}

/** Sets part of the overlay's look: on, opacity, threshold, colours. */
function setOverlay(viewer, part) {
  Object.assign(viewer.state.overlay, part);
  if (part.on) for (const [url, map] of viewer.maps) if (map.error) viewer.maps.delete(url); // switching on tries again
  needMaps(viewer);
  changed(viewer, "on" in part ? "pixels" : "blend", "controls");
}

/** Chooses the overlay of a pane; -1 is none. */
function showOverlay(viewer, paneIndex, overlayIndex) {
  const { layout, shown } = viewer.state;
  if (layout === "mpr") shown.one[0] = overlayIndex;
  else shown[layout][paneIndex] = overlayIndex;
  setOverlay(viewer, { on: true });
  changed(viewer, "panes");
}

/** Jumps to the slice where the visible map is strongest. */
function jumpToStrongest(viewer) {
  const map = leadingMap(viewer);
  const strongest = map ? strongestSlice(sliceProfile(map, viewer.state.overlay.threshold)) : -1;
  if (strongest >= 0) goTo(viewer, 2, strongest);
}

/** Chooses panes: one, two, three, four or mpr. Side by side needs an overlay to differ by. */
function setLayout(viewer, layout) {
  viewer.state.layout = layout;
  needMaps(viewer);
  changed(viewer, "panes", "controls");
}

/** The layouts worth offering: a pane for the plain scan and one for each overlay, four at most. */
function offeredLayouts(viewer) {
  const most = viewer.overlays.length ? Math.min(4, viewer.overlays.length + 1) : 1;
  return ["one", "two", "three", "four"].slice(0, most);
}

function nextLayout(viewer) {
  const offered = offeredLayouts(viewer);
  setLayout(viewer, offered[(offered.indexOf(viewer.state.layout) + 1) % offered.length]);
}

const toggleMpr = (viewer) => setLayout(viewer, viewer.state.layout === "mpr" ? "one" : "mpr");

/** Takes a tool in hand, or lays it down where it already is. */
function chooseTool(viewer, tool) {
  hideCursor(viewer);
  viewer.state.tool = viewer.state.tool === tool ? "scroll" : tool;
  if (viewer.state.tool in POINTS_NEEDED) viewer.stage.focus({ preventScroll: true }); // Enter is the picture's then
  dropUnfinished(viewer);
  changed(viewer, "controls", "view");
}

/** Removes measurements that were begun and not ended. */
function dropUnfinished(viewer) {
  const finished = ({ kind, points }) => points.length >= POINTS_NEEDED[kind];
  viewer.state.measurements = viewer.state.measurements.filter(finished);
}

function removeMeasurement(viewer, id) {
  viewer.state.measurements = viewer.state.measurements.filter((each) => each.id !== id);
  viewer.state.selected = null;
  changed(viewer, "view", "controls");
}

function removeSelected(viewer) {
  if (viewer.state.selected) removeMeasurement(viewer, viewer.state.selected);
}

async function toggleFullScreen(viewer) {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await viewer.root.requestFullscreen();
}
