/**
 * What stands before the picture when the session is locked or over: the reason, and the way back.
 */

import { byId, say } from "../element.js";
import { submitted } from "../request.js";
import { sentence } from "./notices.js";

const ELSEWHERE = "it was opened in another tab"; // the server's words

export class Curtain {
  #curtain = byId("curtain");
  #desk = byId("desk");
  #title = byId("curtain-title");
  #reason = byId("curtain-reason");
  #waiting = byId("curtain-waiting");
  #form = byId("unlock", HTMLFormElement);
  #password = byId("unlock-password", HTMLInputElement);
  #error = byId("unlock-error");
  #again = byId("again", HTMLButtonElement);
  #link = byId("curtain-link", HTMLAnchorElement);
  #falls;
  #before = /** @type {Element | null} */ (null); // where the focus was

  /** @param {{again: () => void, falls: () => void}} world  again: connect again; falls: what stands open is to be put away */
  constructor({ again, falls }) {
    this.#falls = falls;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#unlock(again);
    });
    this.#again.addEventListener("click", () => {
      this.lift();
      again();
    });
  }

  get isDown() {
    return !this.#curtain.hidden;
  }

  /**
   * The session is locked.
   *
   * @param {string} reason
   * @param {number} waiting  changes that no receipt has answered
   */
  lock(reason, waiting) {
    this.#fall("Your session is locked", reason);
    this.#wait(waiting, "go out when you are back");
    this.#form.hidden = false;
    this.#again.hidden = true;
    this.#lead("/unlock", "No password?");
    this.#password.focus();
  }

  /**
   * The session or the stream is over.
   *
   * @param {string} reason
   * @param {number} waiting
   */
  end(reason, waiting) {
    const elsewhere = reason === ELSEWHERE;
    this.#fall(elsewhere ? "Your picture is in another tab" : "This session is over", reason);
    say(this.#again, elsewhere ? "Show it here" : "Connect again");
    this.#wait(waiting, "not saved");
    this.#form.hidden = true;
    this.#again.hidden = false;
    this.#lead("/sign-in", "Sign in");
    this.#title.focus();
  }

  lift() {
    if (!this.isDown) return;
    this.#curtain.hidden = true;
    this.#desk.inert = false;
    this.#password.value = "";
    if (this.#before instanceof HTMLElement) this.#before.focus({ preventScroll: true });
  }

  /**
   * @param {string} title
   * @param {string} reason
   */
  #fall(title, reason) {
    if (!this.isDown) this.#before = document.activeElement;
    this.#falls();
    say(this.#title, title);
    say(this.#reason, sentence(reason));
    this.#error.hidden = true;
    this.#curtain.hidden = false;
    this.#desk.inert = true;
  }

  /**
   * @param {number} count
   * @param {string} fate
   */
  #wait(count, fate) {
    this.#waiting.hidden = count === 0;
    say(this.#waiting, count ? `${count} change${count === 1 ? "" : "s"}: ${fate}.` : "");
  }

  /**
   * @param {string} href
   * @param {string} text
   */
  #lead(href, text) {
    this.#link.href = href;
    say(this.#link, text);
  }

  /** @param {() => void} again */
  async #unlock(again) {
    this.#error.hidden = true;
    let open = false, reached = true;
    try {
      open = await submitted("/unlock", { password: this.#password.value });
    } catch {
      reached = false;
    }
    this.#password.value = "";
    if (open) {
      this.lift();
      again();
      return;
    }
    say(this.#error, reached ? "That did not open it. Try again, or ask for a new sign-in link." : "The server can't be reached just now.");
    this.#error.hidden = false;
    this.#password.focus();
  }
}
