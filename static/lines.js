/**
 * The lines on a pane that the hand does not change: where the sections of other panes cross it, what a presentation state has drawn, and,
 * where the pane is not in the hand, the shapes of its slice.
 *
 * @typedef {import("./messages.js").Annotation} Annotation
 * @typedef {import("./messages.js").Item} Item
 * @typedef {import("./overlay.js").Line} Line
 * @typedef {{item: Item, look: import("./looking.js").Look, section: import("./crossings.js").Section | null, plane: import("./messages.js").Plane | null}} Seen
 *   what a pane shows; plane: that of the section
 * @typedef {{shapes: () => Annotation[], colour: (label: string) => string}} Drawn  all shapes of the item
 */

import { crossings } from "./crossings.js";
import { corners } from "./geometry.js";
import { projected } from "./projected.js";
import { saidOf, traced } from "./states.js";

const PLANE_COLOURS = /** @type {Record<string, string>} */ ({ axial: "#e08a8a", coronal: "#8fc79a", sagittal: "#8fb4e0" });
const STATE_COLOUR = "#d8c37a";

/** @param {import("./crossings.js").Section} own @param {import("./crossings.js").Section[]} others @returns {(Line & {plane: string})[]} */
export const crossed = (own, others) =>
  crossings(own, others).map(({ plane, from, to }) => ({ plane, points: [from, to], closed: false, colour: PLANE_COLOURS[plane], thin: true }));

/** What the presentation state has drawn.  @param {Seen} seen @returns {Line[]} */
export const presented = ({ item, look }) =>
  (saidOf(item, look)?.drawings ?? []).map((drawing) => ({ ...traced(drawing), colour: STATE_COLOUR }));

/**
 * The shapes of the slice, or where the section cuts those of any.
 *
 * @param {Seen} seen
 * @param {Drawn} drawn
 * @param {import("./messages.js").Places | null} places
 * @returns {Line[]}
 */
export function shaped({ look, plane }, { shapes, colour }, places) {
  const { cut, frame } = look;
  if (!cut) return shapes().filter((shape) => shape.frame === frame).map((shape) => ({ points: corners(shape.geometry), closed: true, colour: colour(shape.label) }));
  if (!plane || !places) return [];
  return shapes().flatMap((shape) => {
    const found = projected(corners(shape.geometry), shape.frame, places, plane, cut, frame);
    return found.map((line) => ({ ...line, colour: colour(shape.label) }));
  });
}
