/** The bar below the picture that scrolls the series. */

import { byId, mark } from "../element.js";

export class SliceBar {
  #bar = byId("slice-bar", HTMLInputElement);

  /** @param {(frame: number) => void} moved  counted from 0 */
  constructor(moved) {
    this.#bar.addEventListener("input", () => moved(this.#bar.valueAsNumber - 1));
  }

  /**
   * @param {number} frames
   * @param {number} frame  counted from 0
   */
  show(frames, frame) {
    const value = String(frame + 1);
    this.#bar.hidden = frames < 2;
    mark(this.#bar, "max", String(Math.max(1, frames)));
    if (this.#bar.value !== value) this.#bar.value = value;
    mark(this.#bar, "aria-valuetext", `${frame + 1} of ${frames}`);
  }
}
