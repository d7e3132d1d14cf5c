/**
 * The mouse, pen or finger on the picture: the left button is the active tool, the middle one pans, the right one zooms, the wheel scrolls,
 * and with Ctrl zooms.
 *
 * @typedef {import("./tools/tool.js").Tool} Tool
 */

import { wheelSteps } from "./looking.js";

const LEFT = 0, MIDDLE = 1, RIGHT = 2;
const WHEEL_DOUBLE_PX = 350; // with Ctrl

export class Pointer {
  #canvas;
  #bench;
  #world;
  #holding = /** @type {{tool: Tool, pointer: number} | null} */ (null);
  #wheelRest = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./bench.js").Bench} bench
   * @param {{tool: () => Tool, pan: Tool, zoom: Tool, scroll: (slices: number) => void,
   *          at: (image: import("./messages.js").Pair | null) => void}} world
   */
  constructor(canvas, bench, world) {
    this.#canvas = canvas;
    this.#bench = bench;
    this.#world = world;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#up(event));
    canvas.addEventListener("pointercancel", () => this.release());
    canvas.addEventListener("pointerleave", () => world.at(null));
    canvas.addEventListener("dblclick", (event) => world.tool().double?.(this.#spot(event)));
    canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // the right button zooms
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** Let go, as if the hand had never pressed. */
  release() {
    this.#holding?.tool.cancel?.();
    this.#holding = null;
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (this.#holding) return;
    const tool = { [LEFT]: this.#world.tool(), [MIDDLE]: this.#world.pan, [RIGHT]: this.#world.zoom }[event.button];
    if (!tool) return;
    event.preventDefault(); // no autoscroll, no text selection
    this.#canvas.focus({ preventScroll: true });
    this.#canvas.setPointerCapture(event.pointerId);
    this.#bench.hideCrosshair();
    this.#holding = { tool, pointer: event.pointerId };
    tool.down?.(this.#spot(event));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const spot = this.#spot(event);
    this.#world.at(spot.image);
    if (this.#holding) this.#holding.tool.move(spot, true);
    else {
      this.#bench.hideCrosshair();
      this.#world.tool().move(spot, false);
    }
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const held = this.#holding;
    if (held?.pointer !== event.pointerId) return;
    this.#holding = null;
    held.tool.up?.(this.#spot(event));
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    if (event.ctrlKey) {
      this.#bench.zoom(this.#spot(event).css, 2 ** (-event.deltaY / WHEEL_DOUBLE_PX));
      return;
    }
    const { steps, rest } = wheelSteps(this.#wheelRest, event);
    this.#wheelRest = rest;
    if (steps) this.#world.scroll(steps);
  }

  /** @param {MouseEvent} event */
  #spot(event) {
    const box = this.#canvas.getBoundingClientRect();
    return this.#bench.spot([event.clientX - box.left, event.clientY - box.top]);
  }
}
