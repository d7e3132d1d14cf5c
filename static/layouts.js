/**
 * How many pictures stand side by side, and what each begins with.
 *
 * @typedef {import("./messages.js").Window} Window
 * @typedef {{plane: string, slab: string, thickness_mm: number}} Cut  plane: axial | coronal | sagittal; slab: mean | maximum | minimum
 * @typedef {{name: string, words: string, columns: number, rows: number, windows: string[], planes: (string | null)[]}} Layout
 *   windows: presets by name, of the panes behind the first; planes: of each pane, null for the slices themselves
 */

const PRESETS = ["Lung", "Bone", "Brain"]; // beside the item's own window

/** @param {string} name @param {string} words @param {number} columns @param {number} rows @param {(string | null)[]} [planes] @returns {Layout} */
const layout = (name, words, columns, rows, planes) => ({
  name, words, columns, rows, windows: planes ? [] : PRESETS, planes: planes ?? Array.from({ length: columns * rows }, () => null),
});

export const LAYOUTS = /** @type {Layout[]} */ ([
  layout("1", "One picture", 1, 1),
  layout("2", "Two side by side", 2, 1),
  layout("3", "Three side by side", 3, 1),
  layout("4", "Two by two", 2, 2),
  layout("MPR", "Slices, and three planes through them", 2, 2, [null, "axial", "coronal", "sagittal"]),
]);

export const PLANES = /** @type {(string | null)[]} */ ([null, "axial", "coronal", "sagittal"]);
export const SLABS = ["mean", "maximum", "minimum"];
const SLAB_WORDS = /** @type {Record<string, string>} */ ({ mean: "average", maximum: "MIP", minimum: "MinIP" });
const THICKNESSES = [0, 2, 5, 10, 15, 20, 30, 50]; // mm

/** The one before or after in a list, round and round.  @template T @param {T[]} list @param {T} now @param {number} by @returns {T} */
export const stepped = (list, now, by) => list[(list.indexOf(now) + by + list.length) % list.length];

/** The next thicker or thinner slab, mm.  @param {number} now @param {number} by */
export function thicker(now, by) {
  const at = THICKNESSES.findIndex((each) => each >= now);
  return THICKNESSES[Math.max(0, Math.min(THICKNESSES.length - 1, (at < 0 ? THICKNESSES.length - 1 : at) + by))];
}

/** @param {Cut | null} cut */
export function described(cut) {
  if (!cut) return "Slices";
  const plane = cut.plane[0].toUpperCase() + cut.plane.slice(1);
  return cut.thickness_mm ? `${plane}, ${SLAB_WORDS[cut.slab]} of ${cut.thickness_mm} mm` : plane;
}
