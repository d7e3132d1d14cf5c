/**
 * What stands around the picture changes with it: a page that is laid out when the hand moves, and again when the picture comes, takes the
 * processor from the picture. Where that is slow to come, the numbers go ahead of it.
 */

const LATEST_MS = 60;

export class Together {
  #show;
  #timer = 0;

  /** @param {() => void} show */
  constructor(show) {
    this.#show = show;
  }

  /** Something is to be shown: with the next picture. */
  due() {
    this.#timer ||= setTimeout(() => this.now(), LATEST_MS);
  }

  /** The picture is there: show what is due. */
  now() {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#show();
  }
}
