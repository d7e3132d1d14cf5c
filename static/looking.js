/**
 * What the person looks at: item, slice, camera, window. The newest state is asked for as soon as the hand has moved, and at most once an
 * animation frame; states in between are never sent.
 *
 * @typedef {import("./messages.js").Item} Item
 * @typedef {import("./messages.js").Window} Window
 * @typedef {import("./viewport.js").Camera} Camera
 * @typedef {import("./messages.js").Pair} Pair
 * @typedef {import("./messages.js").Display} Display
 * @typedef {import("./layouts.js").Cut} Cut
 * @typedef {import("./messages.js").Plane} Plane
 * @typedef {{item: string, frame: number, camera: Camera, window: Window | null, invert: boolean, pointer: Pair | null, cut: Cut | null,
 *            state: string | null, luminance: Pair | null}} Look
 *   cut: a section through the volume, which frame counts, instead of a slice; pointer: in image space, where a spotlight follows it; else null;
 *   state: the presentation state chosen, which may not speak of the slice; luminance: black and white of a calibrated display, cd/m²
 * @typedef {{look: Look, at: number, answered: boolean}} Asked
 */

import { look as message } from "./messages.js";
import { nearestOf, saidOf } from "./states.js";
import { fit, panned, resized, spin, zoomed } from "./viewport.js";
import { first } from "./windows.js";

const REMEMBERED = 256; // looks; frames answer the last few

export class Looking {
  #asked = /** @type {Map<number, Asked>} */ (new Map());
  #seq = 0;
  #due = false; // whether the newest look is to be sent yet
  #paced = false; // whether one was sent since the last animation frame
  #fitted = true;
  #size = { width: 0, height: 0 };
  #display = /** @type {Partial<Display>} */ ({});
  #planes = /** @type {Record<string, Plane>} */ ({});
  #luminance = /** @type {Pair | null} */ (null);
  #pane;
  #send;
  #soon;
  #schedule;
  #now;

  /**
   * @param {{send: (message: object) => void, soon: (run: () => void) => void, schedule: (run: () => void) => void, now: () => number,
   *          changed: () => void, pane?: number}} world
   *   soon: once what runs now is done; schedule: on the next animation frame
   */
  constructor({ send, soon, schedule, now, changed, pane = 0 }) {
    this.#pane = pane;
    this.#send = send;
    this.#soon = soon;
    this.#schedule = schedule;
    this.#now = now;
    this.changed = changed;
    this.item = /** @type {Item | null} */ (null);
    this.look = /** @type {Look | null} */ (null);
    this.open = false; // whether the server knows, on this connection, that the item is open
  }

  /** @param {Item | null} item */
  show(item) {
    this.item = item;
    this.#planes = {};
    this.look = item && {
      item: item.id,
      frame: 0,
      camera: fit(item, this.#size.width || 1, this.#size.height || 1),
      ...(this.#display.windowing === "presets" ? { window: null, invert: false } : first(item)),
      pointer: null,
      cut: null,
      state: null,
      luminance: this.#luminance,
    };
    this.#fitted = true;
    this.ask();
  }

  /** Rows, columns, slices and spacing of what is looked at: the item's, or those of the sections in a plane. */
  get extent() {
    return this.plane ?? this.item ?? { rows: 0, columns: 0, frames: 0, spacing_mm: null };
  }

  /** That of the sections that are looked at. */
  get plane() {
    return (this.look?.cut && this.#planes[this.look.cut.plane]) ?? null;
  }

  /** The planes in which sections can be asked for.  @param {Record<string, Plane>} planes */
  cuts(planes) {
    this.#planes = planes;
  }

  /** Look at sections instead of slices, or at other ones; in another plane the middle one comes first.  @param {Cut | null} cut */
  cut(cut) {
    if (!this.item || !this.look || (cut && !this.#planes[cut.plane])) return;
    const same = cut?.plane === this.look.cut?.plane;
    this.look = { ...this.look, cut, ...(cut && { state: null }) };
    if (same) {
      this.ask();
      return;
    }
    const { frames } = this.extent;
    this.#fitted = true;
    this.look.camera = { ...this.look.camera, turned: 0, mirrored: false };
    this.#set({ frame: Math.floor(frames / 2), camera: this.#fittedCamera() });
  }

  /** Ask for the present look (again).  */
  ask() {
    const due = this.#due;
    this.#due = true; // before anybody looks: what is on screen is of a look before from now on
    this.changed();
    if (!due && !this.#paced) this.#soon(() => this.#go());
  }

  #go() {
    this.#due = false;
    this.#paced = true;
    this.#tell();
    this.#schedule(() => {
      this.#paced = false;
      if (this.#due) this.#go();
    });
  }

  #tell() {
    if (!this.open || !this.look || !this.#size.width) return;
    this.#seq += 1;
    this.#asked.set(this.#seq, { look: this.look, at: this.#now(), answered: false });
    this.#asked.delete(this.#seq - REMEMBERED);
    this.#send(message(this.#seq, { ...this.look, state: this.said && this.look.state }, this.#pane));
  }

  /** The look that a frame answers; undefined for one that is too old to know.  @param {number} seq */
  answered(seq) {
    return this.#asked.get(seq)?.look;
  }

  /** Milliseconds from the ask to its first answer; null if it was answered before, or is unknown.  @param {number} seq */
  roundTripMs(seq) {
    const asked = this.#asked.get(seq);
    if (!asked || asked.answered) return null;
    asked.answered = true;
    return this.#now() - asked.at;
  }

  /** Whether `seq` is of the newest look, with no change since.  @param {number} seq */
  isNewest(seq) {
    return seq === this.#seq && !this.#due;
  }

  /**
   * The viewport's size, device pixels.
   *
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    if (width === this.#size.width && height === this.#size.height) return;
    this.#size = { width, height };
    if (!this.item || !this.look) return;
    this.#set({ camera: this.#fitted ? this.#fittedCamera() : resized(this.look.camera, width, height) });
  }

  fit() {
    if (!this.item) return;
    this.#fitted = true;
    this.#set({ camera: this.#fittedCamera() });
  }

  /** What the presentation state says of the slice; null without one.  */
  get said() {
    return this.item && this.look && saidOf(this.item, this.look);
  }

  /** All of it, or the area that the presentation state names, as it is turned. */
  #fittedCamera() {
    const { turned = 0, mirrored = false } = this.look?.camera ?? {};
    return fit(this.extent, this.#size.width || 1, this.#size.height || 1, { turned, mirrored }, this.said?.area ?? null);
  }

  /** @param {"turn" | "mirror"} how */
  spin(how) {
    if (!this.look) return;
    this.look = { ...this.look, camera: spin(this.look.camera, how) };
    if (this.#fitted) this.fit();
    else this.ask();
  }

  /** Look by a presentation state, on a slice that it speaks of; null: as the item says itself.  @param {string | null} name */
  present(name) {
    const { item, look } = this;
    if (!item || !look) return;
    const state = item.states?.find(({ id }) => id === name);
    const { turned, mirrored } = state ?? { turned: 0, mirrored: false };
    const own = state || this.#display.windowing === "presets" ? { window: null, invert: false } : first(item);
    this.look = { ...look, ...own, cut: null, state: state?.id ?? null, camera: { ...look.camera, turned, mirrored } };
    this.look.frame = state && !this.said ? nearestOf(state, look.cut ? 0 : look.frame) : look.cut ? 0 : look.frame;
    this.fit();
  }

  /** Grey levels for a display of so much light, or its own.  @param {Pair | null} luminance  black and white, cd/m² */
  calibrate(luminance) {
    this.#luminance = luminance;
    this.#set({ luminance });
  }

  /**
   * @param {[number, number]} about  device pixels
   * @param {number} factor
   */
  zoom(about, factor) {
    if (!this.item || !this.look) return;
    this.#fitted = false;
    this.#set({ camera: zoomed(this.look.camera, about, factor, this.extent) });
  }

  /** @param {[number, number]} by  device pixels */
  pan(by) {
    if (!this.item || !this.look) return;
    this.#fitted = false;
    this.#set({ camera: panned(this.look.camera, by, this.extent) });
  }

  /** @param {number} frame  counted from 0; the nearest that there is */
  slice(frame) {
    if (!this.item || !this.look) return;
    const nearest = Math.min(this.extent.frames - 1, Math.max(0, frame));
    if (nearest !== this.look.frame) this.#set({ frame: nearest });
  }

  /** What the policy leaves of the picture. The server sees to it; here it keeps what is shown as a number true.  @param {Partial<Display>} display */
  limit(display) {
    this.#display = display;
    if (this.look && display.reveal !== "spotlight") this.#set({ pointer: null });
  }

  get display() {
    return this.#display;
  }

  /** @param {Window | null} window */
  window(window) {
    if (this.item?.grey) this.#set({ window: window && this.#allowed(window) });
  }

  /** @param {Window} window */
  #allowed(window) {
    const own = this.item?.windows.some(([center, width]) => center === window.center && width === window.width);
    if (own) return window;
    if (this.#display.windowing === "presets") return this.look?.window ?? null;
    return { ...window, width: Math.max(window.width, this.#display.min_window_width ?? 0) };
  }

  /** The pointer, which a spotlight follows.  @param {Pair | null} pointer  image space */
  point(pointer) {
    if (this.#display.reveal === "spotlight" && pointer) this.#set({ pointer });
  }

  invert() {
    if (this.look) this.#set({ invert: !this.look.invert });
  }

  /** @param {Partial<Look>} change */
  #set(change) {
    if (!this.look) return;
    this.look = { ...this.look, ...change };
    this.ask();
  }
}

const NOTCH_PX = 110; // a notch is 100 or 120 pixels in most browsers
const LEAST_NOTCH_PX = 50;

/**
 * How many slices a wheel event scrolls: one a notch; the small steps of a touchpad add up.
 *
 * @param {number} rest  what the events before left over
 * @param {{deltaY: number, deltaMode: number}} event
 * @returns {{steps: number, rest: number}}
 */
export function wheelSteps(rest, { deltaY, deltaMode }) {
  if (deltaMode !== 0) return { steps: Math.sign(deltaY), rest: 0 }; // lines and pages: an event is a notch
  const size = Math.abs(deltaY);
  if (size >= LEAST_NOTCH_PX) return { steps: Math.sign(deltaY) * Math.max(1, Math.round(size / NOTCH_PX)), rest: 0 };
  const sum = rest * deltaY < 0 ? deltaY : rest + deltaY;
  const steps = Math.trunc(sum / NOTCH_PX) || 0; // no -0
  return { steps, rest: sum - steps * NOTCH_PX };
}
