// The brain's outline: where the network's skull stripping found the brain. Fetched when first asked for.

const CONTOUR = "#5fd0a0";

// The sides of a square between four voxel centres that a line connects, by which of the corners are inside:
// 1 = upper left, 2 = upper right, 4 = lower right, 8 = lower left.
const CROSSED = [[], ["LT"], ["TR"], ["LR"], ["RB"], ["LT", "RB"], ["TB"], ["LB"],
                 ["LB"], ["TB"], ["TR", "LB"], ["RB"], ["LR"], ["TR"], ["LT"], []];
const SIDES = { L: [0.5, 1], T: [1, 0.5], R: [1.5, 1], B: [1, 1.5] }; // from the upper left voxel's corner

/** Lines between voxels inside and outside a mask, on one slice of a plane: [[a, d], [a, d]] in voxels. */
function outlineOf(mask, { size, stride }, { plane, depth }) {
  const { across, down, through } = PLANES[plane];
  const [wide, high] = [size[across], size[down]];
  const base = depth * stride[through];
  const outside = (a, d) => a < 0 || d < 0 || a >= wide || d >= high;
  const at = (a, d) => (outside(a, d) ? 0 : mask[base + a * stride[across] + d * stride[down]]);
  const lines = [];
  for (let d = -1; d < high; d++) {
    let left = at(-1, d) | at(-1, d + 1) << 3;
    for (let a = -1; a < wide; a++) {
      const upper = at(a + 1, d);
      const lower = at(a + 1, d + 1);
      for (const sides of CROSSED[left | upper << 1 | lower << 2]) {
        lines.push([...sides].map((side) => [a + SIDES[side][0], d + SIDES[side][1]]));
      }
      left = upper | lower << 3;
    }
  }
  return lines;
}

/** Strokes the outline in a pane where it is switched on and there. */
function drawContour(viewer, pane) {
  const mask = viewer.state.contour && viewer.brain?.mask;
  if (!mask) return;
  const depth = viewer.state.at[PLANES[pane.plane].through];
  if (pane.outline?.depth !== depth || pane.outline.mask !== mask) {
    pane.outline = { depth, mask, lines: outlineOf(mask, viewer.volume, { plane: pane.plane, depth }) };
  }
  strokeTwice(pane.context, CONTOUR, () => {
    for (const line of pane.outline.lines) {
      traceLine(pane.context, ...line.map((point) => toScreen(viewer, pane, point)));
    }
  });
}

/** Switches the outline on or off, where the page offers it. */
function toggleContour(viewer) {
  if (!viewer.scan.brain_url) return;
  if (viewer.brain?.error) viewer.brain = null; // switching on tries again
  toggle(viewer, "contour", "view");
  if (viewer.state.contour) needBrain(viewer);
}

async function needBrain(viewer) {
  if (!viewer.scan.brain_url || !viewer.state.contour || viewer.brain) return;
  const { volume, scan: { brain_url: url }, loading: { signal } } = viewer;
  viewer.brain = { loading: true };
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

/** What the corner says of the outline. */
function contourText({ state, brain, scan }) {
  if (!state.contour || !scan.brain_url || !brain) return "";
  if (brain.loading) return "Looking for the brain…";
  if (brain.error) return brain.error;
  return brain.volumeMl > 0 ? `Brain contour, ${brain.volumeMl.toFixed(0)} mL` : "No brain found in this scan";
}
