/**
 * The list of annotations: of all slices, in their order.
 *
 * @typedef {import("../messages.js").Annotation} Annotation
 */

import { button, make, mark, say } from "../element.js";
import { described } from "../geometry.js";

export class Shapes {
  #list;
  #count;
  #empty;
  #world;
  #rows = /** @type {Map<string, HTMLLIElement>} */ (new Map());

  /**
   * @param {{list: HTMLElement, count: HTMLElement, empty: HTMLElement}} place
   * @param {{labels: import("./labels.js").Labels, picked: (shape: Annotation) => void}} world
   */
  constructor({ list, count, empty }, world) {
    this.#list = list;
    this.#count = count;
    this.#empty = empty;
    this.#world = world;
  }

  /**
   * @param {Annotation[]} shapes
   * @param {{selected: string | null, frame: number, frames: number, me: string}} state
   */
  show(shapes, state) {
    const ordered = inOrder(shapes);
    const rows = ordered.map((shape) => this.#row(shape, state));
    const kept = new Set(ordered.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (kept.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    for (const [k, row] of rows.entries()) {
      if (this.#list.children[k] !== row) this.#list.insertBefore(row, this.#list.children[k] ?? null);
    }
    say(this.#count, shapes.length ? String(shapes.length) : "");
    this.#empty.hidden = shapes.length > 0;
  }

  /** Bring the row of `id` into view.  @param {string} id */
  reveal(id) {
    this.#rows.get(id)?.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {Annotation} shape
   * @param {{selected: string | null, frame: number, frames: number, me: string}} state
   */
  #row(shape, { selected, frame, frames, me }) {
    const row = this.#rows.get(shape.id) ?? this.#made(shape.id);
    const { labels, picked } = this.#world;
    const [swatch, name, what, where] = /** @type {HTMLElement[]} */ ([...(row.firstElementChild?.children ?? [])]);
    swatch.style.setProperty("--label", labels.colour(shape.label));
    say(name, labels.name(shape.label));
    say(what, shape.author && shape.author !== me ? `${described(shape.geometry)} · ${shape.author}` : described(shape.geometry));
    say(where, frames > 1 ? String(shape.frame + 1) : "");
    mark(where, "title", `slice ${shape.frame + 1}`);
    mark(row, "data-here", String(shape.frame === frame));
    const held = /** @type {HTMLButtonElement} */ (row.firstElementChild);
    mark(held, "aria-pressed", String(shape.id === selected));
    held.onclick = () => picked(shape);
    return row;
  }

  /** @param {string} id */
  #made(id) {
    const parts = ["swatch", "name", "what", "where"].map((part) => make("span", { class: part }));
    parts[0].setAttribute("aria-hidden", "true");
    const row = make("li", { "data-annotation": id }, button({}, () => {}, ...parts));
    this.#rows.set(id, row);
    return row;
  }
}

/**
 * By slice; on one slice, as they were drawn.
 *
 * @param {Annotation[]} shapes
 */
export const inOrder = (shapes) => [...shapes].sort((a, b) => a.frame - b.frame);
