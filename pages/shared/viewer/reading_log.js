// How a case is being read - active time, slices, windows, maps seen - for the page to store with the read.

const IDLE_AFTER_MS = 60_000;
const TICK_MS = 500;
const LONGEST_TICK_MS = 1500; // a computer that slept was not read at
const SIGNS_OF_LIFE = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart"];

/** @type {Map<string, Reading>} */
const readings = new Map(); // case -> reading; shared by the viewer and the form
let lastSign = performance.now();

/**
 * The reading of a case: what was counted and seen. Goes on after a reload, and where it was left elsewhere.
 * @param {Scan} scan
 */
function readingOf(scan) {
  const key = caseKey(scan);
  const known = readings.get(key);
  if (known) return known;
  /** @type {Reading} */
  const reading = { activeMs: 0, overlayMs: 0, overlayOpened: 0, visited: new Set(), presets: new Set(),
                    maps: new Set(), mapOn: false, told: () => ({ measurements: [], kept: null }), flush: () => {} };
  readings.set(key, reading);
  return reading;
}

/**
 * The reading of a case that is being opened: where a newer one is kept, it goes on from there.
 * @param {Scan} scan
 */
function takeUpReading(scan) {
  const reading = readingOf(scan);
  const kept = newestKept(scan)?.reading;
  if (!kept || kept.activeMs <= reading.activeMs) return reading;
  const { activeMs, overlayMs, overlayOpened = 0, visited = [], presets = [], maps = [] } = kept;
  return Object.assign(reading, { activeMs, overlayMs, overlayOpened, visited: new Set(visited),
                                  presets: new Set(presets), maps: new Set(maps) });
}

/** @param {Reading} reading @returns {StoredReading} */
function storableReading({ activeMs, overlayMs, overlayOpened, visited, presets, maps }) {
  return { activeMs, overlayMs, overlayOpened, visited: [...visited], presets: [...presets], maps: [...maps] };
}

/**
 * Notes what a drawn frame shows: the window preset, the maps, and whether a map has just come onto the screen.
 * @param {OpenViewer} viewer
 */
function noteSeen(viewer) {
  const { reading, state, panes } = viewer;
  const { width, level } = state.window;
  const preset = PRESETS.find((each) => each.width === width && each.level === level);
  if (preset) reading.presets.add(preset.name);
  const mapped = panes.filter((pane) => paneMap(viewer, pane));
  for (const { overlay } of mapped) reading.maps.add(`${viewer.overlays[overlay].method} ${viewer.overlays[overlay].task}`);
  if (mapped.length && !reading.mapOn) reading.overlayOpened++;
  reading.mapOn = mapped.length > 0;
}

/** Whether a dialog lies over the case: Streamlit's own, or the sheet of keys. @param {Viewer} viewer */
const isCovered = (viewer) => viewer.help.open || document.querySelector("[role=dialog]") !== null;

/**
 * Counts time while the case is open, the tab is visible, nothing lies over it, and the reader was active in the last
 * minute.
 * @param {Viewer} viewer
 */
function startClock(viewer) {
  const { signal } = viewer.ending;
  let last = performance.now();
  const sign = () => { lastSign = performance.now(); };
  for (const type of SIGNS_OF_LIFE) document.addEventListener(type, sign, { signal, capture: true, passive: true });
  const count = () => {
    const now = performance.now();
    const passed = Math.min(now - last, LONGEST_TICK_MS);
    last = now;
    if (!isOpen(viewer) || document.hidden || now - lastSign > IDLE_AFTER_MS || isCovered(viewer)) return;
    viewer.reading.activeMs += passed;
    if (viewer.panes.some((pane) => paneMap(viewer, pane))) viewer.reading.overlayMs += passed;
  };
  const timer = setInterval(count, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  viewer.countTime = count;
  document.addEventListener("visibilitychange", () => document.hidden && viewer.reading?.flush(), { signal });
}

/**
 * Lets the reading of the scan that is on the screen tell its measurements and settings, also after it has left.
 * @param {OpenViewer} viewer
 */
function listenToReading(viewer) {
  const { scan, reading, volume } = viewer;
  /** @type {Told | null} */
  let last = null;
  reading.countTime = viewer.countTime;
  reading.mapOn = false;
  reading.told = () => {
    if (viewer.scan !== scan || !isOpen(viewer)) return last ?? { measurements: [], kept: null };
    const measurements = viewer.state.measurements.map((each) => ({ ...each, ...measured(volume, each) }));
    last = { measurements, kept: keptNow(viewer) };
    return last;
  };
}

/**
 * What the page stores with the read; times in seconds.
 * @param {Reading} reading
 */
function readingReport(reading) {
  /** @param {number} milliseconds */
  const seconds = (milliseconds) => Math.round(milliseconds / 100) / 10;
  return {
    active_s: seconds(reading.activeMs),
    overlay_s: seconds(reading.overlayMs),
    overlay_opened: reading.overlayOpened,
    slices_visited: reading.visited.size,
    presets: [...reading.presets],
    maps: [...reading.maps],
    ...reading.told(),
  };
}
