/**
 * The annotations of one task: what the server has confirmed, and on top of it what was done here since. A refusal takes its change away
 * and leaves the rest.
 *
 * @typedef {import("./messages.js").Annotation} Annotation
 * @typedef {import("./messages.js").Geometry} Geometry
 * @typedef {import("./messages.js").Op} Op
 * @typedef {import("./messages.js").Patch} Patch
 * @typedef {{op: string, kind: string, target?: string, annotation?: string, after?: Annotation | null}} Change
 *   after: null: it is gone; undefined: only the server knows
 * @typedef {{annotation: string, before: Annotation | null, after: Annotation | null}} Step
 */

import { op } from "./messages.js";

const DRAWN = new Set(["create", "update", "delete"]);

export class Annotations {
  #confirmed = /** @type {Map<string, Annotation>} */ (new Map());
  #pending = /** @type {Change[]} */ ([]);
  #steps = /** @type {Map<string, Step>} */ (new Map()); // what ops of this page did
  #undoable = /** @type {string[]} */ ([]); // ids of ops, oldest first
  #redoable = /** @type {string[]} */ ([]);
  #newId;

  /** @param {() => string} newId */
  constructor(newId) {
    this.#newId = newId;
    this.task = "";
    this.author = "";
    this.revision = 0;
  }

  /**
   * What the server has. Of the same task, ops that wait stay on top.
   *
   * @param {{id: string | null, revision: number, annotations: Annotation[], history: string[]}} task
   */
  load(task) {
    if (task.id !== this.task) {
      this.#pending = [];
      this.#steps.clear();
      this.#redoable = [];
    }
    this.task = task.id ?? "";
    this.revision = task.revision;
    this.#confirmed = new Map(task.annotations.map((each) => [each.id, each]));
    this.#undoable = [...task.history];
    for (const { op: id, kind, target = "" } of this.#pending) {
      if (DRAWN.has(kind)) this.#undoable = [...without(this.#undoable, id), id];
      if (kind === "undo") this.#undoable = without(this.#undoable, target);
      if (kind === "redo") this.#undoable = [...without(this.#undoable, target), target];
    }
  }

  /** All that is drawn, by id.  @returns {Map<string, Annotation>} */
  all() {
    const shown = new Map(this.#confirmed);
    for (const { annotation, after } of this.#pending) {
      if (annotation === undefined || after === undefined) continue;
      if (after) shown.set(annotation, after);
      else shown.delete(annotation);
    }
    return shown;
  }

  /** @param {number} frame */
  on(frame) {
    return [...this.all().values()].filter((each) => each.frame === frame);
  }

  get canUndo() {
    return this.#undoable.length > 0;
  }

  get canRedo() {
    return this.#redoable.length > 0;
  }

  /**
   * @param {{label: string, frame: number, geometry: Geometry}} state
   * @param {number} [seen]  the frame on screen
   * @returns {Op}
   */
  create(state, seen) {
    const annotation = this.#newId();
    const after = { ...state, id: annotation, revision: 0, author: this.author };
    return this.#draw("create", annotation, null, after, seen, state);
  }

  /**
   * @param {string} id
   * @param {{label?: string, geometry?: Geometry}} patch
   * @param {number} [seen]
   * @returns {Op | null}  null if it is not there
   */
  update(id, patch, seen) {
    const before = this.all().get(id);
    return before ? this.#draw("update", id, before, { ...before, ...patch }, seen, patch) : null;
  }

  /**
   * @param {string} id
   * @param {number} [seen]
   * @returns {Op | null}
   */
  remove(id, seen) {
    const before = this.all().get(id);
    return before ? this.#draw("delete", id, before, null, seen) : null;
  }

  /** @param {number} [seen] */
  undo(seen) {
    const target = this.#undoable.pop();
    if (target === undefined) return null;
    this.#redoable.push(target);
    const step = this.#steps.get(target);
    return this.#takeBack("undo", target, step?.annotation, step?.before, seen);
  }

  /** @param {number} [seen] */
  redo(seen) {
    const target = this.#redoable.pop();
    if (target === undefined) return null;
    this.#undoable.push(target);
    const step = this.#steps.get(target);
    return this.#takeBack("redo", target, step?.annotation, step?.after, seen);
  }

  /**
   * An op on the task itself: submit, accept, return, comment.
   *
   * @param {string} kind
   * @param {string} [text]
   * @param {number} [seen]
   */
  say(kind, text, seen) {
    return op({ id: this.#newId(), task: this.task, kind, base: this.revision, text: text || undefined, seen });
  }

  /**
   * Op `id` is durable. True if what it changed is not known here: then load the task again.
   *
   * @param {string} id
   * @param {{revision: number, annotation: Annotation | null}} receipt
   */
  receipt(id, { revision, annotation }) {
    const change = this.#settle(id);
    this.revision = Math.max(this.revision, revision);
    if (annotation) this.#confirmed.set(annotation.id, annotation);
    else if (change?.annotation !== undefined) this.#confirmed.delete(change.annotation);
    else return change !== undefined;
    return false;
  }

  /**
   * Op `id` was not done. True if the state there is not known here: then load the task again.
   *
   * @param {string} id
   * @param {Annotation | null} annotation  as it is on the server
   */
  refused(id, annotation) {
    const change = this.#settle(id);
    if (!change) return false;
    const named = change.target ?? id;
    this.#undoable = without(this.#undoable, named);
    this.#redoable = without(this.#redoable, named);
    if (annotation) this.#confirmed.set(annotation.id, annotation);
    return !annotation && change.kind !== "create";
  }

  /**
   * @param {string} kind
   * @param {string} annotation
   * @param {Annotation | null} before
   * @param {Annotation | null} after
   * @param {number} [seen]
   * @param {Patch} [patch]
   */
  #draw(kind, annotation, before, after, seen, patch) {
    const made = op({ id: this.#newId(), task: this.task, kind, base: this.revision, annotation, patch, seen });
    this.#steps.set(made.id, { annotation, before, after });
    this.#pending.push({ op: made.id, kind, annotation, after });
    this.#undoable.push(made.id);
    this.#redoable = [];
    return made;
  }

  /**
   * @param {string} kind
   * @param {string} target
   * @param {string} [annotation]
   * @param {Annotation | null} [after]
   * @param {number} [seen]
   */
  #takeBack(kind, target, annotation, after, seen) {
    const made = op({ id: this.#newId(), task: this.task, kind, base: this.revision, target, seen });
    this.#pending.push({ op: made.id, kind, target, annotation, after });
    return made;
  }

  /** @param {string} id */
  #settle(id) {
    const at = this.#pending.findIndex((change) => change.op === id);
    return at < 0 ? undefined : this.#pending.splice(at, 1)[0];
  }
}

/**
 * @param {string[]} ids
 * @param {string} id
 */
const without = (ids, id) => ids.filter((each) => each !== id);
