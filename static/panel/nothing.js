/** What stands where the picture would be, when there is none. */

import { byId, say } from "../element.js";

export class Nothing {
  #place = byId("nothing");
  #title = byId("nothing-title");
  #text = byId("nothing-text");
  #next = byId("next", HTMLButtonElement);

  /** @param {() => void} next */
  constructor(next) {
    this.#next.addEventListener("click", next);
  }

  /**
   * @param {string} title
   * @param {string} text
   * @param {string} [next]  words of the button; without them there is none
   */
  show(title, text, next) {
    this.#place.hidden = false;
    say(this.#title, title);
    say(this.#text, text);
    this.#next.hidden = next === undefined;
    if (next !== undefined) say(this.#next, next);
  }

  hide() {
    this.#place.hidden = true;
  }
}
