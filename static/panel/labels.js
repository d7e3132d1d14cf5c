/**
 * The project's labels: the one that the next shape gets, and the names and colours of all.
 *
 * @typedef {import("../messages.js").Label} Label
 */

import { button, make, mark, say } from "../element.js";

const UNKNOWN = "#9aa7b4"; // of a label that the project does not have any more

export class Labels {
  #list;
  #picked;
  #labels = /** @type {Label[]} */ ([]);
  #buttons = /** @type {Map<string, HTMLButtonElement>} */ (new Map());
  #geometry = "";

  /**
   * @param {HTMLElement} list
   * @param {(key: string) => void} picked
   */
  constructor(list, picked) {
    this.#list = list;
    this.#picked = picked;
    this.current = "";
  }

  /** @param {Label[]} labels */
  load(labels) {
    this.#labels = labels;
    if (!labels.some(({ key }) => key === this.current)) this.current = labels[0]?.key ?? "";
    this.#buttons.clear();
    this.#list.replaceChildren(...labels.map((label, k) => make("li", {}, this.#button(label, k))));
    this.#mark();
  }

  /** @param {string} key */
  colour(key) {
    return this.#labels.find((label) => label.key === key)?.colour ?? UNKNOWN;
  }

  /** @param {string} key */
  name(key) {
    return this.#labels.find((label) => label.key === key)?.name ?? key;
  }

  /**
   * Whether the label may be drawn as `geometry`.
   *
   * @param {string} key
   * @param {string} geometry
   */
  allows(key, geometry) {
    return this.#labels.find((label) => label.key === key)?.geometry.includes(geometry) ?? false;
  }

  /** Whether any label may be drawn as `geometry`.  @param {string} geometry */
  some(geometry) {
    return this.#labels.some((label) => label.geometry.includes(geometry));
  }

  /** The shapes that the label may have.  @param {string} key */
  geometries(key) {
    return this.#labels.find((label) => label.key === key)?.geometry ?? [];
  }

  /** @param {string} key */
  use(key) {
    this.current = key;
    this.#mark();
  }

  /** As if the person had clicked label `k`, counted from 0.  @param {number} k */
  pick(k) {
    const label = this.#labels[k];
    if (label) this.#picked(label.key);
  }

  /** The label before or after.  @param {number} by */
  step(by) {
    const at = this.#labels.findIndex(({ key }) => key === this.current);
    if (this.#labels.length) this.pick((at + by + this.#labels.length) % this.#labels.length);
  }

  /** The tool in the hand makes `geometry`; "" for none. If the label can't be drawn so, the first one that can is taken.  @param {string} geometry */
  draw(geometry) {
    this.#geometry = geometry;
    if (geometry && !this.allows(this.current, geometry)) {
      this.current = this.#labels.find((label) => label.geometry.includes(geometry))?.key ?? this.current;
    }
    this.#mark();
  }

  /** Show the keys of the labels, or not.  @param {(k: number) => string} keyOf */
  keys(keyOf) {
    for (const [k, each] of [...this.#buttons.values()].entries()) {
      const key = each.querySelector("kbd");
      if (key) say(key, keyOf(k));
    }
  }

  /**
   * @param {Label} label
   * @param {number} k
   */
  #button(label, k) {
    const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.setProperty("--label", label.colour);
    const name = make("span", { class: "name" }, label.name);
    const key = make("kbd", { "aria-hidden": "true" });
    const made = button({ "data-label": label.key, title: drawnAs(label) }, () => this.pick(k), swatch, name, key);
    this.#buttons.set(label.key, made);
    return made;
  }

  #mark() {
    for (const [key, each] of this.#buttons) {
      mark(each, "aria-pressed", String(key === this.current));
      each.toggleAttribute("data-unfit", Boolean(this.#geometry) && !this.allows(key, this.#geometry));
    }
  }
}

/** @param {Label} label */
const drawnAs = ({ name, geometry }) => `${name}: ${geometry.join(", ")}`;
