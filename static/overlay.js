/**
 * The canvas over the picture: what is drawn on it, as lines, at once. No pixel of the picture is in it.
 *
 * @typedef {import("./messages.js").Annotation} Annotation
 * @typedef {import("./messages.js").Geometry} Geometry
 * @typedef {import("./messages.js").Pair} Pair
 * @typedef {import("./viewport.js").Camera} Camera
 * @typedef {{points: Pair[], closed: boolean, corners: boolean}} Sketch  a shape in the making, image space
 * @typedef {{camera: Camera, density: number, shapes: Annotation[], selected: string | null, handle: number, editable: boolean,
 *            sketch: Sketch | null, crosshair: Pair | null, colour: (label: string) => string, name: (label: string) => string,
 *            sketchColour: string}} Scene
 *   density: device pixels per CSS pixel; handle: the one in the hand, -1 for none; crosshair: image space
 * @typedef {{points: Pair[], closed: boolean, colour: string, thin?: boolean}} Line  image space; a single point is a mark
 */

import { corners, handles } from "./geometry.js";
import { toDevice } from "./viewport.js";

const HALO = "rgb(5 7 9 / 0.72)"; // keeps a line visible on white bone
const RULE = 1, LINE = 1.5, SELECTED_LINE = 2, HALO_MORE = 2; // CSS pixels
const HANDLE = 4, CORNER = 2.5, POINT = 7, CROSSHAIR = 12;
const FONT = '600 11px -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", system-ui, sans-serif';

export class Overlay {
  #canvas;
  #context;
  #density = 1;
  #empty = true;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  }

  clear() {
    if (this.#empty) return; // a canvas that is drawn on is composed anew, even if nothing changed
    this.#empty = true;
    this.#context.resetTransform();
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** @param {Scene} scene */
  draw(scene) {
    const { width, height } = scene.camera;
    if (this.#canvas.width !== width || this.#canvas.height !== height) this.#resize(width, height);
    this.clear();
    if (!scene.shapes.length && !scene.sketch && !scene.crosshair) return;
    this.#empty = false;
    this.#density = scene.density;
    this.#context.scale(scene.density, scene.density);
    for (const shape of scene.shapes) if (shape.id !== scene.selected) this.#shape(scene, shape, false);
    for (const shape of scene.shapes) if (shape.id === scene.selected) this.#shape(scene, shape, true);
    if (scene.sketch) this.#sketch(scene, scene.sketch);
    if (scene.crosshair) this.#crosshair(this.#css(scene.camera, scene.crosshair));
  }

  /**
   * Lines alone.
   *
   * @param {Camera} camera
   * @param {number} density
   * @param {Line[]} lines
   */
  rule(camera, density, lines) {
    const { width, height } = camera;
    if (this.#canvas.width !== width || this.#canvas.height !== height) this.#resize(width, height);
    this.clear();
    if (!lines.length) return;
    this.#empty = false;
    this.#density = density;
    this.#context.scale(density, density);
    for (const { points, closed, colour, thin } of lines) {
      const shown = points.map((point) => this.#css(camera, point));
      if (shown.length === 1) this.#point(shown[0], colour, false);
      else this.#line(shown, closed, colour, thin ? RULE : LINE);
    }
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  #resize(width, height) {
    Object.assign(this.#canvas, { width, height }); // which clears it
    this.#empty = true;
  }

  /**
   * @param {Scene} scene
   * @param {Annotation} shape
   * @param {boolean} selected
   */
  #shape(scene, { geometry, label }, selected) {
    const at = (/** @type {Pair} */ point) => this.#css(scene.camera, point);
    const points = corners(geometry).map(at);
    const colour = scene.colour(label);
    if (geometry.type === "point") this.#point(points[0], colour, selected);
    else this.#line(points, true, colour, selected ? SELECTED_LINE : LINE);
    if (!selected) return;
    this.#caption(scene.name(label), points, colour);
    if (scene.editable && geometry.type !== "point") this.#handles(handles(geometry).map(at), scene.handle, colour);
  }

  /**
   * @param {Scene} scene
   * @param {Sketch} sketch
   */
  #sketch(scene, { points, closed, corners: marked }) {
    const shown = points.map((point) => this.#css(scene.camera, point));
    this.#line(shown, closed, scene.sketchColour, LINE);
    if (marked) for (const point of shown.slice(0, -1)) this.#square(point, CORNER, scene.sketchColour);
  }

  /**
   * @param {Pair[]} points
   * @param {boolean} closed
   * @param {string} colour
   * @param {number} width
   */
  #line(points, closed, colour, width) {
    const path = new Path2D();
    for (const [k, [u, v]] of points.entries()) k ? path.lineTo(u, v) : path.moveTo(u, v);
    if (closed) path.closePath();
    this.#stroke(path, colour, width);
  }

  /**
   * @param {Path2D} path
   * @param {string} colour
   * @param {number} width
   */
  #stroke(path, colour, width) {
    this.#context.lineJoin = "round";
    this.#context.strokeStyle = HALO;
    this.#context.lineWidth = width + HALO_MORE;
    this.#context.stroke(path);
    this.#context.strokeStyle = colour;
    this.#context.lineWidth = width;
    this.#context.stroke(path);
  }

  /**
   * @param {Pair} at
   * @param {string} colour
   * @param {boolean} selected
   */
  #point([u, v], colour, selected) {
    const path = new Path2D();
    path.arc(u, v, selected ? POINT + 1 : POINT - 2, 0, 2 * Math.PI);
    for (const [du, dv] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      path.moveTo(u + du * 2, v + dv * 2);
      path.lineTo(u + du * (POINT + 3), v + dv * (POINT + 3));
    }
    this.#stroke(path, colour, selected ? SELECTED_LINE : LINE);
  }

  /**
   * @param {Pair[]} points
   * @param {number} held
   * @param {string} colour
   */
  #handles(points, held, colour) {
    for (const [k, point] of points.entries()) this.#square(point, k === held ? HANDLE + 2 : HANDLE, k === held ? "#ffffff" : colour);
  }

  /**
   * @param {Pair} at
   * @param {number} half
   * @param {string} colour
   */
  #square([u, v], half, colour) {
    this.#context.fillStyle = HALO;
    this.#context.fillRect(u - half - 1, v - half - 1, 2 * half + 2, 2 * half + 2);
    this.#context.fillStyle = colour;
    this.#context.fillRect(u - half, v - half, 2 * half, 2 * half);
  }

  /**
   * The label's name above the shape.
   *
   * @param {string} text
   * @param {Pair[]} points
   * @param {string} colour
   */
  #caption(text, points, colour) {
    const top = points.reduce((least, point) => (point[1] < least[1] ? point : least));
    this.#context.font = FONT;
    const width = this.#context.measureText(text).width + 10;
    const left = Math.max(2, Math.min(top[0] - width / 2, this.#canvas.width / this.#density - width - 2));
    const up = Math.max(2, top[1] - 28);
    this.#context.fillStyle = HALO;
    this.#context.beginPath();
    this.#context.roundRect(left, up, width, 17, 3);
    this.#context.fill();
    this.#context.fillStyle = colour;
    this.#context.textBaseline = "middle";
    this.#context.fillText(text, left + 5, up + 9);
  }

  /** @param {Pair} at */
  #crosshair([u, v]) {
    const path = new Path2D();
    for (const [du, dv] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      path.moveTo(u + du * 3, v + dv * 3);
      path.lineTo(u + du * CROSSHAIR, v + dv * CROSSHAIR);
    }
    this.#stroke(path, "#ffffff", 1);
  }

  /**
   * @param {Camera} camera
   * @param {Pair} point  image space
   * @returns {Pair}  CSS pixels
   */
  #css(camera, point) {
    const [u, v] = toDevice(camera, point);
    return [u / this.#density, v / this.#density];
  }
}
