// The text in the corners of each pane.

const NO_EVIDENCE = "No positive evidence at this layer";

/** @param {OpenViewer} viewer @param {Pane} pane */
function printScan(viewer, pane) {
  const { scan, state } = viewer;
  setText(pane.caseText, pane.index === 0 ? scan.label || scan.case : "");
  setText(pane.synthetic, scan.synthetic ? "SYNTHETIC" : "");
  setText(pane.planeText, state.layout === "mpr" ? pane.plane : "");
}

/** @param {OpenViewer} viewer @param {Pane} pane */
function printView(viewer, pane) {
  const { state, volume } = viewer;
  const { through } = PLANES[pane.plane];
  const { width, level } = state.window;
  const k = state.at[through];
  const main = pane.index === 0;
  setText(pane.contourText, main ? contourText(viewer) : "");
  setText(pane.windowText, `W ${plain(width)}  L ${plain(level)}${state.inverted ? "  inverted" : ""}`);
  setText(pane.zoomText, main ? `Zoom ${state.zoom.toFixed(2)}×  ${pane.scale.toFixed(2)} px/mm` : "");
  setText(pane.spacingText, main ? `${volume.spacing.map((each) => each.toFixed(2)).join(" × ")} mm` : "");
  setText(pane.sliceText, `${k + 1} / ${volume.size[through]}`);
  const first = through === 2 ? viewer.scan.first_slice_mm : 0;
  setText(pane.positionText, `${(first + k * volume.spacing[through]).toFixed(1)} mm`);
}

/**
 * HU under the pointer or the keys' cursor, read when drawn: it follows the slice while they rest.
 * @param {OpenViewer} viewer @param {Pane} pane
 */
function printHu(viewer, pane) {
  const { pointer, cursor, volume } = viewer;
  const at = cursor?.pane === pane ? toScreen(viewer, pane, cursor.point) : pointer?.pane === pane ? pointer.at : null;
  const voxel = at && voxelAt(viewer, pane, at);
  if (!voxel) return setText(pane.huText, "");
  const offset = offsetOf(volume, voxel);
  const map = paneMap(viewer, pane);
  const share = map ? `  map ${(map.values[offset] / 255).toFixed(2)}` : "";
  return setText(pane.huText, `${volume.hu[offset]} HU${share}`);
}

/** @param {LoadedMap | Pending | Refused | undefined} map */
function mapStatus(map) {
  if (!map || "loading" in map) return "Loading the map…";
  if ("error" in map) return map.error;
  return strongestSlice(sliceProfile(map, 0)) < 0 ? NO_EVIDENCE : "";
}

/** @param {OpenViewer} viewer @param {Pane} pane */
function printMap(viewer, pane) {
  const overlay = viewer.overlays[pane.overlay];
  const named = overlay && (pane.index === 0 || viewer.state.layout !== "mpr");
  setText(pane.probability, named ? overlay.probability_text : "");
  if (!named) return setText(pane.resolution, "");
  const status = viewer.state.overlay.on ? (pane.status ??= mapStatus(viewer.maps.get(overlay.url))) : "map off (o)";
  return setText(pane.resolution, status || resolutionText(viewer, overlay));
}

/**
 * Prints all corners of all panes; unchanged text costs nothing.
 * @param {OpenViewer} viewer
 */
function printTexts(viewer) {
  for (const pane of viewer.panes) {
    printScan(viewer, pane);
    printView(viewer, pane);
    printHu(viewer, pane);
    printMap(viewer, pane);
  }
}
