import { boxBetween, corners } from "../geometry.js";
import { STILL_PX, apart } from "./tool.js";

/**
 * Box: drag from corner to corner, or click both.
 *
 * @param {import("../bench.js").Bench} bench
 * @returns {import("./tool.js").Tool}
 */
export function boxTool(bench) {
  /** @typedef {import("./tool.js").Spot} Spot */
  let anchor = /** @type {Spot | null} */ (null);
  let current = /** @type {Spot | null} */ (null);
  let first = false; // whether this press put the anchor
  const shape = () => anchor && current && boxBetween(bench.inside(anchor.image), bench.inside(current.image));

  /** @param {Spot} spot */
  const begin = (spot) => {
    anchor = current = spot;
    bench.redraw();
  };

  const end = () => {
    const made = shape();
    anchor = current = null;
    if (made) bench.draw(made);
    bench.redraw();
  };

  /** @param {Spot} spot */
  const place = (spot) => {
    if (!anchor) {
      begin(spot);
      return;
    }
    current = spot;
    end();
  };

  return {
    name: "box",
    drawing: true,
    cursor: "crosshair",
    down(spot) {
      first = !anchor;
      if (first) begin(spot);
    },
    move(spot) {
      if (!anchor) return;
      current = spot;
      bench.redraw();
    },
    up(spot) {
      if (!anchor) return;
      current = spot;
      if (!first || apart(anchor.css, spot.css) >= STILL_PX) end();
    },
    place,
    finish(spot) {
      if (spot) place(spot);
    },
    back() {
      this.cancel?.();
    },
    cancel() {
      const busy = anchor !== null;
      anchor = current = null;
      bench.redraw();
      return busy;
    },
    sketch() {
      const made = shape();
      return made ? { points: corners(made), closed: true, corners: false } : null;
    },
  };
}
