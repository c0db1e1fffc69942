// What a reader has set up for a case - slice, window, zoom, overlay, measurements - and how it is kept.

/** @type {Map<string, Kept>} */
const keptStates = new Map(); // case -> state; outlives the component, which a page change takes down

/** Whether a scan is on the screen. @param {Viewer} viewer @returns {viewer is OpenViewer} */
function isOpen(viewer) {
  return viewer.volume !== null;
}

/**
 * The settings a case opens with.
 * @param {Volume} volume @returns {ViewState}
 */
function freshState(volume) {
  return {
    at: perAxis((axis) => volume.size[axis] >> 1),
    centre: perAxis((axis) => extentMm(volume, axis) / 2),
    zoom: 1,
    window: { width: PRESETS[0].width, level: PRESETS[0].level },
    inverted: false,
    smooth: true,
    contour: false,
    overlay: { on: true, opacity: 0.5, threshold: 0.5, colours: "inferno" }, // threshold and alpha as published
    layout: "one",
    shown: { one: [0], two: [-1, 0], three: [-1, 0, 1], four: [-1, 0, 1, 2] },
    tool: "scroll",
    measurements: [],
    selected: null,
  };
}

/**
 * What a case is kept under: never another study's, case's, step's or reader's.
 * @param {Scan} scan
 */
function caseKey({ reader, study, case: name, step = "" }) {
  return JSON.stringify(["ich-viewer", reader, study, name, step]);
}

/** @type {(kept: Kept) => number} */
const keptMs = (kept) => kept.reading?.activeMs ?? 0;

/**
 * The newest of what is kept of a case: in memory, or with the read on the server; time only grows.
 * @param {Scan} scan
 */
function newestKept(scan) {
  const key = caseKey(scan);
  /** @type {Kept | null} */
  let best = null;
  for (const each of [keptStates.get(key), scan.kept]) {
    if (each && !(best && keptMs(best) >= keptMs(each))) best = each;
  }
  return best;
}

/**
 * The settings and the reading of the case on the screen, as they are kept.
 * @param {OpenViewer} viewer @returns {Kept}
 */
function keptNow(viewer) {
  return { size: viewer.volume.size, state: viewer.state, reading: storableReading(viewer.reading) };
}

/**
 * Keeps a case's state in memory, where a change of the page does not end it. Never in the browser's storage, where it
 * would outlive the reader; of a read all of it is in the draft on the server.
 * @param {Viewer} viewer
 */
function keepState(viewer) {
  if (isOpen(viewer)) keptStates.set(caseKey(viewer.scan), keptNow(viewer));
}

/**
 * The newest state kept for a case whose volume has the same size, or a fresh one. No tool is in hand at opening.
 * @param {Scan} scan @param {Volume} volume @returns {ViewState}
 */
function openState(scan, volume) {
  const kept = newestKept(scan);
  const fits = kept && String(kept.size) === String(volume.size);
  return { ...freshState(volume), ...(fits ? structuredClone(kept.state) : {}), tool: "scroll", selected: null };
}
