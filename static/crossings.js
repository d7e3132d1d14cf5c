/**
 * Where the sections of other panes cross the one of a pane: lines, image space. Planes of one volume are cut from one grid, with axes
 * along those of the patient (`viewer/imaging/volume.py`); a section lies in the middle of its pixel.
 *
 * @typedef {import("./messages.js").Pair} Pair
 * @typedef {{plane: string, frame: number, rows: number, columns: number, frames: number}} Section
 * @typedef {{plane: string, from: Pair, to: Pair}} Crossing
 */

const THROUGH = /** @type {Record<string, string>} */ ({ axial: "z", coronal: "y", sagittal: "x" });
const ALONG = /** @type {Record<string, string>} */ ({ axial: "x", coronal: "x", sagittal: "y" }); // a row goes that way
const UPWARD = new Set(["coronal", "sagittal"]); // their rows go down from the head

/**
 * @param {Section} own
 * @param {Section[]} others
 * @returns {Crossing[]}
 */
export function crossings(own, others) {
  return others.filter(({ plane }) => plane !== own.plane).map((other) => {
    const { plane, frame, frames } = other, { rows, columns } = own;
    const share = (frame + 0.5) / frames;
    if (THROUGH[plane] === ALONG[own.plane]) return { plane, from: [share * columns, 0], to: [share * columns, rows] };
    const y = (UPWARD.has(own.plane) ? 1 - share : share) * rows;
    return { plane, from: [0, y], to: [columns, y] };
  });
}
