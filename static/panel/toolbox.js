/** The bar of tools: one of them is in the hand. The arrow keys walk it, as a toolbar's do. */

import { byId, mark } from "../element.js";

const DRAWING = new Set(["box", "polygon", "point"]);

export class Toolbox {
  #bar = byId("tools");
  #tools = /** @type {HTMLButtonElement[]} */ ([...this.#bar.querySelectorAll("[data-tool]")]);
  #buttons = /** @type {HTMLButtonElement[]} */ ([...this.#bar.querySelectorAll("button")]);

  /** @param {{taken: (tool: string) => void, acts: Record<string, () => void>, looked: () => void}} world  looked: the mouse took a tool: the keys belong to the picture now */
  constructor({ taken, acts, looked }) {
    for (const each of this.#tools) {
      each.addEventListener("click", (event) => {
        taken(each.dataset.tool ?? "");
        if (event.detail) looked();
      });
    }
    for (const [id, act] of Object.entries(acts)) {
      byId(id).addEventListener("click", (event) => {
        act();
        if (event.detail) looked();
      });
    }
    this.#bar.addEventListener("keydown", (event) => this.#walk(event));
    this.#bar.addEventListener("focusin", ({ target }) => this.#rove(/** @type {HTMLButtonElement} */ (target)));
    this.#rove(this.#buttons[0]);
  }

  /** @param {string} tool */
  show(tool) {
    for (const each of this.#tools) mark(each, "aria-pressed", String(each.dataset.tool === tool));
  }

  /** @param {{editable: boolean, canUndo: boolean, canRedo: boolean, picture: boolean}} state */
  allow({ editable, canUndo, canRedo, picture }) {
    for (const each of this.#tools) able(each, picture && (editable || !DRAWING.has(each.dataset.tool ?? "")));
    able(byId("undo"), editable && canUndo);
    able(byId("redo"), editable && canRedo);
    for (const id of ["fit", "invert", "turn", "mirror"]) able(byId(id), picture);
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = this.#buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    this.#buttons[(at + step + this.#buttons.length) % this.#buttons.length].focus();
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {HTMLButtonElement} chosen */
  #rove(chosen) {
    for (const each of this.#buttons) each.tabIndex = each === chosen ? 0 : -1;
  }
}

/**
 * Not `disabled`: a button that goes grey under the hand would lose the focus.
 *
 * @param {HTMLElement} element
 * @param {boolean} is
 */
function able(element, is) {
  mark(element, "aria-disabled", String(!is));
}
