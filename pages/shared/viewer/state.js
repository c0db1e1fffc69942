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
    overlay: { on: true, opacity: 0.5, threshold: 0.5, colours: "inferno" }, // threshold and alpha as published
    layout: "one",
    shown: { one: [0], two: [-1, 0], three: [-1, 0, 1], four: [-1, 0, 1, 2] },
    tool: "scroll",
    measurements: [],
    selected: null,
  };
}

/** What a case is kept under: never another study's, case's or reader's. */
function caseKey({ reader, study, case: name }) {
  return JSON.stringify(["ich-viewer", reader, study, name]);
}

function storedState(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null; // storage switched off, or not ours
  }
}

/** Keeps a case's state in memory and, where the reader is known, for this tab, so that a reload loses nothing. */
function keepState(viewer) {
  if (!viewer.state) return;
  const key = caseKey(viewer.scan);
  const kept = { size: viewer.volume.size, state: viewer.state, reading: storableReading(viewer.reading) };
  keptStates.set(key, kept);
  if (!viewer.scan.reader) return;
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // storage full or switched off: memory still keeps it until the page is reloaded
  }
}

/** The state kept for a case whose volume has the same size, or a fresh one. No tool is in hand at opening. */
function openState(viewer) {
  const key = caseKey(viewer.scan);
  const kept = keptStates.get(key) ?? (viewer.scan.reader ? storedState(key) : null);
  const fits = kept && String(kept.size) === String(viewer.volume.size);
  return { ...freshState(viewer.volume), ...(fits ? kept.state : {}), tool: "scroll", selected: null };
}
