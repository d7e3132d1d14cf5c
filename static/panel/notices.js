/** Lines for the person, over the picture; each goes by itself, an error only when it is put away. */

import { button, make } from "../element.js";

const STAYS_MS = 6000;
const MOST = 4;

export class Notices {
  #list;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
  }

  /**
   * @param {string} level  info | warning | error
   * @param {string} text
   */
  add(level, text) {
    const same = [...this.#list.children].find((each) => each instanceof HTMLElement && each.dataset.text === text);
    same?.remove();
    const notice = make("div", { class: "notice", "data-level": level, "data-text": text }, make("p", {}, sentence(text)));
    notice.append(button({ class: "plain", "aria-label": "Put this notice away" }, () => notice.remove(), "×"));
    this.#list.append(notice);
    while (this.#list.children.length > MOST) this.#list.firstElementChild?.remove();
    if (level !== "error") setTimeout(() => notice.remove(), STAYS_MS);
  }

  clear() {
    this.#list.replaceChildren();
  }
}

/** The server's words, as a sentence.  @param {string} text */
export const sentence = (text) => (text ? `${text[0].toUpperCase()}${text.slice(1).replace(/[.:]?$/, "")}.` : "");
