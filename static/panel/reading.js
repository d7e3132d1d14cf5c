/** The letters of the page that the picture shows, where the session policy sends them: to be read by eye at any size, or by a screen reader. */

import { byId, mark, say } from "../element.js";

export class Reading {
  #part = byId("reading");
  #title = byId("reading-title");
  #why = byId("reading-why");
  #text = byId("reading-text");

  /** Whether letters may be selected.  @param {Record<string, string>} surface */
  allow(surface) {
    mark(this.#text, "data-copy", surface.copy ?? "deny");
    if (surface.text !== "text") this.clear();
  }

  /** @param {import("../messages.js").Page} page */
  show({ frame, text, why }) {
    if (text === null && !why) return this.clear();
    say(this.#title, `Text of page ${frame + 1}`);
    say(this.#why, why);
    this.#why.hidden = !why;
    say(this.#text, text ?? "");
    this.#text.hidden = text === null;
    this.#text.scrollTop = 0;
    this.#part.hidden = false;
  }

  /** Nothing of it stays in the page. */
  clear() {
    this.#text.replaceChildren();
    say(this.#why, "");
    this.#part.hidden = true;
  }
}
