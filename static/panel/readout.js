/** The line below the picture: slice, window, zoom, place; round trip and rate of the frames. */

import { byId, say } from "../element.js";
import { spoken } from "../probing.js";
import { described } from "../windows.js";

const RATE_MS = 1000; // frames are counted over so long
const TELL_MS = 250; // nobody reads them faster, and each time the page is laid out
const SMOOTH = 0.3; // of a round trip that comes, in the one that is shown

export class Readout {
  #parts = {
    slice: byId("slice"),
    window: byId("window-readout"),
    zoom: byId("zoom"),
    position: byId("position"),
    value: byId("value"),
    roundTrip: byId("round-trip"),
    rate: byId("rate"),
  };
  #drawn = /** @type {number[]} */ ([]); // times of the frames of the last second
  #roundTripMs = /** @type {number | null} */ (null);
  #told = -Infinity;
  #tick = 0;

  /**
   * @param {import("../messages.js").Item | null} item
   * @param {{frame: number, frames: number, window: import("../messages.js").Window | null, scale: number} | null} shown
   */
  look(item, shown) {
    const { slice, window, zoom } = this.#parts;
    say(slice, item && shown ? `${shown.frame + 1} / ${shown.frames}` : "–");
    say(window, item && shown ? (item.grey ? described(shown.window, item) : "colour") : "–");
    say(zoom, shown ? `${Math.round(shown.scale * 100)} %` : "–");
  }

  /** @param {[number, number] | null} point  image space */
  at(point) {
    say(this.#parts.position, point ? `${point[0].toFixed(1)}, ${point[1].toFixed(1)} px` : "–");
  }

  /** The value under the pointer, if it may be told at all.  @param {boolean} may */
  tells(may) {
    byId("value-part").hidden = !may;
  }

  /** @param {import("../messages.js").Value | null} value */
  value(value) {
    say(this.#parts.value, spoken(value));
  }

  /**
   * A frame was drawn.
   *
   * @param {number} now  milliseconds
   * @param {number | null} roundTripMs  null if it answers nothing new
   */
  drawn(now, roundTripMs) {
    this.#drawn.push(now);
    if (roundTripMs !== null) this.#roundTripMs = this.#roundTripMs === null ? roundTripMs : this.#roundTripMs + SMOOTH * (roundTripMs - this.#roundTripMs);
    if (now - this.#told >= TELL_MS) this.#tell(now);
    clearTimeout(this.#tick);
    this.#tick = setTimeout(() => this.#tell(now + RATE_MS), RATE_MS);
  }

  /** @param {number} now */
  #tell(now) {
    this.#told = now;
    this.#drawn = this.#drawn.filter((time) => now - time < RATE_MS);
    say(this.#parts.rate, `${this.#drawn.length} / s`);
    if (this.#roundTripMs !== null) say(this.#parts.roundTrip, `${Math.round(this.#roundTripMs)} ms`);
  }
}
