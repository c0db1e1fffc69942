// From voxels to pixels: one loop for all planes, with or without a map, over tables made beforehand.

/**
 * The off-screen picture of a plane. Axial: one pixel a voxel. Coronal and sagittal: rows as close as the columns,
 * filled between the slices. Called when panes are made, not at each frame. `holds` is the slice in it, null: none.
 * @param {Volume} volume @param {PlaneName} plane @returns {Picture}
 */
function makePicture(volume, plane) {
  const { across, down, through } = PLANES[plane];
  const { size, spacing } = volume;
  const square = Math.round(extentMm(volume, down) / spacing[across]);
  const rows = through === 2 ? size[down] : Math.max(size[down], square);
  const picture = element("canvas", { width: size[across], height: rows });
  const pictureContext = contextOf(picture, { willReadFrequently: true });
  const image = pictureContext.createImageData(size[across], rows);
  return { picture, pictureContext, image, pixels: new Uint32Array(image.data.buffer), holds: null };
}

/**
 * Colours a slice in the pane's picture: grey by window, blended with the map where there is one.
 * @param {OpenViewer} viewer @param {Pane} pane @param {number} depth
 */
function fillPixels(viewer, pane, depth) {
  if (pane.plane === "axial") fillSlice(viewer, pane, depth);
  else fillBetweenSlices(viewer, pane, depth);
  pane.pictureContext.putImageData(pane.image, 0, 0);
  pane.holds = depth;
}

/** @param {OpenViewer} viewer @param {Pane} pane @param {number} depth */
function fillSlice(viewer, pane, depth) {
  const { greys, blend, volume: { hu, stride } } = viewer;
  const { pixels } = pane;
  const map = paneMap(viewer, pane)?.values;
  const base = depth * stride[2];
  const count = pixels.length;
  if (map) for (let i = 0; i < count; i++) pixels[i] = blend[map[base + i] << 8 | greys[hu[base + i] & 0xffff]];
  else for (let i = 0; i < count; i++) pixels[i] = blend[greys[hu[base + i] & 0xffff]];
}

/**
 * Interpolates HU and map between the thick slices, before the window is applied; the superior end is up.
 * @param {OpenViewer} viewer @param {Pane} pane @param {number} depth
 */
function fillBetweenSlices(viewer, pane, depth) {
  const { greys, blend, state, volume: { hu, size, stride } } = viewer;
  const { across, through } = PLANES[pane.plane];
  const { pixels, picture: { width, height } } = pane;
  const map = paneMap(viewer, pane)?.values;
  const base = depth * stride[through];
  const stepAcross = stride[across];
  for (let row = 0, target = 0; row < height; row++) {
    const at = clamp(size[2] - ((row + 0.5) / height) * size[2] - 0.5, 0, size[2] - 1);
    const lower = state.smooth ? Math.floor(at) : Math.round(at);
    const share = state.smooth ? at - lower : 0;
    let source = base + lower * stride[2];
    const up = share ? stride[2] : 0;
    for (const end = target + width; target < end; target++, source += stepAcross) {
      const grey = greys[(hu[source] + (hu[source + up] - hu[source]) * share) & 0xffff];
      pixels[target] = map ? blend[map[source] + (map[source + up] - map[source]) * share << 8 | grey] : blend[grey];
    }
  }
}

const MOST_PIXELS = 3840 * 2160; // of one canvas: beyond a 4K screen's own pixels a scan gains nothing but waiting

/**
 * Fits the pane's canvas to its place on the screen, in device pixels.
 * @param {Pane} pane
 */
function sizeCanvas(pane) {
  const ratio = Math.min(devicePixelRatio || 1, Math.max(1, Math.sqrt(MOST_PIXELS / (pane.width * pane.height))));
  const width = Math.max(1, Math.round(pane.width * ratio));
  const height = Math.max(1, Math.round(pane.height * ratio));
  if (pane.canvas.width !== width) pane.canvas.width = width;
  if (pane.canvas.height !== height) pane.canvas.height = height;
  if (pane.ratio !== ratio) alignCanvas(pane, ratio);
}

/**
 * Lays the canvas' pixels onto the screen's: a place of 800.75 pixels would have every picture resampled and blurred.
 * @param {Pane} pane @param {number} ratio
 */
function alignCanvas(pane, ratio) {
  pane.ratio = ratio;
  const { canvas, view } = pane;
  const { left, top } = view.getBoundingClientRect();
  /** @param {number} at */
  const off = (at) => Math.round(at * devicePixelRatio) / devicePixelRatio - at;
  Object.assign(canvas.style, { width: `${canvas.width / ratio}px`, height: `${canvas.height / ratio}px`,
                                left: `${off(left)}px`, top: `${off(top)}px` });
}

/**
 * Draws a slice where it belongs in the pane, black around it, into a context of the canvas' size.
 * @param {OpenViewer} viewer @param {Pane} pane @param {number} depth @param {CanvasRenderingContext2D} context
 */
function drawSlice(viewer, pane, depth, context) {
  if (pane.holds !== depth) fillPixels(viewer, pane, depth);
  const { ratio } = pane;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = viewer.state.inverted ? "#fff" : "#000";
  context.fillRect(0, 0, pane.width, pane.height);
  context.imageSmoothingEnabled = viewer.state.smooth;
  context.drawImage(pane.picture, pane.left, pane.top, pane.imageWidth, pane.imageHeight);
}

/**
 * Blacks out a pane, so that nothing of an earlier case stays on the screen.
 * @param {Pane} pane
 */
function blackOut(pane) {
  pane.context.setTransform(1, 0, 0, 1, 0, 0);
  pane.context.fillStyle = "#000";
  pane.context.fillRect(0, 0, pane.canvas.width, pane.canvas.height);
}
