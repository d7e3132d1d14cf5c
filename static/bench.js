/**
 * What the tools work on: the picture on screen, the shapes on it, the one in the hand. It turns what tools make into changes, and draws
 * the overlay anew when something on it changed.
 *
 * @typedef {import("./messages.js").Annotation} Annotation
 * @typedef {import("./messages.js").Geometry} Geometry
 * @typedef {import("./messages.js").Pair} Pair
 * @typedef {import("./messages.js").Patch} Patch
 * @typedef {import("./tools/tool.js").Spot} Spot
 * @typedef {import("./tools/tool.js").Tool} Tool
 */

import { bent, handles, inside, moved } from "./geometry.js";
import { toDevice, toImage } from "./viewport.js";
import { inForce } from "./windows.js";

export class Bench {
  /** A shape as it would be if the hand let go now. */
  #preview = /** @type {{id: string, geometry: Geometry} | null} */ (null);
  #crosshair = /** @type {Pair | null} */ (null); // image space; shown while keys draw
  #canvas;
  #world;
  #due = false;

  /**
   * @param {HTMLCanvasElement} canvas  the overlay's
   * @param {{looking: import("./looked.js").Looked, overlay: import("./overlay.js").Overlay,
   *          annotations: import("./annotations.js").Annotations, labels: import("./panel/labels.js").Labels, density: () => number,
   *          shownFrame: () => number, tool: () => Tool, draw: (geometry: Geometry) => void,
   *          change: (id: string, patch: Patch) => void, selected: () => void}} world
   */
  constructor(canvas, world) {
    this.#canvas = canvas;
    this.#world = world;
    this.editable = false;
    this.selected = /** @type {string | null} */ (null);
    this.handle = -1;
  }

  // --- the picture
  get extent() {
    return this.#world.looking.extent;
  }

  /** @returns {import("./messages.js").Window | null} */
  window() {
    const { item, look } = this.#world.looking;
    return item && look ? inForce(item, look.window, look) : null;
  }

  /** @param {import("./messages.js").Window | null} window */
  setWindow(window) {
    this.#world.looking.window(window);
  }

  /** @param {Pair} by  CSS pixels */
  pan([du, dv]) {
    const density = this.#world.density();
    this.#world.looking.pan([du * density, dv * density]);
  }

  /**
   * @param {Pair} about  CSS pixels
   * @param {number} factor
   */
  zoom([u, v], factor) {
    const density = this.#world.density();
    this.#world.looking.zoom([u * density, v * density], factor);
  }

  /** @param {Pair} point  @returns {Pair} */
  toCss(point) {
    const { look } = this.#world.looking;
    if (!look) return [0, 0];
    const [u, v] = toDevice(look.camera, point);
    return [u / this.#world.density(), v / this.#world.density()];
  }

  /** @param {Pair} css  @returns {Spot} */
  spot(css) {
    const { look } = this.#world.looking;
    const density = this.#world.density();
    return { css, image: look ? toImage(look.camera, [css[0] * density, css[1] * density]) : [0, 0] };
  }

  /** @param {Pair} point  @returns {Pair} */
  inside(point) {
    return inside(point, this.extent);
  }

  // --- shapes
  /** Those of the slice on screen, as they look now. */
  shapes() {
    return this.#world.annotations.on(this.#world.shownFrame()).map((shape) => this.#asPreviewed(shape));
  }

  /** @returns {Annotation | undefined} */
  selectedShape() {
    return this.shapes().find(({ id }) => id === this.selected);
  }

  /**
   * @param {string | null} id
   * @param {number} [handle]
   */
  select(id, handle = -1) {
    this.settle();
    this.selected = id;
    this.handle = handle;
    this.#world.selected();
    this.redraw();
  }

  /** @param {Geometry} geometry */
  draw(geometry) {
    this.#world.draw(geometry);
  }

  /**
   * @param {string} id
   * @param {Patch} patch
   */
  change(id, patch) {
    this.#world.change(id, patch);
  }

  get isPreviewing() {
    return this.#preview !== null;
  }

  /**
   * @param {string} id
   * @param {Geometry} geometry
   */
  preview(id, geometry) {
    this.#preview = { id, geometry };
    this.redraw();
  }

  /** The hand lets go: what was previewed becomes a change. */
  settle() {
    const preview = this.#preview;
    this.#preview = null;
    if (preview) this.change(preview.id, { geometry: preview.geometry });
  }

  /** Back to what it was; whether there was a preview. */
  unpreview() {
    const had = this.#preview !== null;
    this.#preview = null;
    this.redraw();
    return had;
  }

  // --- keys
  /** Move the selected shape, or the handle in the hand, by CSS pixels.  @param {Pair} by */
  nudge([du, dv]) {
    const shape = this.selectedShape();
    if (!shape || !this.editable) return;
    const step = this.#imageStep([du, dv]);
    const point = handles(shape.geometry)[this.handle];
    const geometry = point
      ? bent(shape.geometry, this.handle, [point[0] + step[0], point[1] + step[1]], this.extent)
      : moved(shape.geometry, step, this.extent);
    this.preview(shape.id, geometry);
  }

  /** The next handle of the selected shape; after the last one, none. */
  nextHandle() {
    const shape = this.selectedShape();
    if (!shape || shape.geometry.type === "point") return;
    this.handle = this.handle + 1 < handles(shape.geometry).length ? this.handle + 1 : -1;
    this.redraw();
  }

  /** Move the crosshair, and with it what is being drawn.  @param {Pair} by  CSS pixels */
  moveCrosshair([du, dv]) {
    const { look } = this.#world.looking;
    if (!look) return;
    const start = this.#crosshair ?? [look.camera.x, look.camera.y];
    const step = this.#imageStep([du, dv]);
    this.#crosshair = this.inside([start[0] + step[0], start[1] + step[1]]);
    this.#world.tool().move(this.crosshairSpot() ?? this.spot([0, 0]), false);
    this.redraw();
  }

  hideCrosshair() {
    if (!this.#crosshair) return;
    this.#crosshair = null;
    this.redraw();
  }

  /** @returns {Spot | null} */
  crosshairSpot() {
    return this.#crosshair && { css: this.toCss(this.#crosshair), image: this.#crosshair };
  }

  // --- the overlay
  /** @param {string} name  a CSS cursor */
  cursor(name) {
    this.#canvas.style.setProperty("cursor", name);
  }

  /** Draw the overlay on the next animation frame. */
  redraw() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#drawOverlay();
    });
  }

  #drawOverlay() {
    const { looking, overlay, labels, density, tool } = this.#world;
    if (!looking.look) {
      overlay.clear();
      return;
    }
    overlay.draw({
      camera: looking.look.camera,
      density: density(),
      shapes: this.shapes(),
      selected: this.selected,
      handle: this.handle,
      editable: this.editable && tool().name === "select",
      sketch: tool().sketch?.() ?? null,
      crosshair: this.#crosshair,
      colour: (label) => labels.colour(label),
      name: (label) => labels.name(label),
      sketchColour: labels.colour(labels.current),
    });
  }

  /** @param {Annotation} shape  @returns {Annotation} */
  #asPreviewed(shape) {
    return this.#preview?.id === shape.id ? { ...shape, geometry: this.#preview.geometry } : shape;
  }

  /** CSS pixels as image pixels.  @param {Pair} by  @returns {Pair} */
  #imageStep([du, dv]) {
    const from = this.spot([0, 0]).image, to = this.spot([du, dv]).image;
    return [to[0] - from[0], to[1] - from[1]];
  }
}
