const DOUBLE_PX = 120; // so far up is twice as near

/**
 * Zoom: drag up for nearer; what was under the hand at the start stays there.
 *
 * @param {import("../bench.js").Bench} bench
 * @returns {import("./tool.js").Tool}
 */
export function zoomTool(bench) {
  let about = /** @type {import("./tool.js").Pair} */ ([0, 0]);
  let last = 0;
  return {
    name: "zoom",
    drawing: false,
    cursor: "zoom-in",
    down({ css }) {
      about = css;
      last = css[1];
    },
    move({ css }, pressed) {
      if (!pressed) return;
      bench.zoom(about, 2 ** ((last - css[1]) / DOUBLE_PX));
      last = css[1];
    },
  };
}
