/**
 * Shapes: made, moved, bent, hit. Pure; image space unless it says device.
 *
 * @typedef {import("./messages.js").Geometry} Geometry
 * @typedef {import("./messages.js").Pair} Pair
 * @typedef {{rows: number, columns: number}} Extent
 */

const GRAIN = 1000; // a thousandth of a pixel is finer than any hand
const LEAST_SIDE = 0.1; // of a box, image pixels
export const MAX_POINTS = 2000; // of a polygon, as the server takes it

/**
 * `point` moved onto the picture.
 *
 * @param {Pair} point
 * @param {Extent} extent
 * @returns {Pair}
 */
export function inside([x, y], { rows, columns }) {
  return [rounded(Math.min(columns, Math.max(0, x))), rounded(Math.min(rows, Math.max(0, y)))];
}

/**
 * The box between two corners, or null if it has no area.
 *
 * @param {Pair} a
 * @param {Pair} b
 * @returns {import("./messages.js").Box | null}
 */
export function boxBetween(a, b) {
  const w = rounded(Math.abs(a[0] - b[0])), h = rounded(Math.abs(a[1] - b[1]));
  if (w < LEAST_SIDE || h < LEAST_SIDE) return null;
  return { type: "box", x: rounded(Math.min(a[0], b[0])), y: rounded(Math.min(a[1], b[1])), w, h };
}

/**
 * The corners, in order round the shape; one for a point.
 *
 * @param {Geometry} shape
 * @returns {Pair[]}
 */
export function corners(shape) {
  switch (shape.type) {
    case "point":
      return [[shape.x, shape.y]];
    case "polygon":
      return shape.points;
    case "box": {
      const { x, y, w, h } = shape;
      return [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
    }
  }
}

/**
 * Where the hand can take hold: the corners; of a box also the middles of its sides.
 *
 * @param {Geometry} shape
 * @returns {Pair[]}
 */
export function handles(shape) {
  const points = corners(shape);
  if (shape.type !== "box") return points;
  return points.flatMap((point, k) => [point, middle(point, points[(k + 1) % 4])]);
}

/**
 * `shape` moved as a whole, no further than the picture's edge.
 *
 * @param {Geometry} shape
 * @param {Pair} by
 * @param {Extent} extent
 * @returns {Geometry}
 */
export function moved(shape, [dx, dy], extent) {
  const points = corners(shape);
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  const sx = held(dx, -Math.min(...xs), extent.columns - Math.max(...xs));
  const sy = held(dy, -Math.min(...ys), extent.rows - Math.max(...ys));
  if (shape.type === "polygon") return { type: "polygon", points: points.map(([x, y]) => [rounded(x + sx), rounded(y + sy)]) };
  return { ...shape, x: rounded(shape.x + sx), y: rounded(shape.y + sy) };
}

/**
 * `shape` with handle `k` at `to`; the shape itself if that would leave it without area.
 *
 * @param {Geometry} shape
 * @param {number} k  as in `handles`
 * @param {Pair} to
 * @param {Extent} extent
 * @returns {Geometry}
 */
export function bent(shape, k, to, extent) {
  const [x, y] = inside(to, extent);
  if (shape.type === "point") return { type: "point", x, y };
  if (shape.type === "polygon") {
    return { type: "polygon", points: shape.points.map((point, at) => (at === k ? [x, y] : point)) };
  }
  const left = [0, 6, 7].includes(k), right = [2, 3, 4].includes(k);
  const top = [0, 1, 2].includes(k), bottom = [4, 5, 6].includes(k);
  const a = /** @type {Pair} */ ([left ? x : shape.x, top ? y : shape.y]);
  const b = /** @type {Pair} */ ([right ? x : shape.x + shape.w, bottom ? y : shape.y + shape.h]);
  return boxBetween(a, b) ?? shape;
}

/**
 * A polygon with a corner at `point` more, on its nearest side; the shape itself if it is no polygon or has enough corners.
 *
 * @param {Geometry} shape
 * @param {Pair} point
 * @returns {Geometry}
 */
export function withCorner(shape, point) {
  if (shape.type !== "polygon" || shape.points.length >= MAX_POINTS) return shape;
  const distances = shape.points.map((from, k) => toSide(point, from, shape.points[(k + 1) % shape.points.length]));
  const at = distances.indexOf(Math.min(...distances)) + 1;
  return { type: "polygon", points: [...shape.points.slice(0, at), point, ...shape.points.slice(at)] };
}

/**
 * A polygon without corner `k`; the shape itself if it is no polygon or would have too few.
 *
 * @param {Geometry} shape
 * @param {number} k
 * @returns {Geometry}
 */
export function withoutCorner(shape, k) {
  if (shape.type !== "polygon" || shape.points.length <= 3) return shape;
  return { type: "polygon", points: shape.points.filter((_, at) => at !== k) };
}

/**
 * Which of `points` is nearest to `at` within `reach`; -1 for none. Device space.
 *
 * @param {Pair[]} points
 * @param {Pair} at
 * @param {number} reach
 */
export function nearest(points, at, reach) {
  const distances = points.map((point) => Math.hypot(point[0] - at[0], point[1] - at[1]));
  const least = Math.min(...distances);
  return least <= reach ? distances.indexOf(least) : -1;
}

/**
 * Whether `at` is inside the ring of `points`, or within `reach` of it. Device space.
 *
 * @param {Pair[]} points
 * @param {Pair} at
 * @param {number} reach
 */
export function hits(points, at, reach) {
  if (points.length === 1) return nearest(points, at, reach) === 0;
  let within = false;
  for (const [k, from] of points.entries()) {
    const to = points[(k + 1) % points.length];
    if (toSide(at, from, to) <= reach) return true;
    const crosses = from[1] > at[1] !== to[1] > at[1];
    if (crosses && at[0] < from[0] + ((at[1] - from[1]) / (to[1] - from[1])) * (to[0] - from[0])) within = !within;
  }
  return within;
}

/**
 * The area of the ring of `points`.
 *
 * @param {Pair[]} points
 */
export function area(points) {
  const twice = points.reduce((sum, [x, y], k) => {
    const [nx, ny] = points[(k + 1) % points.length];
    return sum + x * ny - nx * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/**
 * The shape in words: kind and size in image pixels. Not a measurement: those are the server's.
 *
 * @param {Geometry} shape
 */
export function described(shape) {
  switch (shape.type) {
    case "point":
      return "point";
    case "polygon":
      return `polygon, ${shape.points.length} corners`;
    case "box":
      return `box ${Math.round(shape.w)} × ${Math.round(shape.h)} px`;
  }
}

/** @param {number} value */
const rounded = (value) => Math.round(value * GRAIN) / GRAIN;

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
const held = (value, least, most) => Math.min(Math.max(most, 0), Math.max(Math.min(least, 0), value));

/**
 * @param {Pair} a
 * @param {Pair} b
 * @returns {Pair}
 */
const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

/**
 * The distance of `at` from the side between two corners.
 *
 * @param {Pair} at
 * @param {Pair} from
 * @param {Pair} to
 */
function toSide(at, from, to) {
  const dx = to[0] - from[0], dy = to[1] - from[1];
  const length = dx * dx + dy * dy;
  const along = length ? Math.min(1, Math.max(0, ((at[0] - from[0]) * dx + (at[1] - from[1]) * dy) / length)) : 0;
  return Math.hypot(at[0] - from[0] - along * dx, at[1] - from[1] - along * dy);
}
