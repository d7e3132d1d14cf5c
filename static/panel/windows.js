/**
 * The windows to pick from.
 *
 * @typedef {import("../messages.js").Item} Item
 * @typedef {import("../messages.js").Window} Window
 */

import { button, make, mark, say } from "../element.js";
import { inForce, listed, same } from "../windows.js";

export class Windows {
  #part;
  #list;
  #picked;
  #item = /** @type {Item | null} */ (null);
  #rows = /** @type {{window: Window, button: HTMLButtonElement}[]} */ ([]);

  /**
   * @param {HTMLElement} part
   * @param {HTMLElement} list
   * @param {(window: Window | null) => void} picked  null: the item's own
   */
  constructor(part, list, picked) {
    this.#part = part;
    this.#list = list;
    this.#picked = picked;
  }

  /** @param {Item | null} item */
  load(item) {
    this.#item = item;
    this.#rows = item ? listed(item).map(({ name, window }, k) => ({ window, button: this.#button(name, window, k) })) : [];
    this.#list.replaceChildren(...this.#rows.map(({ button: each }) => make("li", {}, each)));
    this.#part.hidden = this.#rows.length === 0;
  }

  /**
   * The window on screen.
   *
   * @param {Window | null} chosen
   * @param {import("../looking.js").Look | null} look
   */
  show(chosen, look) {
    const at = this.#at(chosen, look);
    for (const [k, { button: each }] of this.#rows.entries()) mark(each, "aria-pressed", String(k === at));
  }

  /** As if the person had clicked window `k`, counted from 0.  @param {number} k */
  pick(k) {
    const row = this.#rows[k];
    if (row) this.#picked(row.window);
  }

  /** The item's own. */
  first() {
    this.#picked(null);
  }

  /**
   * @param {Window | null} chosen
   * @param {number} by
   */
  step(chosen, by) {
    const count = this.#rows.length;
    if (count) this.pick((Math.max(this.#at(chosen), by > 0 ? -1 : 0) + by + count) % count);
  }

  /** @param {(k: number) => string} keyOf */
  keys(keyOf) {
    for (const [k, { button: each }] of this.#rows.entries()) {
      const key = each.querySelector("kbd");
      if (key) say(key, keyOf(k));
    }
  }

  /** @param {Window | null} chosen @param {import("../looking.js").Look | null} [look] */
  #at(chosen, look) {
    const shown = this.#item && inForce(this.#item, chosen, look);
    return this.#rows.findIndex(({ window }) => shown && same(window, shown));
  }

  /**
   * @param {string} name
   * @param {Window} window
   * @param {number} k
   */
  #button(name, window, k) {
    const per = this.#item?.suv_per_unit ?? 1;
    const figures = make("span", { class: "figures" }, `${figure(window.width * per)} / ${figure(window.center * per)}`);
    const key = make("kbd", { "aria-hidden": "true" });
    return button({ "aria-pressed": "false", title: `${name}: width ${window.width}, level ${window.center}` }, () => this.pick(k),
      make("span", { class: "name" }, name), figures, key);
  }
}

/** @param {number} value */
const figure = (value) => String(Number(value.toFixed(1)));
