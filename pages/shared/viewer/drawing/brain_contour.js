// The brain's outline: where the network's skull stripping found the brain. Fetched when first asked for.

const CONTOUR = "#5fd0a0";

// The sides of a square between four voxel centres that a line connects, by which of the corners are inside:
// 1 = upper left, 2 = upper right, 4 = lower right, 8 = lower left.
const CROSSED = [[], ["LT"], ["TR"], ["LR"], ["RB"], ["LT", "RB"], ["TB"], ["LB"],
                 ["LB"], ["TB"], ["TR", "LB"], ["RB"], ["LR"], ["TR"], ["LT"], []];
/** @type {Record<string, Point>} */
const SIDES = { L: [0.5, 1], T: [1, 0.5], R: [1.5, 1], B: [1, 1.5] }; // from the upper left voxel's corner

/**
 * Lines between voxels inside and outside a mask, on one slice of a plane: [[a, d], [a, d]] in voxels.
 * @param {Uint8Array} mask @param {Grid} grid @param {{ plane: PlaneName, depth: number }} slice
 */
function outlineOf(mask, { size, stride }, { plane, depth }) {
  const { across, down, through } = PLANES[plane];
  const [wide, high] = [size[across], size[down]];
  const base = depth * stride[through];
  /** @type {(a: number, d: number) => boolean} */
  const outside = (a, d) => a < 0 || d < 0 || a >= wide || d >= high;
  /** @type {(a: number, d: number) => number} */
  const at = (a, d) => (outside(a, d) ? 0 : mask[base + a * stride[across] + d * stride[down]]);
  /** @type {[Point, Point][]} */
  const lines = [];
  /** @type {(a: number, d: number, side: string) => Point} */
  const middleOf = (a, d, side) => [a + SIDES[side][0], d + SIDES[side][1]];
  for (let d = -1; d < high; d++) {
    let left = at(-1, d) | at(-1, d + 1) << 3;
    for (let a = -1; a < wide; a++) {
      const upper = at(a + 1, d);
      const lower = at(a + 1, d + 1);
      for (const sides of CROSSED[left | upper << 1 | lower << 2]) {
        lines.push([middleOf(a, d, sides[0]), middleOf(a, d, sides[1])]);
      }
      left = upper | lower << 3;
    }
  }
  return lines;
}

/**
 * Strokes the outline in a pane where it is switched on and there.
 * @param {OpenViewer} viewer @param {Pane} pane
 */
function drawContour(viewer, pane) {
  const { brain } = viewer;
  if (!viewer.state.contour || !brain || !("mask" in brain)) return;
  const { mask } = brain;
  const depth = viewer.state.at[PLANES[pane.plane].through];
  if (pane.outline?.depth !== depth || pane.outline.mask !== mask) {
    pane.outline = { depth, mask, lines: outlineOf(mask, viewer.volume, { plane: pane.plane, depth }) };
  }
  const { lines } = pane.outline;
  strokeTwice(pane.context, CONTOUR, () => {
    for (const [from, to] of lines) {
      traceLine(pane.context, toScreen(viewer, pane, from), toScreen(viewer, pane, to));
    }
  });
}

/**
 * Switches the outline on or off, where the page offers it.
 * @param {OpenViewer} viewer
 */
function toggleContour(viewer) {
  if (!viewer.scan.brain_url) return;
  if (viewer.brain && "error" in viewer.brain) viewer.brain = null; // switching on tries again
  toggle(viewer, "contour", "view");
  if (viewer.state.contour) needBrain(viewer);
}

/** @param {OpenViewer} viewer */
async function needBrain(viewer) {
  if (!viewer.scan.brain_url || !viewer.state.contour || viewer.brain) return;
  const { volume, scan: { brain_url: url }, loading: { signal } } = viewer;
  viewer.brain = { loading: true };
  /** @type {LoadedBrain | Refused} */
  let brain;
  try {
    const mask = await fetchPayload(url, {
      noun: "brain contour", length: volume.hu.length, signal, onProgress: () => {},
    });
    const voxels = mask.reduce((sum, inside) => sum + inside, 0);
    brain = { mask, volumeMl: (voxels * volume.spacing[0] * volume.spacing[1] * volume.spacing[2]) / 1000 };
  } catch (error) {
    brain = { error: error instanceof PayloadError ? error.message : String(error) };
  }
  if (signal.aborted) return; // another case by now
  viewer.brain = brain;
  touch(viewer, "view", "controls");
}

/**
 * What the corner says of the outline.
 * @param {OpenViewer} viewer
 */
function contourText({ state, brain, scan }) {
  if (!state.contour || !scan.brain_url || !brain) return "";
  if ("loading" in brain) return "Looking for the brain…";
  if ("error" in brain) return brain.error;
  return brain.volumeMl > 0 ? `Brain contour, ${brain.volumeMl.toFixed(0)} mL` : "No brain found in this scan";
}
