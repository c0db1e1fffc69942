// The panes: one canvas each, its corners, and the choice of overlay.

const PANE_PLANES = { mpr: ["axial", "coronal", "sagittal"] };
const LETTER_SIDES = ["left", "right", "top", "bottom"];

/** The map's own resolution in words; what is drawn between its points is interpolation, and says so. */
function resolutionText(viewer, { native_shape: native }) {
  const [nx, ny, nz] = viewer.volume.size;
  const same = String(native) === String([nz, ny, nx]);
  return native.join(" × ") + (same ? "" : ", interpolated");
}

function overlaySelect(viewer, pane) {
  if (!viewer.overlays.length || (viewer.state.layout === "mpr" && pane.index > 0)) return null;
  const select = element("select", {
    "aria-label": `Map in pane ${pane.index + 1}`,
    change: () => showOverlay(viewer, pane.index, Number(select.value)),
  });
  select.append(element("option", { value: -1 }, "Scan without map"));
  viewer.overlays.forEach((overlay, index) => select.append(element("option", { value: index }, overlay.label)));
  select.value = pane.overlay;
  returnFocus(viewer, select);
  return select;
}

/** Gives the keys back to the picture once a control has been used with the pointer. */
function returnFocus(viewer, control) {
  let pointed = false;
  control.addEventListener("pointerdown", () => { pointed = true; });
  control.addEventListener("keydown", () => { pointed = false; });
  control.addEventListener("change", () => { if (pointed) viewer.stage.focus({ preventScroll: true }); });
}

function makePane(viewer, index) {
  const { layout } = viewer.state;
  const plane = PANE_PLANES[layout]?.[index] ?? "axial";
  const pane = { index, plane, overlay: shownOverlays(viewer)[index] };
  pane.canvas = element("canvas", { "aria-hidden": "true" });
  pane.context = pane.canvas.getContext("2d", { alpha: false });
  const letters = LETTER_SIDES.map((side, i) => element("span", { class: `letter ${side}` }, PLANES[plane].letters[i]));
  const text = (name) => (pane[name] = element("div", { class: `text ${name}` }));
  pane.select = overlaySelect(viewer, pane);
  pane.view = element("div", { class: "view" }, pane.canvas, ...letters,
    element("div", { class: "corner top-left" }, text("caseText"), text("synthetic"), text("planeText")),
    element("div", { class: "corner top-right" }, text("probability"), text("resolution")),
    element("div", { class: "corner bottom-left" }, text("contourText"), text("windowText"), text("zoomText"),
      text("spacingText")),
    element("div", { class: "corner bottom-right" }, text("huText"), text("positionText"), text("sliceText")));
  pane.root = element("div", { class: `pane ${plane}`, "data-pane": index },
    pane.select && element("div", { class: "head" }, pane.select), pane.view);
  pane.synthetic.classList.toggle("badge", viewer.scan.synthetic);
  makePicture(viewer, pane);
  listenToPane(viewer, pane);
  return pane;
}

/** Makes the panes of the layout anew. */
function layOutPanes(viewer) {
  viewer.cursor = null;
  viewer.panes = shownOverlays(viewer).map((_, index) => makePane(viewer, index));
  viewer.stage.className = `stage ${viewer.state.layout}`;
  viewer.stage.replaceChildren(...viewer.panes.map((pane) => pane.root));
  measurePanes(viewer);
}

/** Reads the panes' sizes from the page, after a layout or a resize. */
function measurePanes(viewer) {
  for (const pane of viewer.panes) {
    pane.width = Math.max(1, pane.view.clientWidth);
    pane.height = Math.max(1, pane.view.clientHeight);
    pane.ratio = 0; // its canvas is laid onto the screen's pixels anew
  }
}
