/** The bar on top: the task, its stage, what waits, what is saved, the connection. */

import { byId, mark, say } from "../element.js";
import { savedText } from "../outbox.js";

const STAGES = /** @type {Record<string, string>} */ ({ annotate: "Annotate", review: "In review", returned: "Returned", accepted: "Accepted" });
const CONNECTION = { open: "Connected", connecting: "Connecting", closed: "Offline" };

export class Bar {
  #title = byId("task-title");
  #stage = byId("stage");
  #waiting = byId("waiting");
  #saved = byId("save-state");
  #connection = byId("connection");
  #connectionText = byId("connection-text");
  #watched = byId("watched");
  #person = byId("person");

  /** @param {string} name */
  person(name) {
    say(this.#person, name);
    this.#person.setAttribute("aria-label", `Account of ${name}`);
  }

  /** Whether an admin sees this picture too.  @param {boolean} on */
  watched(on) {
    this.#watched.hidden = !on;
  }

  /** @param {import("../messages.js").Task | null} task */
  task(task) {
    const item = task?.item;
    say(this.#title, item ? item.title : "Workstation");
    mark(this.#title, "title", item?.title ?? "");
    this.#stage.hidden = !task?.stage;
    mark(this.#stage, "data-stage", task?.stage ?? "");
    say(this.#stage, task?.stage ? STAGES[task.stage] ?? task.stage : "");
    say(this.#waiting, task?.waiting ? `${task.waiting} more wait${task.waiting === 1 ? "s" : ""}` : "");
  }

  /** @param {Parameters<typeof savedText>[0]} state */
  saved(state) {
    say(this.#saved, savedText(state));
    mark(this.#saved, "data-state", !state.online ? "offline" : state.waiting ? "saving" : state.revision ? "saved" : "clean");
  }

  /** @param {"open" | "connecting" | "closed"} state */
  connection(state) {
    this.#connection.dataset.state = state;
    say(this.#connectionText, CONNECTION[state]);
  }
}
