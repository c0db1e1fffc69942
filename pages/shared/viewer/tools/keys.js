// The keyboard: one table that the listener obeys and the help sheet prints.

const CINE_DELAY_MS = 500;
const CINE_STEP_MS = 66; // 15 slices a second

/** @type {(by: number) => Action} */
const slicesBy = (by) => (viewer) => step(viewer, by);
/** @type {(by: number, up: number) => Action} */
const windowBy = (by, up) => (viewer) => shiftWindow(viewer, { by, up });
/** @type {(dx: number, dy: number) => Action} */
const panKey = (dx, dy) => (viewer) => panBy(viewer, viewer.panes[0], [dx, dy]);

/** @type {(preset: Preset) => KeyRow} */
const presetRow = (preset) => ({
  keys: [preset.key], shown: preset.key, does: `${preset.name}: W ${preset.width} L ${preset.level}`,
  run: (viewer) => setWindow(viewer, preset),
});

// moves: keys that other controls use themselves (arrows, Home, ...), taken only where the viewer has the focus.
/** @type {KeyRow[]} */
const KEYS = [
  { keys: ["ArrowDown", "ArrowRight"], shown: "↓ →", does: "Next slice; hold for cine", moves: true,
    cine: slicesBy(1) },
  { keys: ["ArrowUp", "ArrowLeft"], shown: "↑ ←", does: "Previous slice; hold for cine", moves: true,
    cine: slicesBy(-1) },
  { keys: ["PageDown"], shown: "Page ↓", does: "Five slices on", moves: true, run: slicesBy(5) },
  { keys: ["PageUp"], shown: "Page ↑", does: "Five slices back", moves: true, run: slicesBy(-5) },
  { keys: ["Home"], shown: "Home", does: "First slice", moves: true, run: (v) => goTo(v, 2, 0) },
  { keys: ["End"], shown: "End", does: "Last slice", moves: true, run: (v) => goTo(v, 2, Infinity) },
  ...PRESETS.map(presetRow),
  { keys: ["ArrowRight"], with: "shift", shown: "Shift + → ←", does: "Window wider, narrower", moves: true,
    run: windowBy(5, 0) },
  { keys: ["ArrowLeft"], with: "shift", moves: true, run: windowBy(-5, 0) },
  { keys: ["ArrowUp"], with: "shift", shown: "Shift + ↑ ↓", does: "Brighter, darker", moves: true,
    run: windowBy(0, -5) },
  { keys: ["ArrowDown"], with: "shift", moves: true, run: windowBy(0, 5) },
  { keys: ["+", "="], shown: "+", does: "Zoom in", run: (v) => zoomStep(v, 1.25) },
  { keys: ["-", "_"], shown: "−", does: "Zoom out", run: (v) => zoomStep(v, 1 / 1.25) },
  { keys: ["ArrowLeft"], with: "ctrl", shown: "Ctrl + arrows", does: "Move the image", moves: true,
    run: panKey(-40, 0) },
  { keys: ["ArrowRight"], with: "ctrl", moves: true, run: panKey(40, 0) },
  { keys: ["ArrowUp"], with: "ctrl", moves: true, run: panKey(0, -40) },
  { keys: ["ArrowDown"], with: "ctrl", moves: true, run: panKey(0, 40) },
  { keys: ["f"], shown: "f", does: "Fit", run: fit },
  { keys: ["i"], shown: "i", does: "Invert", run: (v) => toggle(v, "inverted", "greys") },
  { keys: ["s"], shown: "s", does: "Smooth or pixelated", run: (v) => toggle(v, "smooth", "pixels") },
  { keys: ["o"], shown: "o", does: "Map on or off", run: (v) => setOverlay(v, { on: !v.state.overlay.on }) },
  { keys: ["j"], shown: "j", does: "Jump to the map's strongest slice", run: jumpToStrongest },
  { keys: ["l"], shown: "l", does: "Layout: one to four panes", run: nextLayout },
  { keys: ["v"], shown: "v", does: "Axial, coronal and sagittal (MPR)", run: toggleMpr },
  { keys: ["c"], shown: "c", does: "Brain contour, on the review page", run: toggleContour },
  { keys: ["d"], shown: "d", does: "Ruler", run: (v) => chooseTool(v, "ruler") },
  { keys: ["e"], shown: "e", does: "Ellipse: mean, SD, area", run: (v) => chooseTool(v, "ellipse") },
  { keys: ["b"], shown: "b", does: "ABC/2 volume: draw A, then B", run: (v) => chooseTool(v, "abc") },
  { keys: ["Enter"], shown: "Enter", onPicture: true, run: setPoint,
    does: "Cursor for the arrows: HU, the tool in hand, a chosen measurement's points; Enter sets each" },
  { shown: "Arrows, cursor on", does: "One voxel; with Shift ten", keys: [] },
  { keys: ["Delete", "Backspace"], shown: "Delete", does: "Delete the chosen measurement", run: removeSelected },
  { keys: ["Escape"], shown: "Esc", does: "Lay the tool down, close this sheet", run: escapeAll },
  { keys: ["?"], shown: "?", does: "This sheet", run: openHelp },
];

// While the keys' cursor is on the screen these come first.
/** @type {KeyRow[]} */
const CURSOR_KEYS = [
  { key: "ArrowLeft", right: -1, down: 0 }, { key: "ArrowRight", right: 1, down: 0 },
  { key: "ArrowUp", right: 0, down: -1 }, { key: "ArrowDown", right: 0, down: 1 },
].flatMap(({ key, right, down }) => [
  { keys: [key], moves: true, run: (v) => moveCursor(v, [right, down]) },
  { keys: [key], with: "shift", moves: true, run: (v) => moveCursor(v, [10 * right, 10 * down]) },
]);

/** @param {OpenViewer} viewer */
function escapeAll(viewer) {
  if (closeHelp(viewer)) return;
  hideCursor(viewer);
  viewer.state.selected = null;
  viewer.state.tool = "scroll";
  dropUnfinished(viewer);
  changed(viewer, "view", "controls");
}

/** @type {Viewer | null} */
let lastUsed = null; // of several viewers on a page, the one that keys without a focus belong to

/** @param {Viewer} viewer @param {KeyboardEvent} event */
function rowOf(viewer, event) {
  if (event.altKey || event.metaKey) return null;
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const arrow = name.startsWith("Arrow");
  const held = event.ctrlKey ? "ctrl" : event.shiftKey && arrow ? "shift" : undefined; // "?" and "+" may need Shift
  const rows = viewer.cursor ? [...CURSOR_KEYS, ...KEYS] : KEYS;
  return rows.find((row) => row.with === held && row.keys.includes(name)) ?? null;
}

const TYPED_IN = "textarea, select, [contenteditable], " +
  "input:not([type=radio], [type=checkbox], [type=range], [type=button])";
const ONE_KEY_CONTROLS = "input[type=radio], input[type=checkbox], input[type=range], a[href], summary";
const OTHERS_CONTROLS = "dialog, iframe, " + // and menus, tabs, sheets:
  "[role]:not([role=button], [role=alert], [role=status], [role=img])";

/**
 * Whether a key is the viewer's: always within it, except in its own sliders and lists; on the page's body, for the
 * viewer that was used last; and while a button of the page has the focus, which does nothing with these keys. A radio
 * button, checkbox or link keeps its arrows.
 * @param {Viewer} viewer @param {KeyRow} row @param {KeyboardEvent} event
 */
function isOurs(viewer, row, event) {
  const target = event.composedPath()[0];
  const inside = event.composedPath().includes(viewer.root);
  const last = (lastUsed ?? viewer) === viewer;
  if (row.onPicture) return target === viewer.stage; // elsewhere it presses what has the focus
  if (!(target instanceof Element)) return last;
  if (target.matches(TYPED_IN) || !(inside || last)) return false;
  if (target.matches(ONE_KEY_CONTROLS)) return !row.moves;
  return inside || !event.composedPath().some((each) => each instanceof Element && each.matches(OTHERS_CONTROLS));
}

/** @param {Viewer} viewer */
function stopCine(viewer) {
  if (viewer.cine) clearTimeout(viewer.cine.timer);
  viewer.cine = null;
}

/**
 * Steps once, and while the key is held goes on at an even speed, whatever the keyboard's own repeat rate.
 * @param {OpenViewer} viewer @param {Action} move @param {string} key
 */
function startCine(viewer, move, key) {
  stopCine(viewer);
  move(viewer);
  const next = () => {
    move(viewer);
    if (viewer.cine) viewer.cine.timer = setTimeout(next, CINE_STEP_MS);
  };
  viewer.cine = { key, timer: setTimeout(next, CINE_DELAY_MS) };
}

/**
 * Listens to the keys of the whole page, and leaves those that are not the viewer's alone.
 * @param {Viewer} viewer
 */
function listenToKeys(viewer) {
  const { signal } = viewer.ending;
  const use = () => { lastUsed = viewer; };
  use();
  signal.addEventListener("abort", () => { if (lastUsed === viewer) lastUsed = null; });
  for (const type of ["pointerenter", "focusin"]) viewer.root.addEventListener(type, use);
  document.addEventListener("keydown", (event) => {
    if (!isOpen(viewer)) return;
    const row = rowOf(viewer, event);
    if (!row || event.defaultPrevented || !isOurs(viewer, row, event)) return;
    if (viewer.help.open && row.run !== escapeAll && row.run !== openHelp) return;
    if (row.run !== escapeAll) event.preventDefault();
    event.stopPropagation();
    if (row.run) row.run(viewer);
    else if (row.cine && (!event.repeat || !viewer.cine)) startCine(viewer, row.cine, event.key);
    drawEarly(viewer);
  }, { signal });
  document.addEventListener("keyup", (event) => { if (event.key === viewer.cine?.key) stopCine(viewer); }, { signal });
  window.addEventListener("blur", () => stopCine(viewer), { signal });
}
