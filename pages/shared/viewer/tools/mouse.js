// Mouse wheel and drags on a pane, and where touch events go.

const NOTCH_PX = 100; // one notch of a usual mouse wheel
const FINE_PX = 40; // a touchpad sends many small steps: this much of them is one slice
const LINE_PX = 33; // Firefox counts lines

/**
 * Slices for a wheel event: a notch is one slice, small steps add up. Returns 0 while they do.
 * @param {{ rest: number }} turned @param {WheelEvent} event
 */
function wheelSlices(turned, event) {
  const across = Math.abs(event.deltaX) > Math.abs(event.deltaY); // Shift turns the wheel sideways
  const delta = (across ? event.deltaX : event.deltaY) * (event.deltaMode === 1 ? LINE_PX : 1);
  if (Math.abs(delta) >= NOTCH_PX / 2) {
    turned.rest = 0;
    return Math.sign(delta) * Math.max(1, Math.round(Math.abs(delta) / (1.2 * NOTCH_PX)));
  }
  turned.rest = Math.sign(turned.rest) === -Math.sign(delta) ? delta : turned.rest + delta;
  const slices = Math.trunc(turned.rest / FINE_PX);
  turned.rest -= slices * FINE_PX;
  return slices;
}

/**
 * Steps slices at the wheel, zooms with Ctrl (and a touchpad's pinch, which browsers send as Ctrl+wheel).
 * @param {Viewer} viewer @param {HTMLElement} target @param {() => Pane} paneOf
 */
function listenToWheel(viewer, target, paneOf) {
  const turned = { rest: 0 };
  target.addEventListener("wheel", (event) => {
    event.preventDefault(); // also at the last slice: the page must not scroll away under the reader
    if (!isOpen(viewer)) return;
    const pane = paneOf();
    if (event.ctrlKey) zoomAt(viewer, pane, pixelOf(pane, event), Math.exp(clamp(-event.deltaY / 250, -0.2, 0.2)));
    else step(viewer, wheelSlices(turned, event), PLANES[pane.plane].through);
  }, { passive: false });
}

/**
 * Where an event lies in a pane, in CSS pixels.
 * @param {Pane} pane @param {MouseEvent} event @returns {Point}
 */
function pixelOf(pane, event) {
  const { left, top } = pane.canvas.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

// A drag is begun with the pixel it starts at and moved with [x, y, dx since the last move, dy]. `end` is optional.
/** @type {Record<DragKind, (viewer: OpenViewer, pane: Pane, start: Point) => DragMoves>} */
const DRAGS = {
  scroll(viewer, pane, [, startY]) {
    const { through } = PLANES[pane.plane];
    const from = viewer.state.at[through];
    const perSlice = clamp(pane.height / viewer.volume.size[through], 4, 20);
    return { move: ([, y]) => goTo(viewer, through, from + Math.trunc((y - startY) / perSlice)) };
  },
  crosshair(viewer, pane, start) {
    /** @param {Point} pixel */
    const move = (pixel) => {
      const voxel = voxelAt(viewer, pane, pixel);
      if (voxel) goToVoxel(viewer, voxel);
    };
    move(start);
    return { move: ([x, y]) => move([x, y]) };
  },
  window(viewer, pane, start) {
    const { width, level } = viewer.state.window;
    const perPixel = clamp(width / 160, 0.5, 12); // HU a pixel: fine in a narrow window, quick in a wide one
    return {
      move: ([x, y]) => setWindow(viewer, { width: Math.round(width + (x - start[0]) * perPixel),
                                            level: Math.round(level + (y - start[1]) * perPixel) }),
    };
  },
  pan(viewer, pane) {
    return { move: ([, , dx, dy]) => panBy(viewer, pane, [dx, dy]) };
  },
  measure(viewer, pane, start) {
    const begun = beginMeasurement(viewer, pane, toVoxel(viewer, pane, start));
    if (!begun) return { move: () => {} };
    return {
      move: ([x, y]) => movePoint(viewer, begun, toVoxel(viewer, pane, [x, y])),
      end: () => endMeasurement(viewer, pane, begun),
    };
  },
  change(viewer, pane, start) {
    const found = measurementAt(viewer, pane, start);
    if (!found) return { move: () => {} };
    viewer.state.selected = found.measurement.id;
    changed(viewer, "view", "controls");
    let last = toVoxel(viewer, pane, start);
    return {
      move: ([x, y]) => {
        const point = toVoxel(viewer, pane, [x, y]);
        if (found.handle >= 0) movePoint(viewer, found, point);
        else moveMeasurement(viewer, found, [point[0] - last[0], point[1] - last[1]]);
        last = point;
      },
    };
  },
};

/**
 * Which drag a pressed button begins.
 * @param {OpenViewer} viewer @param {Pane} pane @param {PointerEvent} event @returns {DragKind}
 */
function dragKind(viewer, pane, event) {
  if (event.button === 2) return "window";
  if (event.button === 1 || event.shiftKey) return "pan";
  const { tool, layout } = viewer.state;
  if (isDrawing(tool)) return "measure";
  if (measurementAt(viewer, pane, pixelOf(pane, event))) return "change";
  if (tool === "window") return "window";
  return layout === "mpr" ? "crosshair" : "scroll";
}

/**
 * Begins a drag with the mouse, a pen or one finger.
 * @param {OpenViewer} viewer @param {Pane} pane @param {PointerEvent} event
 */
function beginDrag(viewer, pane, event) {
  hideCursor(viewer);
  const start = pixelOf(pane, event);
  const kind = dragKind(viewer, pane, event);
  if (kind !== "change" && kind !== "measure" && viewer.state.selected) {
    viewer.state.selected = null;
    changed(viewer, "view", "controls");
  }
  viewer.drag = { pane, last: start, ...DRAGS[kind](viewer, pane, start) };
}

/** @param {Viewer} viewer @param {Pane} pane @param {PointerEvent} event */
function moveDrag(viewer, pane, event) {
  const { drag } = viewer;
  if (drag?.pane !== pane) return;
  const [x, y] = pixelOf(pane, event);
  const { last } = drag;
  drag.last = [x, y];
  drag.move([x, y, x - last[0], y - last[1]]);
}

/** @param {Viewer} viewer */
function endDrag(viewer) {
  viewer.drag?.end?.();
  viewer.drag = null;
}

/**
 * Listens to everything the pointer does on a pane.
 * @param {OpenViewer} viewer @param {Pane} pane
 */
function listenToPane(viewer, pane) {
  /** @type {<K extends keyof HTMLElementEventMap>(type: K, run: (event: HTMLElementEventMap[K]) => void) => void} */
  const on = (type, run) => pane.canvas.addEventListener(type, (event) => viewer.volume && run(event));
  on("pointerdown", (event) => {
    viewer.stage.focus({ preventScroll: true });
    event.preventDefault();
    pane.canvas.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch" && touchDown(viewer, pane, event)) return;
    beginDrag(viewer, pane, event);
  });
  on("pointermove", (event) => {
    viewer.pointer = { pane, at: pixelOf(pane, event) };
    touch(viewer, "text");
    if (event.pointerType === "touch" && touchMove(viewer, pane, event)) return;
    moveDrag(viewer, pane, event);
  });
  /** @param {PointerEvent} event */
  const lift = (event) => {
    if (event.pointerType === "touch" && touchUp(viewer, pane, event)) return;
    endDrag(viewer);
  };
  on("pointerup", lift);
  on("pointercancel", lift);
  on("pointerleave", () => {
    viewer.pointer = null;
    touch(viewer, "text");
  });
  on("dblclick", () => setWindow(viewer, PRESETS[0]));
  for (const type of ["contextmenu", "mousedown"]) { // mousedown: the middle button would begin to scroll the page
    pane.canvas.addEventListener(type, (event) => event.preventDefault());
  }
  listenToWheel(viewer, pane.canvas, () => pane);
}
