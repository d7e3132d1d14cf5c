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
import { save } from "./save.js";

const OF_FIELD = /** @type {Record<string, Deterrent>} */ ({ copy, paste, print, save, context_menu: menu, drag_out: drag });

export class Surface {
  #cover;
  #noticed;
  #running = new AbortController();

  /**
   * @param {import("./cover.js").Cover} cover
   * @param {(signal: string) => void} noticed
   */
  constructor(cover, noticed) {
    this.#cover = cover;
    this.#noticed = noticed;
    this.put({});
  }

  /** What the policy says of each way; what it does not mention is closed.  @param {Record<string, string>} fields */
  put(fields) {
    this.#running.abort();
    this.#running = new AbortController();
    const { signal } = this.#running;
    for (const [field, deterrent] of Object.entries(OF_FIELD)) {
      if (fields[field] !== "allow") deterrent(signal, this.#noticed);
    }
    capture(signal, this.#noticed, this.#cover);
    devtools(signal, this.#noticed);
    focus(signal, this.#noticed, this.#cover, fields.on_focus_loss ?? "blank");
  }
}
