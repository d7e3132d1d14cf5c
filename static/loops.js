/**
 * What is done with the slices as a whole: layouts of panes, sections through the volume, loops. The server is asked once an item what they
 * are, when somebody first wants to know.
 */

import { Cine, SPEEDS } from "./cine.js";
import { LAYOUTS, PLANES, SLABS, stepped, thicker } from "./layouts.js";
import { survey } from "./messages.js";

/** @typedef {import("./layouts.js").Cut} Cut */

export class Loops {
  #world;
  #asked = ""; // the item that the server was asked about
  #found = /** @type {import("./messages.js").Surveyed | null} */ (null);
  #then = /** @type {(() => void)[]} */ ([]);
  #spotlight = false;

  /**
   * @param {{panes: import("./panes.js").Panes, panel: import("./panel/panel.js").Panel, stream: import("./stream.js").Stream,
   *          now: () => number, changed: () => void}} world
   */
  constructor(world) {
    this.#world = world;
    const { panes, now, changed } = world;
    this.cine = new Cine({
      now,
      schedule: (run) => void requestAnimationFrame(run),
      frame: () => panes.active.looking.look?.frame ?? 0,
      show: (frame) => panes.slice(frame),
      changed,
    });
    world.panel.view.plays(this);
  }

  /** For the panel. */
  get state() {
    const { active, layout, linked } = this.#world.panes;
    const { item, look } = active.looking;
    const volume = item?.kind === "image" && item.grey && item.frames > 1;
    return {
      item: item !== null,
      states: item?.states,
      state: look?.state ?? null,
      layout: layout.name,
      several: !this.#spotlight,
      linked,
      cut: look?.cut ?? null,
      volume: Boolean(volume) && !this.#spotlight && (this.#found?.planes !== null || this.#found === null),
      loop: (item?.frames ?? 0) > 1,
      playing: this.cine.playing,
      round: this.cine.round,
      speed: this.cine.speed,
      rate: this.cine.rate,
    };
  }

  /** Another item, or none.  @param {import("./messages.js").Item | null} item */
  show(item) {
    this.#asked = "";
    this.#found = null;
    this.#then = [];
    this.cine.load([], item?.frames ?? 1);
    if (item && item.kind === "image" && item.frames > 1) this.#survey();
  }

  /** The same item on another connection. */
  again() {
    const { panes } = this.#world;
    panes.tellCount();
    this.#again();
    for (const { looking } of panes.shown) if (!looking.look?.cut) looking.ask();
  }

  /** Ask once more: the server knows nothing of it, or the policy is another. */
  #again() {
    const { panes } = this.#world;
    this.#asked = "";
    if (!this.#found) return;
    this.#then.push(() => {
      for (const { looking } of panes.shown) if (looking.look?.cut) looking.ask();
    });
    this.#survey();
  }

  /** @param {import("./messages.js").Display} display */
  limit(display) {
    this.#spotlight = display.reveal === "spotlight";
    const { panes } = this.#world;
    if (this.#spotlight && panes.shown.length > 1) panes.arrange(LAYOUTS[0]);
    this.#again();
  }

  #survey() {
    const { item } = this.#world.panes.active.looking;
    if (!item || this.#asked === item.id || !this.#world.stream.send(survey(item.id))) return;
    this.#asked = item.id;
  }

  /** @param {import("./messages.js").Surveyed} found */
  surveyed(found) {
    const { panes, changed } = this.#world;
    if (panes.active.looking.item?.id !== found.item) return;
    const first = this.#found === null;
    this.#found = found;
    if (found.planes) panes.cuts(found.planes, found.places ?? null);
    else for (const { looking } of panes.shown) if (looking.look?.cut) looking.cut(null);
    if (first) this.cine.learn(found.times_ms, panes.active.looking.item.frames);
    const { planes, why } = found;
    for (const run of this.#then.splice(0)) {
      if (planes) run();
      else if (first) this.#world.panel.notices.add("info", why);
    }
    changed();
  }

  /** Do `run` once sections can be asked for; say why if they can't.  @param {() => void} run */
  #withVolume(run) {
    if (this.#found?.planes) run();
    else if (this.#found) this.#world.panel.notices.add("info", this.#found.why);
    else {
      this.#then.push(run);
      this.#survey();
    }
  }

  // --- layouts
  /** @param {import("./layouts.js").Layout} layout */
  arrange(layout) {
    const { panes, panel } = this.#world;
    if (!panes.active.looking.item) return;
    if (layout.planes.length > 1 && this.#spotlight) panel.notices.add("info", "the session policy shows one picture at a time");
    else if (layout.planes.some(Boolean)) this.#withVolume(() => panes.arrange(layout));
    else panes.arrange(layout);
    this.#world.changed();
  }

  /** @param {number} by */
  stepLayout(by) {
    const { volume } = this.state;
    const usable = LAYOUTS.filter((each) => volume || !each.planes.some(Boolean));
    this.arrange(stepped(usable, this.#world.panes.layout, by));
  }

  nextPane() {
    this.#world.panes.next();
  }

  toggleLink() {
    this.link(!this.#world.panes.linked);
  }

  /** @param {boolean} linked */
  link(linked) {
    this.#world.panes.linked = linked;
    this.#world.changed();
  }

  // --- sections
  /** @param {Partial<Cut> | null} change */
  cut(change) {
    const { looking } = this.#world.panes.active;
    this.cine.pause();
    if (change === null) looking.cut(null);
    else this.#withVolume(() => looking.cut({ plane: "axial", slab: "mean", thickness_mm: 0, ...looking.look?.cut, ...change }));
    this.#world.changed();
  }

  /** The next plane, or slices again: counted from where it is once sections can be asked for, however often this was asked before.  @param {number} by */
  stepPlane(by) {
    this.#withVolume(() => {
      const plane = stepped(PLANES, this.state.cut?.plane ?? null, by);
      this.cut(plane === null ? null : { plane });
    });
  }

  /** @param {number} by */
  stepSlab(by) {
    const { cut } = this.state;
    if (cut) this.cut({ slab: stepped(SLABS, cut.slab, by), thickness_mm: cut.thickness_mm || thicker(0, 3) });
  }

  /** @param {number} by */
  thicken(by) {
    const { cut } = this.state;
    if (cut) this.cut({ thickness_mm: thicker(cut.thickness_mm, by) });
  }

  // --- loops
  /** @param {number} by */
  stepSpeed(by) {
    const at = SPEEDS.indexOf(this.cine.speed) + by;
    if (SPEEDS[at]) this.cine.at(SPEEDS[at]);
  }
}
