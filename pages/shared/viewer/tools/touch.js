// Touch: one finger does what the left button does, two pinch and pan, three set the window, a double tap resets it.

const DOUBLE_TAP_MS = 300;
const TAP_PX = 12;

/** @param {Map<number, Point>} fingers @returns {Point} */
function middleOf(fingers) {
  const all = [...fingers.values()];
  /** @param {0 | 1} axis */
  const mean = (axis) => all.reduce((sum, each) => sum + each[axis], 0) / all.length;
  return [mean(0), mean(1)];
}

/** @param {Map<number, Point>} fingers */
function spreadOf(fingers) {
  const [a, b] = [...fingers.values()];
  return Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1]));
}

/** @param {Pane} pane @param {Point} at @param {number} time */
function isDoubleTap(pane, at, time) {
  const { tap } = pane;
  pane.tap = { at, time };
  return tap !== null && time - tap.time < DOUBLE_TAP_MS && Math.hypot(at[0] - tap.at[0], at[1] - tap.at[1]) < TAP_PX;
}

/**
 * Takes a finger down; true where the gesture is one of several fingers and the one-finger drag must not begin.
 * @param {OpenViewer} viewer @param {Pane} pane @param {PointerEvent} event
 */
function touchDown(viewer, pane, event) {
  pane.fingers.set(event.pointerId, pixelOf(pane, event));
  const count = pane.fingers.size;
  if (count === 1) {
    if (!isDoubleTap(pane, pixelOf(pane, event), event.timeStamp)) return false;
    setWindow(viewer, PRESETS[0]);
    return true;
  }
  endDrag(viewer);
  const middle = middleOf(pane.fingers);
  if (count === 2) pane.pinch = { middle, spread: spreadOf(pane.fingers) };
  else viewer.drag = { pane, last: middle, ...DRAGS.window(viewer, pane, middle) };
  return true;
}

/**
 * Follows several fingers; false where one finger drags.
 * @param {OpenViewer} viewer @param {Pane} pane @param {PointerEvent} event
 */
function touchMove(viewer, pane, event) {
  if (!pane.fingers.has(event.pointerId)) return true;
  pane.fingers.set(event.pointerId, pixelOf(pane, event));
  const count = pane.fingers.size;
  if (count === 1) return false;
  const middle = middleOf(pane.fingers);
  if (count === 2) {
    const spread = spreadOf(pane.fingers);
    panBy(viewer, pane, [middle[0] - pane.pinch.middle[0], middle[1] - pane.pinch.middle[1]]);
    zoomAt(viewer, pane, middle, spread / pane.pinch.spread);
    pane.pinch = { middle, spread };
  } else viewer.drag?.move([middle[0], middle[1], 0, 0]);
  return true;
}

/**
 * Lifts a finger; the gesture of several ends, and those that are left do nothing until all are lifted.
 * @param {Viewer} viewer @param {Pane} pane @param {PointerEvent} event
 */
function touchUp(viewer, pane, event) {
  const several = pane.fingers.size > 1;
  pane.fingers.delete(event.pointerId);
  if (several) {
    endDrag(viewer);
    if (pane.fingers.size === 2) pane.pinch = { middle: middleOf(pane.fingers), spread: spreadOf(pane.fingers) };
  }
  return several;
}
