/** Lines for the person, over the picture; each goes by itself, an error only when it is put away, a question when it is answered. */

import { button, make } from "../element.js";

const STAYS_MS = 6000;
const MOST = 4;
const LEAST_WORDS = 10, MOST_WORDS = 500; // characters of a reason, as the server takes them

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
    const notice = this.#put(level, text);
    if (level !== "error") setTimeout(() => notice.remove(), STAYS_MS);
  }

  /**
   * Ask why; the answer goes to `tell`.
   *
   * @param {string} text
   * @param {(reason: string) => void} tell
   * @param {{focus: boolean}} options  focus: nothing else is in hand
   */
  ask(text, tell, { focus }) {
    const notice = this.#put("ask", text);
    const words = make("input", { type: "text", required: true, maxlength: MOST_WORDS, autocomplete: "off", "aria-label": "Your reason" });
    const form = make("form", {}, words, make("button", { type: "submit", class: "primary" }, "Go on"));
    words.addEventListener("input", () => words.setCustomValidity(""));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const reason = words.value.trim();
      if (reason.length < LEAST_WORDS) {
        words.setCustomValidity(`Say it in ${LEAST_WORDS} letters or more.`);
        words.reportValidity();
        return;
      }
      notice.remove();
      tell(reason);
    });
    notice.append(form);
    if (focus) words.focus();
  }

  /** @param {string} level @param {string} text */
  #put(level, text) {
    const same = [...this.#list.children].find((each) => each instanceof HTMLElement && each.dataset.text === text);
    same?.remove();
    const notice = make("div", { class: "notice", "data-level": level, "data-text": text }, make("p", {}, sentence(text)));
    notice.append(button({ class: "plain", "aria-label": "Put this notice away" }, () => notice.remove(), "×"));
    this.#list.append(notice);
    while (this.#list.children.length > MOST) this.#list.firstElementChild?.remove();
    return notice;
  }

  clear() {
    this.#list.replaceChildren();
  }
}

/** The server's words, as a sentence.  @param {string} text */
export const sentence = (text) => (text ? `${text[0].toUpperCase()}${text.slice(1).replace(/[.:]?$/, "")}.` : "");
