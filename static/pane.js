/**
 * One picture on screen, with its lines, its badge and its caption.
 *
 * @typedef {import("./looking.js").Look} Look
 * @typedef {import("./messages.js").Item} Item
 * @typedef {{look: Look, seq: number, answers: number, lossless: boolean}} Shown  what a canvas shows
 */

import { mark, say } from "./element.js";
import { described as cutDescribed } from "./layouts.js";
import { crossed, presented, shaped } from "./lines.js";
import { Looking } from "./looking.js";
import { unfilm } from "./messages.js";
import { Overlay } from "./overlay.js";
import { Screen } from "./screen.js";
import { StandIn } from "./standin.js";
import { nameOf } from "./states.js";
import { Viewing } from "./viewing.js";
import { described, inForce } from "./windows.js";

export class Pane {
  #lines;
  #standIn;
  #viewing;
  #badge;
  #caption;

  /**
   * @param {HTMLElement} element
   * @param {number} number
   * @param {{send: (message: object) => void, now: () => number, taint: import("./deterrents/taint.js").Taint,
   *          changed: (pane: Pane) => void, drawn: (pane: Pane, frame: import("./wire.js").Frame, heldMs: number, before: Shown | null) => void}} world
   */
  constructor(element, number, { send, now, taint, changed, drawn }) {
    const canvas = /** @type {HTMLCanvasElement} */ (element.querySelector("canvas"));
    this.element = element;
    this.number = number;
    this.shown = /** @type {Shown | null} */ (null);
    this.#badge = /** @type {HTMLElement} */ (element.querySelector(".quality"));
    this.#caption = /** @type {HTMLElement} */ (element.querySelector(".caption"));
    this.looking = new Looking({ pane: number, send, now, soon: (run) => queueMicrotask(run), schedule: (run) => void requestAnimationFrame(run), changed: () => changed(this) });
    this.screen = new Screen(canvas, {
      taint,
      drawn: (frame, heldMs) => {
        const look = this.looking.answered(frame.answers), before = this.shown;
        if (look) this.shown = { look, seq: frame.seq, answers: frame.answers, lossless: frame.lossless };
        drawn(this, frame, heldMs, before);
      },
      blanked: () => {
        this.shown = null;
        changed(this);
      },
      failed: () => this.looking.ask(),
      unfilmed: () => send(unfilm()),
      size: ({ answers, width, height, scale }) =>
        this.looking.answered(answers)?.camera ?? { width: Math.round(width * scale), height: Math.round(height * scale) },
    });
    this.#lines = new Overlay(/** @type {HTMLCanvasElement} */ (element.querySelector(".lines")));
    this.#standIn = new StandIn(canvas);
    this.#viewing = new Viewing(element, (width, height) => {
      this.looking.resize(width, height);
      changed(this);
    });
  }

  /** Device pixels per CSS pixel. */
  get density() {
    return this.#viewing.density;
  }

  /** The slice on screen; -1 while it is a section, on which nothing is drawn. */
  get frame() {
    const { item, look } = this.looking;
    const seen = this.shown && this.shown.look.item === item?.id ? this.shown.look : look;
    return seen?.cut ? -1 : seen?.frame ?? 0;
  }

  /** The section that is asked for; null for a slice.  @returns {import("./crossings.js").Section | null} */
  get section() {
    const { look, extent } = this.looking;
    return look?.cut ? { plane: look.cut.plane, frame: look.frame, rows: extent.rows, columns: extent.columns, frames: extent.frames } : null;
  }

  /**
   * Draw the lines on it that the hand does not change.
   *
   * @param {import("./crossings.js").Section[]} others  sections of other panes
   * @param {import("./lines.js").Drawn | null} drawn  shapes; null where the hand draws them
   * @param {import("./messages.js").Places | null} places
   */
  paint(others, drawn, places) {
    const { item, look, plane } = this.looking, section = this.section;
    if (!item || !look || !this.shown) {
      mark(this.element, "data-crossed", "");
      this.#lines.clear();
      return;
    }
    const seen = { item, look, section, plane };
    const rules = section ? crossed(section, others) : [], shapes = drawn ? shaped(seen, drawn, places) : [];
    mark(this.element, "data-crossed", rules.map((each) => each.plane).join(" "));
    mark(this.element, "data-shapes", String(shapes.length));
    this.#lines.rule(look.camera, this.density, [...rules, ...presented(seen), ...shapes]);
  }

  /** What the picture on screen is worth.  @param {boolean} lossless  whether the policy allows it */
  quality(lossless) {
    if (!this.shown) return "none";
    if (this.shown.lossless && this.looking.isNewest(this.shown.answers)) return "lossless";
    return lossless || this.looking.item?.kind === "text" ? "moving" : "lossy";
  }

  /** @param {Item} item */
  #stateName(item) {
    const k = this.looking.said ? item.states?.findIndex(({ id }) => id === this.looking.look?.state) ?? -1 : -1;
    return k >= 0 && item.states ? `presented by ${nameOf(item.states[k], k)}` : "";
  }

  /**
   * @param {boolean} lossless
   * @param {boolean} alone
   */
  show(lossless, alone) {
    const { item, look, extent } = this.looking;
    this.#standIn.update(item, this.shown?.look ?? null, look, this.density);
    badge(this.#badge, this.quality(lossless));
    this.#caption.hidden = !item || !look || (alone && !look.cut && !this.looking.said);
    if (item && look) say(this.#caption, [cutDescribed(look.cut), this.#stateName(item), item.grey && described(inForce(item, look.window, look), item), `${look.frame + 1} / ${extent.frames}`].filter(Boolean).join(" · "));
  }
}

/**
 * @param {HTMLElement} element
 * @param {"none" | "moving" | "lossy" | "lossless"} quality
 *   moving: a better one is to come; lossy: this is the best that the policy allows
 */
function badge(element, quality) {
  if (element.dataset.quality === quality) return;
  element.dataset.quality = quality;
  element.hidden = quality === "none";
  element.dataset.lossless = String(quality === "lossless");
  say(element, { none: "", moving: "Preview", lossy: "Lossy", lossless: "Lossless" }[quality]);
  element.title = {
    none: "",
    moving: "Moving, and slightly lossy: the exact picture follows when the hand rests",
    lossy: "The session policy allows no exact picture",
    lossless: "Every grey level as the server drew it",
  }[quality];
}
