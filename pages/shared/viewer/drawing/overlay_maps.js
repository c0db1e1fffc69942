// Saliency maps: fetched when first shown, with a count of their values in each slice.

/**
 * Counts of each of the 256 map values in each slice: counts[k * 256 + value].
 * @param {Uint8Array} values @param {number} slices
 */
function countValues(values, slices) {
  const counts = new Uint32Array(slices * 256);
  const inSlice = values.length / slices;
  for (let k = 0, at = 0; k < slices; k++) {
    const row = k * 256;
    for (const end = at + inSlice; at < end; at++) counts[row + values[at]]++;
  }
  return counts;
}

/**
 * What of the map is visible in each slice: the sum of its values at or above the threshold, largest slice = 1.
 * @param {LoadedMap} map @param {number} threshold
 */
function sliceProfile(map, threshold) {
  const slices = map.counts.length / 256;
  const profile = new Float64Array(slices);
  const lowest = Math.max(1, Math.ceil(threshold * 255));
  for (let k = 0; k < slices; k++) {
    for (let value = lowest; value < 256; value++) profile[k] += value * map.counts[k * 256 + value];
  }
  const largest = profile.reduce((a, b) => Math.max(a, b), 0);
  return largest > 0 ? profile.map((sum) => sum / largest) : profile;
}

/**
 * Index of the slice where the visible map is strongest, or -1 where none of it is visible.
 * @param {Float64Array} profile
 */
function strongestSlice(profile) {
  const best = profile.indexOf(profile.reduce((a, b) => Math.max(a, b), 0));
  return profile[best] > 0 ? best : -1;
}

/**
 * Which overlays the panes show, left to right; -1 is none. MPR shows the single pane's overlay in all planes.
 * @param {OpenViewer} viewer
 */
function shownOverlays(viewer) {
  const { layout, shown } = viewer.state;
  return layout === "mpr" ? [shown.one[0], shown.one[0], shown.one[0]] : shown[layout];
}

/**
 * The map a pane shows now, or null: overlay off, none chosen, still loading or refused.
 * @param {OpenViewer} viewer @param {Pane} pane
 */
function paneMap(viewer, pane) {
  if (!viewer.state.overlay.on) return null;
  const overlay = viewer.overlays[pane.overlay];
  const map = overlay && viewer.maps.get(overlay.url);
  return map && "values" in map ? map : null;
}

/**
 * The map that the marker strip and the jump key follow: the first one on screen, or null.
 * @param {OpenViewer} viewer
 */
function leadingMap(viewer) {
  for (const index of shownOverlays(viewer)) {
    const map = viewer.overlays[index] && viewer.maps.get(viewer.overlays[index].url);
    if (map && "values" in map) return map;
  }
  return null;
}

/** @param {OpenViewer} viewer @param {string} url */
async function loadMap(viewer, url) {
  const { volume, loading: { signal } } = viewer;
  viewer.maps.set(url, { loading: true });
  /** @param {LoadedMap | Refused} map */
  const settle = (map) => {
    if (viewer.volume !== volume || !viewer.maps.has(url)) return; // another case by now, or no longer offered
    viewer.maps.set(url, map);
    touch(viewer, "pixels", "controls");
  };
  try {
    const values = await fetchPayload(url, {
      noun: "map", length: volume.hu.length, signal, onProgress: () => {},
    });
    settle({ values, counts: countValues(values, volume.size[2]) });
  } catch (error) {
    if (signal.aborted) return;
    settle({ error: error instanceof PayloadError ? error.message : String(error) });
  }
}

/**
 * Fetches what the panes show and is not here yet.
 * @param {Viewer} viewer
 */
function needMaps(viewer) {
  if (!isOpen(viewer) || !viewer.state.overlay.on) return;
  for (const index of shownOverlays(viewer)) {
    const overlay = viewer.overlays[index];
    if (overlay && !viewer.maps.has(overlay.url)) loadMap(viewer, overlay.url);
  }
}
