/**
 * The pictures on screen: one, or several of one item side by side. One of them is in the hand; the tools, the keys and the lines over
 * the picture are its own.
 *
 * @typedef {import("./messages.js").Item} Item
 */

import { mark } from "./element.js";
import { LAYOUTS } from "./layouts.js";
import { panes as panesMessage } from "./messages.js";
import { Pane } from "./pane.js";
import { listed } from "./windows.js";

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
