/**
 * Until the true frame lands, the one on screen stands in for it: moved, scaled, and its grey levels stretched by the browser. It is the same
 * picture all the while: nothing of it is read.
 *
 * @typedef {import("./looking.js").Look} Look
 * @typedef {import("./messages.js").Item} Item
 * @typedef {import("./messages.js").Window} Window
 */

import { residual } from "./viewport.js";
import { inForce, standIn } from "./windows.js";

export class StandIn {
  #canvas;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
  }

  /**
   * @param {Item | null} item
   * @param {Look | null} shown  what the canvas shows
   * @param {Look | null} wanted
   * @param {number} density  device pixels per CSS pixel
   */
  update(item, shown, wanted, density) {
    const { style } = this.#canvas;
    style.width = `${this.#canvas.width / density}px`;
    style.height = `${this.#canvas.height / density}px`;
    const same = item && shown && wanted && shown.item === item.id && shown.item === wanted.item && shown.cut?.plane === wanted.cut?.plane;
    set(style, "transform", same ? moved(shown, wanted, density) : "");
    set(style, "filter", same ? levels(item, shown, wanted) : "");
  }
}

/**
 * @param {Look} shown
 * @param {Look} wanted
 * @param {number} density
 */
function moved(shown, wanted, density) {
  const found = shown.camera === wanted.camera ? null : residual(shown.camera, wanted.camera);
  if (!found) return "";
  const { factor, left, top } = found;
  return `matrix(${factor}, 0, 0, ${factor}, ${left / density}, ${top / density})`;
}

/**
 * @param {Item} item
 * @param {Look} shown
 * @param {Look} wanted
 */
function levels(item, shown, wanted) {
  if (shown.state !== wanted.state) return "";
  const from = inForce(item, shown.window, shown), to = inForce(item, wanted.window, wanted);
  const stretch = from && to && !alike(from, to) ? standIn(from, to, shown.invert) ?? "" : "";
  return shown.invert === wanted.invert ? stretch : `${stretch} invert(1)`.trim();
}

/**
 * @param {Window} one
 * @param {Window} other
 */
function alike(one, other) {
  return one.center === other.center && one.width === other.width && one.function === other.function;
}

/**
 * @param {CSSStyleDeclaration} style
 * @param {"transform" | "filter"} name
 * @param {string} value
 */
function set(style, name, value) {
  if (style[name] !== value) style[name] = value;
}
