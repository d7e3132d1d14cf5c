import { MAX_POINTS } from "../geometry.js";
import { apart } from "./tool.js";

const LEAST = 3; // corners
const SAME_PX = 3; // a corner so near the last one is the second half of a double click
const CLOSE_PX = 9; // a click so near the first corner closes the shape

/**
 * Polygon: click its corners; Enter, a double click or a click on the first corner closes it.
 *
 * @param {import("../bench.js").Bench} bench
 * @returns {import("./tool.js").Tool}
 */
export function polygonTool(bench) {
  /** @typedef {import("./tool.js").Spot} Spot */
  let points = /** @type {import("./tool.js").Pair[]} */ ([]);
  let current = /** @type {import("./tool.js").Pair | null} */ (null);

  const close = () => {
    if (points.length < LEAST) return;
    const made = points;
    points = [];
    bench.draw({ type: "polygon", points: made });
  };

  /** @param {Spot} spot */
  const place = ({ css, image }) => {
    const last = points.at(-1);
    if (last && apart(bench.toCss(last), css) < SAME_PX) return;
    if (points.length >= LEAST && apart(bench.toCss(points[0]), css) < CLOSE_PX) close();
    else if (points.length < MAX_POINTS) points.push(bench.inside(image));
    current = image;
    bench.redraw();
  };

  return {
    name: "polygon",
    drawing: true,
    cursor: "crosshair",
    down: place,
    move({ image }) {
      if (!points.length) return;
      current = image;
      bench.redraw();
    },
    double: close,
    place,
    finish: close,
    back() {
      points.pop();
      bench.redraw();
    },
    cancel() {
      const busy = points.length > 0;
      points = [];
      bench.redraw();
      return busy;
    },
    sketch() {
      return points.length ? { points: [...points, current ?? points[0]], closed: false, corners: true } : null;
    },
  };
}
