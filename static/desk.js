/**
 * The person's desk: the open task, what they did to it, and the stream that carries both. Nothing here touches the page: what is to
 * be seen of it is told to `shown`.
 *
 * @typedef {import("./messages.js").Op} Op
 * @typedef {import("./messages.js").Patch} Patch
 * @typedef {import("./messages.js").Geometry} Geometry
 * @typedef {import("./messages.js").Queued} Queued
 * @typedef {import("./messages.js").ServerMessage} ServerMessage
 * @typedef {import("./messages.js").Task} Task
 * @typedef {import("./messages.js").Welcome} Welcome
 * @typedef {import("./stream.js").State} State
 * @typedef {object} Shown
 * @property {(welcome: Welcome) => void} welcomed
 * @property {(controls: import("./messages.js").Controls) => void} controlled
 * @property {(task: Task, again: boolean) => void} opened  again: it was on the desk before
 * @property {(why: "none" | "submitted" | "judged") => void} cleared  there is no task on the desk
 * @property {(tasks: Queued[]) => void} queued
 * @property {(found: import("./messages.js").Surveyed) => void} surveyed
 * @property {(page: import("./messages.js").Page) => void} read
 * @property {(value: import("./messages.js").Value) => void} valued
 * @property {(text: string) => void} said  a comment is durable
 * @property {() => void} changed  shapes, comments, what is saved
 * @property {(level: string, text: string) => void} noticed
 * @property {(on: boolean) => void} watched  an admin looks over the shoulder
 * @property {(reason: string) => void} locked
 * @property {(reason: string) => void} ended
 */

import { next, open, reason } from "./messages.js";
import { Outbox } from "./outbox.js";

const JUDGEMENTS = new Set(["accept", "return"]);

export class Desk {
  #stream;
  #annotations;
  #shown;
  #outbox = new Outbox();
  #actions = /** @type {string[]} */ ([]);
  #now;
  #asked = /** @type {{t: string} | null} */ (null); // for work, and not answered by a task

  /**
   * @param {{stream: import("./stream.js").Stream, annotations: import("./annotations.js").Annotations, shown: Shown, now: () => number}} world
   *   now: UTC seconds
   */
  constructor({ stream, annotations, shown, now }) {
    this.#stream = stream;
    this.#annotations = annotations;
    this.#shown = shown;
    this.#now = now;
    this.began = false;
    this.me = "";
    this.task = /** @type {Task | null} */ (null);
  }

  /** How many changes no receipt has answered. */
  get waiting() {
    return this.#outbox.size;
  }

  /** For `savedText`. */
  get state() {
    return {
      online: this.#stream.state === "open",
      began: this.began,
      waiting: this.waiting,
      task: this.task !== null,
      revision: this.#annotations.revision,
    };
  }

  /** Whether shapes may be drawn and changed now. */
  get editable() {
    return this.task?.mode === "annotate" && !this.#outbox.holds("submit");
  }

  get reviewing() {
    return this.task?.mode === "review" && ![...JUDGEMENTS].some((kind) => this.#outbox.holds(kind));
  }

  /** @param {string} action  as a policy spells it */
  may(action) {
    return this.#actions.includes(action);
  }

  // --- what the person does
  /** @param {Op | null} op */
  put(op) {
    if (!op) return;
    this.#outbox.add(op);
    this.#flush();
    this.#shown.changed();
  }

  /**
   * @param {string} kind  submit, accept, return, comment
   * @param {string} text
   * @param {number} [seen]
   */
  say(kind, text, seen) {
    this.put(this.#annotations.say(kind, text, seen));
  }

  /** Ask for the next task. */
  next() {
    if (this.may("task.take")) this.#ask(next());
  }

  /** @param {string} task */
  open(task) {
    this.#ask(open(task));
  }

  /** Whether the work that was asked for has not come. */
  get asking() {
    return this.#asked !== null;
  }

  /**
   * Say why more is needed than a budget allows, and ask again for what it kept back.
   *
   * @param {string} text
   */
  explain(text) {
    this.#stream.send(reason(text));
    if (this.#asked) this.#stream.send(this.#asked);
  }

  /** @param {{t: string}} message */
  #ask(message) {
    this.#asked = message;
    this.#stream.send(message);
  }

  // --- what the server says
  /** @param {ServerMessage} message */
  told(message) {
    switch (message.t) {
      case "welcome":
        return this.#welcomed(message);
      case "controls":
        return this.#controlled(message.controls);
      case "task":
        return this.#opened(message);
      case "queue":
        return this.#shown.queued(message.tasks);
      case "surveyed":
        return this.#shown.surveyed(message);
      case "page":
        return this.#shown.read(message);
      case "value":
        return this.#shown.valued(message);
      case "receipt":
        return this.#receipt(message);
      case "refused":
        return this.#refused(message);
      case "notice":
        return this.#shown.noticed(message.level, message.text);
      case "watched":
        return this.#shown.watched(message.on);
      case "lock":
        return this.#shown.locked(message.reason);
      case "end":
        return this.#shown.ended(message.reason);
    }
  }

  /** @param {Welcome} welcome */
  #welcomed(welcome) {
    const again = this.began;
    this.began = true;
    this.me = welcome.user;
    this.#annotations.author = welcome.user;
    this.#actions = welcome.controls.allow.actions;
    this.#shown.welcomed(welcome);
    this.#outbox.restart();
    this.#flush(); // before the task is asked for: so the answer holds what they did
    if (this.may("task.take")) this.next();
    else if (this.task?.id) this.open(this.task.id);
    else if (!again) this.#shown.cleared("none");
  }

  /** @param {import("./messages.js").Controls} controls */
  #controlled(controls) {
    this.#actions = controls.allow.actions;
    this.#shown.controlled(controls);
  }

  /** @param {Task} task */
  #opened(task) {
    this.#asked = null;
    if (task.id === null) {
      this.#clear("none");
      return;
    }
    const again = task.id === this.task?.id;
    this.task = task;
    this.#annotations.load(task);
    this.#shown.opened(task, again);
    this.#shown.changed();
  }

  /** @param {"none" | "submitted" | "judged"} why */
  #clear(why) {
    this.task = null;
    this.#annotations.load({ id: null, revision: 0, annotations: [], history: [] });
    this.#shown.cleared(why);
    this.#shown.changed();
  }

  /** @param {import("./messages.js").Receipt} receipt */
  #receipt(receipt) {
    const op = this.#outbox.answered(receipt.op);
    this.#flush();
    if (op && this.task && op.task === this.task.id) {
      if (this.#annotations.receipt(receipt.op, receipt)) this.#reload();
      this.#settle(op, receipt.stage);
    }
    this.#shown.changed();
  }

  /**
   * @param {Op} op
   * @param {string} stage
   */
  #settle(op, stage) {
    if (!this.task) return;
    if (op.text) {
      const verdict = JUDGEMENTS.has(op.kind) ? op.kind : null;
      this.task.comments.push({ text: op.text, verdict, by: this.me, time: this.#now() });
      this.#shown.said(op.text);
    }
    this.task.stage = stage;
    if (op.kind === "submit") {
      this.#clear("submitted");
      this.next();
    } else if (JUDGEMENTS.has(op.kind)) this.#clear("judged");
  }

  /** @param {import("./messages.js").Refused} refused */
  #refused(refused) {
    const op = this.#outbox.answered(refused.op);
    this.#flush();
    if (!op) return;
    if (op.task === this.task?.id && this.#annotations.refused(refused.op, refused.annotation)) this.#reload();
    this.#shown.noticed("error", `${DONE[op.kind] ?? "the change"} was refused: ${refused.reason}`);
    this.#shown.changed();
  }

  /** Load the task again. */
  #reload() {
    if (this.may("task.take")) this.next();
    else if (this.task?.id) this.open(this.task.id);
  }

  #flush() {
    if (this.#stream.state !== "open") return;
    for (const op of this.#outbox.take()) this.#stream.send(op);
  }
}

const DONE = /** @type {Record<string, string>} */ ({
  create: "the new shape",
  update: "the change",
  delete: "the deletion",
  undo: "the undo",
  redo: "the redo",
  submit: "the hand-in",
  accept: "the acceptance",
  return: "the return",
  comment: "the comment",
});
