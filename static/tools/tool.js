/**
 * What a tool is. A tool is made by `(bench) => Tool` and keeps its own state between events; all its methods but `move` are optional.
 *
 * @typedef {import("../messages.js").Pair} Pair
 * @typedef {{css: Pair, image: Pair}} Spot  a place: CSS pixels of the viewport, and image space
 * @typedef {object} Tool
 * @property {string} name
 * @property {boolean} drawing  whether it makes shapes: then the arrow keys move a crosshair
 * @property {string} cursor  a CSS cursor
 * @property {(spot: Spot) => void} [down]
 * @property {(spot: Spot, pressed: boolean) => void} move
 * @property {(spot: Spot) => void} [up]
 * @property {(spot: Spot) => void} [double]
 * @property {(spot: Spot) => void} [place]  a key puts a corner or a point there
 * @property {(spot: Spot | null) => void} [finish]  a key ends the shape; null: no crosshair is shown
 * @property {() => void} [back]  a key takes the last corner away
 * @property {() => boolean} [cancel]  give up what is under way; whether there was something
 * @property {() => import("../overlay.js").Sketch | null} [sketch]  the shape in the making
 */

export const STILL_PX = 3; // a press that moves less is a click

/**
 * @param {Pair} a
 * @param {Pair} b
 */
export const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
