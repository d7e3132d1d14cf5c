/** The line below the picture: slice, window, zoom, place; round trip, rate and quality of the frames. */

import { byId, say } from "../element.js";
import { described } from "../windows.js";

const RATE_MS = 1000; // frames are counted over so long
const SMOOTH = 0.3; // of a round trip that comes, in the one that is shown

export class Readout {
  #parts = {
    slice: byId("slice"),
    window: byId("window-readout"),
    zoom: byId("zoom"),
    position: byId("position"),
    roundTrip: byId("round-trip"),
    rate: byId("rate"),
    quality: byId("quality"),
  };
  #drawn = /** @type {number[]} */ ([]); // times of the frames of the last second
  #roundTripMs = /** @type {number | null} */ (null);
  #tick = 0;

  /**
   * @param {import("../messages.js").Item | null} item
   * @param {{frame: number, window: import("../messages.js").Window | null, scale: number} | null} shown
   */
  look(item, shown) {
    const { slice, window, zoom } = this.#parts;
    say(slice, item && shown ? `${shown.frame + 1} / ${item.frames}` : "–");
    say(window, item && shown ? (item.grey ? described(shown.window, item.unit) : "colour") : "–");
    say(zoom, shown ? `${Math.round(shown.scale * 100)} %` : "–");
  }

  /** @param {[number, number] | null} point  image space */
  at(point) {
    say(this.#parts.position, point ? `${point[0].toFixed(1)}, ${point[1].toFixed(1)} px` : "–");
  }

  /**
   * A frame was drawn.
   *
   * @param {number} now  milliseconds
   * @param {number | null} roundTripMs  null if it answers nothing new
   */
  drawn(now, roundTripMs) {
    this.#drawn.push(now);
    if (roundTripMs !== null) {
      this.#roundTripMs = this.#roundTripMs === null ? roundTripMs : this.#roundTripMs + SMOOTH * (roundTripMs - this.#roundTripMs);
      say(this.#parts.roundTrip, `${Math.round(this.#roundTripMs)} ms`);
    }
    this.#rate(now);
    clearTimeout(this.#tick);
    this.#tick = setTimeout(() => this.#rate(now + RATE_MS), RATE_MS);
  }

  /**
   * What the picture on screen is worth.
   *
   * @param {"none" | "moving" | "lossy" | "lossless"} quality
   *   moving: a better one is to come; lossy: this is the best that the policy allows
   */
  quality(quality) {
    const { quality: badge } = this.#parts;
    if (badge.dataset.quality === quality) return;
    badge.dataset.quality = quality;
    badge.hidden = quality === "none";
    badge.dataset.lossless = String(quality === "lossless");
    say(badge, { none: "", moving: "Preview", lossy: "Lossy", lossless: "Lossless" }[quality]);
    badge.title = {
      none: "",
      moving: "Moving, and slightly lossy: the exact picture follows when the hand rests",
      lossy: "The session policy allows no exact picture",
      lossless: "Every grey level as the server drew it",
    }[quality];
  }

  /** @param {number} now */
  #rate(now) {
    this.#drawn = this.#drawn.filter((time) => now - time < RATE_MS);
    say(this.#parts.rate, `${this.#drawn.length} / s`);
  }
}
