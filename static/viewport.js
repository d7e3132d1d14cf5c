/**
 * Where the picture stands on the screen: the same sums as `viewer/render/view.py`.
 *
 * Image space: x = column, y = row, (0, 0) the corner of the top-left pixel. Device space: pixels of the viewport, (0, 0) its corner.
 *
 * @typedef {[number, number]} Pair
 * @typedef {{turned: number, mirrored: boolean}} Turn  clockwise by 0, 90, 180 or 270 degrees, then left to right
 * @typedef {{x: number, y: number, scale: number, ratio: number, width: number, height: number} & Partial<Turn>} Camera
 *   x, y: the image point at the viewport's centre; scale: device pixels per image pixel across, `scale * ratio` down the rows, as they
 *   are before the picture is turned; width, height: of the viewport in device pixels
 * @typedef {{rows: number, columns: number, spacing_mm: Pair | null}} Extent
 */

export const MIN_SIDE = 16, MAX_SIDE = 4096; // what the server draws
const MIN_SCALE = 1e-4, MAX_SCALE = 256, MAX_ROW_SCALE = 1024;
const SMALLEST = 1 / 8; // of the fitting scale: a picture that can't be found again helps nobody

/**
 * How much taller than wide a pixel is: spacing between rows over spacing between columns; 1 if that is unknown.
 *
 * @param {Pair | null} spacing
 */
export function pixelRatio(spacing) {
  const [rows, columns] = spacing ?? [1, 1];
  const known = rows > 0 && columns > 0 && Number.isFinite(rows) && Number.isFinite(columns);
  return known ? rows / columns : 1;
}

/** @type {Turn} */
const UPRIGHT = { turned: 0, mirrored: false };

/**
 * The whole picture, or an area of it, centred, as large as it goes.
 *
 * @param {Extent} extent
 * @param {number} width
 * @param {number} height
 * @param {Turn} [turn]
 * @param {[number, number, number, number] | null} [area]  left, top, right, bottom in image space
 * @returns {Camera}
 */
export function fit(extent, width, height, { turned, mirrored } = UPRIGHT, area = null) {
  const ratio = pixelRatio(extent.spacing_mm);
  const [left, top, right, bottom] = area ?? [0, 0, extent.columns, extent.rows];
  const across = turned % 180 ? height : width, down = turned % 180 ? width : height;
  const wanted = fittingScale({ rows: bottom - top, columns: right - left }, ratio, across, down);
  const scale = bounded(wanted, extent, ratio, width, height);
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale, ratio, width, height, turned, mirrored };
}

/**
 * A step on the picture as it stands upright, in device pixels, as a step on the screen.
 *
 * @param {Partial<Turn>} camera
 * @param {Pair} step
 * @returns {Pair}
 */
function spun({ turned = 0, mirrored = false }, [du, dv]) {
  const [right, down] = /** @type {Record<number, Pair>} */ ({ 0: [du, dv], 90: [-dv, du], 180: [-du, -dv], 270: [dv, -du] })[turned];
  return [mirrored ? -right : right, down];
}

/**
 * The other way.
 *
 * @param {Partial<Turn>} camera
 * @param {Pair} step
 * @returns {Pair}
 */
function unspun({ turned = 0, mirrored = false }, [right, down]) {
  const du = mirrored ? -right : right;
  return /** @type {Record<number, Pair>} */ ({ 0: [du, down], 90: [down, -du], 180: [-du, -down], 270: [-down, du] })[turned];
}

/**
 * The camera turned a quarter clockwise on the screen, or mirrored there left to right.
 *
 * @param {Camera} camera
 * @param {"turn" | "mirror"} how
 * @returns {Camera}
 */
export function spin(camera, how) {
  const { turned = 0, mirrored = false } = camera;
  if (how === "mirror") return { ...camera, turned, mirrored: !mirrored };
  return { ...camera, turned: (turned + (mirrored ? 270 : 90)) % 360, mirrored };
}

/**
 * @param {Camera} camera
 * @param {Pair} point  image space
 * @returns {Pair}
 */
export function toDevice(camera, [px, py]) {
  const { x, y, scale, ratio, width, height } = camera;
  const [right, down] = spun(camera, [(px - x) * scale, (py - y) * scale * ratio]);
  return [width / 2 + right, height / 2 + down];
}

/**
 * @param {Camera} camera
 * @param {Pair} point  device space
 * @returns {Pair}
 */
export function toImage(camera, [u, v]) {
  const { x, y, scale, ratio, width, height } = camera;
  const [du, dv] = unspun(camera, [u - width / 2, v - height / 2]);
  return [x + du / scale, y + dv / (scale * ratio)];
}

/**
 * The camera at another size of the viewport, the same image point at its centre.
 *
 * @param {Camera} camera
 * @param {number} width
 * @param {number} height
 * @returns {Camera}
 */
export const resized = (camera, width, height) => ({ ...camera, width, height });

/**
 * `factor` times nearer; the image point at the device point `about` stays there.
 *
 * @param {Camera} camera
 * @param {Pair} about
 * @param {number} factor
 * @param {Extent} extent
 * @returns {Camera}
 */
export function zoomed(camera, about, factor, extent) {
  const { ratio, width, height } = camera;
  const scale = bounded(camera.scale * factor, extent, ratio, width, height);
  const [px, py] = toImage(camera, about);
  const [du, dv] = unspun(camera, [about[0] - width / 2, about[1] - height / 2]);
  return within({ ...camera, x: px - du / scale, y: py - dv / (scale * ratio), scale }, extent);
}

/**
 * The picture moved by device pixels.
 *
 * @param {Camera} camera
 * @param {Pair} by
 * @param {Extent} extent
 * @returns {Camera}
 */
export function panned(camera, by, extent) {
  const { x, y, scale, ratio } = camera;
  const [du, dv] = unspun(camera, by);
  return within({ ...camera, x: x - du / scale, y: y - dv / (scale * ratio) }, extent);
}

/**
 * What moves a picture that was drawn for `from` to where `to` would have it: device u' = factor * u + shift; null where it is turned.
 *
 * @param {Camera} from
 * @param {Camera} to
 */
export function residual(from, to) {
  if ((from.turned ?? 0) !== (to.turned ?? 0) || (from.mirrored ?? false) !== (to.mirrored ?? false)) return null;
  const factor = to.scale / from.scale;
  const [left, top] = toDevice(to, toImage(from, [0, 0]));
  return { factor, left, top };
}

/**
 * @param {{rows: number, columns: number}} extent
 * @param {number} ratio
 * @param {number} width
 * @param {number} height
 */
function fittingScale({ rows, columns }, ratio, width, height) {
  return Math.min(width / columns, height / (rows * ratio));
}

/**
 * @param {number} scale
 * @param {Extent} extent
 * @param {number} ratio
 * @param {number} width
 * @param {number} height
 */
function bounded(scale, extent, ratio, width, height) {
  const least = Math.max(MIN_SCALE, SMALLEST * fittingScale(extent, ratio, width, height));
  const most = Math.min(MAX_SCALE, MAX_ROW_SCALE / ratio);
  return Math.min(most, Math.max(Math.min(least, most), scale));
}

/**
 * The camera with its centre on the picture, so that the picture can't be lost.
 *
 * @param {Camera} camera
 * @param {Extent} extent
 * @returns {Camera}
 */
function within(camera, { rows, columns }) {
  const x = Math.min(columns, Math.max(0, camera.x));
  const y = Math.min(rows, Math.max(0, camera.y));
  return { ...camera, x, y };
}
