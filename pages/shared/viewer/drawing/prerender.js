// Prerendering: the next slice is drawn while this one is looked at, so that a step only copies it.

/**
 * Draws the pane's slice: as prepared where it is the one, else now.
 * @param {OpenViewer} viewer @param {Pane} pane
 */
function drawPicture(viewer, pane) {
  const { context, prepared, ratio } = pane;
  const depth = viewer.state.at[PLANES[pane.plane].through];
  if (prepared?.depth === depth && fits(prepared, pane)) {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(prepared.canvas, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0); // for what is drawn over it
  } else drawSlice(viewer, pane, depth, context);
}

/** @type {(prepared: Prepared, pane: Pane) => boolean} */
const fits = ({ canvas }, pane) => canvas.width === pane.canvas.width && canvas.height === pane.canvas.height;

/**
 * Whatever a picture is made of has changed: the prepared one is of no use.
 * @param {Pane} pane
 */
function forgetPrepared(pane) {
  if (pane.prepared) pane.prepared.depth = null;
}

/**
 * Prepares the next slice once the frame that is being made is out.
 * @param {Viewer} viewer
 */
function prepareSoon(viewer) {
  if (viewer.preparing) return;
  viewer.preparing = true;
  requestAnimationFrame(() => setTimeout(() => {
    viewer.preparing = false;
    prepareNext(viewer);
  }));
}

/**
 * Draws the slice as far on as the last step went, unless a frame is due, which goes first.
 * @param {Viewer} viewer
 */
function prepareNext(viewer) {
  if (!isOpen(viewer) || viewer.frame || !viewer.heading) return;
  const { axis, by } = viewer.heading;
  const depth = viewer.state.at[axis] + by;
  if (depth < 0 || depth >= viewer.volume.size[axis]) return;
  for (const pane of viewer.panes) if (PLANES[pane.plane].through === axis) prepareSlice(viewer, pane, depth);
}

/** @param {OpenViewer} viewer @param {Pane} pane @param {number} depth */
function prepareSlice(viewer, pane, depth) {
  if (!pane.prepared || !fits(pane.prepared, pane)) {
    const { width, height } = pane.canvas;
    const canvas = element("canvas", { width, height });
    pane.prepared = { canvas, context: contextOf(canvas, { alpha: false }), depth: null };
  }
  if (pane.prepared.depth === depth) return;
  drawSlice(viewer, pane, depth, pane.prepared.context);
  pane.prepared.depth = depth;
}
