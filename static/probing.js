/**
 * The value under the pointer: asked of the server when the pointer rests, as often as the policy allows, one at a time.
 *
 * @typedef {import("./messages.js").Pair} Pair
 * @typedef {import("./messages.js").Value} Value
 */

const REST_MS = 120;
const OWN = 1.05; // a little slower than the server counts

export class Probing {
  #world;
  #perMinute = 0;
  #timer = 0;
  #asked = -Infinity;
  #at = /** @type {{point: Pair, seen: number} | null} */ (null);
  #awaited = "";

  /**
   * @param {{ask: (seen: number, point: Pair) => void, shown: () => number | undefined, show: (value: Value | null) => void, now: () => number}} world
   *   shown: the number of the frame under the pointer
   */
  constructor(world) {
    this.#world = world;
  }

  /** @param {number} perMinute  0: none */
  limit(perMinute) {
    this.#perMinute = perMinute;
    if (!perMinute) this.at(null);
  }

  /** Where the pointer is.  @param {Pair | null} point  image space */
  at(point) {
    const seen = this.#world.shown();
    clearTimeout(this.#timer);
    this.#at = point && seen !== undefined ? { point, seen } : null;
    this.#awaited = "";
    this.#world.show(null);
    if (!this.#at || !this.#perMinute) return;
    const soonest = this.#asked + (OWN * 60_000) / this.#perMinute - this.#world.now();
    this.#timer = setTimeout(() => this.#ask(), Math.max(REST_MS, soonest));
  }

  #ask() {
    const { point, seen } = this.#at ?? {};
    if (!point || seen === undefined) return;
    this.#asked = this.#world.now();
    this.#awaited = `${seen} ${Math.floor(point[0])} ${Math.floor(point[1])}`;
    this.#world.ask(seen, point);
  }

  /** @param {Value} value */
  told(value) {
    if (this.#awaited === `${value.seen} ${value.column} ${value.row}`) this.#world.show(value);
  }
}

/**
 * In words: HU, SUV, or as stored.
 *
 * @param {Value | null} value
 */
export function spoken(value) {
  if (!value) return "–";
  if (value.stored.length > 1) return value.stored.join(" ");
  if (value.suv !== null) return `SUV ${Number(value.suv.toFixed(2))}`;
  if (value.value !== null && value.unit) return `${Number(value.value.toFixed(2))} ${value.unit}`;
  return value.value !== null && value.value !== value.stored[0] ? `${Number(value.value.toFixed(3))} (stored ${value.stored[0]})` : `${value.stored[0]} stored`;
}
