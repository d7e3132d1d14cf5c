/** @typedef {import("./looking.js").Looking} Looking */

/** The pane in the hand, as what is looked at: for tools and keys there is only one. */
export class Looked {
  #panes;

  /** @param {import("./panes.js").Panes} panes */
  constructor(panes) {
    this.#panes = panes;
  }

  get #now() {
    return this.#panes.active.looking;
  }

  get item() {
    return this.#now.item;
  }

  get look() {
    return this.#now.look;
  }

  get extent() {
    return this.#now.extent;
  }

  /** @param {number} frame */
  slice(frame) {
    this.#panes.slice(frame);
  }

  /** @param {Parameters<Looking["zoom"]>} args */
  zoom(...args) {
    this.#now.zoom(...args);
  }

  /** @param {Parameters<Looking["pan"]>} args */
  pan(...args) {
    this.#now.pan(...args);
  }

  /** @param {Parameters<Looking["window"]>} args */
  window(...args) {
    this.#now.window(...args);
  }

  /** @param {Parameters<Looking["point"]>} args */
  point(...args) {
    this.#now.point(...args);
  }

  /** @param {Parameters<Looking["cut"]>} args */
  cut(...args) {
    this.#now.cut(...args);
  }

  fit() {
    this.#now.fit();
  }

  get said() {
    return this.#now.said;
  }

  /** @param {Parameters<Looking["spin"]>} args */
  spin(...args) {
    this.#now.spin(...args);
  }

  /** @param {Parameters<Looking["present"]>} args */
  present(...args) {
    this.#now.present(...args);
  }

  /** The next presentation state of the item, and after the last one none. */
  presentNext() {
    const states = this.item?.states ?? [];
    if (states.length) this.present(states[states.findIndex(({ id }) => id === this.look?.state) + 1]?.id ?? null);
  }

  /** All pictures on this screen.  @param {Parameters<Looking["calibrate"]>} args */
  calibrate(...args) {
    for (const { looking } of this.#panes.all) looking.calibrate(...args);
  }

  invert() {
    this.#now.invert();
  }
}
