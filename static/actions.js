/**
 * What each action of the key maps does.
 *
 * @typedef {import("./bench.js").Bench} Bench
 * @typedef {import("./looked.js").Looked} Looking
 * @typedef {(pressed: string) => void} Act
 */

import { withoutCorner } from "./geometry.js";
import { direction } from "./keymap.js";
import { inOrder } from "./panel/shapes.js";

const STEP_PX = 2, STRIDE = 10; // CSS pixels
const ZOOM_STEP = 1.25;
const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/**
 * @param {{bench: Bench, looking: Looking, labels: import("./panel/labels.js").Labels, windows: import("./panel/windows.js").Windows,
 *          shapes: () => import("./messages.js").Annotation[], tool: () => import("./tools/tool.js").Tool, take: (tool: string) => void,
 *          goTo: (shape: import("./messages.js").Annotation) => void, remove: (id: string) => void, cancel: () => void,
 *          undo: () => void, redo: () => void, submit: () => void, next: () => void, views: () => import("./loops.js").Loops, help: () => void}} world
 * @returns {Record<string, Act>}
 */
export function actions(world) {
  const { bench, looking, labels, windows, tool, take } = world;
  const by = (/** @type {number} */ frames) => () => looking.slice((looking.look?.frame ?? 0) + frames);
  const zoom = (/** @type {number} */ factor) => () => bench.zoom(middle(looking, bench), factor);
  /** @param {number} size @param {(step: [number, number]) => void} move @returns {Act} */
  const stepping = (size, move) => (pressed) => {
    const [dx, dy] = direction(pressed);
    move([dx * size, dy * size]);
  };
  const select = (/** @type {number} */ step) => () => {
    const all = inOrder(world.shapes());
    if (!all.length) return;
    const at = all.findIndex(({ id }) => id === bench.selected);
    world.goTo(all[(Math.max(at, step > 0 ? -1 : 0) + step + all.length) % all.length]);
  };
  return {
    "slice.back": by(-1),
    "slice.on": by(1),
    "slice.first": () => looking.slice(0),
    "slice.last": () => looking.slice(Infinity),
    "zoom.in": zoom(ZOOM_STEP),
    "zoom.out": zoom(1 / ZOOM_STEP),
    "layout.on": () => world.views().stepLayout(1),
    "pane.on": () => world.views().nextPane(),
    "pane.link": () => world.views().toggleLink(),
    "plane.on": () => world.views().stepPlane(1),
    "slab.on": () => world.views().stepSlab(1),
    "slab.thicker": () => world.views().thicken(1),
    "slab.thinner": () => world.views().thicken(-1),
    "cine.toggle": () => world.views().cine.toggle(),
    "cine.faster": () => world.views().stepSpeed(1),
    "cine.slower": () => world.views().stepSpeed(-1),
    "view.fit": () => looking.fit(),
    "view.invert": () => looking.invert(),
    "view.turn": () => looking.spin("turn"),
    "view.mirror": () => looking.spin("mirror"),
    "state.on": () => looking.presentNext(),
    "window.first": () => windows.first(),
    "window.back": () => windows.step(looking.look?.window ?? null, -1),
    "window.on": () => windows.step(looking.look?.window ?? null, 1),
    ...Object.fromEntries(DIGITS.map((digit) => [`window.${digit}`, () => windows.pick(digit - 1)])),
    "label.back": () => labels.step(-1),
    "label.on": () => labels.step(1),
    ...Object.fromEntries(DIGITS.map((digit) => [`label.${digit}`, () => labels.pick(digit - 1)])),
    ...Object.fromEntries(["window", "pan", "zoom", "select", "box", "polygon", "point"].map((name) => [`tool.${name}`, () => take(name)])),
    "crosshair.step": stepping(STEP_PX, (step) => bench.moveCrosshair(step)),
    "crosshair.stride": stepping(STEP_PX * STRIDE, (step) => bench.moveCrosshair(step)),
    "crosshair.place": () => {
      const spot = bench.crosshairSpot();
      if (spot) tool().place?.(spot);
      else bench.moveCrosshair([0, 0]); // the first press shows it
    },
    "draw.finish": () => tool().finish?.(bench.crosshairSpot()),
    "draw.back": () => tool().back?.(),
    "shape.next": select(1),
    "shape.back": select(-1),
    "shape.step": stepping(STEP_PX, (step) => bench.nudge(step)),
    "shape.stride": stepping(STEP_PX * STRIDE, (step) => bench.nudge(step)),
    "handle.next": () => bench.nextHandle(),
    "shape.delete": () => {
      const shape = bench.selectedShape();
      if (!shape) return;
      const less = bench.handle >= 0 ? withoutCorner(shape.geometry, bench.handle) : shape.geometry;
      if (less === shape.geometry) world.remove(shape.id);
      else {
        bench.handle = -1;
        bench.change(shape.id, { geometry: less });
      }
    },
    "shape.release": () => bench.select(null),
    cancel: world.cancel,
    undo: world.undo,
    redo: world.redo,
    submit: world.submit,
    next: world.next,
    help: world.help,
  };
}

/**
 * The middle of the viewport, CSS pixels.
 *
 * @param {Looking} looking
 * @param {Bench} bench
 * @returns {[number, number]}
 */
function middle(looking, bench) {
  const camera = looking.look?.camera;
  return camera ? bench.toCss([camera.x, camera.y]) : [0, 0];
}
