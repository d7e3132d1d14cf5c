/** All that stands around the picture, found on the page; `acts` is what its buttons do. */

import { byId } from "../element.js";
import { KEYMAPS } from "../keymap.js";
import { Bar } from "./bar.js";
import { Comments } from "./comments.js";
import { Curtain } from "./curtain.js";
import { Finish } from "./finish.js";
import { Help } from "./help.js";
import { Labels } from "./labels.js";
import { Nothing } from "./nothing.js";
import { Notices } from "./notices.js";
import { Queue } from "./queue.js";
import { Reading } from "./reading.js";
import { Readout } from "./readout.js";
import { Shapes } from "./shapes.js";
import { SliceBar } from "./slicebar.js";
import { Toolbox } from "./toolbox.js";
import { View } from "./view.js";
import { Windows } from "./windows.js";

/**
 * @typedef {object} Acts
 * @property {() => void} connect  again
 * @property {() => void} next
 * @property {(task: string) => void} open
 * @property {(verdict: "submit" | "accept" | "return" | "comment", text: string) => void} say
 * @property {(tool: string) => void} take
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} fit
 * @property {() => void} invert
 * @property {() => void} looked  the mouse used a button: the keys belong to the picture now
 * @property {(frame: number) => void} slice
 * @property {(window: import("../messages.js").Window | null) => void} window
 * @property {(key: string) => void} label
 * @property {(layout: import("../layouts.js").Layout) => void} arrange
 * @property {(change: Partial<import("../layouts.js").Cut> | null) => void} cut  null: slices again
 * @property {(linked: boolean) => void} link
 * @property {(state: string | null) => void} present  null: as the item says itself
 * @property {(how: "turn" | "mirror") => void} spin
 * @property {(luminance: import("../messages.js").Pair | null) => void} calibrate  null: the display's own levels
 * @property {(shape: import("../messages.js").Annotation) => void} goTo
 */

export class Panel {
  #keymap = "labeling";

  /** @param {Acts} acts */
  constructor(acts) {
    this.bar = new Bar();
    this.notices = new Notices(byId("notices"));
    this.readout = new Readout();
    this.reading = new Reading();
    this.nothing = new Nothing(acts.next);
    this.help = new Help((name) => this.useKeymap(name), acts.calibrate);
    this.curtain = new Curtain({ again: acts.connect, falls: () => this.help.close() });
    this.labels = new Labels(byId("labels"), acts.label);
    this.windows = new Windows(byId("windows-part"), byId("windows"), acts.window);
    this.shapes = new Shapes(
      { list: byId("annotations"), count: byId("annotation-count"), empty: byId("annotations-empty") },
      { labels: this.labels, picked: acts.goTo },
    );
    this.comments = new Comments(
      { list: byId("comments"), count: byId("comment-count"), text: byId("comment", HTMLTextAreaElement), need: byId("comment-need"), say: byId("say", HTMLButtonElement) },
      (text) => acts.say("comment", text),
    );
    this.finish = new Finish(this.comments, acts.say);
    this.queue = new Queue({ list: byId("queue"), count: byId("queue-count"), empty: byId("queue-empty") }, acts.open);
    this.sliceBar = new SliceBar(acts.slice);
    this.view = new View(byId("view-part"), acts);
    const { undo, redo, fit, invert, spin } = acts;
    const looks = { fit, invert, turn: () => spin("turn"), mirror: () => spin("mirror") };
    this.toolbox = new Toolbox({ taken: acts.take, acts: { undo, redo, ...looks }, looked: acts.looked });
    byId("look-again").addEventListener("click", acts.connect);
  }

  get keymap() {
    return KEYMAPS[this.#keymap];
  }

  /** Show the keys of a key map: in its dialog, and beside labels and windows.  @param {string} name */
  useKeymap(name = this.#keymap) {
    this.#keymap = name;
    this.help.show(name, this.keymap);
    const digit = (/** @type {string} */ what) => (/** @type {number} */ k) =>
      this.keymap.rows.some(({ action }) => action === `${what}.${k + 1}`) ? String(k + 1) : "";
    this.labels.keys(digit("label"));
    this.windows.keys(digit("window"));
  }

  /** What the person may do at all.  @param {import("../desk.js").Desk} desk */
  allow(desk) {
    byId("review-queue").hidden = !desk.may("task.review");
  }

  /**
   * Another item is on the desk, or none.
   *
   * @param {import("../messages.js").Item | null} item
   * @param {string} task
   */
  open(item, task) {
    this.comments.clear();
    this.reading.clear();
    this.windows.load(item);
    this.useKeymap();
    this.queue.mark(task);
  }

  /**
   * The task's state: shapes, comments, buttons, what is saved.
   *
   * @param {import("../desk.js").Desk} desk
   * @param {import("../annotations.js").Annotations} annotations
   * @param {{selected: string | null, frame: number, frames: number}} at
   */
  show(desk, annotations, at) {
    const { task, editable, reviewing } = desk;
    this.bar.task(task);
    this.bar.saved(desk.state);
    this.shapes.show([...annotations.all().values()], { ...at, me: desk.me });
    this.comments.show(task?.comments ?? []);
    this.comments.allow(task !== null && task.mode !== "read");
    this.finish.allow({ editable, reviewing });
    this.toolbox.allow({ editable, canUndo: annotations.canUndo, canRedo: annotations.canRedo, picture: task !== null });
    byId("labels-part").hidden = task?.mode !== "annotate";
    byId("annotations-part").hidden = byId("comments-part").hidden = task === null;
  }

  /**
   * What is looked at.
   *
   * @param {Pick<import("../looking.js").Looking, "item" | "look" | "extent">} looking
   * @param {import("../messages.js").Window | null} window  the one in force
   */
  look({ item, look, extent }, window) {
    this.readout.look(item, look && { frame: look.frame, frames: extent.frames, window, scale: look.camera.scale });
    this.windows.show(look?.window ?? null, look);
    this.sliceBar.show(item ? extent.frames : 0, look?.frame ?? 0);
  }
}
