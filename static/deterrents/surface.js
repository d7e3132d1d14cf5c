/**
 * The ways of taking something out of the page that the session policy closes. All of these are deterred: a script asks the browser, and a
 * hostile person can defeat it; each attempt that is noticed goes to the audit log. Downloads need no script: the page's `sandbox` header
 * has the browser refuse them.
 *
 * @typedef {(signal: AbortSignal, noticed: (signal: string) => void) => void} Deterrent  works until `signal` is aborted
 */

import { capture } from "./capture.js";
import { copy } from "./copy.js";
import { devtools } from "./devtools.js";
import { drag } from "./drag.js";
import { focus } from "./focus.js";
import { menu } from "./menu.js";
import { paste } from "./paste.js";
import { print } from "./print.js";
import { parseRate, rate } from "./rates.js";
import { save } from "./save.js";

const OF_FIELD = /** @type {Record<string, Deterrent>} */ ({ copy, paste, print, save, context_menu: menu, drag_out: drag });

const event = (/** @type {string} */ name) => () => new Event(name, { cancelable: true });
const key = (/** @type {string} */ name, ctrlKey = true) => () => new KeyboardEvent("keydown", { key: name, ctrlKey, cancelable: true });

/** What each field cancels. At the window alone: nothing else of the page is to take it for a key press. */
const TRIALS = /** @type {[field: string, made: () => Event][]} */ ([
  ["copy", event("copy")],
  ["copy", key("c")],
  ["paste", event("paste")],
  ["drag_out", event("dragstart")],
  ["context_menu", event("contextmenu")],
  ["print", key("p")],
  ["save", key("s")],
  ["devtools", key("F12", false)],
]);

export class Surface {
  #cover;
  #noticed;
  #running = new AbortController();
  #fields = /** @type {Record<string, string>} */ ({});
  #trying = false;

  /**
   * @param {import("./cover.js").Cover} cover
   * @param {(signal: string) => void} noticed
   */
  constructor(cover, noticed) {
    this.#cover = cover;
    this.#noticed = (/** @type {string} */ word) => {
      if (!this.#trying) noticed(word);
    };
    this.put({});
  }

  /** What the policy says of each way; what it does not mention is closed.  @param {Record<string, string>} fields */
  put(fields) {
    this.#fields = fields;
    this.#running.abort();
    this.#running = new AbortController();
    const { signal } = this.#running;
    for (const [field, deterrent] of Object.entries(OF_FIELD)) {
      if (fields[field] !== "allow") deterrent(signal, this.#noticed);
    }
    if (fields.on_capture_key !== "show") capture(signal, this.#noticed, this.#cover, fields.on_capture_key ?? "blank");
    if (fields.devtools !== "show") devtools(signal, this.#noticed);
    focus(signal, this.#noticed, this.#cover, { blurred: fields.on_focus_loss ?? "blank", hidden: fields.on_hidden ?? "blank" });
    const keys = parseRate(fields.key_rate), pastes = parseRate(fields.paste_rate);
    const counted = () => !this.#trying;
    if (keys) rate(signal, () => this.#noticed("fast-keys"), { event: "keydown", counted, ...keys });
    if (pastes) rate(signal, () => this.#noticed("fast-pastes"), { event: "paste", counted, ...pastes });
  }

  /**
   * Whether a way that the policy closes is open: an event of the page's own is not cancelled any more. A capture key and a loss of focus
   * can't be tried so: the trial would cover the picture.
   */
  missing() {
    this.#trying = true;
    const open = TRIALS.some(([field, made]) => this.#closes(field) && dispatchEvent(made()));
    this.#trying = false;
    return open || (this.#closes("print") && document.documentElement.dataset.print !== "deny");
  }

  /** @param {string} field */
  #closes(field) {
    return this.#fields[field] !== (field === "devtools" ? "show" : "allow");
  }
}
