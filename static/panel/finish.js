/** The buttons that end a task: hand it in; accept it, or give it back with a comment. */

import { byId } from "../element.js";

export class Finish {
  #submit = byId("submit");
  #accept = byId("accept");
  #return = byId("return");

  /**
   * @param {import("./comments.js").Comments} comments
   * @param {(verdict: "submit" | "accept" | "return", text: string) => void} say
   */
  constructor(comments, say) {
    this.#submit.addEventListener("click", () => say("submit", comments.text));
    this.#accept.addEventListener("click", () => say("accept", comments.text));
    this.#return.addEventListener("click", () => {
      if (comments.text) say("return", comments.text);
      else comments.need("Say what is to be done: the task goes back with it.");
    });
  }

  /** @param {{editable: boolean, reviewing: boolean}} may */
  allow({ editable, reviewing }) {
    this.#submit.hidden = !editable;
    this.#accept.hidden = this.#return.hidden = !reviewing;
  }
}
