// The three planes, and where their voxels lie on the screen. Axes: 0 = x, 1 = y, 2 = k (slices).

/** @type {Record<PlaneName, Plane>} */
const PLANES = {
  axial: { across: 0, down: 1, through: 2, flip: false, letters: "RLAP" }, // letters: left, right, top, bottom
  coronal: { across: 0, down: 2, through: 1, flip: true, letters: "RLSI" },
  sagittal: { across: 1, down: 2, through: 0, flip: true, letters: "APSI" },
};

const CSS_PIXELS_PER_MM = 96 / 25.4; // what a browser calls a millimetre; true where the screen reports its size
/** @type {[least: number, most: number]} */
const ZOOM_RANGE = [0.25, 40];

/** @type {Axis[]} */
const AXES = [0, 1, 2];

/** What `of` says of each axis. @type {(of: (axis: Axis) => number) => Triple} */
const perAxis = (of) => [of(0), of(1), of(2)];

/**
 * Extent of an axis in mm.
 * @param {Volume} volume @param {Axis} axis
 */
function extentMm(volume, axis) {
  return volume.size[axis] * volume.spacing[axis];
}

/**
 * Pixels per mm at which a plane just fits a pane.
 * @param {Volume} volume @param {Pane} pane
 */
function fitScale(volume, pane) {
  const { across, down } = PLANES[pane.plane];
  return Math.min(pane.width / extentMm(volume, across), pane.height / extentMm(volume, down));
}

/**
 * Sets where a pane's image lies, in CSS pixels; half voxels and aspect come from millimetres alone.
 * @param {OpenViewer} viewer @param {Pane} pane
 */
function placeImage(viewer, pane) {
  const { volume, state } = viewer;
  const { across, down, flip } = PLANES[pane.plane];
  const wide = extentMm(volume, across);
  const high = extentMm(volume, down);
  const scale = fitScale(volume, pane) * state.zoom;
  const centreDown = flip ? high - state.centre[down] : state.centre[down];
  pane.scale = scale;
  pane.imageWidth = wide * scale;
  pane.imageHeight = high * scale;
  pane.left = pane.width / 2 - state.centre[across] * scale;
  pane.top = pane.height / 2 - centreDown * scale;
}

/**
 * Pixel position of a point in a plane, given in voxels; voxel i covers i to i + 1.
 * @param {OpenViewer} viewer @param {Pane} pane @param {Point} point @returns {Point}
 */
function toScreen(viewer, pane, [a, d]) {
  const { across, down, flip } = PLANES[pane.plane];
  const { size, spacing } = viewer.volume;
  const row = flip ? size[down] - d : d;
  return [pane.left + a * spacing[across] * pane.scale, pane.top + row * spacing[down] * pane.scale];
}

/**
 * The point in a plane, in voxels, under a pixel of the pane; it may lie outside the volume.
 * @param {OpenViewer} viewer @param {Pane} pane @param {Point} pixel @returns {Point}
 */
function toVoxel(viewer, pane, [x, y]) {
  const { across, down, flip } = PLANES[pane.plane];
  const { size, spacing } = viewer.volume;
  const row = (y - pane.top) / pane.scale / spacing[down];
  return [(x - pane.left) / pane.scale / spacing[across], flip ? size[down] - row : row];
}

/**
 * Index of the voxel [x, y, k] under a pixel, or null outside the volume.
 * @param {OpenViewer} viewer @param {Pane} pane @param {Point} pixel
 */
function voxelAt(viewer, pane, pixel) {
  const { across, down, through } = PLANES[pane.plane];
  const [a, d] = toVoxel(viewer, pane, pixel);
  /** @type {Triple} */
  const voxel = [0, 0, 0];
  voxel[across] = Math.floor(a);
  voxel[down] = Math.floor(d);
  voxel[through] = viewer.state.at[through];
  return voxel.every((index, axis) => index >= 0 && index < viewer.volume.size[axis]) ? voxel : null;
}

/**
 * Place of a voxel in the volume's arrays.
 * @param {Volume} volume @param {Triple} voxel
 */
function offsetOf(volume, voxel) {
  return voxel[0] + voxel[1] * volume.stride[1] + voxel[2] * volume.stride[2];
}
