import { dragged } from "../windows.js";

/**
 * Window and level: drag right for wider, down for higher.
 *
 * @param {import("../bench.js").Bench} bench
 * @returns {import("./tool.js").Tool}
 */
export function windowTool(bench) {
  let from = /** @type {import("./tool.js").Pair} */ ([0, 0]);
  let start = bench.window();
  return {
    name: "window",
    drawing: false,
    cursor: "default",
    down({ css }) {
      from = css;
      start = bench.window();
    },
    move({ css }, pressed) {
      if (pressed) bench.setWindow(dragged(start, css[0] - from[0], css[1] - from[1]));
    },
  };
}
