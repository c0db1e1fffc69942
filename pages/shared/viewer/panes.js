// The panes: one canvas each, its corners, and the choice of overlay.

/** @type {PlaneName[]} */
const MPR_PLANES = ["axial", "coronal", "sagittal"];
const LETTER_SIDES = ["left", "right", "top", "bottom"];

/**
 * The map's own resolution in words; what is drawn between its points is interpolation, and says so.
 * @param {OpenViewer} viewer @param {Overlay} overlay
 */
function resolutionText(viewer, { native_shape: native }) {
  const [nx, ny, nz] = viewer.volume.size;
  const same = String(native) === String([nz, ny, nx]);
  return native.join(" × ") + (same ? "" : ", interpolated");
}

/** @param {OpenViewer} viewer @param {number} index @param {number} shown */
function overlaySelect(viewer, index, shown) {
  if (!viewer.overlays.length || (viewer.state.layout === "mpr" && index > 0)) return null;
  const select = element("select", {
    "aria-label": `Map in pane ${index + 1}`,
    change: () => showOverlay(viewer, index, Number(select.value)),
  });
  select.append(element("option", { value: -1 }, "Scan without map"));
  viewer.overlays.forEach(({ label }, value) => select.append(element("option", { value }, label)));
  select.value = String(shown);
  returnFocus(viewer, select);
  return select;
}

/**
 * Gives the keys back to the picture once a control has been used with the pointer.
 * @param {Viewer} viewer @param {HTMLElement} control
 */
function returnFocus(viewer, control) {
  let pointed = false;
  control.addEventListener("pointerdown", () => { pointed = true; });
  control.addEventListener("keydown", () => { pointed = false; });
  control.addEventListener("change", () => { if (pointed) viewer.stage.focus({ preventScroll: true }); });
}

/**
 * The letters at a plane's sides: R, L, A, P, S, I.
 * @param {PlaneName} plane
 */
function makeLetters(plane) {
  return LETTER_SIDES.map((side, i) => element("span", { class: `letter ${side}` }, PLANES[plane].letters[i]));
}

/** One element for each text that is printed over a pane. */
function makeTexts() {
  /** @param {CornerText} name */
  const text = (name) => element("div", { class: `text ${name}` });
  return {
    caseText: text("caseText"), synthetic: text("synthetic"), planeText: text("planeText"),
    probability: text("probability"), resolution: text("resolution"),
    contourText: text("contourText"), windowText: text("windowText"), zoomText: text("zoomText"),
    spacingText: text("spacingText"),
    huText: text("huText"), positionText: text("positionText"), sliceText: text("sliceText"),
  };
}

/**
 * The four corners of a pane, with the texts that stand in each.
 * @param {Record<CornerText, HTMLElement>} texts
 */
function makeCorners(texts) {
  return [
    element("div", { class: "corner top-left" }, texts.caseText, texts.synthetic, texts.planeText),
    element("div", { class: "corner top-right" }, texts.probability, texts.resolution),
    element("div", { class: "corner bottom-left" }, texts.contourText, texts.windowText, texts.zoomText,
      texts.spacingText),
    element("div", { class: "corner bottom-right" }, texts.huText, texts.positionText, texts.sliceText),
  ];
}

/** @param {OpenViewer} viewer @param {number} index */
function makePane(viewer, index) {
  const { layout } = viewer.state;
  const plane = layout === "mpr" ? MPR_PLANES[index] : "axial";
  const overlay = shownOverlays(viewer)[index];
  const canvas = element("canvas", { "aria-hidden": "true" });
  const texts = makeTexts();
  const select = overlaySelect(viewer, index, overlay);
  const view = element("div", { class: "view" }, canvas, ...makeLetters(plane), ...makeCorners(texts));
  const root = element("div", { class: `pane ${plane}`, "data-pane": index },
    select && element("div", { class: "head" }, select), view);
  texts.synthetic.classList.toggle("badge", viewer.scan.synthetic);
  /** @type {Pane} */
  const pane = {
    index, plane, overlay, canvas, context: contextOf(canvas, { alpha: false }), select, view, root, ...texts,
    ...makePicture(viewer.volume, plane), width: 1, height: 1, ratio: 0, scale: 1, left: 0, top: 0,
    imageWidth: 0, imageHeight: 0, status: null, prepared: null, outline: null,
    fingers: new Map(), tap: null, pinch: { middle: [0, 0], spread: 1 },
  };
  listenToPane(viewer, pane);
  return pane;
}

/**
 * Makes the panes of the layout anew.
 * @param {OpenViewer} viewer
 */
function layOutPanes(viewer) {
  viewer.cursor = null;
  viewer.panes = shownOverlays(viewer).map((_, index) => makePane(viewer, index));
  viewer.stage.className = `stage ${viewer.state.layout}`;
  viewer.stage.replaceChildren(...viewer.panes.map((pane) => pane.root));
  measurePanes(viewer);
}

/**
 * Reads the panes' sizes from the page, after a layout or a resize.
 * @param {Viewer} viewer
 */
function measurePanes(viewer) {
  for (const pane of viewer.panes) {
    pane.width = Math.max(1, pane.view.clientWidth);
    pane.height = Math.max(1, pane.view.clientHeight);
    pane.ratio = 0; // its canvas is laid onto the screen's pixels anew
  }
}
