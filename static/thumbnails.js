/** Small pictures of what people are shown, each in turn about once a second; on the admin's own account, and only while wanted. */

import { byId, make, say } from "./element.js";
import { Onlooker } from "./onlooker.js";

export class Thumbnails {
  #list = byId("thumbnails");
  #note = byId("thumbnails-note");
  #toggle = byId("thumbnails-show", HTMLButtonElement);
  #cards = /** @type {Map<string, {card: HTMLElement, canvas: HTMLCanvasElement, name: HTMLElement, place: HTMLElement}>} */ (new Map());

  constructor() {
    this.#toggle.addEventListener("click", () => {
      this.#toggle.hidden = true;
      say(this.#note, "Waiting for somebody at work…");
      this.#onlooker().start();
    });
  }

  /** Which sessions are there still.  @param {Set<string>} ids */
  keep(ids) {
    for (const [id, { card }] of this.#cards) {
      if (ids.has(id)) continue;
      card.remove();
      this.#cards.delete(id);
    }
  }

  #onlooker() {
    return new Onlooker(null, this.#list.dataset.pixel ?? "", this.#list, {
      canvas: (session) => this.#cards.get(session)?.canvas ?? null,
      shown: ({ session, user, answers, title, slice, slices, plane, state, why }) => {
        if (state === "ended") return;
        const { name, place, card } = this.#cards.get(session) ?? this.#made(session);
        card.dataset.empty = String(answers === 0);
        say(this.#note, "Each picture is marked with your name, and counts as seen by you.");
        say(name, user);
        say(place, answers ? `${title}${slices > 1 ? ` · ${plane && `${plane} `}${slice}/${slices}` : ""}` : why || "no picture");
      },
      noticed: (text, asks) => say(this.#note, asks ? `${text} Look over one shoulder to say so.` : text),
      over: (reason) => {
        say(this.#note, `No more pictures: ${reason}.`);
        this.keep(new Set());
      },
    });
  }

  /** @param {string} session */
  #made(session) {
    const canvas = make("canvas", { "aria-hidden": "true", width: 320, height: 200 });
    const name = make("strong"), place = make("span", { class: "quiet" });
    const link = make("a", { href: `/admin/sessions/${encodeURIComponent(session)}` }, canvas, name, place);
    const card = make("li", { "data-session": session }, link);
    const made = { card, canvas, name, place };
    this.#cards.set(session, made);
    this.#list.append(card);
    return made;
  }
}
