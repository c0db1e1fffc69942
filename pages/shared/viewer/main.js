// The viewer put together: mounting, opening a scan, drawing a frame, taking it down.

/** @param {HTMLElement} root */
function makeViewer(root) {
  /** @type {Viewer} */
  const viewer = {
    root,
    bar: makeScrollBar(),
    stage: element("div", { class: "stage", tabindex: 0, role: "application", "aria-label": "CT slices",
                            "aria-roledescription": "image viewer; ? shows its keys" }),
    chips: element("div", { class: "chips", role: "list", "aria-label": "Measurements", hidden: true }),
    message: element("div", { class: "message", role: "status" }),
    help: element("dialog", { class: "help", "aria-label": "Keys and gestures" }),
    controls: [], listed: [], overlays: [], maps: new Map(), panes: [], dirty: {}, frame: 0, drawnAt: 0,
    keeping: 0, preparing: false, identity: "", scan: null, reading: null, volume: null, state: null, next: null,
    ahead: null, heading: null, pointer: null, cursor: null, drag: null, cine: null, brain: null,
    greys: new Uint8ClampedArray(65536), blend: new Uint32Array(65536),
    loading: new AbortController(), ending: new AbortController(), countTime: () => {},
  };
  root.replaceChildren(makeToolbar(viewer), viewer.stage, viewer.bar.root, viewer.chips, viewer.message, viewer.help);
  listenToScrollBar(viewer);
  fillHelp(viewer);
  startClock(viewer);
  listenToKeys(viewer);
  watchPage(viewer);
  return viewer;
}

/** @param {Viewer} viewer */
function watchPage(viewer) {
  const { signal } = viewer.ending;
  const resized = new ResizeObserver(() => {
    if (!isOpen(viewer)) return;
    measurePanes(viewer);
    numberScrollBar(viewer);
    touch(viewer, "view");
  });
  resized.observe(viewer.stage);
  signal.addEventListener("abort", () => resized.disconnect());
  for (const type of ["pointerleave", "focusout"]) {
    viewer.root.addEventListener(type, () => viewer.reading?.flush());
  }
}

/**
 * Draws what has changed since it was last called: once a frame, or once between two frames.
 * @param {Viewer} viewer
 */
function render(viewer) {
  viewer.frame = 0;
  viewer.drawnAt = performance.now();
  if (!isOpen(viewer)) return;
  const dirty = viewer.dirty;
  viewer.dirty = {};
  if (dirty.panes) layOutPanes(viewer);
  if (dirty.greys) fillGreys(viewer.greys, viewer.state.window, viewer.state.inverted);
  if (dirty.blend) fillBlend(viewer.blend, viewer.state.overlay);
  const pixels = dirty.panes || dirty.greys || dirty.blend || dirty.pixels;
  for (const pane of viewer.panes) {
    if (pixels) pane.holds = null;
    if (pixels || dirty.view) forgetPrepared(pane);
    if (pixels || dirty.view || dirty.slice) drawPane(viewer, pane);
    if (dirty.controls) pane.status = null;
  }
  if (dirty.slice && !pixels && !dirty.view) prepareSoon(viewer);
  noteSeen(viewer);
  printTexts(viewer);
  moveThumb(viewer);
  if (dirty.controls || dirty.panes || dirty.blend) updateControls(viewer);
}

/** @param {OpenViewer} viewer @param {Pane} pane */
function drawPane(viewer, pane) {
  sizeCanvas(pane);
  placeImage(viewer, pane);
  drawPicture(viewer, pane);
  drawCrosshair(viewer, pane);
  drawScaleBar(pane);
  drawContour(viewer, pane);
  drawMeasurements(viewer, pane);
  drawCursor(viewer, pane);
}

/** @param {OpenViewer} viewer */
function updateControls(viewer) {
  for (const update of viewer.controls) update(viewer);
  listMeasurements(viewer);
  paintStrip(viewer);
  viewer.stage.dataset.tool = viewer.state.tool;
}

/**
 * Empties everything an earlier case has left, at once and before anything new is asked for.
 * @param {Viewer} viewer
 */
function closeScan(viewer) {
  keepState(viewer);
  viewer.loading.abort();
  viewer.loading = new AbortController();
  stopCine(viewer);
  endDrag(viewer);
  viewer.panes.forEach(blackOut);
  Object.assign(viewer, { volume: null, state: null, panes: [], pointer: null, cursor: null, brain: null,
                          maps: new Map(), dirty: {} });
  viewer.stage.replaceChildren();
  viewer.chips.hidden = viewer.bar.strip.hidden = true;
  viewer.bar.shown = null;
  viewer.chips.replaceChildren();
  viewer.listed = [];
  delete viewer.root.dataset.ready;
}

/**
 * Says something where the picture would be; with `again`, offers to try once more.
 * @param {Viewer} viewer @param {string} sentence @param {() => void} [again]
 */
function say(viewer, sentence, again) {
  viewer.message.hidden = !sentence;
  viewer.message.replaceChildren(sentence);
  if (again) viewer.message.append(element("button", { type: "button", class: "tool", click: again }, "Try again"));
}

/** @param {Viewer} viewer @param {Scan} scan @param {Overlay[]} overlays */
async function openScan(viewer, scan, overlays) {
  closeScan(viewer);
  const opening = Object.assign(viewer, { scan, overlays, reading: takeUpReading(scan) });
  const { signal } = viewer.loading;
  say(viewer, "Loading the scan…");
  try {
    if (viewer.ahead?.url === scan.url) await viewer.ahead.done;
    const bytes = await fetchPayload(scan.url, {
      noun: "scan", length: bytesOf(scan), signal,
      onProgress: (share) => signal.aborted || say(viewer, `Loading the scan… ${Math.round(100 * share)} %`),
    });
    if (!signal.aborted) showScan(opening, bytes); // otherwise another case has been opened meanwhile
  } catch (error) {
    if (signal.aborted) return;
    closeScan(viewer); // what of it was made already
    const reason = error instanceof Error ? error.message : String(error);
    const sentence = error instanceof PayloadError ? reason : `The scan can't be shown: ${reason}`;
    say(viewer, sentence, () => openScan(viewer, scan, viewer.overlays));
  }
}

/** @param {Viewer & { scan: Scan, reading: Reading }} opening @param {Uint8Array} bytes */
function showScan(opening, bytes) {
  const volume = makeVolume(opening.scan, bytes);
  const viewer = Object.assign(opening, { volume, state: openState(opening.scan, volume) });
  viewer.reading.visited.add(viewer.state.at[2]);
  listenToReading(viewer);
  say(viewer, "");
  offerOverlays(viewer, viewer.overlays);
  needBrain(viewer);
  layOutPanes(viewer);
  numberScrollBar(viewer);
  touch(viewer, "greys", "blend", "controls");
  viewer.root.dataset.ready = viewer.scan.case;
  fetchAhead(viewer);
}

/**
 * Fetches the scan that the page says comes next into memory, once the one on the screen is there.
 * @param {Viewer} viewer
 */
function fetchAhead(viewer) {
  const { next, ending: { signal } } = viewer;
  if (!next || viewer.ahead?.url === next.url) return;
  const options = { noun: "scan", length: bytesOf(next), signal, onProgress: () => {} };
  const done = fetchPayload(next.url, options).catch(() => { viewer.ahead = null; }); // it is fetched when it is opened
  viewer.ahead = { url: next.url, done };
}

/**
 * Takes the overlays the page offers now; a map that is no longer offered leaves memory and screen.
 * @param {Viewer} viewer @param {Overlay[]} overlays
 */
function offerOverlays(viewer, overlays) {
  viewer.overlays = overlays;
  if (!isOpen(viewer)) return;
  const offered = new Set(overlays.map((overlay) => overlay.url));
  for (const url of viewer.maps.keys()) if (!offered.has(url)) viewer.maps.delete(url);
  const { state } = viewer;
  if (state.layout !== "mpr" && !offeredLayouts(viewer).includes(state.layout)) state.layout = "one";
  for (const shown of Object.values(state.shown)) {
    shown.forEach((index, pane) => { if (index >= overlays.length) shown[pane] = overlays.length ? 0 : index; });
  }
  needMaps(viewer);
  touch(viewer, "panes", "controls");
}

/** @param {Viewer} viewer @param {ViewerData} data */
function updateViewer(viewer, { scan, overlays, next, least_height_px: least, above_px: above }) {
  viewer.next = next ?? null;
  viewer.root.style.setProperty("--least-height", `${least}px`);
  viewer.root.style.setProperty("--above", `${above}px`);
  const identity = caseKey(scan) + scan.url + scan.shape;
  if (identity !== viewer.identity) {
    viewer.identity = identity;
    openScan(viewer, scan, overlays);
  } else if (JSON.stringify(overlays) !== JSON.stringify(viewer.overlays)) offerOverlays(viewer, overlays);
}

/** @param {Viewer} viewer */
function destroyViewer(viewer) {
  closeScan(viewer);
  viewer.ending.abort();
  cancelAnimationFrame(viewer.frame);
}

/**
 * What Streamlit calls to end a part of the page. It also calls it when a call was overtaken by the next while the part
 * stays: only a part that has left the page ends.
 * @type {(holder: PartHolder, end: () => void) => () => void}
 */
const onceGone = (holder, end) => () => { if (!holder.isConnected) end(); };

/**
 * The element in which a part is drawn, which pages/shared/viewer/component.py puts there.
 * @param {PartHolder} holder @param {string} selector
 */
function rootIn(holder, selector) {
  const root = holder.querySelector(selector);
  if (!(root instanceof HTMLElement)) throw new Error(`This part of the page has no ${selector} in it.`);
  return root;
}

/**
 * What stands in a part's place: made at the first call, and anew where it is for somebody or something else.
 * @param {PartHolder} holder @param {string} of @param {() => { end: () => void }} make
 */
function madeOnce(holder, of, make) {
  if (holder.ichMade?.of === of) return;
  holder.ichMade?.end();
  holder.ichMade = { of, ...make() };
}

/**
 * Streamlit calls this at mounting and whenever the data change, and the returned function at unmounting.
 * @param {Part<PartData>} part
 */
function showPart({ data, parentElement: holder, setTriggerValue }) {
  if (data.part === "viewer") {
    holder.ichViewer ??= makeViewer(rootIn(holder, ".ich-viewer"));
    updateViewer(holder.ichViewer, data);
  } else if (data.part === "desk") {
    madeOnce(holder, `${data.url} ${data.reader}`, () => makeDesk(rootIn(holder, ".ich-desk"), data));
  } else {
    madeOnce(holder, data.url, () =>
      makeCorrection(rootIn(holder, ".ich-desk"), data, () => setTriggerValue("corrected", true)));
  }
  return onceGone(holder, () => {
    if (holder.ichViewer) destroyViewer(holder.ichViewer);
    delete holder.ichViewer;
    holder.ichMade?.end();
    delete holder.ichMade;
  });
}
