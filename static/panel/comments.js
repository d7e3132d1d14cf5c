/**
 * What annotator and reviewer said about the task.
 *
 * @typedef {import("../messages.js").Comment} Comment
 */

import { make, say } from "../element.js";

const VERDICTS = /** @type {Record<string, string>} */ ({ return: "returned", returned: "returned", accept: "accepted", accepted: "accepted" });

export class Comments {
  #place;
  #told = "";

  /**
   * @param {{list: HTMLElement, count: HTMLElement, text: HTMLTextAreaElement, need: HTMLElement, say: HTMLButtonElement}} place
   * @param {(text: string) => void} said
   */
  constructor(place, said) {
    this.#place = place;
    place.text.addEventListener("input", () => this.#needs(""));
    place.say.addEventListener("click", () => {
      if (this.text) said(this.text);
      else this.need("Write something first.");
    });
  }

  /** @param {Comment[]} comments */
  show(comments) {
    const told = JSON.stringify(comments);
    if (told === this.#told) return;
    this.#told = told;
    this.#place.list.replaceChildren(...comments.map(row));
    this.#place.list.hidden = comments.length === 0;
    this.#place.list.scrollTop = this.#place.list.scrollHeight; // the last word is what matters
    say(this.#place.count, comments.length ? String(comments.length) : "");
  }

  /** Whether there is something to comment on.  @param {boolean} may */
  allow(may) {
    for (const each of [this.#place.text, this.#place.say]) each.disabled = !may;
    if (!may) this.#needs("");
  }

  /** What is written, without space around it. */
  get text() {
    return this.#place.text.value.trim();
  }

  /** Forget what is written: it was said, or belongs to another task. */
  clear() {
    this.#place.text.value = "";
    this.#needs("");
  }

  /** Ask for a text.  @param {string} why */
  need(why) {
    this.#needs(why);
    this.#place.text.focus();
  }

  /** @param {string} why */
  #needs(why) {
    say(this.#place.need, why);
    if (why) this.#place.text.setAttribute("aria-invalid", "true");
    else this.#place.text.removeAttribute("aria-invalid");
  }
}

/** @param {Comment} comment */
function row({ text, verdict, by, time }) {
  const word = verdict ? VERDICTS[verdict] ?? verdict : "";
  const head = [make("strong", {}, by), ...(word ? [make("em", { "data-verdict": word }, word)] : [])];
  if (time !== null) head.push(make("time", { datetime: new Date(time * 1000).toISOString() }, when(time)));
  return make("li", {}, make("p", { class: "head" }, ...head.flatMap((part) => [part, " "])), make("p", { class: "text" }, text));
}

/** @param {number} time  UTC seconds */
const when = (time) => new Date(time * 1000).toLocaleString(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
