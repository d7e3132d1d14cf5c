/** What covers the picture. The frame was sent by then: a cover keeps it from passers-by and careless hands, not from a hostile one. */

const STRENGTH = /** @type {Record<string, number>} */ ({ show: 0, dim: 1, blank: 2 });

export class Cover {
  #element;
  #reasons = /** @type {Map<string, string>} */ (new Map());

  /** @param {HTMLElement} element  wears what is on, as data-cover */
  constructor(element) {
    this.#element = element;
  }

  /**
   * @param {string} reason
   * @param {string} how  show, dim or blank
   */
  put(reason, how) {
    this.#reasons.set(reason, how);
    this.#show();
  }

  /** @param {string} reason */
  lift(reason) {
    this.#reasons.delete(reason);
    this.#show();
  }

  #show() {
    const strongest = [...this.#reasons.values()].reduce((most, how) => (STRENGTH[how] > STRENGTH[most] ? how : most), "show");
    this.#element.dataset.cover = strongest;
  }
}
