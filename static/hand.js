/**
 * The person's hand on the picture: which tool is in it, and what mouse and keys do with it.
 *
 * @typedef {import("./messages.js").Annotation} Annotation
 * @typedef {import("./tools/tool.js").Tool} Tool
 */

import { actions } from "./actions.js";
import { Bench } from "./bench.js";
import { Keys } from "./keys.js";
import { Overlay } from "./overlay.js";
import { Pointer } from "./pointer.js";
import { boxTool } from "./tools/box.js";
import { panTool } from "./tools/pan.js";
import { pointTool } from "./tools/point.js";
import { polygonTool } from "./tools/polygon.js";
import { selectTool } from "./tools/select.js";
import { windowTool } from "./tools/window.js";
import { zoomTool } from "./tools/zoom.js";

const MAKERS = [windowTool, panTool, zoomTool, selectTool, boxTool, polygonTool, pointTool];
const RESTING = "window"; // the tool of an empty hand

export class Hand {
  #world;
  #tools;
  #tool = RESTING;
  #pointer;

  /**
   * @param {HTMLCanvasElement} canvas  the overlay's
   * @param {{desk: import("./desk.js").Desk, annotations: import("./annotations.js").Annotations, looking: import("./looked.js").Looked,
   *          panel: import("./panel/panel.js").Panel, density: () => number, shown: () => {frame: number, seq: number | undefined},
   *          views: () => import("./loops.js").Loops,
   *          pointed: (point: import("./messages.js").Pair | null) => void, next: () => void, selected: () => void}} world
   *   shown: the slice on screen and the number of its frame
   */
  constructor(canvas, world) {
    this.#world = world;
    const { desk, annotations, looking, panel, density, shown } = world;
    this.bench = new Bench(canvas, {
      looking,
      overlay: new Overlay(canvas),
      annotations,
      labels: panel.labels,
      density,
      shownFrame: () => shown().frame,
      tool: () => this.tool,
      draw: (geometry) => this.#draw(geometry),
      change: (id, patch) => this.#edit(() => annotations.update(id, patch, shown().seq)),
      selected: world.selected,
    });
    this.#tools = /** @type {Record<string, Tool>} */ (Object.fromEntries(MAKERS.map((make) => make(this.bench)).map((tool) => [tool.name, tool])));
    this.#pointer = new Pointer(canvas, this.bench, {
      tool: () => this.tool,
      pan: this.#tools.pan,
      zoom: this.#tools.zoom,
      scroll: (slices) => looking.slice((looking.look?.frame ?? 0) + slices),
      at: (point) => {
        panel.readout.at(point);
        world.pointed(point);
        looking.point(point);
      },
    });
    const act = actions({
      bench: this.bench,
      looking,
      labels: panel.labels,
      windows: panel.windows,
      shapes: () => [...annotations.all().values()],
      tool: () => this.tool,
      take: (name) => this.take(name),
      goTo: (shape) => this.goTo(shape),
      remove: (id) => this.remove(id),
      cancel: () => this.cancel(),
      undo: () => this.undo(),
      redo: () => this.redo(),
      submit: () => this.submit(),
      next: () => void (desk.task || world.next()),
      views: world.views,
      help: () => panel.help.open(),
    });
    new Keys({
      keymap: () => panel.keymap,
      scopes: () => this.#scopes(),
      isOff: () => panel.help.isOpen || panel.curtain.isDown,
      act: (action, pressed) => act[action]?.(pressed),
      released: () => this.bench.settle(),
    });
  }

  get tool() {
    return this.#tools[this.#tool];
  }

  /** Take a tool; a drawing one only where there is something to draw on, and a label for what it makes.  @param {string} [name] */
  take(name = RESTING) {
    const { drawing, cursor } = this.#tools[name];
    const { labels, toolbox } = this.#world.panel;
    if (drawing && !(this.#world.desk.editable && this.#labelled(name) && this.#onSlices())) return;
    this.#pointer.release();
    this.tool.cancel?.();
    if (drawing) this.bench.select(null);
    else this.bench.hideCrosshair();
    this.#tool = name;
    labels.draw(drawing ? name : "");
    toolbox.show(name);
    this.bench.cursor(cursor);
    this.bench.redraw();
  }

  /** Empty the hand: another picture comes. */
  rest() {
    this.bench.select(null);
    this.take();
  }

  /** The task changed: what can't be held any more is let go. */
  review() {
    const { desk, annotations } = this.#world;
    this.bench.editable = desk.editable;
    if (this.tool.drawing && !desk.editable) this.take();
    if (this.bench.selected && !annotations.all().has(this.bench.selected)) this.bench.select(null);
    this.bench.redraw();
  }

  /** A label was picked: for the next shape, and for the one in the hand.  @param {string} key */
  label(key) {
    const { labels, notices } = this.#world.panel;
    const shape = this.bench.selectedShape();
    labels.use(key);
    if (shape && this.#world.desk.editable && shape.label !== key) {
      const { type } = shape.geometry;
      if (labels.allows(key, type)) this.bench.change(shape.id, { label: key });
      else notices.add("warning", `${labels.name(key)} can't be a ${type}`);
    }
    if (this.tool.drawing && !labels.allows(key, this.#tool)) this.take(labels.geometries(key)[0]);
    this.bench.redraw();
  }

  /** @param {Annotation} shape */
  goTo(shape) {
    if (this.#world.looking.look?.cut) this.#world.looking.cut(null);
    this.#world.looking.slice(shape.frame);
    this.take("select");
    this.bench.select(shape.id);
  }

  /** @param {string} id */
  remove(id) {
    this.bench.select(null);
    this.#edit(() => this.#world.annotations.remove(id, this.#world.shown().seq));
  }

  undo() {
    this.bench.settle();
    this.#edit(() => this.#world.annotations.undo(this.#world.shown().seq));
  }

  redo() {
    this.bench.settle();
    this.#edit(() => this.#world.annotations.redo(this.#world.shown().seq));
  }

  /** The innermost thing under way is given up. */
  cancel() {
    if (this.tool.cancel?.()) return;
    if (this.bench.selected) this.bench.select(null);
    else this.take();
  }

  submit() {
    this.bench.settle();
    const { desk, panel, shown } = this.#world;
    if (desk.editable) desk.say("submit", panel.comments.text, shown().seq);
  }

  /** Shapes are drawn on the slices; says so on a section through them. */
  #onSlices() {
    const { looking, panel } = this.#world;
    if (looking.look?.cut) panel.notices.add("info", "shapes are drawn on the slices: this is a section through them");
    return !looking.look?.cut;
  }

  /** @param {import("./messages.js").Geometry} geometry */
  #draw(geometry) {
    const { annotations, panel, shown } = this.#world;
    const label = panel.labels.current;
    if (this.#labelled(geometry.type)) this.#edit(() => annotations.create({ label, frame: shown().frame, geometry }, shown().seq));
  }

  /** Whether the project has a label that can be a `type`; says so where it has none.  @param {string} type */
  #labelled(type) {
    const { labels, notices } = this.#world.panel;
    const has = labels.some(type);
    if (!has) notices.add("warning", `no label of this project can be a ${type}`);
    return has;
  }

  /** @param {() => import("./messages.js").Op | null} make */
  #edit(make) {
    if (this.#world.desk.editable) this.#world.desk.put(make());
  }

  #scopes() {
    const on = /** @type {Set<import("./keymap.js").Scope>} */ (new Set());
    if (!this.#world.desk.editable) return on;
    if (this.tool.drawing) on.add("drawing");
    else if (this.bench.selectedShape()) on.add("holding");
    return on;
  }
}
