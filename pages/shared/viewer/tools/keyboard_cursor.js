// Pointing without a pointer: a cursor that the arrows move, and Enter sets. It reads HU, draws with the tool in hand,
// moves the points of a chosen measurement, and in MPR the crosshair.

const CURSOR_PX = 9;

/**
 * Enter: shows the cursor, or sets the point it stands on.
 * @param {OpenViewer} viewer
 */
function setPoint(viewer) {
  const { cursor } = viewer;
  if (!cursor) showCursor(viewer);
  else if (cursor.held) letGo(viewer, cursor, cursor.held);
  else takeHold(viewer, cursor);
  changed(viewer, "view", "controls");
}

/**
 * Puts the cursor on the first point of the chosen measurement, else in the pane's middle.
 * @param {OpenViewer} viewer
 */
function showCursor(viewer) {
  const { state } = viewer;
  const chosen = isDrawing(state.tool) ? null : state.measurements.find(({ id }) => id === state.selected);
  const pane = viewer.panes.find(({ plane }) => plane === (chosen?.plane ?? "axial"));
  if (!pane) return;
  const [a, d] = toVoxel(viewer, pane, [pane.width / 2, pane.height / 2]);
  viewer.cursor = { pane, point: within(viewer, pane, chosen?.points[0] ?? [Math.floor(a) + 0.5, Math.floor(d) + 0.5]),
                    held: chosen ? { measurement: chosen, handle: 0 } : null };
}

/**
 * Begins what the tool in hand draws; without one ends at the cursor, and takes the crosshair there.
 * @param {OpenViewer} viewer @param {Cursor} cursor
 */
function takeHold(viewer, cursor) {
  const { tool, layout } = viewer.state;
  const { pane, point } = cursor;
  if (isDrawing(tool)) {
    cursor.held = beginMeasurement(viewer, pane, point);
    return;
  }
  viewer.cursor = null;
  const voxel = voxelAt(viewer, pane, toScreen(viewer, pane, point));
  if (layout === "mpr" && voxel) goToVoxel(viewer, voxel);
}

/**
 * Ends the line that is drawn, or goes on to the next point of the measurement that is changed.
 * @param {OpenViewer} viewer @param {Cursor} cursor @param {Held} held
 */
function letGo(viewer, cursor, held) {
  const { measurement, handle, made } = held;
  if (made) {
    endMeasurement(viewer, cursor.pane, held);
    cursor.held = null;
    if (!isDrawing(viewer.state.tool)) viewer.cursor = null;
  } else if (handle + 1 < measurement.points.length) {
    cursor.held = { measurement, handle: handle + 1 };
    cursor.point = measurement.points[handle + 1];
  } else viewer.cursor = null;
}

/**
 * Moves the cursor over the screen by voxels, and what it holds with it.
 * @param {OpenViewer} viewer @param {Point} voxels
 */
function moveCursor(viewer, [right, down]) {
  const { cursor } = viewer;
  if (!cursor) return;
  const { pane, point, held } = cursor;
  const plane = PLANES[pane.plane];
  if (held) goTo(viewer, plane.through, held.measurement.depth); // back to its slice, had it been left
  cursor.point = within(viewer, pane, [point[0] + right, point[1] + (plane.flip ? -down : down)]);
  if (held) movePoint(viewer, held, cursor.point);
  changed(viewer, "view");
}

/**
 * Takes the cursor away, and what was begun with it.
 * @param {OpenViewer} viewer
 */
function hideCursor(viewer) {
  const held = viewer.cursor?.held;
  viewer.cursor = null;
  if (!held?.made) return;
  held.measurement.points.splice(-2);
  if (!held.measurement.points.length) removeMeasurement(viewer, held.measurement.id);
}

/** @param {OpenViewer} viewer @param {Pane} pane @param {Point} point @returns {Point} */
function within({ volume }, pane, [a, d]) {
  const { across, down } = PLANES[pane.plane];
  return [clamp(a, 0, volume.size[across]), clamp(d, 0, volume.size[down])];
}

/** @param {OpenViewer} viewer @param {Pane} pane */
function drawCursor(viewer, pane) {
  const { cursor } = viewer;
  if (cursor?.pane !== pane) return;
  const [x, y] = toScreen(viewer, pane, cursor.point);
  strokeTwice(pane.context, SELECTED, () => {
    for (const side of [-1, 1]) {
      traceLine(pane.context, [x + side * 3, y], [x + side * CURSOR_PX, y]);
      traceLine(pane.context, [x, y + side * 3], [x, y + side * CURSOR_PX]);
    }
  });
}
