// Measurements as numbers. Points are [across, down] in voxels of a plane (voxel i covers i to i + 1); lengths in mm.

/**
 * Distance of two points of a plane in mm.
 * @param {Point} from @param {Point} to @param {Point} spacingMm
 */
function distanceMm([a0, d0], [a1, d1], [acrossMm, downMm]) {
  return Math.hypot((a1 - a0) * acrossMm, (d1 - d0) * downMm);
}

/**
 * The point `to`, moved so that from -> to is at right angles (in mm) to the line first -> second.
 * @param {Point[]} line @param {Point} from @param {Point} to @param {Point} spacingMm @returns {Point}
 */
function squareTo([first, second], from, to, [acrossMm, downMm]) {
  const length = distanceMm(first, second, [acrossMm, downMm]) || 1;
  const normal = [-((second[1] - first[1]) * downMm) / length, ((second[0] - first[0]) * acrossMm) / length];
  const along = (to[0] - from[0]) * acrossMm * normal[0] + (to[1] - from[1]) * downMm * normal[1];
  return [from[0] + (along * normal[0]) / acrossMm, from[1] + (along * normal[1]) / downMm];
}

/**
 * Mean, SD (of the voxels, not of a sample), area and count of the ellipse within two corners, or null if empty.
 * @param {Volume} volume @param {Pick<Measurement, "plane" | "depth" | "points">} ellipse
 */
function ellipseStatistics(volume, { plane, depth, points }) {
  const { across, down, through } = PLANES[plane];
  const [[a0, d0], [a1, d1]] = points;
  const centre = [(a0 + a1) / 2, (d0 + d1) / 2];
  const half = [Math.abs(a1 - a0) / 2, Math.abs(d1 - d0) / 2];
  const base = depth * volume.stride[through];
  let count = 0, sum = 0, squares = 0;
  const lastDown = Math.min(volume.size[down] - 1, Math.floor(centre[1] + half[1]));
  const lastAcross = Math.min(volume.size[across] - 1, Math.floor(centre[0] + half[0]));
  for (let d = Math.max(0, Math.floor(centre[1] - half[1])); d <= lastDown; d++) {
    for (let a = Math.max(0, Math.floor(centre[0] - half[0])); a <= lastAcross; a++) {
      if (((a + 0.5 - centre[0]) / half[0]) ** 2 + ((d + 0.5 - centre[1]) / half[1]) ** 2 > 1) continue;
      const hu = volume.hu[base + a * volume.stride[across] + d * volume.stride[down]];
      count++;
      sum += hu;
      squares += hu * hu;
    }
  }
  if (!count) return null;
  const mean = sum / count;
  const areaMm2 = Math.PI * half[0] * volume.spacing[across] * half[1] * volume.spacing[down];
  return { mean, sd: Math.sqrt(Math.max(0, squares / count - mean * mean)), areaMm2, count };
}

/**
 * Haematoma volume in mL by ABC/2 (Kothari et al. 1996): A the largest diameter, B the diameter at right angles to it
 * on the same slice, C the number of slices times their thickness. A slice counts 1 where the haematoma covers more
 * than 75 % of its largest area, 0.5 from 25 to 75 %, and 0 below.
 * @param {{ aMm: number, bMm: number, slices: number, thicknessMm: number }} sizes
 */
function abcVolumeMl({ aMm, bMm, slices, thicknessMm }) {
  return (aMm * bMm * slices * thicknessMm) / 2 / 1000;
}

/**
 * Spacing of a measurement's plane, [across, down] in mm.
 * @param {Volume} volume @param {PlaneName} plane @returns {Point}
 */
function planeSpacing(volume, plane) {
  return [volume.spacing[PLANES[plane].across], volume.spacing[PLANES[plane].down]];
}

/**
 * Length of a ruler in mm.
 * @param {Volume} volume @param {Measurement} measurement
 */
function rulerMm(volume, { points: [from, to], plane }) {
  return distanceMm(from, to, planeSpacing(volume, plane));
}

/**
 * A, B, thickness and volume of an ABC/2 measurement; B is 0 until it is drawn.
 * @param {Volume} volume @param {Measurement} measurement
 */
function abcSizes(volume, { points, plane, slices }) {
  const spacing = planeSpacing(volume, plane);
  const aMm = distanceMm(points[0], points[1], spacing);
  const bMm = points.length === 4 ? distanceMm(points[2], points[3], spacing) : 0;
  const thicknessMm = volume.spacing[2];
  return { aMm, bMm, thicknessMm, volumeMl: abcVolumeMl({ aMm, bMm, slices, thicknessMm }) };
}

/**
 * The numbers of a measurement, units in their names: what goes with the read.
 * @param {Volume} volume @param {Measurement} measurement
 */
function measured(volume, measurement) {
  if (measurement.kind === "ruler") return { lengthMm: rulerMm(volume, measurement) };
  if (measurement.kind === "ellipse") return ellipseStatistics(volume, measurement) ?? { count: 0 };
  return abcSizes(volume, measurement);
}

/** @type {(value: number) => string} */
const mm = (value) => `${value.toFixed(1)} mm`;

/**
 * A measurement in words, as lines: first what it is, then its values.
 * @param {Volume} volume @param {Measurement} measurement
 */
function measurementLines(volume, measurement) {
  if (measurement.kind === "ruler") return [mm(rulerMm(volume, measurement))];
  if (measurement.kind === "ellipse") {
    const found = ellipseStatistics(volume, measurement);
    if (!found) return ["no voxel inside"];
    return [`${found.mean.toFixed(1)} HU  SD ${found.sd.toFixed(1)}  ${found.areaMm2.toFixed(0)} mm²`];
  }
  const values = abcSizes(volume, measurement);
  if (measurement.points.length < 4) return [`A ${mm(values.aMm)}`, "now B, across it"];
  return [`A ${mm(values.aMm)}  B ${mm(values.bMm)}`,
          measurement.slices ? `ABC/2 ${values.volumeMl.toFixed(1)} mL` : "set the number of slices"];
}
