/**
 * A shape of a slice on a section through the volume: its outline where the section lies in the slice, else the lines in which it cuts the
 * shape. The same sums as `viewer/imaging/volume.py`.
 *
 * @typedef {import("./messages.js").Pair} Pair
 * @typedef {import("./messages.js").Places} Places
 * @typedef {import("./messages.js").Plane} Plane
 * @typedef {[number, number, number]} Triple
 * @typedef {{points: Pair[], closed: boolean}} Line  a single point stands for itself
 */

const AXES = /** @type {Record<string, [Triple, Triple, Triple]>} */ ({
  axial: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], // along a row, down a column, through
  coronal: [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
  sagittal: [[0, 1, 0], [0, 0, -1], [1, 0, 0]],
});
const FLAT = 0.25; // sections: less than that, and a shape lies in one

/**
 * @param {Pair[]} corners  image space of the slice
 * @param {number} slice
 * @param {Places} places
 * @param {Plane} plane  of the sections
 * @param {{plane: string, thickness_mm: number}} cut
 * @param {number} section
 * @returns {Line[]}
 */
export function projected(corners, slice, places, plane, cut, section) {
  const at = places.slices.find(([frame]) => frame === slice);
  if (!at || !plane.origin_mm) return [];
  const found = corners.map((corner) => onGrid(corner, at, places, plane, cut.plane));
  const depths = found.map(([, , depth]) => depth - section);
  const flat = Math.max(...depths) - Math.min(...depths) < FLAT;
  const reach = Math.max(0.5, cut.thickness_mm / plane.spacing_mm[0] / 2, flat ? gap(places, plane, cut.plane) / 2 : 0);
  if (flat) {
    if (Math.abs(depths[0]) > reach) return [];
    return [{ points: found.map(([u, v]) => [u, v]), closed: true }];
  }
  const crossed = found.flatMap((from, k) => {
    const next = (k + 1) % found.length;
    if (depths[k] < 0 === depths[next] < 0) return [];
    const share = depths[k] / (depths[k] - depths[next]), to = found[next];
    return [/** @type {Pair} */ ([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])])];
  });
  crossed.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return Array.from({ length: crossed.length >> 1 }, (_, k) => ({ points: [crossed[2 * k], crossed[2 * k + 1]], closed: false }));
}

/**
 * Where an image point lies on the grid of a plane: (column, row) in its image space, and which section, counted from 0.
 *
 * @param {Pair} point
 * @param {number[]} at  a slice: frame, x, y, z
 * @param {Places} places
 * @param {Plane} plane
 * @param {string} name
 * @returns {Triple}
 */
function onGrid([x, y], [, ...first], { row, column }, plane, name) {
  const place = first.map((mm, n) => mm + row[n] * (x - 0.5) + column[n] * (y - 0.5));
  const [u, v, depth] = AXES[name].map((axis, n) => (axis.reduce((sum, each, k) => sum + each * place[k], 0) - (plane.origin_mm?.[n] ?? 0)) / plane.spacing_mm[0]);
  return [u + 0.5, v + 0.5, depth];
}

/** How many sections lie between two slices.  @param {Places} places @param {Plane} plane @param {string} name */
function gap({ slices }, plane, name) {
  const [, , through] = AXES[name];
  const depth = (/** @type {number[]} */ [, ...place]) => through.reduce((sum, each, k) => sum + each * place[k], 0);
  return slices.length < 2 ? 1 : Math.abs(depth(slices[1]) - depth(slices[0])) / plane.spacing_mm[0];
}
