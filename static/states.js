/**
 * Presentation states: how somebody wanted slices to be seen. The server applies them; here is what a choice of one means for the view,
 * and the lines that it has drawn on a slice.
 *
 * @typedef {import("./messages.js").Item} Item
 * @typedef {import("./messages.js").State} State
 * @typedef {import("./messages.js").Said} Said
 * @typedef {import("./messages.js").Drawing} Drawing
 * @typedef {import("./messages.js").Pair} Pair
 */

const ROUND = 48; // corners that stand for a circle
const SMOOTH = 8; // points between two of a curve

/**
 * What the state of a look says of its slice; null if it has none, or the state does not speak of the slice.
 *
 * @param {Item} item
 * @param {{state?: string | null, frame: number, cut?: unknown}} look
 * @returns {Said | null}
 */
export function saidOf(item, { state, frame, cut }) {
  if (!state || cut) return null;
  return item.states?.find(({ id }) => id === state)?.looks.find(({ frames }) => frames.includes(frame)) ?? null;
}

/**
 * The slice nearest to `frame` that a state speaks of.
 *
 * @param {State} state
 * @param {number} frame
 */
export function nearestOf(state, frame) {
  const all = state.looks.flatMap(({ frames }) => frames);
  return all.reduce((best, each) => (Math.abs(each - frame) < Math.abs(best - frame) ? each : best), all[0]);
}

/** @param {State} state @param {number} k  its place in the list, from 0 */
export const nameOf = ({ label }, k) => label || `State ${k + 1}`;

/**
 * A drawing as corners in image space. PS3.3 C.10.5.1.2: a circle has its centre and a point on it, an ellipse the ends of its axes.
 *
 * @param {Drawing} drawing
 * @returns {{points: Pair[], closed: boolean}}
 */
export function traced({ kind, points }) {
  if (kind === "CIRCLE" && points.length >= 2) {
    const [[x, y], [u, v]] = points, radius = Math.hypot(u - x, v - y);
    return { points: round([x, y], [radius, 0], [0, radius]), closed: true };
  }
  if (kind === "ELLIPSE" && points.length >= 4) {
    const [a, b, c, d] = points;
    const half = (/** @type {Pair} */ from, /** @type {Pair} */ to) => /** @type {Pair} */ ([(to[0] - from[0]) / 2, (to[1] - from[1]) / 2]);
    return { points: round([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], half(a, b), half(c, d)), closed: true };
  }
  return { points: kind === "INTERPOLATED" ? curved(points) : points, closed: false };
}

/** @param {Pair} centre @param {Pair} one @param {Pair} other  half axes @returns {Pair[]} */
const round = ([x, y], [ax, ay], [bx, by]) =>
  Array.from({ length: ROUND }, (_, k) => {
    const cos = Math.cos((2 * Math.PI * k) / ROUND), sin = Math.sin((2 * Math.PI * k) / ROUND);
    return [x + ax * cos + bx * sin, y + ay * cos + by * sin];
  });

/** A curve through all points (Catmull and Rom's).  @param {Pair[]} points @returns {Pair[]} */
function curved(points) {
  const at = (/** @type {number} */ k) => points[Math.max(0, Math.min(points.length - 1, k))];
  const found = points.slice(0, 1);
  for (let k = 0; k + 1 < points.length; k += 1) {
    const [a, b, c, d] = [at(k - 1), at(k), at(k + 1), at(k + 2)];
    for (let step = 1; step <= SMOOTH; step += 1) {
      const t = step / SMOOTH;
      const along = (/** @type {0 | 1} */ n) =>
        0.5 * (2 * b[n] + (c[n] - a[n]) * t + (2 * a[n] - 5 * b[n] + 4 * c[n] - d[n]) * t ** 2 + (3 * b[n] - a[n] - 3 * c[n] + d[n]) * t ** 3);
      found.push([along(0), along(1)]);
    }
  }
  return found;
}
