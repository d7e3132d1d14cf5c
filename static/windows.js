/**
 * Windows: presets as data, the drag that changes one, and what stands in for a new window until the true frame lands.
 *
 * @typedef {import("./messages.js").Window} Window
 * @typedef {import("./messages.js").Item} Item
 */

import { saidOf } from "./states.js";

/** CT windows in HU: name, width, level. */
const CT = /** @type {[string, number, number][]} */ ([
  ["Soft tissue", 400, 40],
  ["Mediastinum", 350, 50],
  ["Lung", 1500, -600],
  ["Liver", 150, 90],
  ["Bone", 2000, 350],
  ["Brain", 80, 40],
  ["Subdural", 200, 75],
  ["Stroke", 40, 40],
  ["Temporal bone", 2800, 600],
  ["Angio", 600, 300],
]);

/** PET windows in SUV: name, width, level. */
const SUV = /** @type {[string, number, number][]} */ ([
  ["SUV 0–5", 5, 2.5],
  ["SUV 0–10", 10, 5],
  ["SUV 0–20", 20, 10],
]);

const LINEAR = "linear", EXACT = "linear_exact";
const UNKNOWN = { center: 128, width: 256, function: LINEAR }; // where the header names no window; the first drag starts here
const DRAG_PX = 300; // dragging so far doubles the width
const LEAST_LINEAR = 1; // PS3.3 C.11.2.1.2: the width of a linear window is at least 1
const LEAST = 1e-6;

/**
 * The windows to pick from: all of the header's first, then those of the modality that the header does not name.
 *
 * @param {Item} item
 * @returns {{name: string, window: Window}[]}
 */
export function listed(item) {
  if (!item.grey) return [];
  const usual = (item.unit === "HU" ? CT : []).map(([name, width, center]) => ({ name, window: { center, width, function: LINEAR } }));
  const per = item.suv_per_unit;
  if (per) usual.push(...SUV.map(([name, width, center]) => ({ name, window: { center: center / per, width: width / per, function: EXACT } })));
  const header = item.windows.map(([center, width, fn], k) => {
    const window = { center, width, function: fn };
    const known = usual.find((each) => same(each.window, window));
    return { name: known?.name ?? (item.windows.length === 1 ? "Header" : `Header ${k + 1}`), window };
  });
  return [...header, ...usual.filter((each) => !header.some(({ window }) => same(each.window, window)))];
}

/**
 * How an item is first seen: as it says itself; a PET in SUV, dark on white.
 *
 * @param {Item} item
 * @returns {{window: Window | null, invert: boolean}}
 */
export function first(item) {
  const suv = item.suv_per_unit ? listed(item).find(({ name }) => name === SUV[0][0]) : undefined;
  return { window: suv?.window ?? null, invert: suv !== undefined };
}

/**
 * @param {Window} a
 * @param {Window} b
 */
export const same = (a, b) => a.center === b.center && a.width === b.width && a.function === b.function;

/**
 * The window on screen: the chosen one, else that of the presentation state, else the header's first, else null where only the server knows.
 *
 * @param {Item} item
 * @param {Window | null} chosen
 * @param {{state?: string | null, frame: number, cut?: unknown} | null} [look]
 * @returns {Window | null}
 */
export function inForce(item, chosen, look = null) {
  if (chosen) return chosen;
  const state = look && saidOf(item, look);
  if (state) return state.window && { center: state.window[0], width: state.window[1], function: state.window[2] };
  return item.windows.length ? listed(item)[0]?.window ?? null : null;
}

/**
 * `from` after a drag by CSS pixels: right is wider, down is higher.
 *
 * @param {Window | null} from
 * @param {number} dx
 * @param {number} dy
 * @returns {Window}
 */
export function dragged(from, dx, dy) {
  const start = from ?? UNKNOWN;
  const least = start.function === LINEAR ? LEAST_LINEAR : LEAST;
  const step = Math.max(start.width, least) / DRAG_PX;
  const width = Math.max(least, grained(start.width + dx * step, start.width));
  return { center: grained(start.center + dy * step, start.width), width, function: start.function };
}

/**
 * In the item's unit; a PET in SUV where its header says enough.
 *
 * @param {Window | null} window
 * @param {Item} item
 */
export function described(window, { unit, suv_per_unit: per }) {
  if (!window) return "auto";
  if (per) return `W ${number(window.width * per)} L ${number(window.center * per)} SUV`;
  const tail = unit ? ` ${unit}` : "";
  return `W ${number(window.width)} L ${number(window.center)}${tail}`;
}

/**
 * A CSS filter that makes a picture windowed by `from` look as if windowed by `to`, or null where none does. Only for linear
 * windows on black-to-white pictures.
 *
 * @param {Window} from
 * @param {Window} to
 * @param {boolean} invert
 */
export function standIn(from, to, invert) {
  if (from.function === "sigmoid" || to.function === "sigmoid") return null;
  const slope = from.width / to.width;
  const upright = (from.center - from.width / 2 - (to.center - to.width / 2)) / to.width;
  const offset = invert ? 1 - slope - upright : upright;
  const contrast = 1 - 2 * offset; // contrast(k) maps g to k g + (1 - k) / 2, brightness(b) g to b g
  if (contrast < 0.01) return null;
  return `brightness(${slope / contrast}) contrast(${contrast})`;
}

/** @param {number} value */
function number(value) {
  const digits = Math.abs(value) >= 20 ? 0 : Math.abs(value) >= 2 ? 1 : 3;
  return String(Number(value.toFixed(digits)));
}

/**
 * `value` on a grain that fits a window of `width`: whole units where they are fine enough.
 *
 * @param {number} value
 * @param {number} width
 */
function grained(value, width) {
  const grain = width >= 50 ? 1 : 10 ** Math.floor(Math.log10(Math.max(width, 1e-9) / 100));
  const exact = Math.round(value / grain) * grain;
  return Number(exact.toPrecision(12));
}
