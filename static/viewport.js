/**
 * Where the picture stands on the screen: the same sums as `viewer/render/view.py`.
 *
 * Image space: x = column, y = row, (0, 0) the corner of the top-left pixel. Device space: pixels of the viewport, (0, 0) its corner.
 *
 * @typedef {[number, number]} Pair
 * @typedef {{x: number, y: number, scale: number, ratio: number, width: number, height: number}} Camera
 *   x, y: the image point at the viewport's centre; scale: device pixels per image pixel across, `scale * ratio` down;
 *   width, height: of the viewport in device pixels
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

/**
 * The whole picture, centred, as large as it goes.
 *
 * @param {Extent} extent
 * @param {number} width
 * @param {number} height
 * @returns {Camera}
 */
export function fit(extent, width, height) {
  const ratio = pixelRatio(extent.spacing_mm);
  const scale = bounded(fittingScale(extent, ratio, width, height), extent, ratio, width, height);
  return { x: extent.columns / 2, y: extent.rows / 2, scale, ratio, width, height };
}

/**
 * @param {Camera} camera
 * @param {Pair} point  image space
 * @returns {Pair}
 */
export function toDevice({ x, y, scale, ratio, width, height }, [px, py]) {
  return [width / 2 + (px - x) * scale, height / 2 + (py - y) * scale * ratio];
}

/**
 * @param {Camera} camera
 * @param {Pair} point  device space
 * @returns {Pair}
 */
export function toImage({ x, y, scale, ratio, width, height }, [u, v]) {
  return [x + (u - width / 2) / scale, y + (v - height / 2) / (scale * ratio)];
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
  const x = px - (about[0] - width / 2) / scale;
  const y = py - (about[1] - height / 2) / (scale * ratio);
  return within({ ...camera, x, y, scale }, extent);
}

/**
 * The picture moved by device pixels.
 *
 * @param {Camera} camera
 * @param {Pair} by
 * @param {Extent} extent
 * @returns {Camera}
 */
export function panned(camera, [du, dv], extent) {
  const { x, y, scale, ratio } = camera;
  return within({ ...camera, x: x - du / scale, y: y - dv / (scale * ratio) }, extent);
}

/**
 * What moves a picture that was drawn for `from` to where `to` would have it: device u' = factor * u + shift.
 *
 * @param {Camera} from
 * @param {Camera} to
 */
export function residual(from, to) {
  const factor = to.scale / from.scale;
  const [left, top] = toDevice(to, toImage(from, [0, 0]));
  return { factor, left, top };
}

/**
 * @param {Extent} extent
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
