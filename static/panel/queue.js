/**
 * A reviewer's list of what was submitted.
 *
 * @typedef {import("../messages.js").Queued} Queued
 */

import { button, make, mark, say } from "../element.js";

export class Queue {
  #place;
  #picked;
  #tasks = /** @type {Queued[]} */ ([]);

  /**
   * @param {{list: HTMLElement, count: HTMLElement, empty: HTMLElement}} place
   * @param {(task: string) => void} picked
   */
  constructor(place, picked) {
    this.#place = place;
    this.#picked = picked;
  }

  /**
   * @param {Queued[]} tasks
   * @param {string} open  the task on screen
   */
  show(tasks, open) {
    const { list, count, empty } = this.#place;
    this.#tasks = tasks;
    list.replaceChildren(...tasks.map((task) => this.#row(task)));
    say(count, tasks.length ? String(tasks.length) : "");
    empty.hidden = tasks.length > 0;
    this.mark(open);
  }

  /** @param {string} open */
  mark(open) {
    for (const row of this.#place.list.children) {
      const pick = row.firstElementChild;
      if (pick) mark(pick, "aria-pressed", String(row.getAttribute("data-task") === open));
    }
  }

  /** The first one, or undefined. */
  get first() {
    return this.#tasks[0]?.id;
  }

  get size() {
    return this.#tasks.length;
  }

  /** @param {Queued} task */
  #row({ id, title, annotator, changed }) {
    const pick = button({ "aria-pressed": "false" }, () => this.#picked(id), make("span", { class: "name" }, title),
      make("span", { class: "what" }, [annotator, when(changed)].filter(Boolean).join(" · ")));
    return make("li", { "data-task": id }, pick);
  }
}

/** @param {number} time  UTC seconds */
const when = (time) => new Date(time * 1000).toLocaleString(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
