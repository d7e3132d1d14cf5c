/**
 * The pictures on screen: one, or several of one item side by side. One of them is in the hand; the tools, the keys and the lines over
 * the picture are its own.
 *
 * @typedef {import("./looking.js").Look} Look
 * @typedef {import("./messages.js").Item} Item
 * @typedef {{look: Look, seq: number, answers: number, lossless: boolean}} Shown  what a canvas shows
 */

import { mark, say } from "./element.js";
import { LAYOUTS, described as cutDescribed } from "./layouts.js";
import { crossed, presented, shaped } from "./lines.js";
import { Looking } from "./looking.js";
import { panes as panesMessage } from "./messages.js";
import { Overlay } from "./overlay.js";
import { Screen } from "./screen.js";
import { StandIn } from "./standin.js";
import { nameOf } from "./states.js";
import { Viewing } from "./viewing.js";
import { described, inForce, listed } from "./windows.js";

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

export class Panes {
  #viewport;
  #overlay;
  #world;
  #item = /** @type {Item | null} */ (null);
  #planes = /** @type {Record<string, import("./messages.js").Plane> | null} */ (null);
  #places = /** @type {import("./messages.js").Places | null} */ (null);

  /**
   * @param {HTMLElement} viewport
   * @param {HTMLElement} overlay  what lies over the pane in the hand
   * @param {ConstructorParameters<typeof Pane>[2] & {activated: () => void} & import("./lines.js").Drawn} world
   */
  constructor(viewport, overlay, world) {
    this.#viewport = viewport;
    this.#overlay = overlay;
    this.#world = world;
    this.all = [.../** @type {NodeListOf<HTMLElement>} */ (viewport.querySelectorAll(".pane"))].map((element, k) => new Pane(element, k, world));
    this.active = this.all[0];
    this.layout = LAYOUTS[0];
    this.linked = true;
    for (const pane of this.all) {
      for (const name of ["pointerdown", "wheel"]) pane.element.addEventListener(name, (event) => this.#taken(pane, event), { passive: false });
    }
    new ResizeObserver(() => this.#place()).observe(viewport);
  }

  /** Those on screen. */
  get shown() {
    return this.all.slice(0, this.layout.planes.length);
  }

  /** @param {import("./wire.js").Frame} frame */
  take(frame) {
    if (frame.blank) for (const pane of this.all) pane.screen.take(frame);
    else this.all[frame.pane]?.screen.take(frame);
  }

  /** A new connection.  */
  begin() {
    for (const pane of this.all) pane.screen.begin();
  }

  clear() {
    for (const pane of this.all) pane.screen.clear();
  }

  /** @param {boolean} open */
  set open(open) {
    for (const pane of this.all) pane.looking.open = open;
  }

  ask() {
    for (const pane of this.shown) pane.looking.ask();
  }

  /** @param {Partial<import("./messages.js").Display>} display */
  limit(display) {
    for (const pane of this.all) pane.looking.limit(display);
  }

  /** Another item, or none: in one pane.  @param {Item | null} item */
  show(item) {
    this.#item = item;
    this.#planes = this.#places = null;
    this.#put(LAYOUTS[0]);
    this.all[0].looking.show(item);
    for (const pane of this.all.slice(1)) pane.looking.show(null);
    this.activate(this.all[0]);
  }

  /**
   * Sections can be asked for.
   *
   * @param {Record<string, import("./messages.js").Plane>} planes
   * @param {import("./messages.js").Places | null} places
   */
  cuts(planes, places) {
    this.#planes = planes;
    this.#places = places;
    for (const pane of this.all) pane.looking.cuts(planes);
  }

  get canCut() {
    return this.#planes !== null;
  }

  /** @param {import("./layouts.js").Layout} layout */
  arrange(layout) {
    const item = this.#item, first = this.all[0].looking;
    if (!item || !first.look) return;
    const before = this.shown.length, sections = layout.planes.some(Boolean) || this.layout.planes.some(Boolean);
    this.#put(layout);
    const windows = listed(item);
    for (const [k, pane] of this.shown.entries()) {
      const { looking } = pane;
      if (k >= before) {
        looking.show(item);
        if (this.#planes) looking.cuts(this.#planes);
        looking.limit(first.display);
        const preset = windows.find(({ name }) => name === layout.windows[k - 1]);
        looking.window(preset ? preset.window : first.look.window);
        if (first.look.invert !== looking.look?.invert) looking.invert();
        if (!first.look.cut) looking.slice(first.look.frame);
      }
      const plane = layout.planes[k];
      if (sections && plane !== (looking.look?.cut?.plane ?? null)) {
        if (plane) looking.window(first.look.window); // planes of one volume are compared
        looking.cut(plane ? { plane, slab: "mean", thickness_mm: 0 } : null);
      }
      pane.looking.open = first.open;
    }
    for (const pane of this.all.slice(layout.planes.length)) {
      pane.looking.show(null);
      pane.screen.clear();
    }
    this.activate(this.shown.includes(this.active) ? this.active : this.all[0]);
    this.ask();
  }

  /** Each pane says where the others' sections lie, and shows the shapes. */
  paint() {
    const sections = this.shown.flatMap(({ section }) => section ?? []);
    for (const pane of this.all) pane.paint(sections, pane === this.active && !pane.section ? null : this.#world, this.#places);
  }

  /** Say how many there are. */
  tellCount() {
    this.#world.send(panesMessage(this.shown.length));
  }

  /** @param {import("./layouts.js").Layout} layout */
  #put(layout) {
    const before = this.shown.length;
    this.layout = layout;
    if (this.shown.length < before) this.tellCount();
    mark(this.#viewport, "data-columns", String(layout.columns));
    mark(this.#viewport, "data-rows", String(layout.rows));
    for (const [k, pane] of this.all.entries()) pane.element.hidden = k >= layout.planes.length;
  }

  /** @param {Pane} pane */
  activate(pane) {
    this.active = pane;
    for (const each of this.all) mark(each.element, "data-active", String(each === pane && this.shown.length > 1));
    this.#place();
    this.#world.activated();
  }

  /** The next one, round and round. */
  next() {
    const { shown } = this;
    this.activate(shown[(shown.indexOf(this.active) + 1) % shown.length]);
  }

  /** Scroll the pane in the hand, and with it those that show the same kind.  @param {number} frame */
  slice(frame) {
    this.active.looking.slice(frame);
    const { look } = this.active.looking;
    if (!this.linked || !look) return;
    for (const { looking } of this.shown) {
      if (looking !== this.active.looking && looking.look?.cut?.plane === look.cut?.plane) looking.slice(look.frame);
    }
  }

  /** Lay the lines over the pane in the hand. */
  #place() {
    const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = this.active.element;
    Object.assign(this.#overlay.style, { left: `${offsetLeft}px`, top: `${offsetTop}px`, width: `${offsetWidth}px`, height: `${offsetHeight}px` });
  }

  /** A hand on a pane takes it, and what the hand does goes on there.  @param {Pane} pane @param {Event} event */
  #taken(pane, event) {
    if (pane === this.active) return;
    event.preventDefault();
    this.activate(pane);
    const again = event instanceof WheelEvent ? new WheelEvent("wheel", event) : new PointerEvent("pointerdown", /** @type {PointerEvent} */ (event));
    this.#overlay.dispatchEvent(again);
  }
}

/** The pane in the hand, as what is looked at: for tools and keys there is only one. */
export class Looked {
  #panes;

  /** @param {Panes} panes */
  constructor(panes) {
    this.#panes = panes;
  }

  get #now() {
    return this.#panes.active.looking;
  }

  get item() {
    return this.#now.item;
  }

  get look() {
    return this.#now.look;
  }

  get extent() {
    return this.#now.extent;
  }

  /** @param {number} frame */
  slice(frame) {
    this.#panes.slice(frame);
  }

  /** @param {Parameters<Looking["zoom"]>} args */
  zoom(...args) {
    this.#now.zoom(...args);
  }

  /** @param {Parameters<Looking["pan"]>} args */
  pan(...args) {
    this.#now.pan(...args);
  }

  /** @param {Parameters<Looking["window"]>} args */
  window(...args) {
    this.#now.window(...args);
  }

  /** @param {Parameters<Looking["point"]>} args */
  point(...args) {
    this.#now.point(...args);
  }

  /** @param {Parameters<Looking["cut"]>} args */
  cut(...args) {
    this.#now.cut(...args);
  }

  fit() {
    this.#now.fit();
  }

  get said() {
    return this.#now.said;
  }

  /** @param {Parameters<Looking["spin"]>} args */
  spin(...args) {
    this.#now.spin(...args);
  }

  /** @param {Parameters<Looking["present"]>} args */
  present(...args) {
    this.#now.present(...args);
  }

  /** The next presentation state of the item, and after the last one none. */
  presentNext() {
    const states = this.item?.states ?? [];
    if (states.length) this.present(states[states.findIndex(({ id }) => id === this.look?.state) + 1]?.id ?? null);
  }

  /** All pictures on this screen.  @param {Parameters<Looking["calibrate"]>} args */
  calibrate(...args) {
    for (const { looking } of this.#panes.all) looking.calibrate(...args);
  }

  invert() {
    this.#now.invert();
  }
}
