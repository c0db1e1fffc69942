// What a reader has set up for a case - slice, window, zoom, overlay, measurements - and how it is kept.

const keptStates = new Map(); // case -> state; outlives the component, which a page change takes down

/** The settings a case opens with. */
function freshState(volume) {
  return {
    at: volume.size.map((length) => length >> 1),
    centre: volume.size.map((length, axis) => (length * volume.spacing[axis]) / 2),
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

/** What a case is kept under: never another study's, case's, step's or reader's. */
function caseKey({ reader, study, case: name, step = "" }) {
  return JSON.stringify(["ich-viewer", reader, study, name, step]);
}

function storedState(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null; // storage switched off, or not ours
  }
}

const keptMs = (kept) => kept.reading?.activeMs ?? 0;

/** The newest of what is kept of a case: in memory, for this tab, or with the read on the server; time only grows. */
function newestKept(scan) {
  const key = caseKey(scan);
  const found = [keptStates.get(key), scan.reader ? storedState(key) : null, scan.kept].filter(Boolean);
  return found.reduce((best, each) => (best && keptMs(best) >= keptMs(each) ? best : each), null);
}

/** The settings and the reading of the case on the screen, as they are kept. */
function keptNow(viewer) {
  return { size: viewer.volume.size, state: viewer.state, reading: storableReading(viewer.reading) };
}

/** Keeps a case's state in memory and, where the reader is known, for this tab, so that a reload loses nothing. */
function keepState(viewer) {
  if (!viewer.state) return;
  const key = caseKey(viewer.scan);
  const kept = keptNow(viewer);
  keptStates.set(key, kept);
  if (!viewer.scan.reader) return;
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // storage full or switched off: memory still keeps it until the page is reloaded
  }
}

/** The newest state kept for a case whose volume has the same size, or a fresh one. No tool is in hand at opening. */
function openState(viewer) {
  const kept = newestKept(viewer.scan);
  const fits = kept && String(kept.size) === String(viewer.volume.size);
  return { ...freshState(viewer.volume), ...(fits ? structuredClone(kept.state) : {}), tool: "scroll", selected: null };
}
