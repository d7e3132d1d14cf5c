/**
 * Ops that no receipt has answered yet. They go out in the order in which they were made, and after a lost connection again, under the
 * same ids: the server does each once.
 *
 * @typedef {import("./messages.js").Op} Op
 */

export const IN_FLIGHT = 32; // the server holds 256 for a stream that is behind

export class Outbox {
  #ops = /** @type {Op[]} */ ([]);
  #sent = 0; // how many of them, from the front, are on their way

  /** How many wait for their receipt. */
  get size() {
    return this.#ops.length;
  }

  /** @param {Op} op */
  add(op) {
    this.#ops.push(op);
  }

  /** What to send now, in order; it counts as sent.  @returns {Op[]} */
  take() {
    const due = this.#ops.slice(this.#sent, IN_FLIGHT);
    this.#sent += due.length;
    return due;
  }

  /** The connection was lost: nothing is on its way any more. */
  restart() {
    this.#sent = 0;
  }

  /**
   * Op `id` was answered; the op, or undefined for one that is not ours.
   *
   * @param {string} id
   */
  answered(id) {
    const at = this.#ops.findIndex((op) => op.id === id);
    if (at < 0) return undefined;
    if (at < this.#sent) this.#sent -= 1;
    return this.#ops.splice(at, 1)[0];
  }

  /** @param {string} kind */
  holds(kind) {
    return this.#ops.some((op) => op.kind === kind);
  }
}

/**
 * What is known about the person's work, in words. "Saved" means that the server holds all of it, durably.
 *
 * @param {{online: boolean, began: boolean, waiting: number, task: boolean, revision: number}} state
 *   began: the stream was open once; revision: of the task, as the server told it last
 */
export function savedText({ online, began, waiting, task, revision }) {
  if (!online) {
    if (!began) return "Connecting…";
    if (!waiting) return "Offline — nothing waits";
    return `Offline — ${waiting} change${waiting === 1 ? "" : "s"} waiting`;
  }
  if (waiting) return "Saving…";
  if (!task) return "";
  return revision ? "Saved" : "No changes yet";
}
